"""From counts and agreements to charges, and to the reasons to hold a cycle (BR-11, BR-14, BR-30, BR-31, BR-72)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.prices import ListPrices, Prices
from invoices.domain.rating import rate_advance, rate_arrears
from subscriptions.domain.catalog import TaxCategory
from tests.domain.agreements import agreed, agreements, an_agreement, change
from tests.domain.histories import (
    PERIOD_START,
    activated,
    assigned,
    at,
    call,
    consumed,
    counted,
    crowd,
    held,
    reading,
    stay,
)
from tests.domain.rated import DECK, advance, arrears, blocks, lines, people, priced

# BR-30's table


@pytest.mark.parametrize(
    ("label", "model", "committed", "told", "in_advance", "in_arrears"),
    [
        ("80 PureCloud 1, 138 billable", "named", ("purecloud-1", "80"), people(138, "purecloud-1"), "80", "58"),
        (
            "10 PureCloud 3 concurrent, 13 billable",
            "concurrent",
            ("purecloud-3", "10"),
            crowd(13, at("01-20 09:00"), at("01-20 10:00"), tier="purecloud-3"),
            "10",
            "3",
        ),
        ("100, 80 billable", "named", ("purecloud-1", "100"), people(80, "purecloud-1"), "100", None),
    ],
)
def test_a_commitment_is_charged_in_advance_and_what_is_above_it_in_arrears(
    label, model, committed, told, in_advance, in_arrears
):
    product, quantity = committed
    terms = an_agreement(
        licensing_model=model, prices=[agreed(product, quantity, price="10.00", overage_price="12.00")]
    )
    before = advance(terms, 0)
    assert [(str(line.kind), str(line.quantity), line.unit_price) for line in before.charges] == [
        ("prepay", in_advance, Decimal("10.00"))
    ]
    after = arrears(told, terms=terms)
    assert [(str(line.kind), str(line.quantity), line.unit_price) for line in after.charges] == (
        [("overage", in_arrears, Decimal("12.00"))] if in_arrears else []
    )
    assert blocks(before) == blocks(after) == []


@pytest.mark.parametrize(
    ("label", "changes", "line"),
    [
        (
            "month to month at the price",
            {"commercial_model": "MONTH_TO_MONTH"},
            ("usage", "purecloud-1", "2", "70.00", "140.00"),
        ),
        ("above no commitment under a monthly prepay", {}, ("overage", "purecloud-1", "2", "90.00", "180.00")),
        (
            "above no commitment under a yearly prepay",
            {"commercial_model": "PREPAY"},
            ("overage", "purecloud-1", "2", "90.00", "180.00"),
        ),
        (
            "in a ramp at the contracted price",
            {"ramp_months": 1, "edition": "2019"},
            ("usage", "purecloud-1", "2", "70.00", "140.00"),
        ),
        (
            "in a ramp of edition 2016",
            {"ramp_months": 1, "edition": "2016"},
            ("usage", "purecloud-1", "2", "70.00", "140.00"),
        ),
    ],
)
def test_without_a_commitment_everything_billable_is_charged_in_arrears(label, changes, line):
    terms = an_agreement(prices=[agreed("purecloud-1", price="70.00", overage_price="90.00")], **changes)
    assert lines(arrears(people(2, "purecloud-1"), terms=terms)) == [line]


def test_the_overage_price_defaults_to_the_price_and_then_to_the_book():
    terms = an_agreement(prices=[agreed("purecloud-1", "1", price="70.00")])
    assert lines(arrears(people(2, "purecloud-1"), terms=terms, book={"purecloud-1": "99"})) == [
        ("overage", "purecloud-1", "1", "70.00", "70.00")
    ]
    assert lines(arrears(people(2, "purecloud-1"), book={"purecloud-1": "99"})) == [
        ("overage", "purecloud-1", "2", "99", "198.00")
    ]


def test_a_late_joiner_and_a_deleted_user_are_charged_in_full():
    told = [
        *stay("late", at("02-15 04:00"), at("02-15 04:01")),
        assigned("late", "purecloud-1", at("02-15 04:00")),
        *stay("gone", at("01-15 05:00"), at("01-15 05:01")),
        *held("gone", "purecloud-1", PERIOD_START, at("01-15 05:02")),
    ]
    terms = an_agreement(commercial_model="MONTH_TO_MONTH", prices=[agreed("purecloud-1", price="75.00")])
    rating = arrears(told, terms=terms)
    assert lines(rating) == [("usage", "purecloud-1", "2", "75.00", "150.00")]
    assert rating.charges[0].tax_category is TaxCategory.SOFTWARE


def test_a_final_short_period_is_charged_in_full_and_named_until_the_last_service_day():
    terms = an_agreement(last_service_date=date(2026, 1, 25), prices=[agreed("purecloud-1", "1", price="75.00")])
    final = arrears(people(3, "purecloud-1"), terms=terms)
    assert lines(final) == [("overage", "purecloud-1", "2", "75.00", "150.00")]
    assert final.charges[0].service.last_day == date(2026, 1, 25)
    assert advance(terms, 1).charges == []


def test_a_zero_price_that_is_stated_is_a_price():
    terms = an_agreement(prices=[agreed("purecloud-1", "1", price="0")])
    assert lines(arrears(people(2, "purecloud-1"), terms=terms, book={"purecloud-1": "99"})) == [
        ("overage", "purecloud-1", "1", "0", "0.00")
    ]
    assert lines(advance(terms, 0)) == [("prepay", "purecloud-1", "1", "0", "0.00")]


def test_yen_have_no_minor_unit():
    terms = an_agreement(currency="JPY", prices=[agreed("purecloud-1", price="12.5")])
    assert lines(arrears(people(3, "purecloud-1"), terms=terms)) == [("overage", "purecloud-1", "3", "12.5", "38")]


# BR-11: the ramp


def test_the_ramp_of_edition_2025_is_free_for_licenses_and_add_ons_and_needs_no_price():
    terms = an_agreement(edition="2025", ramp_months=1, add_ons=frozenset({"salesforce"}))
    told = [*people(1, "purecloud-1"), assigned("u-0", "salesforce"), consumed("basic-ivr", 1751 * 60)]
    rating = arrears(told, terms=terms, book={"basic-ivr": "0.01"})
    assert lines(rating) == [("fair_use", "basic-ivr", "1", "0.01", "0.01")]
    assert blocks(rating) == []


def test_the_ramp_of_edition_2025_charges_resources_voice_and_numbers():
    terms = an_agreement(edition="2025", ramp_months=1)
    rating = arrears(
        consumed("api-requests", 5),
        activated("+1", PERIOD_START),
        call(60, at("01-20 14:00"), remote="+331"),
        terms=terms,
        deck=DECK,
        book={"api-requests": "1", "did-number": "2.00"},
        setup={"did-number": "5.00"},
    )
    assert [line[0] for line in lines(rating)] == ["fair_use", "voice", "number_setup", "number"]


def test_the_close_of_the_ramp_brings_the_arrears_and_the_first_advance():
    terms = an_agreement(ramp_months=2, prices=[agreed("purecloud-1", "2", price="70.00", overage_price="90.00")])
    assert advance(terms, 0).charges == advance(terms, 1).charges == []
    february = [
        fact
        for user in ("ann", "bob")
        for fact in (*stay(user, at("02-20 14:00"), at("02-20 15:00")), assigned(user, "purecloud-1"))
    ]
    assert lines(arrears(february, terms=terms, index=1)) == [("usage", "purecloud-1", "2", "70.00", "140.00")]
    assert lines(advance(terms, 2)) == [("prepay", "purecloud-1", "2", "70.00", "140.00")]


# BR-10, BR-15: the advance


def test_a_prepaid_year_is_one_line_of_its_months():
    terms = an_agreement(commercial_model="PREPAY", prices=[agreed("purecloud-2", "2", price="100.00")])
    (line,) = advance(terms, 0).charges
    assert (line.months, str(line.amount.amount)) == (12, "2400.00")
    assert (line.service.start, line.service.last_day) == (date(2026, 1, 15), date(2027, 1, 14))
    assert line.tax_category is TaxCategory.SOFTWARE


def test_an_advance_charges_what_was_not_paid_for_yet():
    terms = an_agreement(commercial_model="PREPAY", prices=[agreed("purecloud-1", "10", price="10.00")])
    paid = {"purecloud-1": Decimal(7)}
    assert lines(rate_advance(index=3, prices=priced(terms), paid=paid)) == [
        ("prepay", "purecloud-1", "3", "10.00", "270.00")
    ]
    assert rate_advance(index=3, prices=priced(terms)).charges == []


def test_an_increase_is_charged_at_the_price_in_force_at_its_period_start():
    terms = an_agreement(
        commercial_model="PREPAY",
        prices=[agreed("purecloud-1", "10", price="10.00")],
        changes=[
            change(date(2026, 3, 15), "purecloud-1", price="9.00"),
            change(date(2026, 5, 15), "purecloud-1", commitment="12"),
        ],
    )
    (line,) = advance(terms, 4).charges
    assert (line.quantity, line.unit_price, line.months, str(line.amount.amount)) == (2, Decimal("9.00"), 8, "144.00")


def test_a_year_in_advance_is_rounded_once():
    terms = an_agreement(commercial_model="PREPAY", prices=[agreed("communicate", "1", price="0.004")])
    (line,) = advance(terms, 0).charges
    assert str(line.amount.amount) == "0.05"


# BR-31: where a price comes from; BR-72: what holds a cycle


def test_the_agreed_price_comes_before_the_list_price_of_the_period():
    terms = an_agreement(commercial_model="MONTH_TO_MONTH", prices=[agreed("purecloud-1", price="70.00")])
    told = [*people(1, "purecloud-1"), *people(1, "communicate", prefix="c")]
    prices = Prices(
        terms=terms,
        list_prices={
            date(2026, 1, 15): ListPrices(prices={"purecloud-1": Decimal(99), "communicate": Decimal(20)}),
            date(2026, 2, 15): ListPrices(prices={"communicate": Decimal(25)}),
        },
    )
    rating = rate_arrears(counted(told, terms=terms), period=terms.period(0), prices=prices)
    assert lines(rating) == [
        ("usage", "communicate", "1", "20", "20.00"),
        ("usage", "purecloud-1", "1", "70.00", "70.00"),
    ]
    assert prices.price("communicate", 1) == 25
    assert prices.price("communicate", 2) is None


def test_what_has_no_price_holds_the_cycle_and_is_never_free():
    terms = an_agreement(commercial_model="MONTH_TO_MONTH", prices=[agreed("purecloud-1", price="70.00")])
    told = [
        *people(1, "purecloud-1"),
        *people(2, "communicate", prefix="c"),
        consumed("api-requests", 100_000),
        activated("+1", PERIOD_START),
        reading(Decimal(1000), PERIOD_START),
    ]
    rating = arrears(told, terms=terms)
    assert blocks(rating) == [
        ("unpriced_product", "api-requests"),
        ("unpriced_product", "communicate"),
        ("unpriced_product", "data-storage"),
        ("unpriced_product", "did-number"),
    ]
    assert lines(rating) == [("usage", "purecloud-1", "1", "70.00", "70.00")]
    assert all(dict(block.words)["day"] for block in rating.blocks)


def test_what_is_not_billed_needs_no_price():
    terms = an_agreement(prices=[agreed("purecloud-1", "5")])
    told = [*people(2, "purecloud-1"), consumed("api-requests", 10), consumed("basic-ivr", 60)]
    assert blocks(arrears(told, terms=terms)) == []


def test_an_advance_without_a_price_holds_the_cycle():
    terms = an_agreement(prices=[agreed("purecloud-1", "5"), agreed("communicate", "2", price="20.00")])
    rating = advance(terms, 0)
    assert blocks(rating) == [("unpriced_product", "purecloud-1")]
    assert lines(rating) == [("prepay", "communicate", "2", "20.00", "40.00")]
    assert blocks(advance(terms, 0, book={"purecloud-1": "75"})) == []


def test_reasons_are_listed_by_code_and_subject_each_once():
    told = [
        *crowd(2, at("01-20 09:00"), at("01-20 10:00"), tier="purecloud-3"),
        activated("+1", PERIOD_START),
        activated("+2", at("01-20 00:00")),
        call(60, at("01-20 14:00"), remote="+49", call_id="c-2"),
        call(60, at("01-20 14:00"), remote="+49", call_id="c-1"),
    ]
    terms = an_agreement(licensing_model="concurrent", prices=[agreed("purecloud-1", "1", price="70")])
    assert blocks(arrears(told, terms=terms, deck=DECK)) == [
        ("tier_above_agreement", "purecloud-3"),
        ("unpriced_product", "did-number"),
        ("unpriced_product", "purecloud-3"),
        ("unrated_call", "c-1"),
        ("unrated_call", "c-2"),
    ]


# BR-21: a tier above the agreement

NINE_TO_TEN = (at("01-20 09:00"), at("01-20 10:00"))


@pytest.mark.parametrize(
    ("label", "changes", "told", "expected"),
    [
        (
            "a higher tier, for one instant",
            {},
            held("absent", "purecloud-3", *[at("02-01 00:00")] * 2),
            ["purecloud-3"],
        ),
        ("a lower tier", {}, held("absent", "purecloud-1", *[at("02-01 00:00")] * 2), []),
        ("the agreed tier", {}, [], []),
        ("a higher tier in a ramp", {"ramp_months": 1}, [assigned("absent", "purecloud-3")], []),
        (
            "a higher tier month to month",
            {"commercial_model": "MONTH_TO_MONTH"},
            [assigned("absent", "purecloud-3")],
            [],
        ),
        (
            "a higher tier where none is committed to",
            {"prices": [agreed("purecloud-2", "0", price="100")]},
            [assigned("absent", "purecloud-3")],
            [],
        ),
        (
            "a higher tier outside the pool of edition 2016",
            {"edition": "2016"},
            [assigned("absent", "purecloud-3")],
            [],
        ),
    ],
)
def test_a_peak_billed_above_the_highest_committed_tier_holds_the_cycle(label, changes, told, expected):
    agreement = {"licensing_model": "concurrent", "prices": [agreed("purecloud-2", "2", price="100")]} | changes
    rating = arrears(
        crowd(3, *NINE_TO_TEN), told, terms=an_agreement(**agreement), book={"purecloud-3": "150", "purecloud-2": "1"}
    )
    assert blocks(rating) == [("tier_above_agreement", tier) for tier in expected]
    assert all(block.words == (("agreed", "purecloud-2"), ("users", "3")) for block in rating.blocks)


def test_a_peak_of_nobody_holds_nothing():
    terms = an_agreement(licensing_model="concurrent", prices=[agreed("purecloud-1", "2", price="100")])
    assert blocks(arrears(assigned("absent", "purecloud-3"), terms=terms)) == []


def test_named_licensing_may_exceed_the_committed_tier():
    terms = an_agreement(prices=[agreed("purecloud-1", "2", price="70"), agreed("purecloud-3", price="140")])
    rating = arrears(people(1, "purecloud-3"), terms=terms)
    assert lines(rating) == [("overage", "purecloud-3", "1", "140", "140.00")]
    assert blocks(rating) == []


# Whatever was agreed

USED = counted(people(3, "purecloud-2"), people(2, "communicate", prefix="c"))


@given(terms=agreements(models=("MONTH_TO_MONTH", "PREPAY_MONTHLY_COMMITMENT", "PREPAY")), index=st.integers(0, 13))
def test_what_is_used_is_either_within_the_commitment_or_charged_once(terms, index):
    period = terms.period(index)
    if period is None:
        return
    # A count of January 2026, as if it were that period's: rating looks at quantities alone.
    rating = rate_arrears(USED, period=period, prices=priced(terms, book={"purecloud-2": "2", "communicate": "1"}))
    charged = {line.product: line.quantity for line in rating.charges}
    for product, quantity in USED.billable.items():
        assert charged.get(product, 0) == max(0, quantity - terms.commitment(product, index))
    assert {str(line.kind) for line in rating.charges} <= (
        {"usage"} if str(terms.commercial_model) == "MONTH_TO_MONTH" or terms.in_ramp(index) else {"overage"}
    )
