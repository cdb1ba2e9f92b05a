"""Figures and dates in the names of rows, in the language of whoever reads them (BR-83)."""

from datetime import date
from decimal import Decimal

from django.utils.translation import get_language

from subscriptions.domain.formatting import format_day, format_percentage, format_quantity


def shown_day(day: date) -> str:
    """Write a date: `Jan 15, 2026`."""
    return format_day(day, _language())


def shown_quantity(quantity: Decimal) -> str:
    """Write a quantity: `1,250`."""
    return format_quantity(quantity, _language())


def shown_percentage(percent: Decimal) -> str:
    """Write a number of percent: `8.875%`."""
    return format_percentage(percent, _language())


def _language() -> str:
    return get_language() or "en"
