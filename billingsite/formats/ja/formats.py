"""Dates in Japanese as `subscriptions.domain.formatting` writes them: `2026年1月15日`, with a space before the time."""

DATETIME_FORMAT = "Y年n月j日 G:i"
