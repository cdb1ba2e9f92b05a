"""Supposed terms, advances spread over their periods, and charges side by side (BR-12, BR-15, BR-30)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.block import Block, BlockCode
from invoices.domain.charge import ChargeKind, Service
from invoices.domain.what_if import (
    SupposedPrice,
    Supposition,
    charges_of_period,
    compare,
    share_of_period,
    shares_of_advances,
    supposed_terms,
)
from subscriptions.domain.period import nth_period
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel
from tests.domain.agreements import ORDER_DAY, agreed, an_agreement, change
from tests.domain.lines import a_charge
from tests.domain.rated import priced

IN_PERIOD_2 = date(2026, 3, 15)


def suppose(product: str, **figures: str) -> Supposition:
    named = {name: Decimal(figure) for name, figure in figures.items()}
    return Supposition(prices=(SupposedPrice(product=product, **named),))


def test_what_is_not_named_stays_as_agreed():
    terms = an_agreement(
        prices=(agreed("purecloud-2", "10", price="100", overage_price="110"),),
        changes=(change(IN_PERIOD_2, "purecloud-2", commitment="12", price="95"),),
    )

    assert supposed_terms(terms, Supposition()) == terms


def test_models_edition_and_ramp_may_be_others():
    terms = an_agreement(ramp_months=3)

    other = supposed_terms(
        terms,
        Supposition(
            commercial_model=CommercialModel.PREPAY,
            licensing_model=LicensingModel.CONCURRENT,
            edition=Edition.E2025,
            ramp_months=0,
        ),
    )

    assert (other.commercial_model, other.licensing_model) == (CommercialModel.PREPAY, LicensingModel.CONCURRENT)
    assert (other.edition, other.ramp_months) == (Edition.E2025, 0)


@pytest.mark.parametrize(
    ("case", "supposed", "commitment", "price", "overage_price"),
    [
        ("nothing", {}, "12", "95", "110"),
        ("a commitment", {"commitment": "20"}, "20", "95", "110"),
        ("none at all", {"commitment": "0"}, "0", "95", "110"),
        ("a price, above the commitment as well", {"price": "80"}, "12", "80", "80"),
        ("both prices", {"price": "80", "overage_price": "90"}, "12", "80", "90"),
        ("the price above it alone", {"overage_price": "90"}, "12", "95", "90"),
    ],
)
def test_a_figure_holds_in_all_periods_whatever_was_agreed_or_changed(case, supposed, commitment, price, overage_price):
    terms = an_agreement(
        prices=(agreed("purecloud-2", "10", price="100", overage_price="110"),),
        changes=(change(IN_PERIOD_2, "purecloud-2", commitment="12", price="95"),),
    )

    other = supposed_terms(terms, suppose("purecloud-2", **supposed))

    assert other.commitment("purecloud-2", 3) == Decimal(commitment)
    assert other.price("purecloud-2", 3) == Decimal(price)
    assert other.overage_price("purecloud-2", 3) == Decimal(overage_price)
    if "commitment" in supposed:
        assert other.commitment("purecloud-2", 0) == Decimal(commitment)


def test_a_commitment_to_one_tier_ends_that_to_another():
    terms = an_agreement(
        prices=(agreed("purecloud-2", "10", price="100"), agreed("communicate", "4", price="20")),
        changes=(change(IN_PERIOD_2, "purecloud-2", commitment="12"),),
    )

    other = supposed_terms(terms, suppose("purecloud-3", commitment="8", price="150"))

    assert other.committed_products(0) == other.committed_products(3) == ["communicate", "purecloud-3"]
    assert other.price("purecloud-2", 0) == 100


def test_two_tiers_that_are_both_named_stay_for_the_rules_to_refuse():
    terms = an_agreement()
    both = (
        SupposedPrice(product="purecloud-2", commitment=Decimal(5)),
        SupposedPrice(product="purecloud-3", commitment=Decimal(5)),
    )

    other = supposed_terms(terms, Supposition(prices=both))

    assert {row.product: row.commitment for row in other.prices if row.commitment} == {
        "purecloud-2": 5,
        "purecloud-3": 5,
    }


def test_list_prices_take_the_place_of_agreed_ones_but_not_of_supposed_ones():
    terms = an_agreement(
        prices=(agreed("purecloud-2", "10", price="100", overage_price="110"), agreed("did-number", setup_price="1")),
        changes=(change(IN_PERIOD_2, "purecloud-2", price="95"),),
    )
    price = SupposedPrice(product="communicate", price=Decimal(30))

    other = supposed_terms(terms, Supposition(at_list_prices=True, prices=(price,)))

    assert (other.price("purecloud-2", 3), other.overage_price("purecloud-2", 3)) == (None, None)
    assert other.setup_price("did-number") is None
    assert other.price("communicate", 0) == 30
    assert other.commitment("purecloud-2", 3) == 10


@pytest.mark.parametrize(
    ("case", "amount", "currency", "months", "shares"),
    [
        ("twelve equal ones", "1200.00", "USD", 12, ["100.00"] * 12),
        ("cents that do not divide", "100.00", "USD", 3, ["33.33", "33.34", "33.33"]),
        ("yen", "100", "JPY", 3, ["33", "34", "33"]),
        ("one month", "99.99", "USD", 1, ["99.99"]),
    ],
)
def test_an_advance_is_spread_over_its_periods(case, amount, currency, months, shares):
    advance = a_charge(kind=ChargeKind.PREPAY, amount=Money(amount, currency), months=months)
    periods = [nth_period(effective_date=ORDER_DAY, index=index) for index in range(months)]

    spread = [share_of_period(advance, period=period, place=period.index) for period in periods]

    assert [str(share.amount.amount) for share in spread] == shares
    assert [share.months for share in spread] == [1] * months
    assert [share.service.start for share in spread] == [period.start for period in periods]


@given(cents=st.integers(-(10**9), 10**9), months=st.integers(1, 12))
def test_the_shares_of_an_advance_add_up_to_it(cents, months):
    advance = a_charge(kind=ChargeKind.PREPAY, amount=Money(Decimal(cents) / 100, "USD"), months=months)
    spread = [
        share_of_period(advance, period=nth_period(effective_date=ORDER_DAY, index=place), place=place)
        for place in range(months)
    ]

    assert sum(share.amount.amount for share in spread) == advance.amount.amount
    exact = Fraction(advance.amount.amount) / months
    assert all(abs(Fraction(share.amount.amount) - exact) <= Fraction(1, 100) for share in spread)


def test_a_year_paid_at_its_start_and_an_increase_within_it_both_fall_to_a_later_period():
    terms = an_agreement(
        commercial_model="PREPAY",
        prices=(agreed("purecloud-2", "10", price="100"),),
        changes=(change(IN_PERIOD_2, "purecloud-2", commitment="12", price="90"),),
    )

    shares = {
        index: [
            (share.quantity, share.unit_price, share.amount.amount)
            for share in shares_of_advances(priced(terms), period=nth_period(effective_date=ORDER_DAY, index=index))
        ]
        for index in (1, 2, 11, 12)
    }

    whole = (Decimal(10), Decimal(100), Decimal("1000.00"))
    increase = (Decimal(2), Decimal(90), Decimal("180.00"))
    assert shares == {
        1: [whole],
        2: [whole, increase],
        11: [whole, increase],
        12: [(Decimal(12), Decimal(90), Decimal("1080.00"))],
    }


def test_an_advance_without_a_price_is_told_for_each_period_that_it_would_pay_for():
    terms = an_agreement(commercial_model="PREPAY", prices=(agreed("purecloud-2", "10"),))

    found = shares_of_advances(priced(terms), period=nth_period(effective_date=ORDER_DAY, index=5))

    assert [(type(entry), entry.code) for entry in found] == [(Block, BlockCode.UNPRICED_PRODUCT)]


def test_a_period_has_its_arrears_with_their_corrections_and_its_share_of_each_advance():
    period = nth_period(effective_date=ORDER_DAY, index=1)
    mine = Service(start=period.start, last_day=period.last_day)
    year = Service(start=ORDER_DAY, last_day=date(2027, 1, 14))
    charges = [
        a_charge(product="communicate", service=mine),
        a_charge(kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE, product="communicate", service=mine),
        a_charge(product="before"),
        a_charge(kind=ChargeKind.PREPAY, product="a-year", service=year, months=12, amount=Money("120.00", "USD")),
        a_charge(kind=ChargeKind.PREPAY, product="one-month"),
    ]

    found = list(charges_of_period(charges, period=period, effective_date=ORDER_DAY))

    assert [(charge.product, str(charge.amount.amount)) for charge in found] == [
        ("communicate", "450.00"),
        ("communicate", "450.00"),
        ("a-year", "10.00"),
    ]


def test_charges_stand_side_by_side_by_product_and_kind():
    billed = [a_charge(kind=ChargeKind.PREPAY), a_charge(), a_charge(product="communicate")]
    supposed = [a_charge(kind=ChargeKind.USAGE, quantity=Decimal(6), amount=Money("600.00", "USD"))]

    sides = compare(billed, supposed, currency="USD")

    assert [(row.product, row.kind.value, str(row.difference.amount)) for row in sides.rows] == [
        ("communicate", "overage", "-450.00"),
        ("purecloud-1", "prepay", "-450.00"),
        ("purecloud-1", "usage", "600.00"),
        ("purecloud-1", "overage", "-450.00"),
    ]
    assert (sides.billed, sides.supposed) == (Money("1350.00", "USD"), Money("600.00", "USD"))
    assert sides.difference == Money("-750.00", "USD")
    assert (sides.rows[0].supposed, sides.rows[2].billed) == (None, None)


def test_an_adjustment_counts_as_what_it_corrects_and_what_came_to_nothing_is_left_out():
    taken_back = a_charge(
        kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE, quantity=Decimal(-3), amount=Money("-450.00", "USD")
    )

    assert compare([a_charge(), taken_back], [], currency="USD").rows == []


def test_a_row_of_several_prices_has_none():
    calls = [
        a_charge(kind=ChargeKind.VOICE, unit_price=Decimal("0.01")),
        a_charge(kind=ChargeKind.VOICE, unit_price=Decimal("0.02")),
    ]

    (row,) = compare(calls, calls[:1], currency="USD").rows

    assert (row.billed.unit_price, row.supposed.unit_price) == (None, Decimal("0.01"))
    assert (row.billed.quantity, row.billed.amount) == (6, Money("900.00", "USD"))
