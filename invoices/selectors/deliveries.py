"""Reads which documents are to be mailed, and the mails by which one went (BR-84)."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from invoices.models import (
    Invoice,
    InvoiceDelivery,
)
from subscriptions.choices import MailKind
from subscriptions.models import BillingContact, OutgoingMail


def list_due_deliveries(*, now: datetime) -> QuerySet[InvoiceDelivery]:
    """Return the deliveries whose PDF is made and that have somebody to go to, in the order of issue (BR-84)."""
    due = InvoiceDelivery.objects.filter(queued_at__isnull=True, next_attempt_at__lte=now)
    contacts = BillingContact.objects.filter(organization=OuterRef("organization"))
    ready = due.filter(Exists(contacts), invoice__pdf__rendered_at__isnull=False)
    return ready.order_by("next_attempt_at", "pk")


def list_mails_of(invoice: Invoice) -> QuerySet[OutgoingMail]:
    """Return the mails by which a document went to its contacts, the newest first."""
    mails = OutgoingMail.objects.filter(
        organization_id=invoice.organization_id,
        kind__in=[MailKind.INVOICE, MailKind.CREDIT_NOTE],
        key__startswith=delivery_key(invoice.pk),
    )
    return mails.defer("body", "attachment").order_by("-queued_at", "recipient")


def delivery_key(invoice_id: int) -> str:
    """Return how the keys of the mails about a document begin."""
    return f"invoice|{invoice_id}|"
