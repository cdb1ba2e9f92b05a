"""Reads how invoices are paid online, and what of it waits for a person (BR-81)."""

from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet
from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.card_payments import STILL_OPEN, AttemptState, Happening, Payable
from invoices.models import CardPayment, DocumentBalance, GatewayNotice, Invoice
from subscriptions.models import Organization

TO_ASK_ABOUT = (AttemptState.STARTED.value, AttemptState.PROCESSING.value)


def payable_of(invoice: Invoice, *, organization: Organization, left: Decimal) -> Payable:
    """Return what decides whether a document of an organization can be paid by card; `left` is what is open of it."""
    return Payable(
        is_invoice=invoice.document_type == DocumentType.INVOICE,
        open=Money(left, invoice.currency),
        country=organization.country,
    )


def get_payable(invoice: Invoice) -> Payable:
    """Return what decides whether a document can be paid by card, as it stands now."""
    organization = Organization.objects.only("country").get(pk=invoice.organization_id)
    left = DocumentBalance.objects.values_list("open", flat=True).get(pk=invoice.pk)
    return payable_of(invoice, organization=organization, left=left)


def find_open_attempt(invoice: Invoice) -> CardPayment | None:
    """Return the try to pay an invoice online that is open; there is at most one."""
    return CardPayment.objects.filter(invoice=invoice, state__in=[state.value for state in STILL_OPEN]).first()


def list_to_ask_about(*, now: datetime) -> QuerySet[CardPayment]:
    """Return the tries of which the gateway should have reported something by now, in the order in which it should."""
    return CardPayment.objects.filter(state__in=TO_ASK_ABOUT, ask_at__lte=now).order_by("ask_at", "pk")


def get_reported(attempt: CardPayment) -> set[Happening]:
    """Return all that was reported of a try, and counts."""
    found = GatewayNotice.objects.filter(attempt=attempt, counts=True)
    return {Happening(value) for value in found.values_list("happening", flat=True)}


def list_doubtful(notices: QuerySet[GatewayNotice]) -> QuerySet[GatewayNotice]:
    """Return the notices that wait for a person."""
    return notices.filter(settled_at__isnull=True).exclude(doubt="")
