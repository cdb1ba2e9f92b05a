"""Files as people save them, and the lists they are for."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from openpyxl import Workbook

from subscriptions.domain.price_list.entry import ListKind, Scope, Target
from subscriptions.models import VoiceRateDeck, VoiceRateDeckVersion

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
IN_FORCE = date(2026, 1, 1)
TO_COME = date(2027, 1, 1)
DECK_HEADER = "direction,prefix,destination,per_minute"


def a_csv(*lines: str) -> bytes:
    """Return lines as a text file."""
    return ("\n".join(lines) + "\n").encode()


def a_workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], *, hidden: Sequence[str] = ()) -> bytes:
    """Return sheets as a spreadsheet saves them."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
        if title in hidden:
            sheet.sheet_state = "hidden"
    return saved(book)


def saved(book: Workbook) -> bytes:
    """Return a workbook as a file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def for_book(on: date = TO_COME, *, currency: str = "USD", scope: Scope = Scope.COMPLETE) -> Target:
    """Return what a file of list prices is for."""
    return Target(kind=ListKind.PRICE_BOOK, currency=currency, effective_date=on, scope=scope)


def for_deck(deck: VoiceRateDeck, on: date = TO_COME, *, increment: int = 6, scope: Scope = Scope.COMPLETE) -> Target:
    """Return what a file of rates is for."""
    return Target(kind=ListKind.RATE_DECK, deck_id=deck.pk, effective_date=on, increment_seconds=increment, scope=scope)


def for_taxes(on: date = TO_COME) -> Target:
    """Return what a file of tax rates is for."""
    return Target(kind=ListKind.TAX_RATES, effective_date=on, scope=Scope.CHANGES)


def rates_of(version: VoiceRateDeckVersion) -> list[tuple[str, str, str, str]]:
    """Return the rates of a version, plainly."""
    rows = version.rates.order_by("direction", "prefix")
    return [(row.direction, row.prefix, row.destination, f"{row.per_minute.normalize():f}") for row in rows]
