"""Who did what about an organization's cycles, documents and payments, merged with what was agreed."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.documents.release import FINGERPRINT_SHOWN
from invoices.models import BillingCycle, BoundRelease, Credit, HoldDecision, Parking, Payment, TooLateSettlement
from subscriptions.documents import printable
from subscriptions.documents.audit_trail import (
    Deed,
    Entry,
    Place,
    Source,
    agreement_sources,
    merge_sources,
    read_log_entry,
)
from subscriptions.documents.timeline import person_in_words
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.selectors.audit_trail import list_logged


def list_audit_trail(organization_id: int, *, after: Place | None, limit: int, language: str) -> Sequence[Entry]:
    """Return what people did about an organization, newest first, so many entries beyond a place."""
    sources = [*agreement_sources(organization_id, language=language), *_sources(organization_id, language)]
    return merge_sources(sources, after=after, limit=limit)


def _sources(organization_id: int, language: str) -> list[Source]:
    payments = Payment.objects.filter(organization_id=organization_id)
    cycles: QuerySet[BillingCycle] = BillingCycle.objects.filter(organization_id=organization_id)
    return [
        Source(
            name="cycle-decision",
            rows=HoldDecision.objects.filter(organization_id=organization_id).select_related("decided_by", "cycle"),
            column="decided_at",
            read=lambda row: _decision(row, language),
        ),
        Source(
            name="cycle-release",
            rows=BoundRelease.objects.filter(organization_id=organization_id).select_related(
                "released_by", "approved_by", "cycle"
            ),
            column="released_at",
            read=lambda row: _release(row, language),
        ),
        Source(
            name="parked",
            rows=Parking.objects.filter(organization_id=organization_id),
            column="parked_at",
            read=_parked,
        ),
        Source(
            name="unparked",
            rows=Parking.objects.filter(organization_id=organization_id, unparked_at__isnull=False).select_related(
                "unparked_by"
            ),
            column="unparked_at",
            read=_unparked,
        ),
        Source(
            name="cycle-log",
            rows=list_logged(cycles),
            column="action_time",
            read=read_log_entry,
        ),
        Source(
            name="credit",
            rows=Credit.objects.filter(organization_id=organization_id)
            .select_related("invoice", "original", "issued_by")
            .defer("invoice__frozen", "original__frozen"),
            column="invoice__issued_at",
            read=_credit,
        ),
        Source(
            name="payment",
            rows=payments.select_related("recorded_by"),
            column="recorded_at",
            read=lambda row: _payment(row, language),
        ),
        Source(
            name="payment-reversed",
            rows=payments.filter(reversed_at__isnull=False).select_related("reversed_by"),
            column="reversed_at",
            read=lambda row: _reversal(row, language),
        ),
        Source(
            name="settlement",
            rows=TooLateSettlement.objects.filter(organization_id=organization_id).select_related(
                "settled_by", "cycle"
            ),
            column="settled_at",
            read=lambda row: _settlement(row, language),
        ),
    ]


def _decision(row: HoldDecision, language: str) -> Deed:
    words = {
        "day": format_day(row.cycle.period_start, language),
        "code": row.get_code_display(),
        "choice": row.get_choice_display(),
    }
    what = _("Period from %(day)s, %(code)s: %(choice)s") % words
    return Deed(who=person_in_words(row.decided_by), what=what, why=printable(row.reason))


def release_of(row: BoundRelease) -> str:
    """Say who found an invoice beyond a safety bound right, and why."""
    words = {
        "by": person_in_words(row.released_by),
        "second": person_in_words(row.approved_by),
        "fingerprint": row.fingerprint[:FINGERPRINT_SHOWN],
        "reason": printable(row.reason),
    }
    return _("%(fingerprint)s, by %(by)s and %(second)s: %(reason)s") % words


def _release(row: BoundRelease, language: str) -> Deed:
    words = {"day": format_day(row.cycle.period_start, language), "second": person_in_words(row.approved_by)}
    what = _("Period from %(day)s: invoice beyond a safety bound released, approved by %(second)s") % words
    return Deed(who=person_in_words(row.released_by), what=what, why=printable(row.reason))


def _parked(row: Parking) -> Deed:
    why = "; ".join(row.faults[:1])
    return Deed(who=person_in_words(None), what=_("Parked: its books are wrong"), why=printable(why))


def _unparked(row: Parking) -> Deed:
    return Deed(who=person_in_words(row.unparked_by), what=_("Let go on"), why=printable(row.reason))


def _credit(row: Credit) -> Deed:
    words = {"note": printable(row.invoice.number), "invoice": printable(row.original.number)}
    what = _("Credit note %(note)s for %(invoice)s issued") % words
    return Deed(who=person_in_words(row.issued_by), what=what, why=printable(row.reason))


def _payment(row: Payment, language: str) -> Deed:
    what = _("Payment %(reference)s of %(amount)s recorded") % _words(row, language)
    return Deed(who=person_in_words(row.recorded_by), what=what, why=printable(row.note))


def _reversal(row: Payment, language: str) -> Deed:
    what = _("Payment %(reference)s of %(amount)s taken back") % _words(row, language)
    return Deed(who=person_in_words(row.reversed_by), what=what, why=printable(row.reversal_reason))


def _words(row: Payment, language: str) -> dict[str, str]:
    return {
        "reference": printable(row.reference),
        "amount": format_money(Money(row.amount, row.currency), language),
    }


def _settlement(row: TooLateSettlement, language: str) -> Deed:
    words = {"kind": row.get_kind_display(), "day": format_day(row.cycle.period_start, language)}
    what = _("Came too late for the period from %(day)s and is dealt with: %(kind)s") % words
    return Deed(who=person_in_words(row.settled_by), what=what, why=printable(row.reason))
