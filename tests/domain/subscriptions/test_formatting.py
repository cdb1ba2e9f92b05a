"""Money, dates, quantities and rates as people read them."""

from datetime import date
from decimal import Decimal

import pytest
from moneyed import Money

from subscriptions.domain.formatting import (
    country_name,
    currency_name,
    format_day,
    format_days,
    format_moment,
    format_money,
    format_percentage,
    format_price,
    format_quantity,
    format_service,
)

JANUARY_15, FEBRUARY_14 = date(2026, 1, 15), date(2026, 2, 14)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        ("1234.50", "USD", "en", "$1,234.50"),
        ("-9", "USD", "en", "-$9.00"),
        ("-0.00", "USD", "en", "$0.00"),
        ("2000.00", "JPY", "en", "¥2,000"),
        ("2000", "JPY", "ja", "￥2,000"),
        ("1234.5", "BRL", "en", "R$1,234.50"),
        ("1234.5", "CAD", "en", "CA$1,234.50"),
        ("1234.5", "AUD", "en", "A$1,234.50"),
        ("1234.5", "NZD", "en", "NZ$1,234.50"),
        ("1234.5", "EUR", "de", "1.234,50\xa0€"),
        ("1234.5", "BRL", "pt-br", "R$\xa01.234,50"),
    ],
)
def test_an_amount_is_written_at_its_currencys_precision(amount, currency, language, text):
    assert format_money(Money(amount, currency), language) == text


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [
        ("75.000000", "USD", "$75.00"),
        ("19.990000", "USD", "$19.99"),
        ("0.011900", "USD", "$0.0119"),
        ("0.000125", "USD", "$0.000125"),
        ("0.000001", "USD", "$0.000001"),
        ("12.500000", "USD", "$12.50"),
        ("0", "USD", "$0.00"),
        ("14500.000000", "JPY", "¥14,500"),
        ("2.8", "JPY", "¥2.8"),
    ],
)
def test_a_price_keeps_every_decimal_it_was_agreed_with(price, currency, text):
    assert format_price(Decimal(price), currency, "en") == text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("80.000000", "80"),
        ("1250", "1,250"),
        ("38.4", "38.4"),
        ("-4", "-4"),
        ("-0", "0"),
        ("1E+3", "1,000"),
        ("0.000001", "0.000001"),
    ],
)
def test_a_quantity_is_written_with_the_decimals_it_needs(quantity, text):
    assert format_quantity(Decimal(quantity), "en") == text


@pytest.mark.parametrize(
    ("percent", "text"), [("6.25", "6.25%"), ("10.000000", "10%"), ("1.862", "1.862%"), ("0", "0%")]
)
def test_a_percentage_is_written_with_the_decimals_it_needs(percent, text):
    assert format_percentage(Decimal(percent), "en") == text


@pytest.mark.parametrize(("language", "text"), [("en", "Jan 15, 2026"), ("ja", "2026年1月15日")])
def test_a_day_is_written_in_the_language(language, text):
    assert format_day(JANUARY_15, language) == text


@pytest.mark.parametrize(
    ("day", "clock", "language", "text"),
    [("Jan 15, 2026", "9:05 AM", "en", "Jan 15, 2026, 9:05 AM"), ("2026年1月15日", "9:05", "ja", "2026年1月15日 9:05")],
)
def test_a_moment_is_joined_as_the_language_does(day, clock, language, text):
    assert format_moment(day, clock, language) == text


@pytest.mark.parametrize(
    ("start", "last_day", "language", "text"),
    [
        (JANUARY_15, FEBRUARY_14, "en", "Jan 15 – Feb 14, 2026"),
        (date(2025, 12, 15), date(2026, 1, 14), "en", "Dec 15, 2025 – Jan 14, 2026"),
        (date(2026, 1, 1), date(2026, 1, 31), "en", "Jan 1 – 31, 2026"),
        (JANUARY_15, JANUARY_15, "en", "Jan 15, 2026"),
        (JANUARY_15, FEBRUARY_14, "ja", "2026年1月15日～2月14日"),
    ],
)
def test_two_days_do_not_say_the_same_twice(start, last_day, language, text):
    assert format_days(start, last_day, language) == text


@pytest.mark.parametrize(
    ("time_zone", "clock"),
    [
        ("America/New_York", "11:59:59 PM Eastern"),
        ("America/Chicago", "11:59:59 PM Central"),
        ("America/Phoenix", "11:59:59 PM Mountain"),
        ("America/Los_Angeles", "11:59:59 PM Pacific"),
        ("America/Sao_Paulo", "11:59:59 PM Brasilia Time"),
        ("Europe/Berlin", "11:59:59 PM Central European Time"),
        ("Asia/Tokyo", "11:59:59 PM Japan Time"),
        ("Australia/Sydney", "11:59:59 PM Australian Eastern Time"),
        ("UTC", "11:59:59 PM UTC"),
        ("Etc/GMT+5", "11:59:59 PM GMT+5"),
    ],
)
def test_a_service_period_ends_with_its_last_second_in_its_zone(time_zone, clock):
    written = format_service(JANUARY_15, FEBRUARY_14, time_zone, "en")
    assert written == f"Jan 15, 2026 – Feb 14, 2026 ({clock})"


def test_a_service_period_is_written_in_japanese():
    written = format_service(JANUARY_15, FEBRUARY_14, "America/New_York", "ja")
    assert written == "2026年1月15日～2026年2月14日（23:59:59 アメリカ東部時間）"


def test_names_of_currencies_and_countries_are_in_the_language():
    assert currency_name("USD", "en") == "US Dollar (USD)"
    assert currency_name("JPY", "ja") == "日本円（JPY）"
    assert country_name("us", "en") == "United States"
    assert country_name("XQ", "en") == "XQ"
