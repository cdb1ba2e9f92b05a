"""How the demo's customers pay: most on the due date, one a part of it, one late: the bank has just told of it."""

from datetime import UTC, datetime, time

from moneyed import Money

from invoices.choices import DocumentType
from invoices.domain.payments import PaymentMethod
from invoices.models import BankFormat, DocumentBalance, Invoice
from invoices.services.bank.uploads import store_bank_file
from invoices.services.bank.working import work_on_bank_files
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


def bring_bank_file(*, at: datetime) -> None:
    """Upload what the bank says of the day: a payment that is sure, some that are not, and a fee; none is recorded."""
    bank, _ = BankFormat.objects.get_or_create(
        name="Northbeam, US dollars",
        defaults={
            "account": "021000021-7781",
            "currency": "USD",
            "date_column": "Date",
            "amount_column": "Amount",
            "payer_column": "Payer",
            "text_column": "Memo",
            "reference_column": "Reference",
        },
    )
    rows = ["Date,Amount,Payer,Memo,Reference"]
    still_open = DocumentBalance.objects.filter(
        open__gt=0, document__document_type=DocumentType.INVOICE, document__currency="USD"
    ).select_related("document__organization")
    for code, part in ((PAYS_NOTHING, 1), (PAYS_A_PART, PART)):
        oldest = still_open.filter(organization__code=code).order_by("document__due_date", "document_id").first()
        if oldest is not None:
            amount = round_money(oldest.open / part, "USD").amount
            payer, number = oldest.document.organization.legal_name, oldest.document.number
            rows.append(f'{at:%Y-%m-%d},{amount},"{payer}",Invoice {number},NB-{at:%m%d}-{len(rows)}')
    rows += [
        f"{at:%Y-%m-%d},1250.00,Meridian Accountants,Retainer,NB-{at:%m%d}-8",
        f"{at:%Y-%m-%d},-12.00,Northbeam,Account fee,NB-{at:%m%d}-9",
    ]
    store_bank_file(
        "\n".join(rows).encode(), file_name=f"northbeam-{at:%Y-%m-%d}.csv", bank_format=bank, uploaded_by=None, now=at
    )
    work_on_bank_files(now=at)
