"""Charges: amounts rounded once, identities, and the order of lines (BR-32, BR-70, BR-74)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.charge import IN_ARREARS, ChargeKind, Service, charged_amount, line_order
from invoices.domain.charges.orders import Sale, sale_charge
from subscriptions.domain.catalog import TaxCategory
from tests.domain.lines import a_charge


@pytest.mark.parametrize(
    ("quantity", "unit_price", "months", "currency", "amount"),
    [
        ("3", "150.00", 1, "USD", "450.00"),
        ("2", "100.00", 12, "USD", "2400.00"),
        ("1", "0.005", 1, "USD", "0.01"),
        ("-1", "0.005", 1, "USD", "-0.01"),
        ("1", "0.001", 5, "USD", "0.01"),
        ("7", "12.5", 1, "JPY", "88"),
        ("7", "0.000001", 1, "USD", "0.00"),
        ("5", "0", 1, "EUR", "0.00"),
    ],
)
def test_an_amount_is_quantity_times_price_times_months_rounded_once(quantity, unit_price, months, currency, amount):
    found = charged_amount(quantity=Decimal(quantity), unit_price=Decimal(unit_price), months=months, currency=currency)
    assert str(found.amount) == amount
    assert found.currency.code == currency


@given(
    quantity=st.decimals(-(10**6), 10**6, places=2),
    unit_price=st.decimals(0, 10**5, places=6),
    months=st.integers(1, 12),
    currency=st.sampled_from(["USD", "JPY", "EUR"]),
)
def test_an_amount_is_the_exact_product_rounded_half_away_from_zero(quantity, unit_price, months, currency):
    units = 1 if currency == "JPY" else 100
    exact = Fraction(quantity) * Fraction(unit_price) * months * units
    whole = floor(abs(exact) + Fraction(1, 2))
    found = charged_amount(quantity=quantity, unit_price=unit_price, months=months, currency=currency)
    assert Fraction(found.amount) * units == (whole if exact >= 0 else -whole)


# BR-74: what tells a charge from others; BR-70: what must be unique


@pytest.mark.parametrize(
    "other",
    [
        a_charge(kind=ChargeKind.USAGE),
        a_charge(product="purecloud-2"),
        a_charge(service=Service(start=date(2026, 2, 15), last_day=date(2026, 3, 14))),
    ],
    ids=["kind", "product", "period"],
)
def test_charges_of_another_kind_product_or_period_have_another_key(other):
    assert other.key("") != a_charge().key("")


def test_a_price_does_not_tell_license_charges_apart():
    assert a_charge(unit_price=Decimal(1)).identity == a_charge().identity
    assert a_charge(unit_price=Decimal(1), quantity=Decimal(9)).key("") == a_charge().key("")


VOICE = a_charge(
    kind=ChargeKind.VOICE, product="voice", direction="outbound", destination="France", unit_price=Decimal("0.0470")
)


@pytest.mark.parametrize(
    "other",
    [
        replace(VOICE, direction="inbound"),
        replace(VOICE, destination="Spain"),
        replace(VOICE, unit_price=Decimal("0.05")),
    ],
    ids=["direction", "destination", "rate"],
)
def test_voice_is_told_by_direction_destination_and_rate(other):
    assert other.identity != VOICE.identity
    assert other.key("") != VOICE.key("")


def test_a_rate_is_the_same_however_it_is_written():
    rewritten = replace(VOICE, unit_price=Decimal("0.047"))
    assert rewritten.identity == VOICE.identity
    assert rewritten.key("") == VOICE.key("")


def test_a_number_is_told_by_its_days_also():
    number = a_charge(kind=ChargeKind.NUMBER, product="did-number", days=3, period_days=31)
    other = replace(number, days=4)
    assert number.identity != other.identity
    assert number.key("") != other.key("")


def test_an_adjustment_corrects_the_same_charge_under_a_key_of_its_own():
    adjustment = replace(VOICE, kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.VOICE)
    assert adjustment.identity == VOICE.identity
    assert VOICE.key("2026-03-15") == VOICE.key("")
    keys = {VOICE.key(""), adjustment.key("2026-03-15"), adjustment.key("2026-04-15")}
    assert len(keys) == 3


# The order of lines


def test_lines_stand_by_kind_product_service_destination_direction_corrected_kind_price_and_days():
    later = Service(start=date(2026, 2, 15), last_day=date(2026, 3, 14))
    adjusted = {"kind": ChargeKind.ADJUSTMENT, "product": "did-number"}
    in_order = [
        a_charge(kind=ChargeKind.PREPAY, product="communicate", service=later),
        a_charge(kind=ChargeKind.PREPAY, product="purecloud-1"),
        a_charge(kind=ChargeKind.PREPAY, product="purecloud-1", service=later),
        a_charge(kind=ChargeKind.USAGE, product="collaborate"),
        a_charge(kind=ChargeKind.OVERAGE, product="collaborate"),
        a_charge(kind=ChargeKind.FAIR_USE, product="basic-ivr"),
        a_charge(kind=ChargeKind.CALL_PORTS, product="call-ports"),
        replace(VOICE, destination="Austria", direction="toll_free"),
        replace(VOICE, direction="inbound"),
        VOICE,
        replace(VOICE, unit_price=Decimal("0.05")),
        a_charge(kind=ChargeKind.NUMBER_SETUP, product="did-number"),
        a_charge(kind=ChargeKind.NUMBER, product="did-number", days=3),
        a_charge(kind=ChargeKind.NUMBER, product="did-number", days=20),
        a_charge(kind=ChargeKind.ONE_TIME, product="enablement"),
        a_charge(kind=ChargeKind.HARDWARE, product="a-phone"),
        a_charge(corrects=ChargeKind.NUMBER_SETUP, unit_price=Decimal(9), **adjusted),
        a_charge(corrects=ChargeKind.NUMBER, unit_price=Decimal(1), **adjusted),
    ]
    mixed = in_order.copy()
    Random(7).shuffle(mixed)
    assert sorted(mixed, key=line_order) == in_order


# BR-50, BR-51


def a_sale(*, product: str, hardware: bool, quantity: str, price: str, on: date) -> Sale:
    return Sale(
        key=f"{product}-{on}",
        product=product,
        hardware=hardware,
        quantity=Decimal(quantity),
        price=Decimal(price),
        on=on,
        currency="USD",
    )


def test_a_one_time_product_is_charged_for_the_day_its_order_is_processed():
    charge = sale_charge(
        a_sale(product="enablement-basic", hardware=False, quantity="1", price="5000.00", on=date(2026, 1, 15))
    )
    assert (charge.kind, charge.product) == (ChargeKind.ONE_TIME, "enablement-basic")
    assert charge.tax_category is TaxCategory.SERVICE
    assert charge.amount == Money("5000.00", "USD")
    assert charge.service == Service(start=date(2026, 1, 15), last_day=date(2026, 1, 15))


def test_hardware_is_charged_for_the_day_it_ships():
    charge = sale_charge(
        a_sale(product="polycom-vvx-350", hardware=True, quantity="6", price="99.00", on=date(2026, 1, 20))
    )
    assert (charge.kind, charge.tax_category) == (ChargeKind.HARDWARE, TaxCategory.HARDWARE)
    assert (charge.quantity, charge.unit_price, charge.amount) == (6, Decimal("99.00"), Money("594.00", "USD"))
    assert charge.service == Service(start=date(2026, 1, 20), last_day=date(2026, 1, 20))


def test_an_order_or_shipment_is_charged_once_whatever_else_is_sold_that_day():
    told = {"product": "phone", "hardware": True, "quantity": "1", "price": "9.00", "on": date(2026, 1, 20)}
    first = sale_charge(a_sale(**told))
    assert first.key("") == "phone-2026-01-20"
    assert replace(first, order_key="another").key("") != first.key("")


def test_what_is_charged_in_arrears_may_be_corrected_and_nothing_else():
    assert set(ChargeKind) - IN_ARREARS == {
        ChargeKind.PREPAY,
        ChargeKind.ONE_TIME,
        ChargeKind.HARDWARE,
        ChargeKind.CREDIT,
    }
