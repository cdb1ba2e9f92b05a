"""Documents add up, are posted as they stand, and what is open of each follows from what pays it (BR-75, BR-80)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Model, Prefetch, QuerySet
from django.db.models.fields.json import KeyTransform

from invoices.choices import DocumentType
from invoices.domain.ledger import Account
from invoices.models import (
    Allocation,
    BankLine,
    Credit,
    DocumentBalance,
    Invoice,
    InvoiceDelivery,
    LedgerTransaction,
    Payment,
    RenderedPdf,
)
from invoices.selectors.accounts import get_withheld
from invoices.services.books.fault import Fault
from invoices.services.books.taxes import find_tax_faults
from subscriptions.domain.money import exponent

AT_ONCE = 200
"""So many documents are in memory at a time."""

BESIDE = {"balance": DocumentBalance, "pdf": RenderedPdf, "delivery": InvoiceDelivery}
"""What each document has one of, in its own transaction: by its name on the document."""


@dataclass
class Owed:
    """What an organization owes by currency: as the documents and payments say, and as the ledger does."""

    told: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    posted: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def find_document_faults(organization_id: int) -> Iterator[Fault]:
    """Yield what is wrong with an organization's documents, payments and ledger."""
    owed = Owed()
    for document in _documents(organization_id).iterator(chunk_size=AT_ONCE):
        stored_rates = document.stored_rates  # type: ignore[attr-defined]
        taxes = find_tax_faults(document, stored_rates=stored_rates)
        issued = () if _is_carried(document) else (*_sums(document), *taxes, *_companions(document))
        for what in (*issued, *_amounts(document), *_posting(document, owed), *_open(document)):
            yield Fault(organization_id=organization_id, where=document.number, what=what)
    for payment in _payments(organization_id).iterator(chunk_size=AT_ONCE):
        for what in _payment(payment, owed):
            yield Fault(organization_id=organization_id, where=f"payment {payment.reference}", what=what)
    for currency in sorted(owed.told.keys() | owed.posted.keys()):
        if owed.told[currency] != owed.posted[currency]:
            what = f"{owed.posted[currency]} is receivable, documents and payments leave {owed.told[currency]}"
            yield Fault(organization_id=organization_id, where=f"ledger in {currency}", what=what)
    yield from _overcredited(organization_id)


def _documents(organization_id: int) -> QuerySet[Invoice]:
    beside = ("subscription", "ledger_transaction", "credit", *BESIDE)
    return (
        Invoice.objects.filter(organization_id=organization_id)
        .annotate(stored_rates=KeyTransform("tax_rates", "terms_snapshot__terms"))
        .select_related(*beside)
        # What was printed is not looked at: a PDF may be as large as all the rest.
        .defer("frozen", "pdf__content")
        .prefetch_related(
            "lines",
            "taxes",
            "ledger_transaction__entries",
            Prefetch("allocations", Allocation.objects.select_related("payment", "credit_note")),
            "applied",
        )
        .order_by("pk")
    )


def _payments(organization_id: int) -> QuerySet[Payment]:
    rows = Payment.objects.filter(organization_id=organization_id)
    beside = ("allocations", "ledger_transactions__entries", "bank_line")
    return rows.select_related("withholding").defer("withholding__content").prefetch_related(*beside).order_by("pk")


def _sign_of(document: Invoice) -> int:
    """Return how what stands on a document counts: a credit note turns every sign round (BR-74)."""
    return -1 if document.document_type == DocumentType.CREDIT_NOTE else 1


def _is_carried(document: Invoice) -> bool:
    """Tell whether a document was carried over: we never issued it, its lines are in the old system (ADR 43)."""
    return document.document_type == DocumentType.OPENING_ITEM


def _sums(document: Invoice) -> Iterator[str]:
    """Yield where lines, taxes and total do not add up, to the minor unit of the currency (BR-32, BR-78)."""
    lines, taxes = list(document.lines.all()), list(document.taxes.all())
    if not lines:
        yield "it has no lines"
    if [line.position for line in lines] != list(range(len(lines))):
        yield "its lines are not counted from 0"
    if (lines_sum := _total(line.amount for line in lines)) != document.subtotal:
        yield f"its lines come to {lines_sum}, its subtotal is {document.subtotal}"
    if (taxes_sum := _total(tax.amount for tax in taxes)) != document.tax:
        yield f"its taxes come to {taxes_sum}, its tax is {document.tax}"
    if document.currency != document.subscription.currency:
        yield f"it is in {document.currency}, its agreement in {document.subscription.currency}"


def _amounts(document: Invoice) -> Iterator[str]:
    """Yield where figures are no amounts of their currency, or the total is not their sum."""
    if document.subtotal + document.tax != document.total:
        yield f"its total is {document.total}, not {document.subtotal} + {document.tax}"
    if document.total < 0:
        yield "its total is negative"
    parts = [*(line.amount for line in document.lines.all()), *(tax.amount for tax in document.taxes.all())]
    for amount in (document.subtotal, document.tax, *parts):
        if not amount.is_finite() or amount != round(amount, exponent(document.currency)):
            yield f"{amount} is no amount in {document.currency}"


def _companions(document: Invoice) -> Iterator[str]:
    """Yield what should stand beside a document and does not."""
    for name, model in BESIDE.items():
        if not hasattr(document, name):
            yield f"it has no {_called(model)}"


def _posting(document: Invoice, owed: Owed) -> Iterator[str]:
    """Yield where the ledger says something else than a document (BR-75)."""
    expected = _sign_of(document) * document.total
    owed.told[document.currency] += expected
    posted: LedgerTransaction | None = getattr(document, "ledger_transaction", None)
    if posted is None:
        yield "it is not posted"
        return
    yield from _balanced(posted, expected, document.currency, owed)


def _payment(payment: Payment, owed: Owed) -> Iterator[str]:
    """Yield where a payment is not posted as it stands, or pays more than it is (BR-80)."""
    withheld = get_withheld(payment)
    settles = payment.amount + withheld
    if payment.reversed_at is None:
        owed.told[payment.currency] -= settles
    posted = {transaction.is_reversal: transaction for transaction in payment.ledger_transactions.all()}
    if set(posted) != ({False} if payment.reversed_at is None else {False, True}):
        yield "it is not posted, or not taken back in the ledger, as it stands"
    for is_reversal, transaction in posted.items():
        yield from _balanced(transaction, settles if is_reversal else -settles, payment.currency, owed)
        posted_tax = _total(e.amount for e in transaction.entries.all() if e.account == Account.WITHHOLDING_TAX)
        if posted_tax != (-withheld if is_reversal else withheld):
            yield f"{posted_tax} is posted as withheld tax, {withheld} was withheld"
    if not payment.amount.is_finite() or payment.amount != round(payment.amount, exponent(payment.currency)):
        yield f"{payment.amount} is no amount in {payment.currency}"
    spread = _total(allocation.amount for allocation in payment.allocations.all())
    # Tax is withheld from invoices: it never stays as credit.
    least, most = (withheld, settles) if payment.reversed_at is None else (Decimal(0), Decimal(0))
    if not least <= spread <= most:
        yield f"{spread} of {most} is spread over invoices, {withheld} of it was withheld"
    line: BankLine | None = getattr(payment, "bank_line", None)
    if line is not None and (line.amount, line.currency) != (payment.amount, payment.currency):
        yield f"the bank says {line.amount} {line.currency}, it is {payment.amount} {payment.currency}"


def _balanced(transaction: LedgerTransaction, expected: Decimal, currency: str, owed: Owed) -> Iterator[str]:
    entries = list(transaction.entries.all())
    if _total(entry.amount for entry in entries) != 0:
        yield "its entries do not sum to zero"
    if {transaction.currency, *(entry.currency for entry in entries)} != {currency}:
        yield f"it is in {currency}, its entries are not"
    receivable = _total(entry.amount for entry in entries if entry.account == Account.RECEIVABLE)
    owed.posted[currency] += receivable
    if receivable != expected:
        yield f"{receivable} is posted as receivable, {expected} is due"


def _open(document: Invoice) -> Iterator[str]:
    """Yield where what is open does not follow from what pays a document, or crosses currencies (BR-80)."""
    paid = _total(allocation.amount for allocation in document.allocations.all())
    used = _total(allocation.amount for allocation in document.applied.all())
    balance: DocumentBalance | None = getattr(document, "balance", None)
    if balance is not None and balance.open != document.total - paid - used:
        yield f"{balance.open} is open, {document.total - paid - used} follows from what pays it"
    if balance is not None and balance.open < 0:
        yield f"{balance.open} is open: less than nothing"
    for allocation in document.allocations.all():
        source = allocation.payment or allocation.credit_note
        if source is None or source.currency != document.currency:
            yield "it is paid in another currency"


def _overcredited(organization_id: int) -> Iterator[Fault]:
    """Yield the invoices of which credit notes by hand gave back too much, or in another currency (BR-76)."""
    given: defaultdict[Invoice, Decimal] = defaultdict(Decimal)
    credits_by_hand = Credit.objects.filter(organization_id=organization_id).select_related("invoice", "original")
    for credit in credits_by_hand.order_by("original_id").iterator(chunk_size=AT_ONCE):
        given[credit.original] += credit.invoice.total
        if (credit.invoice.currency, credit.invoice.organization_id) != (
            credit.original.currency,
            credit.original.organization_id,
        ):
            what = f"credits {credit.original.number}, which is another organization's or in another currency"
            yield Fault(organization_id=organization_id, where=credit.invoice.number, what=what)
    for original, total in given.items():
        if total > original.total:
            what = f"{total} was given back of {original.total}"
            yield Fault(organization_id=organization_id, where=original.number, what=what)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, start=Decimal(0))


def _called(model: type[Model]) -> str:
    return str(model._meta.verbose_name)  # noqa: SLF001
