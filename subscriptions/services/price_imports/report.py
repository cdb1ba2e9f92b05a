"""Findings as tables of text, for a page, a file or a terminal: what would change, or what is wrong and what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from subscriptions.choices import CALL_DIRECTIONS, CHANGE_KINDS, PROBLEMS
from subscriptions.domain.price_list.comparison import Change, ChangeKind
from subscriptions.domain.price_list.entry import Entry, ListKind
from subscriptions.domain.price_list.fault import Fault

Show = Callable[[Decimal], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A table: the names of its columns, and its rows."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def report_faults(faults: Sequence[Fault]) -> Report:
    """Return where each fault is, what stands there and what to do."""
    return Report(
        columns=[_("Line"), _("Column"), _("What stands there"), _("What to do")],
        rows=[
            ["" if fault.line is None else str(fault.line), fault.column, fault.value, words_of(fault)]
            for fault in faults
        ],
    )


def words_of(fault: Fault) -> str:
    """Say what is wrong and what to do."""
    return str(PROBLEMS[fault.problem]) % {"detail": fault.detail}


def report_changes(changes: Sequence[Change], *, kind: ListKind, show: Show) -> Report:
    """Return every change, before and after; `show` writes a price or a percentage."""
    columns = _COLUMNS[kind]()
    return Report(
        columns=list(columns),
        rows=[[column(change, show) for column in columns.values()] for change in changes],
    )


Column = Callable[[Change, Show], str]


def _book_columns() -> Mapping[str, Column]:
    return {
        _("Product"): lambda change, _show: change.entry.code,
        _("Change"): _kind,
        _("Price before"): lambda change, show: _price(change.before, show),
        _("Price after"): lambda change, show: _price(change.after, show),
        _("Difference"): _percent,
        _("Setup price before"): lambda change, show: _extra(change.before, show),
        _("Setup price after"): lambda change, show: _extra(change.after, show),
    }


def _deck_columns() -> Mapping[str, Column]:
    directions = dict(CALL_DIRECTIONS)
    return {
        _("Prefix"): lambda change, _show: change.entry.code,
        _("Direction"): lambda change, _show: str(directions[change.entry.direction]),
        _("Destination"): lambda change, _show: change.entry.words,
        _("Change"): _kind,
        _("Per minute before"): lambda change, show: _price(change.before, show),
        _("Per minute after"): lambda change, show: _price(change.after, show),
        _("Difference"): _percent,
        _("Remark"): _remark,
    }


def _tax_columns() -> Mapping[str, Column]:
    return {
        _("Authority"): lambda change, _show: change.entry.code,
        _("Change"): _kind,
        _("Rate before"): lambda change, show: _price(change.before, show),
        _("Rate after"): lambda change, show: _price(change.after, show),
        _("Taxed share before"): lambda change, show: _extra(change.before, show),
        _("Taxed share after"): lambda change, show: _extra(change.after, show),
        _("Revenue before"): lambda change, _show: change.before.words if change.before else "",
        _("Revenue after"): lambda change, _show: change.after.words if change.after else "",
    }


_COLUMNS: Mapping[ListKind, Callable[[], Mapping[str, Column]]] = {
    ListKind.PRICE_BOOK: _book_columns,
    ListKind.RATE_DECK: _deck_columns,
    ListKind.TAX_RATES: _tax_columns,
}


def _kind(change: Change, _show: Show) -> str:
    return str(dict(CHANGE_KINDS)[change.kind.value])


def _price(entry: Entry | None, show: Show) -> str:
    return "" if entry is None else show(entry.price)


def _extra(entry: Entry | None, show: Show) -> str:
    return "" if entry is None or entry.extra is None else show(entry.extra)


def _percent(change: Change, _show: Show) -> str:
    return "" if change.percent is None else f"{change.percent:+}%"


def _remark(change: Change, show: Show) -> str:
    """Say which other rate the calls have in the list without one of their own, and what they were called (BR-42)."""
    if change.kind is ChangeKind.REMOVED and change.shorter is None:
        return _("No rate from then on: a cycle with such calls waits")
    if change.shorter is not None:
        words = _("Rated by %(prefix)s at %(price)s from then on")
        if change.kind is ChangeKind.ADDED:
            words = _("Rated by %(prefix)s at %(price)s so far")
        return words % {"prefix": change.shorter.code, "price": show(change.shorter.price)}
    if change.before is not None and change.before.words != change.entry.words:
        return _("Was called %(name)s") % {"name": change.before.words}
    return ""
