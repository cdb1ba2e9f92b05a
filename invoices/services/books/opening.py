"""What was carried over stands in the books as it was entered, once, and nothing else does (ADR 43)."""

from collections.abc import Iterator

from invoices.choices import DocumentType
from invoices.domain.ledger import Account
from invoices.domain.moving_in.opening_balances import OpeningKind
from invoices.domain.payments import PaymentMethod
from invoices.models import Invoice, LedgerEntry, OpeningBalance, Payment, Shadow
from invoices.selectors.opening import list_carried, list_waiting
from invoices.services.books.fault import Fault


def find_opening_faults(organization_id: int) -> Iterator[Fault]:
    """Yield where opening balances are booked otherwise than they were entered, twice, or not at all."""
    for where, what in (*_unbooked(organization_id), *_booked(organization_id), *_posted(organization_id)):
        yield Fault(organization_id=organization_id, where=where, what=what)


def _unbooked(organization_id: int) -> Iterator[tuple[str, str]]:
    if Shadow.objects.filter(organization=organization_id, live_at__isnull=False).exists():
        for balance in list_waiting(organization_id):
            yield f"opening balance {balance.number}", "its organization is live, and it is not carried over"
    known = OpeningBalance.objects.filter(organization=organization_id)
    items = Invoice.objects.filter(organization=organization_id, document_type=DocumentType.OPENING_ITEM)
    for number in items.exclude(pk__in=known.filter(document__isnull=False).values("document")).values_list(
        "number", flat=True
    ):
        yield number, "it was carried over, and nobody entered it"


def _booked(organization_id: int) -> Iterator[tuple[str, str]]:
    for balance in list_carried(organization_id):
        booked: Invoice | Payment | None
        if balance.kind == OpeningKind.INVOICE:
            booked = balance.document
            amount, number = (booked.total, booked.number) if booked else (None, None)
        else:
            booked = balance.payment
            amount, number = (booked.amount, booked.reference) if booked else (None, None)
        entered = (balance.amount, balance.number, balance.currency)
        if booked is None or (amount, number, booked.currency) != entered:
            yield f"opening balance {balance.number}", f"{balance.amount} was entered, {amount} is booked"


def _posted(organization_id: int) -> Iterator[tuple[str, str]]:
    """Yield where the account of opening balances holds something else than what was carried over and set right."""
    entries = LedgerEntry.objects.filter(organization_id=organization_id)
    of_opening = entries.filter(account=Account.OPENING_BALANCE.value).select_related("transaction")
    reasons = {
        *Invoice.objects.filter(organization_id=organization_id, document_type=DocumentType.OPENING_ITEM).values_list(
            "ledger_transaction", flat=True
        ),
        *Payment.objects.filter(organization_id=organization_id, method=PaymentMethod.CARRIED.value).values_list(
            "ledger_transactions", flat=True
        ),
    }
    posted = set(of_opening.values_list("transaction_id", flat=True))
    for pk in sorted(posted - reasons, key=str):
        yield f"ledger transaction {pk}", "it is posted as an opening balance, and is none"
    for pk in sorted(reasons - posted - {None}, key=str):
        yield f"ledger transaction {pk}", "it is an opening balance, and is not posted as one"
