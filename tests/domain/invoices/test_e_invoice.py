"""An invoice as programs read it: figures that multiply exactly, tax by category and rate, the rules of EN 16931."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.charge import ChargeKind, charged_amount
from invoices.domain.e_invoice.figures import line_figures, lump_sum, net_of, unit_of
from invoices.domain.e_invoice.rules import broken_rules
from invoices.domain.e_invoice.taxes import Charged, Taxation, breakdown, vat_at
from invoices.domain.e_invoice.values import (
    Dates,
    EInvoice,
    EInvoiceError,
    Figures,
    Item,
    Payment,
    Totals,
    TradeParty,
    Vat,
    VatCategory,
)
from invoices.domain.tax import TaxRate
from invoices.domain.tax_treatment import TaxTreatment
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import exponent, round_money
from subscriptions.domain.postal import PostalAddress

DAY = date(2026, 2, 15)
EVERYTHING = frozenset(TaxCategory)
CENT = Decimal("0.01")


def a_rate(percent, *, taxable="100", categories=EVERYTHING, authority="VAT"):
    return TaxRate(authority=authority, rate=Decimal(percent), taxable=Decimal(taxable), categories=categories)


# Quantity and price, BR-32


@pytest.mark.parametrize(
    ("label", "charge", "figures"),
    [
        ("13 at 140", ("13", "140", 1, None, None, "1820"), ("13", "C62", "140", "1")),
        ("80 for 12 months", ("80", "120", 12, None, None, "115200"), ("960", "MON", "120", "1")),
        ("2 for 15 of 31 days", ("2", "1", 1, 15, 31, "0.97"), ("30", "DAY", "1", "31")),
        ("2 for the whole of 31 days", ("2", "1", 1, 31, 31, "2.00"), ("62", "DAY", "1", "31")),
        ("a price in millionths", ("323992", "0.000125", 1, None, None, "40.50"), ("323992", "C62", "0.000125", "1")),
        ("given back", ("-1", "140", 1, None, None, "-140"), ("-1", "C62", "140", "1")),
        ("a difference of rounded amounts", ("0.4", "0.0119", 1, None, None, "0.01"), ("1", "C62", "0.01", "1")),
        ("an amount off the price", ("0", "22", 1, None, None, "15"), ("1", "C62", "15", "1")),
        ("the same, given back", ("0", "22", 1, None, None, "-15"), ("-1", "C62", "15", "1")),
        ("nothing for nothing", ("0", "22", 1, None, None, "0"), ("1", "C62", "0", "1")),
        ("a price below nothing", ("3", "-2", 1, None, None, "-6"), ("-1", "C62", "6", "1")),
    ],
)
def test_a_line_is_a_product_that_comes_to_its_amount(label, charge, figures):
    quantity, price, months, days, period_days, amount = charge
    found = line_figures(
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        unit="C62",
        months=months,
        days=days,
        period_days=period_days,
        amount=Decimal(amount),
        currency="EUR",
    )
    number, unit, each, basis = figures
    assert found == Figures(quantity=Decimal(number), unit=unit, price=Decimal(each), basis=Decimal(basis)), label


@pytest.mark.parametrize(
    ("kind", "product", "hourly", "unit"),
    [
        ("voice", "voice", False, "MIN"),
        ("fair_use", "basic-ivr", False, "MIN"),
        ("fair_use", "byoc-cloud", False, "MIN"),
        ("fair_use", "voice-transcription", False, "MIN"),
        ("fair_use", "data-storage", False, "E34"),
        ("call_ports", "call-ports", False, "HUR"),
        ("usage", "purecloud-3", True, "HUR"),
        ("usage", "purecloud-3", False, "C62"),
        ("usage", "communicate", True, "C62"),
        ("hardware", "phone", False, "C62"),
    ],
)
def test_a_unit_has_its_code_of_the_united_nations(kind, product, hourly, unit):
    assert unit_of(kind=ChargeKind(kind), product=product, hourly=hourly) == unit


decimals = st.decimals(min_value=-9999, max_value=9999, places=4, allow_nan=False)
prices = st.decimals(min_value=0, max_value=999, places=6, allow_nan=False)


@given(
    quantity=decimals,
    price=prices,
    months=st.integers(1, 36),
    days=st.none() | st.integers(1, 31),
    currency=st.sampled_from(["EUR", "JPY"]),
    off=st.sampled_from([0, 0, 1, -3]),
)
def test_whatever_a_line_comes_to_its_figures_come_to_the_same(quantity, price, months, days, currency, off):
    share = quantity if days is None else quantity * days / 31
    amount = charged_amount(quantity=share, unit_price=price, months=months, currency=currency).amount
    amount += Decimal(off).scaleb(-exponent(currency))
    found = line_figures(
        quantity=quantity,
        unit_price=price,
        unit="C62",
        months=months,
        days=days,
        period_days=31,
        amount=amount,
        currency=currency,
    )
    assert net_of(found, currency=currency) == amount
    assert found.price >= 0


# Tax by category and rate, BR-78


def a_taxation(*charged, treatment=TaxTreatment.TAXED, seller="DE", buyer="DE"):
    return Taxation(
        treatment=treatment,
        charged=[Charged(rate=rate, tax=Decimal(0)) for rate in charged],
        seller_country=seller,
        buyer_country=buyer,
        dated=DAY,
    )


SOFTWARE, TELECOM = frozenset({TaxCategory.SOFTWARE}), frozenset({TaxCategory.TELECOM})
ON_SOFTWARE, ON_TELECOM = a_rate("19", categories=SOFTWARE), a_rate("7", categories=TELECOM)


@pytest.mark.parametrize(
    ("label", "taxation", "category", "rate"),
    [
        ("taxed at home", a_taxation(a_rate("19")), "S", "19"),
        ("by the one that taxes software", a_taxation(ON_SOFTWARE, ON_TELECOM), "S", "19"),
        ("on a share of it: the rate on the whole", a_taxation(a_rate("6.25", taxable="80")), "S", "5"),
        ("at a rate of nothing", a_taxation(a_rate("0")), "Z", "0"),
        ("only others are taxed", a_taxation(ON_TELECOM), "Z", "0"),
        ("nobody taxes it, within the union", a_taxation(buyer="FR"), "Z", "0"),
        ("nobody taxes it, out of the union", a_taxation(buyer="US"), "O", None),
        ("nobody taxes it, into the union", a_taxation(seller="US"), "O", None),
        ("exempt", a_taxation(treatment=TaxTreatment.EXEMPT), "E", "0"),
        ("the buyer owes it", a_taxation(treatment=TaxTreatment.REVERSE_CHARGE, buyer="FR"), "AE", "0"),
    ],
)  # fmt: skip
def test_a_line_has_one_category_and_rate(label, taxation, category, rate):
    expected = Vat(category=VatCategory(category), rate=None if rate is None else Decimal(rate))
    assert taxation.vat_of("software") == expected, label


def test_two_authorities_on_one_line_cannot_be_stated():
    taxation = a_taxation(a_rate("6", authority="Pennsylvania"), a_rate("2", authority="Philadelphia"))
    with pytest.raises(EInvoiceError, match=r"Several authorities tax the same line \(Pennsylvania, Philadelphia\)"):
        taxation.vat_of("software")


def test_two_authorities_at_one_rate_stand_together_and_may_be_a_cent_away():
    rates = [a_rate("19", categories=SOFTWARE, authority="A"), a_rate("19", categories=TELECOM, authority="B")]
    charged = [Charged(rate=rate, tax=Decimal("0.01")) for rate in rates]
    items = [an_item("0.03", vat=vat_at(rates[0])), an_item("0.03", vat=vat_at(rates[1]))]
    (row,) = breakdown(items, charged=charged, reasons={}, minor_unit=CENT)
    assert (row.basis, row.tax, row.slack) == (Decimal("0.06"), Decimal("0.02"), CENT)


# A whole document


def an_item(net, *, vat=None, number="1", **more):
    return Item(
        **{
            "number": number,
            "name": "PureCloud 3",
            "description": "",
            "product": "purecloud-3",
            "note": "",
            "figures": lump_sum(Decimal(net)),
            "net": Decimal(net),
            "vat": vat or vat_at(a_rate("19")),
            "dates": Dates(start=DAY, last_day=DAY),
        }
        | more
    )


def a_party(name, **more):
    address = PostalAddress(lines=("Weg 1",), city="Hamburg", post_code="20457", country="DE")
    return TradeParty(**{"name": name, "address": address, "vat_number": "DE136695976"} | more)


NINETEEN = a_rate("19")


def an_e_invoice(items=None, *, charged=None, **more) -> EInvoice:
    items = [an_item("1820"), an_item("-140", number="2")] if items is None else items
    lines = sum((item.net for item in items), Decimal(0))
    if charged is None:
        charged = [Charged(rate=NINETEEN, tax=round_money(lines * 19 / 100, "EUR").amount)]
    reasons = dict.fromkeys((VatCategory.EXEMPT, VatCategory.REVERSE_CHARGE, VatCategory.OUTSIDE), "why")
    taxes = breakdown(items, charged=charged, reasons=reasons, minor_unit=CENT)
    tax = sum((row.tax for row in taxes), Decimal(0))
    return EInvoice(
        **{
            "number": "RE-1",
            "type_code": "380",
            "dated": DAY,
            "due": DAY,
            "terms": "Net 30",
            "currency": "EUR",
            "buyer_reference": "",
            "order_number": "",
            "notes": [],
            "seller": a_party("Nordwind GmbH"),
            "buyer": a_party("Großbäckerei", vat_number="DE811904471"),
            "preceding": None,
            "period": Dates(start=DAY, last_day=DAY),
            "delivered": DAY,
            "payment": Payment(
                code="58", account="DE89370400440532013000", is_iban=True, bic="", account_name="X", bank_name="Y"
            ),
            "items": items,
            "taxes": taxes,
            "totals": Totals(lines=lines, basis=lines, tax=tax, total=lines + tax, payable=lines + tax),
        }
        | more
    )


def names_of(e_invoice):
    return [broken.rule for broken in broken_rules(e_invoice)]


def test_a_right_one_breaks_no_rule():
    assert names_of(an_e_invoice()) == []


RIGHT = an_e_invoice()
EXEMPT = Vat(category=VatCategory.EXEMPT, rate=Decimal(0))
REVERSE = Vat(category=VatCategory.REVERSE_CHARGE, rate=Decimal(0))
OUTSIDE = Vat(category=VatCategory.OUTSIDE, rate=None)
ZERO = Vat(category=VatCategory.ZERO, rate=Decimal(0))


def untaxed(vat, **more):
    return an_e_invoice([an_item("100", vat=vat)], charged=[], **more)


def with_totals(**more):
    return replace(RIGHT, totals=replace(RIGHT.totals, **{name: Decimal(value) for name, value in more.items()}))


def with_tax(**more):
    return replace(RIGHT, taxes=[replace(RIGHT.taxes[0], **more)])


def with_line(**more):
    return replace(RIGHT, items=[an_item("1680", **more)])


@pytest.mark.parametrize(
    ("rules", "e_invoice"),
    [
        (["BR-02"], replace(RIGHT, number="")),
        (["BR-06"], replace(RIGHT, seller=a_party(""))),
        (["BR-07"], replace(RIGHT, buyer=a_party(""))),
        (["BR-16", "BR-CO-18"], an_e_invoice([], charged=[])),
        (["BR-25"], with_line(name="")),
        (["BR-27", "BT-131"], with_line(figures=Figures(quantity=Decimal(1), unit="C62", price=Decimal(-1)))),
        (["BR-29"], replace(RIGHT, period=Dates(start=DAY, last_day=date(2026, 2, 14)))),
        (["BR-30"], with_line(dates=Dates(start=DAY, last_day=date(2026, 2, 14)))),
        (["BR-61"], replace(RIGHT, payment=replace(RIGHT.payment, account=""))),
        (["BR-CL-14"], replace(RIGHT, buyer=replace(RIGHT.buyer, address=replace(RIGHT.buyer.address, country="QQ")))),
        (["BR-CO-09"], replace(RIGHT, buyer=a_party("X", vat_number="811904471"))),
        (["BR-CO-25"], replace(RIGHT, due=None, terms="")),
        (["BR-CO-26", "BR-S-02"], replace(RIGHT, seller=a_party("X", vat_number=""))),
        (["BT-131"], with_line(figures=Figures(quantity=Decimal(1), unit="C62", price=Decimal("1680.01")))),
        (["BT-149"], with_line(figures=Figures(quantity=Decimal(1), unit="C62", price=Decimal(1), basis=Decimal(0)))),
        # The sum of the lines is a cent more, and everything else stays.
        (["BR-CO-10"], with_totals(lines="1680.01")),
        (["BR-CO-11", "BR-CO-13"], with_totals(allowances="1")),
        (["BR-CO-12", "BR-CO-13"], with_totals(charges="1")),
        (["BR-CO-13", "BR-CO-15"], with_totals(basis="1680.01")),
        (["BR-CO-14", "BR-CO-15"], with_totals(tax="319.21")),
        (["BR-CO-15", "BR-CO-16"], with_totals(total="1999.21")),
        (["BR-CO-16"], with_totals(payable="1999.19")),
        (["BR-CO-14", "BR-CO-17", "BR-S-09"], with_tax(tax=Decimal("319.21"))),
        (["BR-S-08"], with_tax(basis=Decimal(1680) + CENT / 10)),
        (["BR-S-10"], with_tax(reason="None of our business")),
        (["BR-S-01"], replace(RIGHT, items=[*RIGHT.items, an_item("0", number="3", vat=vat_at(a_rate("7")))])),
        (["BR-S-05"], untaxed(Vat(category=VatCategory.STANDARD, rate=Decimal(0)))),
        (["BR-E-10"], replace(untaxed(EXEMPT), taxes=[replace(untaxed(EXEMPT).taxes[0], reason="")])),
        (["BR-E-02"], untaxed(EXEMPT, seller=a_party("X", vat_number="", legal_id="HRB 1"))),
        (["BR-AE-02"], untaxed(REVERSE, buyer=a_party("X", vat_number=""))),
        (["BR-O-02"], untaxed(OUTSIDE, seller=a_party("X", vat_number="", legal_id="HRB 1"))),
        (["BR-DEC"], with_totals(rounding="0.001", payable="1999.201")),
    ],
)  # fmt: skip
def test_each_rule_is_known_by_its_name_when_it_is_broken(rules, e_invoice):
    assert sorted(set(names_of(e_invoice)) - {"BR-DEC"} or {"BR-DEC"}) == sorted(rules)


@pytest.mark.parametrize("vat", [EXEMPT, REVERSE, ZERO])
def test_what_is_not_taxed_breaks_no_rule(vat):
    assert names_of(untaxed(vat)) == []


def test_what_is_outside_the_tax_names_no_vat_number():
    nobody = a_party("X", vat_number="", legal_id="HRB 1")
    assert names_of(untaxed(OUTSIDE, seller=nobody, buyer=nobody)) == []


def test_a_part_of_a_document_cannot_be_outside_the_tax():
    items = [an_item("100"), an_item("1", number="2", vat=OUTSIDE)]
    nobody = a_party("X", vat_number="", legal_id="HRB 1", tax_number="12/345")
    mixed = an_e_invoice(items, charged=[Charged(rate=NINETEEN, tax=Decimal(19))], seller=nobody, buyer=nobody)
    assert names_of(mixed) == ["BR-O-11"]


@given(
    nets=st.lists(st.decimals(min_value=-500, max_value=5000, places=2, allow_nan=False), min_size=1, max_size=8),
    rates=st.lists(st.sampled_from(["0", "5.5", "7", "19", "21"]), min_size=8, max_size=8),
)
def test_whatever_the_lines_are_a_document_that_is_added_up_breaks_no_rule(nets, rates):
    vats = [vat_at(a_rate(rate)) for rate in rates]
    items = [an_item(net, vat=vat, number=str(place)) for place, (net, vat) in enumerate(zip(nets, vats, strict=False))]
    charged = [
        Charged(rate=a_rate(rate), tax=round_money(sum(nets_at, Decimal(0)) * Decimal(rate) / 100, "EUR").amount)
        for rate in sorted(set(rates[: len(nets)]))
        for nets_at in [[item.net for item in items if item.vat == vat_at(a_rate(rate))]]
    ]
    assert names_of(an_e_invoice(items, charged=charged)) == []
