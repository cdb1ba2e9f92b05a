"""The eight currencies, in whatever language somebody reads (BR-83)."""

from datetime import date
from decimal import Decimal

import pytest
from babel.localedata import locale_identifiers
from babel.numbers import get_currency_symbol
from moneyed import Money

from subscriptions.domain.formatting import (
    currency_name,
    format_day,
    format_days,
    format_money,
    format_percentage,
    format_price,
    format_quantity,
)
from subscriptions.domain.money import CURRENCIES

NARROW, FIXED = "\u202f", "\xa0"
"""The spaces at which no figure is broken."""

# By language: how a debt of 1,234,567.50 (of 1,234,568 in yen) is written in each currency.
AMOUNTS = {
    "en": {
        "AUD": "-A$1,234,567.50",
        "BRL": "-R$1,234,567.50",
        "CAD": "-CA$1,234,567.50",
        "EUR": "-€1,234,567.50",
        "GBP": "-£1,234,567.50",
        "JPY": "-¥1,234,568",
        "NZD": "-NZ$1,234,567.50",
        "USD": "-$1,234,567.50",
    },
    "en-gb": {
        "AUD": "-A$1,234,567.50",
        "BRL": "-R$1,234,567.50",
        "CAD": "-CA$1,234,567.50",
        "EUR": "-€1,234,567.50",
        "GBP": "-£1,234,567.50",
        "JPY": "-JP¥1,234,568",
        "NZD": "-NZ$1,234,567.50",
        "USD": "-US$1,234,567.50",
    },
    "ja": {
        "AUD": "-A$1,234,567.50",
        "BRL": "-R$1,234,567.50",
        "CAD": "-CA$1,234,567.50",
        "EUR": "-€1,234,567.50",
        "GBP": "-£1,234,567.50",
        "JPY": "-￥1,234,568",
        "NZD": "-NZ$1,234,567.50",
        "USD": "-$1,234,567.50",
    },
    "de": {
        "AUD": f"-1.234.567,50{FIXED}AU$",
        "BRL": f"-1.234.567,50{FIXED}R$",
        "CAD": f"-1.234.567,50{FIXED}CA$",
        "EUR": f"-1.234.567,50{FIXED}€",
        "GBP": f"-1.234.567,50{FIXED}£",
        "JPY": f"-1.234.568{FIXED}¥",
        "NZD": f"-1.234.567,50{FIXED}NZ$",
        "USD": f"-1.234.567,50{FIXED}$",
    },
    "fr": {
        "AUD": f"-1{NARROW}234{NARROW}567,50{FIXED}$AU",
        "BRL": f"-1{NARROW}234{NARROW}567,50{FIXED}R$",
        "CAD": f"-1{NARROW}234{NARROW}567,50{FIXED}$CA",
        "EUR": f"-1{NARROW}234{NARROW}567,50{FIXED}€",
        "GBP": f"-1{NARROW}234{NARROW}567,50{FIXED}£GB",
        "JPY": f"-1{NARROW}234{NARROW}568{FIXED}JPY",
        "NZD": f"-1{NARROW}234{NARROW}567,50{FIXED}$NZ",
        "USD": f"-1{NARROW}234{NARROW}567,50{FIXED}$US",
    },
    "pt-br": {
        "AUD": f"-AU${FIXED}1.234.567,50",
        "BRL": f"-R${FIXED}1.234.567,50",
        "CAD": f"-CA${FIXED}1.234.567,50",
        "EUR": f"-€{FIXED}1.234.567,50",
        "GBP": f"-£{FIXED}1.234.567,50",
        "JPY": f"-JP¥{FIXED}1.234.568",
        "NZD": f"-NZ${FIXED}1.234.567,50",
        "USD": f"-US${FIXED}1.234.567,50",
    },
}


@pytest.mark.parametrize(
    ("language", "currency", "text"),
    [(language, currency, text) for language, texts in AMOUNTS.items() for currency, text in texts.items()],
)
def test_an_amount_is_written_in_the_language_of_the_reader(language, currency, text):
    amount = Decimal(-1234568) if currency == "JPY" else Decimal("-1234567.50")
    assert format_money(Money(amount, currency), language) == text


def test_the_table_has_all_eight_currencies():
    assert all(tuple(sorted(texts)) == CURRENCIES for texts in AMOUNTS.values())


@pytest.mark.parametrize("currency", CURRENCIES)
def test_no_currency_can_be_mistaken_for_another_in_any_language(currency):
    others = [code for code in CURRENCIES if code != currency]
    mistaken = [
        locale
        for locale in locale_identifiers()
        if get_currency_symbol(currency, locale) in {get_currency_symbol(code, locale) for code in others}
    ]
    assert mistaken == []


@pytest.mark.parametrize(
    ("language", "currency", "text"),
    [
        ("en", "USD", "$0.000125"),
        ("en-gb", "USD", "US$0.000125"),
        ("ja", "JPY", "￥0.000125"),
        ("de", "EUR", f"0,000125{FIXED}€"),
        ("fr", "CAD", f"0,000125{FIXED}$CA"),
        ("pt-br", "BRL", f"R${FIXED}0,000125"),
    ],
)
def test_a_price_keeps_its_six_decimals_in_every_language(language, currency, text):
    assert format_price(Decimal("0.000125"), currency, language) == text


@pytest.mark.parametrize(
    ("language", "quantity", "percentage", "day", "days", "currency"),
    [
        ("en", "12,845.4", "8.875%", "Jan 15, 2026", "Jan 15 – Feb 14, 2026", "Australian Dollar (AUD)"),
        ("en-gb", "12,845.4", "8.875%", "15 Jan 2026", "15 Jan – 14 Feb 2026", "Australian Dollar (AUD)"),
        ("ja", "12,845.4", "8.875%", "2026年1月15日", "2026年1月15日～2月14日", "オーストラリア ドル（AUD）"),
        ("de", "12.845,4", f"8,875{FIXED}%", "15. Jan. 2026", "15. Jan. – 14. Feb. 2026", "Australischer Dollar (AUD)"),
        (
            "fr",
            f"12{NARROW}845,4",
            f"8,875{FIXED}%",
            "15 janv. 2026",
            "15 janv. – 14 févr. 2026",
            "dollar australien (AUD)",
        ),
        (
            "pt-br",
            "12.845,4",
            "8,875%",
            "15 de jan. de 2026",
            "15 de jan. – 14 de fev. de 2026",
            "Dólar australiano (AUD)",
        ),
    ],
)
def test_figures_and_dates_are_written_in_the_language_of_the_reader(
    language, quantity, percentage, day, days, currency
):
    assert format_quantity(Decimal("12845.400000"), language) == quantity
    assert format_percentage(Decimal("8.875000"), language) == percentage
    assert format_day(date(2026, 1, 15), language) == day
    assert format_days(date(2026, 1, 15), date(2026, 2, 14), language) == days
    assert currency_name("AUD", language) == currency
