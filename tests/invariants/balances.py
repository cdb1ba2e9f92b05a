"""What is open of each document follows from what pays it."""

from collections import defaultdict
from decimal import Decimal

from invoices.models import Allocation, DocumentBalance, Payment
from invoices.selectors.accounts import get_withheld
from tests.invariants.reading import Books


def assert_balances_follow_from_allocations(books: Books) -> None:
    """Assert that nothing is paid across currencies, twice, or with more than there is."""
    paid: defaultdict[int, Decimal] = defaultdict(Decimal)
    spread: defaultdict[int, Decimal] = defaultdict(Decimal)
    for allocation in Allocation.objects.select_related("invoice", "payment", "credit_note"):
        source = allocation.payment or allocation.credit_note
        assert source is not None
        assert source.currency == allocation.invoice.currency, "paid across currencies"
        paid[allocation.invoice_id] += allocation.amount
        if allocation.payment:
            spread[allocation.payment_id] += allocation.amount
        else:
            paid[allocation.credit_note_id] += allocation.amount
    balances = dict(DocumentBalance.objects.values_list("document_id", "open"))
    assert balances == {invoice.pk: invoice.total - paid[invoice.pk] for invoice in books.invoices}
    assert all(left >= 0 for left in balances.values())
    for payment in Payment.objects.select_related("withholding"):
        most = 0 if payment.reversed_at else payment.amount + get_withheld(payment)
        assert 0 <= spread[payment.pk] <= most
