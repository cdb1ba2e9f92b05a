"""What we write as e-invoices keeps the official rules, and what those refuse we refuse ourselves (BR-76, BR-78)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.domain.charge import charged_amount
from invoices.domain.e_invoice.rules import broken_rules
from invoices.domain.tax import TaxRate
from invoices.pdf.cross_industry import cross_industry_invoice
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.formatting import country_codes
from tests.documents.official_rules import officially_broken
from tests.documents.test_e_invoice import AMERICAN, KINDS, LUMP
from tests.factories.documents import a_line
from tests.factories.e_invoices import EVERYTHING, GERMAN_BUYER, GERMAN_ISSUER, e_invoice_of

CALLS = [
    a_line("voice", "voice", "Voice", "1", "0.0259", "0.03", direction="outbound", destination=f"Place {place}")
    for place in range(500)
]
HOSTILE = "<a href='x'>&amp;\"]]>\x00\ud7ff😀\u202e"


def taxed_at(rate, taxable="100"):
    return [TaxRate(authority="VAT", rate=Decimal(rate), taxable=Decimal(taxable), categories=EVERYTHING)]


def buyer(**changed):
    return {"frozen": {"bill_to": GERMAN_BUYER | changed}, "lines": LUMP}


def seller(**changed):
    return {"frozen": {"issuer": GERMAN_ISSUER | changed}, "lines": LUMP}


EXTREMES = {
    "500 lines": {"lines": CALLS},
    "less than nothing": {"lines": [a_line("adjustment", "any", "Any", "-1", "140", "-140", corrects="usage")]},
    "as much given back as sold": {
        "lines": [
            a_line("adjustment", "any", "Any", "-1", "140", "-140", corrects="usage"),
            a_line("usage", "any", "Any", "1", "140", "140"),
        ],
    },
    "a trillion": {"lines": [a_line("usage", "any", "Any", "999999", "999999.99", "999998990000.01")]},
    "a millionth": {"lines": [a_line("fair_use", "api-requests", "API requests", "1", "0.000001", "0")]},
    "six decimals for 30 of 31 days": {
        "lines": [a_line("number", "did-number", "DID", "7", "1.999999", "13.55", days=30, period_days=31)],
    },
    "a share is taxed": {"rates": taxed_at("19", "64.9")},
    "a rate of six decimals": {"rates": taxed_at("5.123456")},
    "a rate of nothing": {"rates": taxed_at("0")},
    "hostile words": {
        "lines": [a_line("usage", "any", HOSTILE, "1", "1", "1")],
        "frozen": {
            "po_number": HOSTILE,
            "notes": [HOSTILE, "", "  ", "#SKONTO#"],
            "bill_to": GERMAN_BUYER
            | {"legal_name": HOSTILE, "address": f"{HOSTILE}\n\n" + "x" * 400 + "\n1\n2\n3", "buyer_reference": "   "},
        },
    },
    "neither reference nor order number": {
        "frozen": {"po_number": "", "bill_to": GERMAN_BUYER | {"buyer_reference": ""}}
    },
    "a buyer without a tax id": buyer(tax_id=""),
    "an address of one line": buyer(address="Postfach 1"),
    "a seller without an address": seller(address=""),
    "a seller with no number but one for tax": seller(tax_ids=["22/815/0815"]),
    "a seller with no number but one for VAT": seller(tax_ids=["DE136695976"]),
    "a seller without e-mail": seller(invoicing_email=""),
    "from Greece to Greece": {
        "lines": LUMP,
        "frozen": {
            "issuer": GERMAN_ISSUER | {"country": "GR", "tax_ids": ["EL094259216"]},
            "bill_to": GERMAN_BUYER | {"country": "GR", "tax_id": "EL094259216", "address": "10431 Athens"},
        },
    },
}


@pytest.mark.parametrize("kind", [*KINDS, *EXTREMES])
def test_an_invoice_of_every_kind_keeps_them(kind):
    assert officially_broken(cross_industry_invoice(e_invoice_of(**(KINDS | EXTREMES)[kind]))) == []


def test_an_advance_alone_gets_the_one_warning_as_nothing_of_it_was_delivered():
    june = {"service_start": date(2026, 6, 1), "service_end": date(2026, 6, 30)}
    period = {"period": {"start": "2026-06-01", "last_day": "2026-06-30"}}
    e_invoice = e_invoice_of([a_line("prepay", "any", "Any", "1", "1", "1", **june)], frozen=period)
    (warning,) = officially_broken(cross_industry_invoice(e_invoice))
    assert warning.startswith("PEPPOL-EN16931-R008: [PEPPOL-EN16931-R008]-Document MUST not contain empty elements.")


@pytest.mark.parametrize("currency", ["AUD", "BRL", "CAD", "EUR", "GBP", "JPY", "NZD", "USD"])
def test_an_invoice_in_every_currency_keeps_them(currency):
    e_invoice = e_invoice_of(LUMP, currency=currency, rates=[], frozen={"issuer": AMERICAN})
    assert officially_broken(cross_industry_invoice(e_invoice)) == []


def test_an_invoice_from_and_to_every_country_keeps_them():
    codes = sorted(country_codes())
    for here, there in zip(codes[::2], codes[1::2] + codes[:1], strict=True):
        parties = {"issuer": GERMAN_ISSUER | {"country": here}, "bill_to": GERMAN_BUYER | {"country": there}}
        e_invoice = e_invoice_of(LUMP, rates=[], frozen=parties)
        assert list(broken_rules(e_invoice)) == [], parties
        assert officially_broken(cross_industry_invoice(e_invoice)) == [], parties


@st.composite
def lines(draw):
    """Return a line of any quantity and price, for months or for days, that comes to what it would be charged."""
    quantity = draw(st.decimals(-999, 9999, places=4))
    price = draw(st.decimals(0, 999, places=6))
    months, days = draw(st.sampled_from([(1, None), (12, None), (1, 17)]))
    share = quantity if days is None else quantity * days / 31
    amount = charged_amount(quantity=share, unit_price=price, months=months, currency="EUR").amount
    return a_line(
        draw(st.sampled_from(["usage", "prepay", "fair_use", "number", "hardware"])),
        draw(st.sampled_from(["purecloud-3", "data-storage", "call-ports", "did-number"])),
        "Any",
        str(quantity),
        str(price),
        str(amount),
        months=months,
        days=days,
        period_days=days and 31,
        tax_category=draw(st.sampled_from(TaxCategory)).value,
    )


percentages = st.decimals("0.5", "30", places=1)
"""Below, the official BR-CO-17 takes the rate for 0 and lets no tax stand; no country asks for so little."""


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(lines(), min_size=1, max_size=6), rates=st.dictionaries(st.sampled_from(TaxCategory), percentages)
)
def test_whatever_is_charged_and_however_it_is_taxed_keeps_them(lines, rates):
    charged = [
        TaxRate(authority=category.value, rate=rate, taxable=Decimal(100), categories=frozenset({category}))
        for category, rate in rates.items()
    ]
    e_invoice = e_invoice_of(lines, rates=charged)
    assert list(broken_rules(e_invoice)) == []
    assert officially_broken(cross_industry_invoice(e_invoice)) == []


WRONG = {
    "BR-CO-10": lambda right: {"totals": replace(right.totals, lines=Decimal(1))},
    "BR-CO-14": lambda right: {"totals": replace(right.totals, tax=Decimal(1))},
    "BR-CO-15": lambda right: {"totals": replace(right.totals, total=Decimal(1))},
    "BR-CO-16": lambda right: {"totals": replace(right.totals, payable=Decimal(1))},
    "BR-S-08": lambda right: {"taxes": [replace(right.taxes[0], basis=Decimal(1))]},
    "BR-S-02": lambda right: {"seller": replace(right.seller, vat_number="", tax_number="")},
    "BR-CO-09": lambda right: {"buyer": replace(right.buyer, vat_number="811904471")},
    "BR-29": lambda right: {"period": replace(right.period, last_day=date(2025, 1, 1))},
    "BR-27": lambda right: {
        "items": [replace(right.items[0], figures=replace(right.items[0].figures, price=Decimal(-500)))]
    },
    "BR-61": lambda right: {"payment": replace(right.payment, account="", is_iban=False)},
}


@pytest.mark.parametrize("rule", WRONG)
def test_what_they_refuse_we_refuse_by_the_same_name(rule):
    right = e_invoice_of(LUMP)
    wrong = replace(right, **WRONG[rule](right))
    assert rule in {broken.split(":")[0] for broken in officially_broken(cross_industry_invoice(wrong))}
    assert rule in {broken.rule for broken in broken_rules(wrong)}


def test_a_code_on_no_list_is_refused():
    right = e_invoice_of(LUMP)
    nowhere = replace(right, buyer=replace(right.buyer, address=replace(right.buyer.address, country="QQ")))
    assert "Value of 'ram:CountryID' is not allowed." in str(officially_broken(cross_industry_invoice(nowhere)))
    assert [str(broken) for broken in broken_rules(nowhere)] == ["BR-CL-14: QQ is not the code of a country"]
