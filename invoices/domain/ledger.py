"""The double entry of documents and payments: debits are positive, credits negative, and they sum to zero."""

from enum import StrEnum

from moneyed import Money


class Account(StrEnum):
    """Where money is owed, earned, owed on, or has come in."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX = "tax"
    CASH = "cash"


def postings(*, subtotal: Money, tax: Money, is_credit_note: bool) -> dict[Account, Money]:
    """Return the entries of an issued document, those of a credit note the other way round; none of them is 0."""
    sign = -1 if is_credit_note else 1
    entries = {
        Account.RECEIVABLE: sign * (subtotal + tax),
        Account.REVENUE: -sign * subtotal,
        Account.TAX: -sign * tax,
    }
    return {account: amount for account, amount in entries.items() if amount}


def payment_postings(amount: Money, *, is_reversal: bool) -> dict[Account, Money]:
    """Return the entries of a payment, whatever it pays; those of its reversal the other way round (BR-80)."""
    sign = -1 if is_reversal else 1
    return {Account.CASH: sign * amount, Account.RECEIVABLE: -sign * amount}
