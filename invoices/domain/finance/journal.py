"""
The ledger as entries of a journal: balanced lines with the codes under which the accounting keeps them (ADR 41).

A movement of the ledger becomes one entry: revenue is split by tax category and kind of charge, tax by authority. What
is charged in advance goes to deferred revenue, and becomes revenue month by month.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from invoices.domain.charge import ChargeKind
from invoices.domain.ledger import Account


class JournalAccount(StrEnum):
    """What the journal keeps apart from the accounts of the ledger, to which it is revenue."""

    DEFERRED_REVENUE = "deferred_revenue"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Purpose:
    """
    What an amount is booked for: an account of the ledger or the journal, and what tells its parts apart.

    `part` is the tax category of revenue, deferred or not, or the authority of a tax; `kind` is the kind of charge, of
    revenue only.
    """

    account: Account | JournalAccount
    part: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An amount for a purpose; a debit is positive, a credit negative."""

    purpose: Purpose
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """
    A movement of the ledger with what its document says: the amounts by account, and their parts.

    `revenue` and `taxes` are as they stand on the document, those of a credit note positive, too.
    """

    name: str
    accounts: Mapping[Account, Decimal]
    is_credit_note: bool = False
    revenue: Mapping[tuple[str, str], Decimal] | None = None
    taxes: Mapping[str, Decimal] | None = None


class UnbalancedError(ValueError):
    """The parts of a movement are not what the ledger says: the books are wrong, and nothing may be made of them."""


PROPOSED: Mapping[Purpose, str] = {
    Purpose(account=Account.CASH): "1000",
    Purpose(account=Account.RECEIVABLE): "1200",
    Purpose(account=Account.WITHHOLDING_TAX): "1300",
    Purpose(account=Account.TAX): "2200",
    Purpose(account=JournalAccount.DEFERRED_REVENUE): "2400",
    Purpose(account=Account.OPENING_BALANCE): "3900",
    Purpose(account=Account.REVENUE, part="software"): "4000",
    Purpose(account=Account.REVENUE, part="telecom"): "4100",
    Purpose(account=Account.REVENUE, part="hardware"): "4200",
    Purpose(account=Account.REVENUE, part="service"): "4300",
}
"""The codes that are used until a lead has set others; each of these purposes always has one."""


def account_named(name: str) -> Account | JournalAccount:
    """Return the account of the ledger or the journal that is called so."""
    return JournalAccount.DEFERRED_REVENUE if name == JournalAccount.DEFERRED_REVENUE else Account(name)


def code_of(purpose: Purpose, codes: Mapping[Purpose, str]) -> str:
    """
    Return the code for a purpose: the one for exactly it, else for its kind, else for its part, else for its account.

    What nobody has set is as proposed.
    """
    known = {**PROPOSED, **codes}
    account = purpose.account
    for wanted in (
        purpose,
        Purpose(account=account, kind=purpose.kind),
        Purpose(account=account, part=purpose.part),
        Purpose(account=account),
    ):
        if wanted in known:
            return known[wanted]
    raise KeyError(purpose)


def postings_of(booked: Booked) -> list[Posting]:
    """
    Return the lines of a movement, in a fixed order; they sum to zero, and none is 0.

    :raises UnbalancedError: if they do not, or differ from the ledger
    """
    sign = 1 if booked.is_credit_note else -1
    postings = [
        Posting(purpose=Purpose(account=account), amount=booked.accounts[account])
        for account in sorted(set(booked.accounts) - {Account.REVENUE, Account.TAX})
        if booked.accounts[account]
    ]
    revenue = [
        Posting(purpose=_revenue_purpose(part, kind), amount=sign * amount)
        for (part, kind), amount in sorted((booked.revenue or {}).items())
        if amount
    ]
    taxes = [
        Posting(purpose=Purpose(account=Account.TAX, part=authority), amount=sign * amount)
        for authority, amount in sorted((booked.taxes or {}).items())
        if amount
    ]
    for account, parts in ((Account.REVENUE, revenue), (Account.TAX, taxes)):
        if _sum(parts) != booked.accounts.get(account, Decimal(0)):
            raise UnbalancedError(f"{booked.name}: the parts of {account} are not what the ledger says.")
    postings += [*revenue, *taxes]
    if _sum(postings):
        raise UnbalancedError(f"{booked.name}: debit and credit differ.")
    return postings


def recognition(earned: Mapping[str, Decimal]) -> list[Posting]:
    """
    Return the lines by which what is earned of advances, by tax category, becomes revenue; negative: is taken back.

    They are in a fixed order and sum to zero, and none is 0.
    """
    parts = [(part, amount) for part, amount in sorted(earned.items()) if amount]
    return [
        *(Posting(purpose=_revenue_purpose(part, ChargeKind.PREPAY), amount=each) for part, each in parts),
        *(Posting(purpose=_earned_purpose(part, ChargeKind.PREPAY), amount=-each) for part, each in parts),
    ]


def _revenue_purpose(part: str, kind: str) -> Purpose:
    """Return where a document books a part of its revenue: what is charged in advance is not earned yet."""
    if kind == ChargeKind.PREPAY:
        return Purpose(account=JournalAccount.DEFERRED_REVENUE, part=part)
    return _earned_purpose(part, kind)


def _earned_purpose(part: str, kind: str) -> Purpose:
    return Purpose(account=Account.REVENUE, part=part, kind=str(kind))


def _sum(postings: Iterable[Posting]) -> Decimal:
    return sum((posting.amount for posting in postings), start=Decimal(0))
