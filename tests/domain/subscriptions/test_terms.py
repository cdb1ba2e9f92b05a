"""What is in force in a period: commitments, prices, changes, contract years, cancellation (BR-10 to BR-17)."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.policy import POLICIES, Edition, IncludedUse
from subscriptions.domain.terms import (
    CommercialModel,
    ContractTerms,
    advance_cancelled_on,
    starts_on,
)
from tests.domain.agreements import (
    COMMITTABLE,
    TIERS,
    agreed,
    agreements,
    an_agreement,
    anniversary,
    begins,
    change,
    walked_commitments,
)

FIVE_YEARS = 60


def commitments(terms: ContractTerms, product: str, periods: range) -> list[int]:
    return [int(terms.commitment(product, index)) for index in periods]


# BR-10: commercial models; BR-11: ramp


def test_month_to_month_has_no_commitment_whatever_was_written_down():
    terms = an_agreement(commercial_model="MONTH_TO_MONTH", prices=[agreed("purecloud-1", "5", price="70")])
    assert commitments(terms, "purecloud-1", range(3)) == [0, 0, 0]
    assert terms.committed_products(0) == []


@pytest.mark.parametrize("model", ["PREPAY_MONTHLY_COMMITMENT", "PREPAY"])
def test_a_ramp_has_no_commitment_and_the_term_begins_right_after_it(model):
    terms = an_agreement(commercial_model=model, ramp_months=2, prices=[agreed("purecloud-1", "5")])
    assert commitments(terms, "purecloud-1", range(4)) == [0, 0, 5, 5]
    assert [terms.in_ramp(index) for index in range(4)] == [True, True, False, False]
    assert terms.committed_products(1) == []
    assert terms.committed_products(2) == ["purecloud-1"]


def test_only_licenses_and_add_ons_are_committed_to():
    terms = an_agreement(
        prices=[
            agreed(product, "5") for product in ("purecloud-1", "communicate", "dialer", "basic-ivr", "did-number")
        ],
        add_ons=frozenset({"dialer"}),
    )
    assert terms.committed_products(0) == ["communicate", "dialer", "purecloud-1"]


def test_a_product_without_an_agreement_has_neither_commitment_nor_price():
    terms = an_agreement()
    assert terms.commitment("communicate", 0) == 0
    assert terms.price("communicate", 0) is None
    assert terms.overage_price("communicate", 0) is None
    assert terms.setup_price("did-number") is None


def test_the_overage_price_defaults_to_the_price():
    terms = an_agreement(
        prices=[agreed("purecloud-1", price="70", overage_price="90"), agreed("communicate", price="20")]
    )
    assert terms.overage_price("purecloud-1", 0) == 90
    assert terms.overage_price("communicate", 0) == 20


def test_a_number_has_a_setup_price():
    terms = an_agreement(prices=[agreed("did-number", price="1", setup_price="2.50"), agreed("communicate")])
    assert terms.setup_price("did-number") == Decimal("2.50")
    assert terms.setup_price("communicate") is None


@pytest.mark.parametrize(
    ("term_months", "ramp_months", "years"),
    [
        (12, 0, [range(12), range(12, 24), range(24, 36)]),
        (12, 3, [range(3, 15), range(15, 27)]),
        (1, 0, [range(1), range(1, 2), range(2, 3)]),
        (6, 0, [range(6), range(6, 12)]),
        (30, 0, [range(12), range(12, 24), range(24, 30), range(30, 42), range(42, 54), range(54, 60)]),
        (13, 2, [range(2, 14), range(14, 15), range(15, 27), range(27, 28)]),
    ],
)
def test_a_contract_year_is_twelve_periods_or_what_is_left_of_the_term_which_renews(term_months, ramp_months, years):
    terms = an_agreement(commercial_model="PREPAY", term_months=term_months, ramp_months=ramp_months)
    for year in years:
        assert {terms.contract_year(index) for index in year} == {year}


# BR-15: changes


@pytest.mark.parametrize(
    ("label", "effective", "recorded_on", "index"),
    [
        ("on a period start", "2026-03-15", None, 2),
        ("a day after a period start", "2026-03-16", None, 3),
        ("within the first period", "2026-02-01", None, 1),
        ("before the agreement", "2025-12-01", None, 0),
        ("recorded in time", "2026-03-15", "2026-03-14", 2),
        ("recorded on the day the period starts, after its midnight", "2026-03-15", "2026-03-15", 3),
        ("recorded within the period it names", "2026-03-15", "2026-03-20", 3),
        ("recorded long after the period it names", "2026-03-15", "2026-07-16", 7),
        ("recorded before the agreement", "2026-01-15", "2026-01-01", 0),
        ("recorded on the effective date of the agreement", "2026-01-15", "2026-01-15", 1),
    ],
)
def test_a_change_takes_effect_at_the_first_period_start_on_or_after_its_date(label, effective, recorded_on, index):
    recorded = None if recorded_on is None else date.fromisoformat(recorded_on)
    raised = change(date.fromisoformat(effective), "purecloud-1", recorded_on=recorded, commitment="3")
    terms = an_agreement(prices=[agreed("purecloud-1", "1", price="80")], changes=[raised])
    assert terms.takes_effect(raised) == index
    assert commitments(terms, "purecloud-1", range(index + 2)) == [1] * index + [3, 3]


def test_a_change_leaves_alone_what_it_does_not_name():
    terms = an_agreement(
        prices=[agreed("purecloud-1", "1", price="80", overage_price="95"), agreed("communicate", "7", price="20")],
        changes=[
            change(date(2026, 2, 15), "purecloud-1", price="75"),
            change(date(2026, 3, 15), "purecloud-1", overage_price="90"),
            change(date(2026, 4, 15), "purecloud-1", commitment="2"),
        ],
    )
    in_force = [
        (terms.commitment("purecloud-1", k), terms.price("purecloud-1", k), terms.overage_price("purecloud-1", k))
        for k in range(4)
    ]
    assert in_force == [(1, 80, 95), (1, 75, 95), (1, 75, 90), (2, 75, 90)]
    assert commitments(terms, "communicate", range(4)) == [7, 7, 7, 7]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_changes_that_take_effect_together_the_latest_effective_date_wins_for_each_figure(turned):
    together = [
        change(date(2026, 2, 20), "purecloud-1", commitment="4", price="70"),
        change(date(2026, 3, 10), "purecloud-1", commitment="6"),
    ]
    terms = an_agreement(
        prices=[agreed("purecloud-1", "1", price="80")], changes=together[::-1] if turned else together
    )
    assert commitments(terms, "purecloud-1", range(3)) == [1, 1, 6]
    assert terms.price("purecloud-1", 2) == 70


def test_what_takes_effect_later_wins_also_if_its_effective_date_is_earlier():
    terms = an_agreement(
        prices=[agreed("communicate", "1")],
        changes=[
            change(date(2026, 2, 15), "communicate", recorded_on=date(2026, 4, 1), commitment="2"),
            change(date(2026, 3, 15), "communicate", commitment="9"),
        ],
    )
    assert commitments(terms, "communicate", range(5)) == [1, 1, 9, 2, 2]


def test_a_commitment_to_another_tier_ends_the_first_at_the_same_period_start():
    terms = an_agreement(
        prices=[agreed("purecloud-1", "10", price="70"), agreed("purecloud-3", price="140")],
        changes=[change(date(2026, 3, 15), "purecloud-3", commitment="8")],
    )
    assert commitments(terms, "purecloud-1", range(4)) == [10, 10, 0, 0]
    assert commitments(terms, "purecloud-3", range(4)) == [0, 0, 8, 8]


@pytest.mark.parametrize("turned", [False, True])
def test_a_change_of_tier_may_be_written_as_an_end_and_a_commitment_in_either_order(turned):
    pair = [
        change(date(2026, 3, 15), "purecloud-1", commitment="0"),
        change(date(2026, 3, 15), "purecloud-2", commitment="8"),
    ]
    terms = an_agreement(prices=[agreed("purecloud-1", "10")], changes=pair[::-1] if turned else pair)
    assert commitments(terms, "purecloud-1", range(1, 4)) == [10, 0, 0]
    assert commitments(terms, "purecloud-2", range(1, 4)) == [0, 8, 8]


def test_a_tier_may_simply_end():
    terms = an_agreement(
        prices=[agreed("purecloud-1", "10")], changes=[change(date(2026, 3, 15), "purecloud-1", commitment="0")]
    )
    assert commitments(terms, "purecloud-1", range(4)) == [10, 10, 0, 0]


def test_a_price_change_of_a_tier_does_not_touch_the_tier_committed_to():
    terms = an_agreement(
        prices=[agreed("purecloud-1", "10", price="70")],
        changes=[change(date(2026, 3, 15), "purecloud-2", price="95")],
    )
    assert commitments(terms, "purecloud-1", range(4)) == [10, 10, 10, 10]
    assert terms.price("purecloud-2", 2) == 95


# BR-15 under PREPAY


def a_prepaid_year(**changes: object) -> ContractTerms:
    return an_agreement(commercial_model="PREPAY", prices=[agreed("purecloud-1", "10", price="10")], **changes)


def test_a_decrease_within_a_prepaid_year_waits_for_the_next():
    terms = a_prepaid_year(
        changes=[
            change(date(2026, 5, 15), "purecloud-1", commitment="12"),
            change(date(2026, 6, 15), "purecloud-1", commitment="5"),
        ]
    )
    assert commitments(terms, "purecloud-1", range(14)) == [10] * 4 + [12] * 8 + [5, 5]


def test_a_decrease_and_a_smaller_increase_after_it_leave_the_highest_asked_for():
    terms = a_prepaid_year(
        changes=[
            change(date(2026, 3, 15), "purecloud-1", commitment="2"),
            change(date(2026, 5, 15), "purecloud-1", commitment="8"),
        ]
    )
    assert commitments(terms, "purecloud-1", range(13)) == [10] * 12 + [8]


def test_a_decrease_at_the_start_of_a_contract_year_takes_effect_at_once():
    terms = a_prepaid_year(changes=[change(date(2027, 1, 15), "purecloud-1", commitment="5")])
    assert commitments(terms, "purecloud-1", range(11, 14)) == [10, 5, 5]


def test_a_change_of_tier_under_prepay_waits_for_the_next_contract_year():
    terms = a_prepaid_year(changes=[change(date(2026, 5, 15), "purecloud-3", commitment="20")])
    assert commitments(terms, "purecloud-1", range(14)) == [10] * 12 + [0, 0]
    assert commitments(terms, "purecloud-3", range(14)) == [0] * 12 + [20, 20]


def test_a_first_tier_within_a_prepaid_year_is_an_increase_from_nothing():
    terms = an_agreement(
        commercial_model="PREPAY",
        prices=[agreed("communicate", "3")],
        changes=[change(date(2026, 5, 15), "purecloud-2", commitment="4")],
    )
    assert commitments(terms, "purecloud-2", range(6)) == [0, 0, 0, 0, 4, 4]
    assert terms.committed_products(3) == ["communicate"]
    assert terms.committed_products(4) == ["communicate", "purecloud-2"]


def test_a_tier_asked_for_and_given_up_within_a_prepaid_year_leaves_the_first_one_paid():
    terms = a_prepaid_year(
        changes=[
            change(date(2026, 5, 15), "purecloud-3", commitment="20"),
            change(date(2026, 7, 15), "purecloud-1", commitment="12"),
        ]
    )
    assert commitments(terms, "purecloud-1", range(13)) == [10] * 6 + [12] * 7
    assert commitments(terms, "purecloud-3", range(13)) == [0] * 13


def test_what_was_asked_for_in_the_ramp_is_in_force_from_the_term_on():
    terms = a_prepaid_year(
        ramp_months=3,
        changes=[
            change(date(2026, 2, 15), "purecloud-1", commitment="30"),
            change(date(2026, 3, 15), "purecloud-1", commitment="7"),
        ],
    )
    assert commitments(terms, "purecloud-1", range(5)) == [0, 0, 0, 7, 7]


# The same by another way


@given(terms=agreements(models=("MONTH_TO_MONTH", "PREPAY_MONTHLY_COMMITMENT", "PREPAY")))
def test_commitments_are_those_that_walking_through_the_periods_finds(terms):
    walked = walked_commitments(terms, FIVE_YEARS)
    for index, expected in enumerate(walked):
        found = {product: terms.commitment(product, index) for product in COMMITTABLE}
        assert {product: quantity for product, quantity in found.items() if quantity} == expected
        assert terms.committed_products(index) == sorted(expected)
        assert len(expected.keys() & set(TIERS)) <= 1


@given(terms=agreements(models=("PREPAY",)), data=st.data())
def test_the_order_in_which_changes_are_listed_is_irrelevant_where_their_dates_differ(terms, data):
    distinct = {recorded.effective_date: recorded for recorded in terms.changes}
    mixed = data.draw(st.permutations(list(distinct.values())))
    first, second = (
        an_agreement(
            effective_date=terms.effective_date, commercial_model="PREPAY", prices=terms.prices, changes=changes
        )
        for changes in (list(distinct.values()), mixed)
    )
    for product in COMMITTABLE:
        for index in range(0, FIVE_YEARS, 3):
            assert first.commitment(product, index) == second.commitment(product, index)
            assert first.price(product, index) == second.price(product, index)


@given(terms=agreements(models=("PREPAY_MONTHLY_COMMITMENT",)))
def test_a_price_is_the_last_one_that_has_taken_effect(terms):
    for product in COMMITTABLE:
        first = next((price.price for price in terms.prices if price.product == product), None)
        in_force = first
        waiting = sorted(terms.changes, key=lambda recorded: recorded.effective_date)
        for index in range(FIVE_YEARS):
            for recorded in [candidate for candidate in waiting if begins(candidate, anniversary(terms, index))]:
                waiting.remove(recorded)
                if recorded.product == product and recorded.price is not None:
                    in_force = recorded.price
            assert terms.price(product, index) == in_force


# BR-16: cancellation; BR-17: renewal


def test_an_agreement_runs_on_until_it_is_cancelled():
    terms = an_agreement(prices=[agreed("purecloud-1", "2")])
    assert terms.last_index is None
    assert terms.period(240).start == date(2046, 1, 15)
    assert terms.commitment("purecloud-1", 240) == 2
    assert advance_cancelled_on(terms) is None


@pytest.mark.parametrize(
    ("label", "last_service_date", "last_index", "last_start"),
    [
        ("within a period", "2026-02-25", 1, "2026-02-15"),
        ("the last day of a period", "2026-02-14", 0, "2026-01-15"),
        ("the first day of a period", "2026-02-15", 1, "2026-02-15"),
        ("the first day of all", "2026-01-15", 0, "2026-01-15"),
    ],
)
def test_the_period_that_holds_the_last_service_day_is_the_last_and_ends_with_it(
    label, last_service_date, last_index, last_start
):
    terms = an_agreement(last_service_date=date.fromisoformat(last_service_date))
    last = terms.period(last_index)
    assert terms.last_index == last_index
    assert (str(last.start), str(last.last_day)) == (last_start, last_service_date)
    assert last.whole_end == anniversary(terms, last_index + 1)
    assert terms.period(last_index + 1) is None
    assert terms.period(last_index + 2) is None


def test_periods_before_the_last_are_whole():
    terms = an_agreement(last_service_date=date(2026, 3, 20))
    assert terms.period(0).last_day == date(2026, 2, 14)
    assert terms.period(1).last_day == date(2026, 3, 14)
    assert terms.period(2).last_day == date(2026, 3, 20)


@given(terms=agreements(models=("PREPAY",)))
def test_the_periods_of_a_cancelled_agreement_cover_its_days_once_and_none_after(terms):
    periods = [terms.period(index) for index in range(FIVE_YEARS)]
    lived = [period for period in periods if period is not None]
    assert periods[: len(lived)] == lived
    assert lived[0].start == terms.effective_date
    for period, following in itertools.pairwise(lived):
        assert period.end == following.start
    if terms.last_service_date is not None and len(lived) < FIVE_YEARS:
        assert lived[-1].last_day == terms.last_service_date
        assert terms.last_index == len(lived) - 1


def test_advances_know_of_a_cancellation_from_the_day_it_was_recorded():
    last = date(2026, 4, 10)
    assert advance_cancelled_on(an_agreement(last_service_date=last)) == last
    recorded = an_agreement(last_service_date=last, cancelled_on=date(2026, 2, 1))
    assert advance_cancelled_on(recorded) == date(2026, 2, 1)


def test_a_period_starts_on_the_anniversary():
    assert starts_on(an_agreement(effective_date=date(2026, 1, 31)), 1) == date(2026, 2, 28)


def test_usage_is_closed_six_hours_after_the_period_unless_agreed_otherwise():
    assert an_agreement().grace == timedelta(hours=6)
    assert an_agreement(cutoff_hours=48).grace == timedelta(hours=48)


# Editions


@pytest.mark.parametrize(
    ("edition", "four_hours", "on_queue", "accumulated", "free_ramp", "included"),
    [
        ("2016", True, True, False, False, IncludedUse.CALL_PORTS),
        ("2019", False, False, False, False, IncludedUse.FAIR_USE),
        ("2025", False, False, True, True, IncludedUse.FAIR_USE),
    ],
)
def test_an_edition_sets_the_thresholds(edition, four_hours, on_queue, accumulated, free_ramp, included):
    policy = an_agreement(edition=edition).policy
    assert policy is POLICIES[Edition(edition)]
    assert policy.minimum_assignment == (timedelta(hours=4) if four_hours else timedelta(0))
    assert policy.pool_needs_queue is on_queue
    assert policy.peak_accumulates is accumulated
    assert policy.minimum_peak == timedelta(minutes=30)
    assert policy.free_ramp_licenses is free_ramp
    assert policy.included_use is included


def test_the_edition_of_2019_is_the_default():
    terms = ContractTerms(
        effective_date=date(2026, 1, 15),
        currency="USD",
        commercial_model=CommercialModel.PREPAY,
        licensing_model=an_agreement().licensing_model,
    )
    assert terms.edition is Edition.E2019
    assert (terms.time_zone, terms.net_days, terms.term_months) == ("America/New_York", 30, 12)
