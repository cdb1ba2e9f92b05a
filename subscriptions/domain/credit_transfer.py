"""
Where money is sent by credit transfer, and what a banking app reads from a code on paper (BR-79).

The code is the European Payments Council's: "Quick Response Code: Guidelines to enable data capture for the initiation
of a SEPA credit transfer" (EPC069-12), version 002.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from subscriptions.domain.european_union import MEMBER_SINCE

EURO = "EUR"
LEAST, MOST = Decimal("0.01"), Decimal("999999999.99")
"""What one transfer may come to."""

NAME_LENGTH, TEXT_LENGTH, CODE_LENGTH = 70, 140, 331
"""The most characters of a name and of a text, and the most bytes of a whole code."""

ECONOMIC_AREA = frozenset(MEMBER_SINCE) - {"GB"} | {"IS", "LI", "NO"}
"""The countries, by how their account numbers begin, in which the number alone says which bank it is at."""

AREA = ECONOMIC_AREA | {"AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"}
"""Those between which money is sent as within one (SEPA)."""

_BANK_CODES = ("bic", "swift")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A bank account by its number: an IBAN, written without spaces, if `is_iban`; the bank's BIC may be empty."""

    number: str
    is_iban: bool
    bic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A credit transfer in euros that somebody is asked for."""

    payee: str
    iban: str
    bic: str
    amount: Decimal
    text: str


def find_account(details: Iterable[Sequence[str]]) -> Account | None:
    """
    Return the account among a bank's details, as they are printed: pairs of label and value.

    An IBAN wherever it stands; without one, what is labelled an account.
    """
    pairs = [(label.casefold(), value.strip()) for label, value in details]
    bank_code = next((code for label, value in pairs for code in _bank_codes(label, value)), "")
    for _label, value in pairs:
        if iban.is_valid(value):
            return Account(number=iban.compact(value), is_iban=True, bic=bank_code)
    for label, value in pairs:
        if value and "account" in label and "name" not in label:
            return Account(number=value, is_iban=False, bic=bank_code)
    return None


def find_transfer(account: Account | None, *, payee: str, amount: Decimal, currency: str, text: str) -> Transfer | None:
    """
    Return what a banking app can be told of a payment, or None if such a code does not hold it.

    That is: only euros, to an IBAN of the area, from a cent to a billion; outside the economic area the bank must be
    named too. A name that is too long is cut off: banks look at the account.
    """
    if account is None or not account.is_iban or currency != EURO or not LEAST <= amount <= MOST:
        return None
    country = account.number[:2]
    if country not in AREA or (country not in ECONOMIC_AREA and not account.bic):
        return None
    if not payee.strip() or not 0 < len(text) <= TEXT_LENGTH:
        return None
    transfer = Transfer(
        payee=payee.strip()[:NAME_LENGTH].strip(), iban=account.number, bic=account.bic, amount=amount, text=text
    )
    return transfer if len(transfer_code(transfer).encode()) <= CODE_LENGTH else None


def transfer_code(transfer: Transfer) -> str:
    """Return what the code says, line by line, in UTF-8; its text is for people, so the one for programs is empty."""
    lines = (
        "BCD",
        "002",
        "1",
        "SCT",
        transfer.bic,
        transfer.payee,
        transfer.iban,
        f"{EURO}{transfer.amount:.2f}",
        "",
        "",
        transfer.text,
    )
    return "\n".join(lines)


def _bank_codes(label: str, value: str) -> Iterator[str]:
    """Yield a bank's code if a pair of label and value is one."""
    if any(name in label for name in _BANK_CODES):
        try:
            yield bic.validate(value)
        except ValidationError:
            return
