"""The ledger balances, and says the same as the documents and payments."""

from collections import defaultdict
from decimal import Decimal

from invoices.models import Payment
from invoices.selectors.accounts import get_withheld
from tests.invariants.reading import Books, sign_of, without_zeros


def assert_ledger_balances(books: Books) -> None:
    """Assert that transactions and currencies sum to zero, and the receivable is what was invoiced and not paid."""
    by_transaction: defaultdict[int, Decimal] = defaultdict(Decimal)
    by_currency: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    receivable: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    currency_of = {posted.pk: posted.currency for posted in books.transactions}
    for entry in books.entries:
        assert entry.currency == currency_of[entry.transaction_id]
        by_transaction[entry.transaction_id] += entry.amount
        by_currency[entry.organization_id, entry.currency] += entry.amount
        if entry.account == "receivable":
            receivable[entry.organization_id, entry.currency] += entry.amount
    assert set(by_transaction.values()) <= {Decimal(0)}
    assert set(by_currency.values()) <= {Decimal(0)}
    owed: defaultdict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for invoice in books.invoices:
        owed[invoice.organization_id, invoice.currency] += sign_of(invoice) * invoice.total
    for payment in Payment.objects.filter(reversed_at__isnull=True).select_related("withholding"):
        owed[payment.organization_id, payment.currency] -= payment.amount + get_withheld(payment)
    assert without_zeros(receivable) == without_zeros(owed)
