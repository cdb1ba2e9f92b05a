"""Figures and dates in the names of rows, in the language of whoever reads them (BR-83)."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language, gettext

from subscriptions.domain.catalog import DESCRIPTIVE_NAMES
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


def shown_product(code: str, name: str) -> str:
    """
    Return what a product is called: words in the reader's language, a brand or a name of our own as it is.

    A document keeps its words in its own language: they are known in each.
    """
    words = DESCRIPTIVE_NAMES.get(code)
    return gettext(words) if words is not None and name in _in_every_language(words) else name


@lru_cache(maxsize=len(DESCRIPTIVE_NAMES))
def _in_every_language(words: str) -> frozenset[str]:
    spellings = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            spellings.add(gettext(words))
    return frozenset(spellings)


def _language() -> str:
    return get_language() or "en"
