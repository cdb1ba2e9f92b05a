"""Tells the webhooks of organizations what became of their documents and billing periods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from moneyed import Money

from invoices.choices import DocumentType
from invoices.models import Allocation, BillingCycle, Invoice
from invoices.selectors.attention import list_held, list_past_due
from subscriptions.domain.money import at_precision
from subscriptions.domain.webhook import LOOKED_BACK, WebhookEvent
from subscriptions.models import IssuingEntity, Organization, Subscription
from subscriptions.selectors.webhooks import list_listening
from subscriptions.services.webhooks.announcing import Announcement, announce_all, announce_found, in_utc


def announce_issued(documents: Iterable[tuple[Invoice, Subscription, IssuingEntity]], *, now: datetime) -> int:
    """
    Queue a message about each document, in the transaction that issues them all, and return how many there are.

    Where nobody listens, it takes one statement for all of them.
    """
    return announce_all(
        [
            Announcement(
                organization_id=invoice.organization_id,
                event=WebhookEvent.INVOICE_ISSUED,
                subject=invoice.pk,
                at=invoice.issued_at,
                data=partial(_data_of_issued, invoice, subscription, issuer),
            )
            for invoice, subscription, issuer in documents
        ],
        now=now,
    )


def announce_paid(allocations: Sequence[Allocation], *, now: datetime) -> int:
    """
    Queue a message about each invoice of which these allocations, just written, have left nothing open.

    One that is open again and paid once more is told of once more: by another allocation.
    """
    return announce_all(
        [
            Announcement(
                organization_id=allocation.organization_id,
                event=WebhookEvent.INVOICE_PAID,
                subject=allocation.invoice_id,
                occasion=str(allocation.pk),
                at=now,
                data=partial(_data_of_paid, allocation.invoice_id, now),
            )
            for allocation in allocations
        ],
        now=now,
    )


def announce_past_due(*, now: datetime) -> int:
    """Queue a message about each invoice that has become past due, once."""
    listening = list_listening(WebhookEvent.INVOICE_PAST_DUE)
    if not listening:
        return 0
    recent = Invoice.objects.filter(organization_id__in=listening, due_date__gte=(now - LOOKED_BACK).date())
    recent = recent.exclude(document_type=DocumentType.OPENING_ITEM)
    found = list_past_due(recent, on=now.astimezone(UTC).date())
    return announce_found(
        [
            Announcement(
                organization_id=invoice.organization_id,
                event=WebhookEvent.INVOICE_PAST_DUE,
                subject=invoice.pk,
                at=datetime.combine(invoice.due_date + timedelta(days=1), time.min, tzinfo=UTC),
                data=partial(_data_of_past_due, invoice),
            )
            for invoice in found.select_related("organization", "issuing_entity", "balance").order_by("pk")
        ],
        listening=listening,
        now=now,
    )


def announce_held(*, now: datetime) -> int:
    """Queue a message about each billing cycle that is held, once for each time; the reasons are the staff's."""
    listening = list_listening(WebhookEvent.CYCLE_HELD)
    if not listening:
        return 0
    recent = BillingCycle.objects.filter(organization_id__in=listening, held_at__gte=now - LOOKED_BACK)
    announcements = []
    for cycle in list_held(recent).select_related("organization").order_by("pk"):
        assert cycle.held_at is not None, "a held cycle has been held since an instant"
        announcements.append(
            Announcement(
                organization_id=cycle.organization_id,
                event=WebhookEvent.CYCLE_HELD,
                subject=cycle.pk,
                occasion=cycle.held_at.isoformat(),
                at=cycle.held_at,
                data=partial(_data_of_held, cycle),
            )
        )
    return announce_found(announcements, listening=listening, now=now)


def _data_of_issued(invoice: Invoice, subscription: Subscription, issuer: IssuingEntity) -> Mapping[str, object]:
    return _data(invoice, subscription.organization, issuer)


def _data_of_paid(invoice_id: int, paid_at: datetime) -> Mapping[str, object]:
    invoice = Invoice.objects.select_related("organization", "issuing_entity").get(pk=invoice_id)
    return _data(invoice, invoice.organization, invoice.issuing_entity, paid_at=in_utc(paid_at))


def _data_of_past_due(invoice: Invoice) -> Mapping[str, object]:
    left = at_precision(Money(invoice.balance.open, invoice.currency))
    return _data(invoice, invoice.organization, invoice.issuing_entity, open=left)


def _data_of_held(cycle: BillingCycle) -> Mapping[str, object]:
    code = cycle.organization.code
    return {
        "organization": code,
        "subscription": cycle.subscription_id,
        "cycle": {
            "id": cycle.pk,
            "period_start": cycle.period_start.isoformat(),
            "period_end": cycle.period_end.isoformat(),
        },
        "links": {"page": _address("licenses", code)},
    }


def _data(invoice: Invoice, organization: Organization, issuer: IssuingEntity, **more: str) -> Mapping[str, object]:
    def amount(value: object) -> str:
        return at_precision(Money(value, invoice.currency))

    # Numbers are each issuing entity's own: with its code the address names one document.
    query = urlencode({"issuer": issuer.code})
    page = _address("invoice_detail", organization.code, invoice.number)
    pdf = _address("invoice_pdf", organization.code, invoice.number)
    return {
        "organization": organization.code,
        "subscription": invoice.subscription_id,
        "invoice": {
            "id": invoice.pk,
            "number": invoice.number,
            "document_type": str(invoice.document_type),
            "issuing_entity": issuer.code,
            "issued_at": in_utc(invoice.issued_at),
            "invoice_date": invoice.invoice_date.isoformat(),
            "due_date": invoice.due_date.isoformat(),
            "currency": invoice.currency,
            "subtotal": amount(invoice.subtotal),
            "tax": amount(invoice.tax),
            "total": amount(invoice.total),
            **more,
        },
        "links": {"page": f"{page}?{query}", "pdf": f"{pdf}?{query}"},
    }


def _address(name: str, *args: str) -> str:
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
