"""
Whether an e-invoice keeps the rules of EN 16931 that are about arithmetic, tax categories and what must be there.

The schema of the file says what stands where; these say whether it is right. Each is known by the standard's own name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from invoices.domain.e_invoice.figures import net_of
from invoices.domain.e_invoice.values import (
    CREDIT_TRANSFER,
    SEPA_CREDIT_TRANSFER,
    EInvoice,
    VatBreakdown,
    VatCategory,
)
from subscriptions.domain.formatting import country_codes
from subscriptions.domain.money import plain, round_money

PERCENT = 100
MOST_DECIMALS = 2

UNTAXED_FOR_A_REASON = frozenset({VatCategory.EXEMPT, VatCategory.REVERSE_CHARGE, VatCategory.OUTSIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule by its name in the standard, and in which way it is broken."""

    rule: str
    words: str

    def __str__(self) -> str:
        """Write both."""
        return f"{self.rule}: {self.words}"


def broken_rules(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    """Yield every rule that an e-invoice breaks; none of one that may be sent."""
    yield from _named(e_invoice)
    yield from _lines(e_invoice)
    yield from _totals(e_invoice)
    yield from _breakdowns(e_invoice)
    yield from _categories(e_invoice)
    yield from _decimals(e_invoice)


def _named(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    seller, buyer = e_invoice.seller, e_invoice.buyer
    for rule, is_there, words in (
        ("BR-02", e_invoice.number, "the document has no number"),
        ("BR-06", seller.name, "the issuing entity has no legal name"),
        ("BR-07", buyer.name, "the organization has no legal name"),
        ("BR-09", seller.address.country, "the issuing entity has no country"),
        ("BR-11", buyer.address.country, "the organization has no country"),
        ("BR-16", e_invoice.items, "the document has no lines"),
        ("BR-CO-18", e_invoice.taxes, "it does not say how it is taxed"),
        ("BR-CO-26", seller.vat_number or seller.legal_id, "nothing identifies the issuing entity: it has no tax id"),
    ):
        if not is_there:
            yield BrokenRule(rule=rule, words=words)
    for party in (seller, buyer):
        if party.vat_number and not party.vat_number[:2].isalpha():
            yield BrokenRule(rule="BR-CO-09", words=f"{party.vat_number} does not begin with a country")
        if party.address.country and party.address.country not in country_codes():
            yield BrokenRule(rule="BR-CL-14", words=f"{party.address.country} is not the code of a country")
    if e_invoice.period.last_day < e_invoice.period.start:
        yield BrokenRule(rule="BR-29", words="its period ends before it begins")
    yield from _payment(e_invoice)


def _payment(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    payment = e_invoice.payment
    if payment.code in {CREDIT_TRANSFER, SEPA_CREDIT_TRANSFER} and not payment.account:
        yield BrokenRule(rule="BR-61", words="it asks for a transfer without an account")
    if e_invoice.totals.payable > 0 and not (e_invoice.due or e_invoice.terms):
        yield BrokenRule(rule="BR-CO-25", words="it does not say when to pay")


def _lines(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    for item in e_invoice.items:
        figures = item.figures
        if not item.name:
            yield BrokenRule(rule="BR-25", words=f"line {item.number} has no name")
        if figures.price < 0:
            yield BrokenRule(rule="BR-27", words=f"the price of line {item.number} is negative")
        if item.dates.last_day < item.dates.start:
            yield BrokenRule(rule="BR-30", words=f"the dates of line {item.number} end before they begin")
        if figures.basis <= 0:
            yield BrokenRule(rule="BT-149", words=f"the price of line {item.number} is for no unit")
        elif (net := net_of(figures, currency=e_invoice.currency)) != item.net:
            words = f"line {item.number} comes to {item.net}, its quantity x price to {net}"
            yield BrokenRule(rule="BT-131", words=words)


def _totals(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    totals = e_invoice.totals
    lines = _sum(item.net for item in e_invoice.items)
    taxes = _sum(tax.tax for tax in e_invoice.taxes)
    for rule, what, told, expected in (
        ("BR-CO-10", "sum of the lines", totals.lines, lines),
        # No document of ours has allowances or charges beside its lines.
        ("BR-CO-11", "sum of allowances", totals.allowances, Decimal(0)),
        ("BR-CO-12", "sum of charges", totals.charges, Decimal(0)),
        ("BR-CO-13", "total without tax", totals.basis, lines - totals.allowances + totals.charges),
        ("BR-CO-14", "tax", totals.tax, taxes),
        ("BR-CO-15", "total with tax", totals.total, totals.basis + totals.tax),
        ("BR-CO-16", "amount due", totals.payable, totals.total - totals.prepaid + totals.rounding),
    ):
        if told != expected:
            yield BrokenRule(rule=rule, words=f"the {what} is {told}, not {expected}")


def _breakdowns(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    told = [tax.vat for tax in e_invoice.taxes]
    for item in e_invoice.items:
        if told.count(item.vat) != 1:
            words = f"the tax of line {item.number} does not stand in it once"
            yield BrokenRule(rule=_rule(item.vat.category, 1), words=words)
    for tax in e_invoice.taxes:
        category = tax.vat.category
        basis = _sum(item.net for item in e_invoice.items if item.vat == tax.vat)
        if tax.basis != basis:
            words = f"{tax.basis} is taxed at {_percent(tax)}, its lines come to {basis}"
            yield BrokenRule(rule=_rule(category, 8), words=words)
        expected = _tax_of(tax, e_invoice.currency)
        if abs(tax.tax - expected) > tax.slack:
            words = f"the tax on {tax.basis} at {_percent(tax)} is {tax.tax}, not {expected}"
            yield BrokenRule(rule="BR-CO-17", words=words)
            yield BrokenRule(rule=_rule(category, 9), words=words)
        has_reason = bool(tax.reason or tax.reason_code)
        if has_reason != (category in UNTAXED_FOR_A_REASON):
            words = "it says why there is no tax" if has_reason else "it does not say why there is no tax"
            yield BrokenRule(rule=_rule(category, 10), words=words)


def _categories(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    seller, buyer = e_invoice.seller, e_invoice.buyer
    for category in sorted({item.vat.category for item in e_invoice.items}):
        rates = {item.vat.rate for item in e_invoice.items if item.vat.category is category}
        if not all(_fits(category, rate) for rate in rates):
            yield BrokenRule(rule=_rule(category, 5), words="its rate does not fit its category")
        if category is VatCategory.OUTSIDE:
            if seller.vat_number or buyer.vat_number:
                words = "it names a VAT number, though it is outside the tax"
                yield BrokenRule(rule=_rule(category, 2), words=words)
            continue
        if not (seller.vat_number or seller.tax_number):
            words = "no tax number of the issuing entity stands on it: add one to its tax ids for later documents"
            yield BrokenRule(rule=_rule(category, 2), words=words)
        if category is VatCategory.REVERSE_CHARGE and not (buyer.vat_number or buyer.legal_id):
            yield BrokenRule(rule=_rule(category, 2), words="the organization has no VAT number")
    categories = [tax.vat.category for tax in e_invoice.taxes]
    if VatCategory.OUTSIDE in categories and len(categories) > 1:
        yield BrokenRule(rule=_rule(VatCategory.OUTSIDE, 11), words="a part of it is outside the tax, another is not")


def _decimals(e_invoice: EInvoice) -> Iterator[BrokenRule]:
    totals = e_invoice.totals
    amounts = [
        *(item.net for item in e_invoice.items),
        *(amount for tax in e_invoice.taxes for amount in (tax.basis, tax.tax)),
        *(totals.lines, totals.basis, totals.tax, totals.total, totals.payable, totals.prepaid, totals.rounding),
    ]
    for amount in amounts:
        if not amount.is_finite() or amount != round(amount, MOST_DECIMALS):
            yield BrokenRule(rule="BR-DEC", words=f"{amount} has more than {MOST_DECIMALS} decimals")


def _fits(category: VatCategory, rate: Decimal | None) -> bool:
    """Tell whether a category may have a rate: above 0, none at all, or 0."""
    if category is VatCategory.STANDARD:
        return rate is not None and rate > 0
    return rate is None if category is VatCategory.OUTSIDE else rate == 0


def _tax_of(tax: VatBreakdown, currency: str) -> Decimal:
    exact = Fraction(tax.basis) * Fraction(tax.vat.rate or 0) / PERCENT
    return Decimal(round_money(exact, currency).amount)


def _percent(tax: VatBreakdown) -> str:
    return "no rate" if tax.vat.rate is None else f"{plain(tax.vat.rate)} %"


def _rule(category: VatCategory, number: int) -> str:
    """Return the name of a rule that each category has one of."""
    return f"BR-{category.value}-{number:02}"


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
