"""Amounts: one rounding, half away from zero, at the currency's precision (BR-32, BR-83)."""

from decimal import Decimal
from fractions import Fraction
from math import floor, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from subscriptions.domain.money import (
    CURRENCIES,
    at_precision,
    exponent,
    multiplied,
    plain,
    round_half_up,
    round_money,
    zero,
)


@pytest.mark.parametrize(
    ("value", "decimals", "rounded"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.0049999999999999999999999999999999999", 2, "0.00"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.00005", 4, "0.0001"),
        ("1.10", 0, "1"),
        ("0", 2, "0.00"),
    ],
)
def test_a_half_is_rounded_away_from_zero(value, decimals, rounded):
    result = round_half_up(Decimal(value), decimals)
    assert str(result) == rounded


@given(numerator=st.integers(-(10**12), 10**12), denominator=st.integers(1, 10**6), decimals=st.integers(0, 6))
def test_rounding_is_exact_for_any_fraction(numerator, denominator, decimals):
    value = Fraction(numerator, denominator)
    unit = Fraction(1, 10**decimals)
    away_from_zero = floor(abs(value) / unit + Fraction(1, 2)) * unit
    expected = away_from_zero if value >= 0 else -away_from_zero
    assert Fraction(round_half_up(value, decimals)) == expected


@given(value=st.decimals(min_value=-(10**9), max_value=10**9, places=6), decimals=st.integers(0, 6))
def test_a_value_and_its_opposite_round_to_opposites(value, decimals):
    assert round_half_up(-value, decimals) == -round_half_up(value, decimals)


@given(
    factors=st.lists(st.integers(-9, 9) | st.fractions(-9, 9) | st.decimals(min_value=-9, max_value=9, places=6)),
)
def test_a_product_is_exact_whatever_its_factors_are(factors):
    assert multiplied(*factors) == prod(map(Fraction, factors))


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("AUD", 2), ("BRL", 2), ("CAD", 2), ("EUR", 2), ("GBP", 2), ("JPY", 0), ("NZD", 2), ("USD", 2)],
)
def test_each_currency_has_its_minor_unit(currency, decimals):
    assert exponent(currency) == decimals
    assert exponent(zero(currency).currency) == decimals


def test_eight_currencies_may_be_agreed():
    assert CURRENCIES == ("AUD", "BRL", "CAD", "EUR", "GBP", "JPY", "NZD", "USD")


@pytest.mark.parametrize(
    ("value", "currency", "rounded"), [("0.125", "USD", "0.13"), ("-0.125", "USD", "-0.13"), ("1234.5", "JPY", "1235")]
)
def test_money_is_rounded_to_the_minor_unit(value, currency, rounded):
    assert round_money(Decimal(value), currency) == Money(rounded, currency)


def test_nothing_has_the_currencys_precision():
    assert at_precision(zero("EUR")) == "0.00"
    assert at_precision(zero("JPY")) == "0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2", "2"),
        ("2.000", "2"),
        ("3.80", "3.8"),
        ("-1", "-1"),
        ("1E+3", "1000"),
        ("0.00", "0"),
        ("-0", "0"),
        ("10", "10"),
        ("0E-6", "0"),
    ],
)
def test_a_plain_decimal_has_neither_exponent_nor_trailing_zeros(value, text):
    assert plain(Decimal(value)) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("150", "USD", "150.00"),
        ("2000", "JPY", "2000"),
        ("-0.5", "EUR", "-0.50"),
        ("1E+3", "USD", "1000.00"),
        ("0.125", "USD", "0.13"),
        ("-2.5", "JPY", "-3"),
    ],
)
def test_an_amount_is_written_at_its_precision(amount, currency, text):
    assert at_precision(Money(Decimal(amount), currency)) == text
