"""
An invoice as a program reads it: the terms of EN 16931, the European standard for electronic invoices (BR-76).

`BT-1` and the like are the standard's own names of its fields, `BR-1` in this package those of its rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from subscriptions.domain.postal import PostalAddress

INVOICE, CREDIT_NOTE = "380", "381"
"""The types of document (UNTDID 1001)."""

CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER, NOT_DEFINED = "30", "58", "1"
"""How money is paid (UNTDID 4461)."""


class EInvoiceError(ValueError):
    """A document cannot be stated as an e-invoice; the message says why and what to do."""


class VatCategory(StrEnum):
    """How a line is taxed, by its code (UNTDID 5305)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    OUTSIDE = "O"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vat:
    """A category and its rate in percent; what is outside the tax has no rate."""

    category: VatCategory
    rate: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """So many units (BT-129, BT-130) at a price (BT-146) for `basis` of them (BT-149)."""

    quantity: Decimal
    unit: str
    price: Decimal
    basis: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Two days and those between them; both count."""

    start: date
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line (BG-25): what it is for, its figures, what they come to, and how that is taxed."""

    number: str
    name: str
    description: str
    product: str
    note: str
    figures: Figures
    net: Decimal
    vat: Vat
    dates: Dates


@dataclass(frozen=True, slots=True, kw_only=True)
class VatBreakdown:
    """
    What is taxed at one rate, and the tax (BG-23); without tax, why.

    `slack` is how far the tax may be from the rate of its basis: tax that is credited by hand, or that two authorities
    charge at one rate, was rounded more than once (BR-76, BR-78 of the billing rules).
    """

    vat: Vat
    basis: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""
    slack: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What it comes to (BG-22)."""

    lines: Decimal
    basis: Decimal
    tax: Decimal
    total: Decimal
    payable: Decimal
    allowances: Decimal = Decimal(0)
    charges: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    rounding: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeParty:
    """Who sells or who buys: a VAT number, another number for tax, one in a register; each may be empty."""

    name: str
    address: PostalAddress
    vat_number: str = ""
    tax_number: str = ""
    legal_id: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How and where to pay (BG-16): the account's number may be empty, and all but the code where nobody pays."""

    code: str
    account: str
    is_iban: bool
    bic: str
    account_name: str
    bank_name: str


NOTHING_TO_PAY = Payment(code=NOT_DEFINED, account="", is_iban=False, bic="", account_name="", bank_name="")
"""What a credit note says of payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """The invoice that a credit note gives back (BG-3)."""

    number: str
    dated: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoice:
    """
    A whole document; amounts are in its one currency, at most two decimals.

    `period` is all that it covers (BG-14), `delivered` the day on which what was supplied was complete (BT-72).
    """

    number: str
    type_code: str
    dated: date
    due: date
    terms: str
    currency: str
    buyer_reference: str
    order_number: str
    notes: Sequence[str]
    seller: TradeParty
    buyer: TradeParty
    preceding: Preceding | None
    period: Dates
    delivered: date | None
    payment: Payment
    items: Sequence[Item]
    taxes: Sequence[VatBreakdown]
    totals: Totals
