"""Tax by authority, over the document, rounded once (BR-78)."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.charge import Charge
from invoices.domain.tax import TaxRate, taxes_on
from subscriptions.domain.catalog import TaxCategory
from tests.domain.lines import a_charge, authority


def line(amount: str, category: TaxCategory = TaxCategory.SOFTWARE, currency: str = "USD") -> Charge:
    return a_charge(amount=Money(amount, currency), tax_category=category)


def amounts(lines: list[Charge], rates: list[TaxRate], currency: str = "USD") -> list[tuple[str, str]]:
    return [(tax.rate.authority, str(tax.amount.amount)) for tax in taxes_on(lines, rates=rates, currency=currency)]


@pytest.mark.parametrize(
    ("revenue", "rate", "taxable", "tax"),
    [
        ("1.00", "1.862", "64.9", "0.01"),
        ("1.00", "6.25", "100", "0.06"),
        ("450.00", "6.25", "100", "28.13"),
        ("-450.00", "6.25", "100", "-28.13"),
        ("1.00", "6.25", "0", "0.00"),
        ("1.00", "0", "100", "0.00"),
        ("0.00", "6.25", "100", "0.00"),
    ],
)
def test_tax_is_revenue_times_rate_times_taxable_share(revenue, rate, taxable, tax):
    assert amounts([line(revenue)], [authority(rate, taxable)]) == [("State sales", tax)]


def test_tax_is_rounded_once_over_the_document_and_not_line_by_line():
    assert amounts([line("0.10"), line("0.10"), line("0.10")], [authority("5")]) == [("State sales", "0.02")]


def test_the_revenue_that_is_taxed_is_named_before_its_taxable_share():
    lines = [line("100.00"), line("10.50", TaxCategory.TELECOM), line("7.00", TaxCategory.HARDWARE)]
    taxed = authority("1.862", "64.9", categories=frozenset({TaxCategory.SOFTWARE, TaxCategory.TELECOM}))
    (tax,) = taxes_on(lines, rates=[taxed], currency="USD")
    assert (tax.revenue, tax.amount) == (Money("110.50", "USD"), Money("1.34", "USD"))


def test_a_half_is_rounded_away_from_zero_on_both_sides_of_it():
    half_a_cent = authority("50")
    assert amounts([line("0.01")], [half_a_cent]) == [("State sales", "0.01")]
    assert amounts([line("-0.01")], [half_a_cent]) == [("State sales", "-0.01")]


def test_tax_in_yen_is_whole():
    assert amounts([line("105", currency="JPY")], [authority("10")], "JPY") == [("State sales", "11")]


def test_only_revenue_of_an_authoritys_categories_is_taxed():
    lines = [
        line("100.00"),
        line("10.00", TaxCategory.TELECOM),
        line("1.00", TaxCategory.HARDWARE),
        line("1000.00", TaxCategory.SERVICE),
    ]
    rates = [
        authority("10", categories=frozenset({TaxCategory.TELECOM, TaxCategory.HARDWARE}), name="Telecom and hardware"),
        authority("10", categories=frozenset({TaxCategory.SERVICE}), name="Service"),
        authority("10", name="Everything"),
    ]
    assert amounts(lines, rates) == [("Telecom and hardware", "1.10"), ("Service", "100.00"), ("Everything", "111.10")]


def test_an_authority_without_a_line_of_its_categories_is_not_named_and_one_with_no_tax_due_is():
    rates = [
        authority("10", categories=frozenset({TaxCategory.HARDWARE}), name="Hardware"),
        authority("0", name="Nothing due"),
    ]
    assert amounts([line("100.00")], rates) == [("Nothing due", "0.00")]


def test_who_is_exempt_has_no_taxes():
    assert amounts([line("100.00")], []) == []


@given(
    revenue=st.lists(st.decimals(-(10**5), 10**5, places=2), min_size=1, max_size=6),
    rate=st.decimals(0, 30, places=4),
    taxable=st.decimals(0, 100, places=2),
)
def test_tax_is_the_exact_share_of_the_sum_rounded_half_away_from_zero(revenue, rate, taxable):
    exact = sum(map(Fraction, revenue)) * Fraction(rate) * Fraction(taxable) / 10_000
    cents = floor(abs(exact * 100) + Fraction(1, 2))
    (tax,) = taxes_on(
        [line(str(amount)) for amount in revenue], rates=[authority(str(rate), str(taxable))], currency="USD"
    )
    assert Fraction(tax.amount.amount) * 100 == (cents if exact >= 0 else -cents)
