"""How the demo's customers pay: most on the due date, one a part of it, one not at all."""

from datetime import UTC, datetime, time

from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.payments import PaymentMethod
from invoices.models import Invoice
from invoices.services.payments import Receipt, record_payment
from subscriptions.domain.money import round_money

PAYS_NOTHING = "big-sky-vets"
PAYS_A_PART = "pettigrew"
PART = 3
"""Who pays a part pays a third."""


def pay_what_fell_due(*, until: datetime) -> None:
    """Record a payment on the due date of every invoice that has fallen due by an instant."""
    due = Invoice.objects.filter(document_type=DocumentType.INVOICE, due_date__lte=until.date(), total__gt=0)
    due = due.exclude(organization__code=PAYS_NOTHING).select_related("organization").defer("frozen")
    for invoice in due.order_by("due_date", "pk"):
        amount = Money(invoice.total, invoice.currency)
        if invoice.organization.code == PAYS_A_PART:
            amount = round_money(amount.amount / PART, invoice.currency)
        record_payment(
            Receipt(
                organization=invoice.organization,
                amount=amount,
                method=PaymentMethod.ACH if invoice.currency == "USD" else PaymentMethod.WIRE,
                reference=f"TRN-{invoice.issued_at:%y%m}-{invoice.pk:05}",
                received_on=invoice.due_date,
                note=f"For {invoice.number}",
            ),
            shares=None,
            recorded_by=None,
            now=datetime.combine(invoice.due_date, time(12), tzinfo=UTC),
        )
