"""Puts a checked list into force, whole or not at all: a book, a version of a deck, tax rates (BR-31, BR-42, BR-78)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, QuerySet

from subscriptions.documents.price_list import find_book, find_version, get_standing_list
from subscriptions.domain.price_list.comparison import Change, Comparison
from subscriptions.domain.price_list.entry import Entry, Key, ListKind, PriceList, Target
from subscriptions.domain.price_list.fault import Fault
from subscriptions.models import (
    AuthorityRate,
    PriceBook,
    PriceBookEntry,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeckVersion,
)
from subscriptions.services.price_imports.checking import Findings, find_refusals, name_of
from subscriptions.services.rate_decks import renew_token

BATCH = 2000

# Our namespace among PostgreSQL's advisory locks. Imports take turns: none compares with a list about to change.
_IMPORT_LOCK = 0x5EA8


class OutdatedError(Exception):
    """Raised when the list that a file was compared with has changed since."""


class RefusedError(Exception):
    """Raised when the list in force does not admit a change any more: its day has begun."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the reasons."""
        super().__init__(", ".join(fault.problem for fault in faults))
        self.faults = faults


def import_findings(findings: Findings, *, target: Target, today: date) -> None:
    """
    Put into force what a check found, in one transaction.

    :raises OutdatedError: if somebody else has changed the list since it was checked; nothing is written then
    :raises RefusedError: if the list's day has begun meanwhile; nothing is written then
    """
    comparison = findings.comparison
    assert comparison is not None, "a file with faults is not imported"
    try:
        with transaction.atomic():
            _take_turn()
            standing = get_standing_list(target)
            if name_of(standing) != findings.basis:
                raise OutdatedError
            faults = find_refusals(target, standing=standing, comparison=comparison, today=today)
            if faults:
                raise RefusedError(faults)
            if not comparison.is_empty:
                _WRITERS[target.kind](target, comparison, standing)
    except IntegrityError as error:
        # Somebody typed the same price, or began a list on the same day, in the admin at this very moment.
        raise OutdatedError from error


def _take_turn() -> None:
    # On SQLite transactions that write are serial.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_IMPORT_LOCK])


def _write_book(target: Target, comparison: Comparison, standing: PriceList) -> None:
    book = find_book(target)
    entries = _changed(comparison)
    if book is None or book.effective_date != target.effective_date:
        book = PriceBook.objects.create(currency=target.currency, effective_date=target.effective_date)
        entries = _whole(comparison, standing)
    else:
        gone = [change.entry.code for change in _replaced(comparison)]
        _delete(PriceBookEntry.objects.filter(price_book=book), "product_id", gone)
    PriceBookEntry.objects.bulk_create(
        (
            PriceBookEntry(price_book_id=book.pk, product_id=entry.code, price=entry.price, setup_price=entry.extra)
            for entry in entries
        ),
        batch_size=BATCH,
    )


def _write_version(target: Target, comparison: Comparison, standing: PriceList) -> None:
    assert target.deck_id is not None, "a file of rates is for a deck"
    assert target.increment_seconds is not None, "a deck has an increment"
    version = find_version(target)
    entries = _changed(comparison)
    if version is None or version.effective_date != target.effective_date:
        version = VoiceRateDeckVersion.objects.create(
            deck_id=target.deck_id,
            effective_date=target.effective_date,
            increment_seconds=target.increment_seconds,
        )
        entries = _whole(comparison, standing)
    else:
        VoiceRateDeckVersion.objects.filter(pk=version.pk).update(increment_seconds=target.increment_seconds)
        renew_token(version.pk)
        gone = {change.entry.key for change in _replaced(comparison)}
        rates = VoiceRate.objects.filter(version=version)
        keys = rates.values_list("pk", "prefix", "direction")
        _delete(rates, "pk", [pk for pk, prefix, direction in keys if Key(prefix, direction) in gone])
    VoiceRate.objects.bulk_create(
        (
            VoiceRate(
                version_id=version.pk,
                direction=entry.direction,
                prefix=entry.code,
                destination=entry.words,
                per_minute=entry.price,
            )
            for entry in entries
        ),
        batch_size=BATCH,
    )


def _write_taxes(target: Target, comparison: Comparison, _standing: PriceList) -> None:
    entries = _changed(comparison)
    ids = dict(TaxAuthority.objects.values_list("name", "pk"))
    for entry in entries:
        if entry.code not in ids:
            ids[entry.code] = TaxAuthority.objects.create(name=entry.code).pk
    # Of the rates that begin on that day only those that are still to come can differ.
    of_the_day = AuthorityRate.objects.filter(effective_date=target.effective_date)
    _delete(of_the_day, "authority_id", [ids[entry.code] for entry in entries])
    AuthorityRate.objects.bulk_create(
        (
            AuthorityRate(
                authority_id=ids[entry.code],
                effective_date=target.effective_date,
                rate=entry.price,
                taxable=entry.extra or Decimal(0),
                categories=entry.words.split(", "),
            )
            for entry in entries
        ),
        batch_size=BATCH,
    )


def _replaced(comparison: Comparison) -> Iterator[Change]:
    return (change for change in comparison.changes if change.before is not None)


def _changed(comparison: Comparison) -> list[Entry]:
    return [change.after for change in comparison.changes if change.after is not None]


def _whole(comparison: Comparison, standing: PriceList) -> list[Entry]:
    """Return the whole list as it will be: a new book or version does not look back to the one before."""
    replaced = {change.entry.key for change in _replaced(comparison)}
    kept = [entry for entry in standing.entries if entry.key not in replaced]
    return [*kept, *_changed(comparison)]


def _delete(rows: QuerySet[Model], field: str, values: Sequence[object]) -> None:
    for start in range(0, len(values), BATCH):
        rows.filter(**{f"{field}__in": values[start : start + BATCH]}).delete()


_WRITERS: Mapping[ListKind, Callable[[Target, Comparison, PriceList], None]] = {
    ListKind.PRICE_BOOK: _write_book,
    ListKind.RATE_DECK: _write_version,
    ListKind.TAX_RATES: _write_taxes,
}
