"""The double entry of documents and payments: debits are positive, credits negative, and they sum to zero."""

from enum import StrEnum

from moneyed import Money


class Account(StrEnum):
    """Where money is owed, earned, owed on, or has come in."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX = "tax"
    CASH = "cash"
    WITHHOLDING_TAX = "withholding_tax"
    """What payers withheld for their tax authority, which the certificates reclaim."""
    OPENING_BALANCE = "opening_balance"
    """The other side of what was owed, or left, when an organization came from another system (ADR 43)."""


def postings(*, subtotal: Money, tax: Money, is_credit_note: bool) -> dict[Account, Money]:
    """Return the entries of an issued document, those of a credit note the other way round; none of them is 0."""
    sign = -1 if is_credit_note else 1
    entries = {
        Account.RECEIVABLE: sign * (subtotal + tax),
        Account.REVENUE: -sign * subtotal,
        Account.TAX: -sign * tax,
    }
    return {account: amount for account, amount in entries.items() if amount}


def opening_postings(amount: Money) -> dict[Account, Money]:
    """Return the entries of an opening item: revenue and tax of it are in the books of the old system (ADR 43)."""
    return {Account.RECEIVABLE: amount, Account.OPENING_BALANCE: -amount}


def payment_postings(
    amount: Money, *, withheld: Money, is_reversal: bool, came_in: Account = Account.CASH
) -> dict[Account, Money]:
    """
    Return the entries of a payment, whatever it pays; those of its reversal the other way round (BR-80).

    What the payer withheld as tax settles as much as what came in; none of the entries is 0. What was carried over from
    another system `came_in` as an opening balance.
    """
    sign = -1 if is_reversal else 1
    entries = {
        came_in: sign * amount,
        Account.WITHHOLDING_TAX: sign * withheld,
        Account.RECEIVABLE: -sign * (amount + withheld),
    }
    return {account: entry for account, entry in entries.items() if entry}
