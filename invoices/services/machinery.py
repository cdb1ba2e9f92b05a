"""Looks at the machinery: is everything running, and is anything left lying. Nothing is counted beyond a bound."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Min, QuerySet, Sum

from invoices.choices import CycleState, DocumentType
from invoices.models import BillingCycle, NumberSeries, RenderedPdf, SeriesStart
from invoices.selectors.attention import list_held
from invoices.selectors.stopped import get_switch_off, list_parked, of_no_parked_organization
from subscriptions.choices import PdfState
from subscriptions.models import Living, OutgoingMail, QuotePdf
from subscriptions.selectors.attention import PDF_STATES, Bounded, count_rows, list_failed_mail, list_pending_mail
from subscriptions.selectors.heartbeats import Signs, Silence, get_outcome, get_signs, list_workers
from subscriptions.services.broker import broker_answers
from usage.services.partitions import has_partition_for_next_month

LATE_AFTER = timedelta(minutes=10)
"""A cycle that is due for so long was passed over by several sweeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left to do: cycles by state, the oldest that is due, and what did not get through."""

    opening: Bounded
    open: Bounded
    held: Bounded
    oldest_due_at: datetime | None
    pdfs_pending: Bounded
    pdfs_failed: Bounded
    mail_pending: Bounded
    mail_failed: Bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """How the machinery is, at an instant."""

    now: datetime
    signs: Signs
    workers: list[tuple[str, datetime]]
    broker_answers: bool
    left: Left
    next_month_has_partition: bool
    books_verified_at: datetime | None
    books_faults: int | None
    issuing_off_since: datetime | None
    parked: Bounded

    @property
    def silences(self) -> list[Silence]:
        """Return what gives no sign of life."""
        return self.signs.silent(now=self.now)

    @property
    def sweeps_late(self) -> bool:
        """Tell whether something has been due for longer than sweeps take."""
        return self.left.oldest_due_at is not None and self.now - self.left.oldest_due_at > LATE_AFTER

    @property
    def is_well(self) -> bool:
        """Tell whether nobody has to look after anything here; failed mail and held cycles are everyday work."""
        return not (
            self.silences
            or self.sweeps_late
            or self.books_faults
            or self.issuing_off_since
            or self.parked.count
            or not self.broker_answers
            or not self.next_month_has_partition
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How much there is by now: documents exactly, events as far as the database knows without counting them."""

    documents: int
    events: int


def look_at_machinery(*, now: datetime) -> Machinery:
    """Return how the machinery is; the broker has a second to answer."""
    verified, off = get_outcome(Living.BOOKS), get_switch_off()
    return Machinery(
        now=now,
        signs=get_signs(),
        workers=list_workers(),
        broker_answers=broker_answers(),
        left=_left(now, is_issuing=off is None),
        next_month_has_partition=has_partition_for_next_month(now=now),
        books_verified_at=verified[0] if verified else None,
        books_faults=int(str(verified[1].get("faults", 0))) if verified else None,
        issuing_off_since=off.switched_at if off else None,
        parked=count_rows(list_parked()),
    )


def get_totals() -> Totals:
    """Return how much there is."""
    given = NumberSeries.objects.exclude(document_type=DocumentType.OPENING_ITEM)
    documents = given.aggregate(all=Sum("last_number"))["all"] or 0
    for first, following in SeriesStart.objects.values_list("first_left_out", "next_number"):
        documents -= following - first
    return Totals(documents=documents, events=_events())


def _left(now: datetime, *, is_issuing: bool) -> Left:
    cycles = BillingCycle.objects.all()
    pdfs: list[QuerySet[Any]] = [RenderedPdf.objects.all(), QuotePdf.objects.all()]
    pdfs = [rows.filter(rendered_at__isnull=True) for rows in pdfs]
    mail = list_pending_mail(OutgoingMail.objects.all())
    not_closed = cycles.exclude(state=CycleState.CLOSED)
    return Left(
        opening=count_rows(not_closed.filter(state=CycleState.OPENING)),
        open=count_rows(not_closed.filter(state=CycleState.OPEN)),
        held=count_rows(list_held(cycles)),
        oldest_due_at=_oldest_due(not_closed, now) if is_issuing else None,
        pdfs_pending=_both(*pdfs),
        pdfs_failed=_both(*(rows.filter(PDF_STATES[PdfState.FAILED]) for rows in pdfs)),
        mail_pending=count_rows(mail),
        mail_failed=count_rows(list_failed_mail(OutgoingMail.objects.all())),
    )


def _oldest_due(not_closed: QuerySet[BillingCycle], now: datetime) -> datetime | None:
    """Return since when the oldest cycle that is neither held nor of a parked organization should be closed."""
    due = of_no_parked_organization(not_closed).filter(cutoff_at__lte=now, held_at__isnull=True)
    oldest: datetime | None = due.aggregate(oldest=Min("cutoff_at"))["oldest"]
    return oldest


def _both(*queues: QuerySet[Any]) -> Bounded:
    counts = [count_rows(rows) for rows in queues]
    return Bounded(count=sum(one.count for one in counts), or_more=any(one.or_more for one in counts))


def _events() -> int:
    """Return about how many events are stored: PostgreSQL's own estimate, or SQLite's last key."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_inherits i"
                " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'usage_usageevent'::regclass"
            )
        else:
            cursor.execute("SELECT coalesce(max(rowid), 0) FROM usage_usageevent")
        return int(cursor.fetchone()[0])
