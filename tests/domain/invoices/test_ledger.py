"""The double entry of an issued document: what is owed, earned and owed on sums to zero."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.ledger import Account, postings


def entries(subtotal: str, tax: str, *, is_credit_note: bool, currency: str = "USD") -> dict[Account, str]:
    found = postings(subtotal=Money(subtotal, currency), tax=Money(tax, currency), is_credit_note=is_credit_note)
    return {account: str(amount.amount) for account, amount in found.items()}


@pytest.mark.parametrize(
    ("label", "subtotal", "tax", "is_credit_note", "expected"),
    [
        (
            "an invoice",
            "450.00",
            "28.13",
            False,
            {Account.RECEIVABLE: "478.13", Account.REVENUE: "-450.00", Account.TAX: "-28.13"},
        ),
        (
            "a credit note",
            "450.00",
            "28.13",
            True,
            {Account.RECEIVABLE: "-478.13", Account.REVENUE: "450.00", Account.TAX: "28.13"},
        ),
        ("without tax", "450.00", "0.00", False, {Account.RECEIVABLE: "450.00", Account.REVENUE: "-450.00"}),
        ("of nothing", "0.00", "0.00", False, {}),
        (
            "revenue and tax even out",
            "-5.00",
            "5.00",
            False,
            {Account.REVENUE: "5.00", Account.TAX: "-5.00"},
        ),
    ],
)
def test_a_document_is_owed_earned_and_owed_on(label, subtotal, tax, is_credit_note, expected):
    assert entries(subtotal, tax, is_credit_note=is_credit_note) == expected


def test_revenue_and_tax_in_two_currencies_are_never_added():
    """Nothing is added across currencies (BR-83)."""
    with pytest.raises(TypeError, match="different currencies"):
        postings(subtotal=Money("450.00", "USD"), tax=Money("28.13", "EUR"), is_credit_note=False)


amounts = st.decimals(-(10**6), 10**6, places=2).map(lambda amount: Money(amount, "EUR"))


@given(subtotal=amounts, tax=amounts, is_credit_note=st.booleans())
def test_the_entries_of_a_document_sum_to_zero_and_none_is_0(subtotal, tax, is_credit_note):
    found = postings(subtotal=subtotal, tax=tax, is_credit_note=is_credit_note)
    assert sum((amount.amount for amount in found.values()), start=0) == 0
    assert all(found.values())
    turned = postings(subtotal=subtotal, tax=tax, is_credit_note=not is_credit_note)
    assert turned == {account: -amount for account, amount in found.items()}
