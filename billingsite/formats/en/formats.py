"""Dates in English as `subscriptions.domain.formatting` writes them: `Jan 15, 2026`, without a point."""

DATE_FORMAT = "M j, Y"
DATETIME_FORMAT = "M j, Y, g:i A"
