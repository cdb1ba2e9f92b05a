"""What falls due in advance, and which date a document bears (BR-03, BR-10, BR-11, BR-15, BR-16, BR-17)."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given

from invoices.domain.schedule import Advance, advances_due, due_date, invoice_date
from subscriptions.domain.terms import CommercialModel, ContractTerms
from tests.domain.agreements import (
    agreed,
    agreements,
    an_agreement,
    anniversary,
    change,
    walked_commitments,
)

PREPAID = ("PREPAY_MONTHLY_COMMITMENT", "PREPAY")
LIFE = 84
"""So many periods are opened: long enough for the longest term to renew."""
LOOKED_AT = 60
"""So many of them are checked: every advance that reaches them has fallen due."""


def due(terms: ContractTerms, index: int) -> list[tuple[str, int, int, str, str]]:
    return [
        (
            advance.product,
            int(advance.quantity),
            advance.months,
            str(advance.service.start),
            str(advance.service.last_day),
        )
        for advance in advances_due(terms, index=index)
    ]


def test_nothing_falls_due_in_advance_month_to_month():
    terms = an_agreement(commercial_model="MONTH_TO_MONTH", prices=[agreed("purecloud-1", "5")])
    assert due(terms, 0) == []


def test_a_monthly_commitment_falls_due_at_the_start_of_each_period():
    terms = an_agreement(prices=[agreed("purecloud-3", "50"), agreed("communicate", "7"), agreed("collaborate")])
    assert due(terms, 0) == [
        ("communicate", 7, 1, "2026-01-15", "2026-02-14"),
        ("purecloud-3", 50, 1, "2026-01-15", "2026-02-14"),
    ]
    assert due(terms, 40) == [
        ("communicate", 7, 1, "2029-05-15", "2029-06-14"),
        ("purecloud-3", 50, 1, "2029-05-15", "2029-06-14"),
    ]


def test_a_prepaid_year_falls_due_once_and_renews():
    terms = an_agreement(
        effective_date=date(2025, 3, 1), commercial_model="PREPAY", prices=[agreed("purecloud-2", "2")]
    )
    assert due(terms, 0) == [("purecloud-2", 2, 12, "2025-03-01", "2026-02-28")]
    assert [due(terms, index) for index in range(1, 12)] == [[]] * 11
    assert due(terms, 12) == [("purecloud-2", 2, 12, "2026-03-01", "2027-02-28")]


def test_the_last_contract_year_of_a_term_is_what_is_left_of_it():
    terms = an_agreement(commercial_model="PREPAY", term_months=30, prices=[agreed("purecloud-2", "2")])
    lengths = {index: advances[0][2] for index in range(60) if (advances := due(terms, index))}
    assert lengths == {0: 12, 12: 12, 24: 6, 30: 12, 42: 12, 54: 6}


@pytest.mark.parametrize("model", PREPAID)
@pytest.mark.parametrize("edition", ["2016", "2019", "2025"])
def test_nothing_falls_due_in_advance_in_a_ramp_and_the_first_advance_right_after_it(model, edition):
    terms = an_agreement(commercial_model=model, edition=edition, ramp_months=2, prices=[agreed("purecloud-1", "2")])
    assert due(terms, 0) == due(terms, 1) == []
    (first,) = due(terms, 2)
    assert first[:4] == ("purecloud-1", 2, 12 if model == "PREPAY" else 1, "2026-03-15")


def test_a_ramp_as_long_as_the_term_is_followed_by_a_whole_term():
    terms = an_agreement(commercial_model="PREPAY", ramp_months=6, term_months=6, prices=[agreed("purecloud-1", "2")])
    assert [index for index in range(24) if due(terms, index)] == [6, 12, 18]


# BR-15


def test_an_increase_in_a_prepaid_year_falls_due_for_the_periods_left_of_it():
    terms = an_agreement(
        effective_date=date(2025, 1, 15),
        commercial_model="PREPAY",
        prices=[agreed("purecloud-1", "10")],
        changes=[
            change(date(2025, 5, 15), "purecloud-1", commitment="12"),
            change(date(2025, 6, 15), "purecloud-1", commitment="5"),
        ],
    )
    assert {index: due(terms, index) for index in range(14) if due(terms, index)} == {
        0: [("purecloud-1", 10, 12, "2025-01-15", "2026-01-14")],
        4: [("purecloud-1", 2, 8, "2025-05-15", "2026-01-14")],
        12: [("purecloud-1", 5, 12, "2026-01-15", "2027-01-14")],
    }


def test_a_price_change_alone_makes_nothing_fall_due_within_a_prepaid_year():
    terms = an_agreement(
        commercial_model="PREPAY",
        prices=[agreed("purecloud-1", "10", price="10")],
        changes=[change(date(2026, 5, 15), "purecloud-1", price="12")],
    )
    assert [index for index in range(13) if due(terms, index)] == [0, 12]


def test_a_monthly_increase_falls_due_as_the_whole_new_commitment():
    terms = an_agreement(
        prices=[agreed("purecloud-1", "1")], changes=[change(date(2026, 2, 1), "purecloud-1", commitment="3")]
    )
    assert [advances[0][1] for index in range(3) if (advances := due(terms, index))] == [1, 3, 3]


def test_another_tier_is_paid_in_advance_from_the_next_contract_year():
    terms = an_agreement(
        commercial_model="PREPAY",
        term_months=24,
        prices=[agreed("purecloud-1", "10")],
        changes=[change(date(2026, 5, 15), "purecloud-3", commitment="4")],
    )
    assert {index: due(terms, index)[0][:3] for index in range(25) if due(terms, index)} == {
        0: ("purecloud-1", 10, 12),
        12: ("purecloud-3", 4, 12),
        24: ("purecloud-3", 4, 12),
    }


# BR-16


def test_a_shortened_period_is_paid_in_full_and_named_until_its_last_day():
    terms = an_agreement(
        last_service_date=date(2026, 2, 25), cancelled_on=date(2026, 2, 10), prices=[agreed("purecloud-2", "2")]
    )
    assert due(terms, 0) == [("purecloud-2", 2, 1, "2026-01-15", "2026-02-14")]
    assert due(terms, 1) == [("purecloud-2", 2, 1, "2026-02-15", "2026-02-25")]
    assert due(terms, 2) == due(terms, 3) == []


@pytest.mark.parametrize(
    ("label", "cancelled_on", "months", "last_day"),
    [
        ("recorded the day before the year is due", "2027-01-14", 3, "2027-04-10"),
        ("recorded the day the year is due", "2027-01-15", 3, "2027-04-10"),
        ("recorded the day after", "2027-01-16", 12, "2028-01-14"),
        ("recorded on the last service day", "2027-04-10", 12, "2028-01-14"),
    ],
)
def test_a_prepaid_year_covers_only_what_a_recorded_cancellation_leaves(label, cancelled_on, months, last_day):
    terms = an_agreement(
        commercial_model="PREPAY",
        prices=[agreed("purecloud-2", "2")],
        last_service_date=date(2027, 4, 10),
        cancelled_on=date.fromisoformat(cancelled_on),
    )
    assert due(terms, 12) == [("purecloud-2", 2, months, "2027-01-15", last_day)]


def test_an_advance_due_before_the_cancellation_was_recorded_names_the_whole_period():
    terms = an_agreement(
        last_service_date=date(2026, 2, 25), cancelled_on=date(2026, 2, 16), prices=[agreed("purecloud-2", "2")]
    )
    assert due(terms, 1) == [("purecloud-2", 2, 1, "2026-02-15", "2026-03-14")]
    assert due(terms, 2) == []


def test_an_increase_after_a_cancellation_is_paid_until_the_last_period_only():
    terms = an_agreement(
        commercial_model="PREPAY",
        prices=[agreed("purecloud-2", "2")],
        changes=[change(date(2026, 5, 15), "purecloud-2", commitment="3")],
        last_service_date=date(2026, 7, 14),
        cancelled_on=date(2026, 4, 1),
    )
    assert due(terms, 4) == [("purecloud-2", 1, 2, "2026-05-15", "2026-07-14")]
    assert [index for index in range(30) if due(terms, index)] == [0, 4]


# Every committed month is charged in advance exactly once, whatever was agreed, changed and cancelled


def covered_periods(terms: ContractTerms, index: int, advance: Advance) -> range:
    """Return the periods an advance pays for, by its months; its service dates must be theirs."""
    covered = range(index, index + advance.months)
    assert advance.service.start == anniversary(terms, index)
    whole = anniversary(terms, covered.stop) - timedelta(days=1)
    assert advance.service.last_day == min(whole, advance.service.last_day)
    if advance.service.last_day != whole:
        assert advance.service.last_day == terms.last_service_date
        assert advance.service.last_day >= anniversary(terms, covered[-1])
    return covered


@given(terms=agreements(models=PREPAID))
def test_every_committed_month_of_every_product_is_charged_in_advance_exactly_once(terms):
    charged: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for index in range(LIFE):
        for advance in advances_due(terms, index=index):
            assert advance.quantity > 0
            for period in covered_periods(terms, index, advance):
                charged[advance.product, period] += advance.quantity
    walked = walked_commitments(terms, LOOKED_AT)
    expected = {
        (product, period): quantity
        for period in range(LOOKED_AT)
        for product, quantity in _owed_in_advance(terms, walked, period).items()
    }
    assert {key: quantity for key, quantity in charged.items() if key[1] < LOOKED_AT} == expected


def _owed_in_advance(terms: ContractTerms, walked: list[dict[str, Decimal]], period: int) -> dict[str, Decimal]:
    """Return the commitment of a period; past a cancellation only what was due before it was recorded (BR-16)."""
    if terms.last_service_date is None or anniversary(terms, period) <= terms.last_service_date:
        return walked[period]
    recorded = terms.cancelled_on or terms.last_service_date
    paid_together = 1
    if terms.commercial_model is CommercialModel.PREPAY:
        paid_together = 12
    if period < terms.ramp_months:
        return {}
    first = period - (period - terms.ramp_months) % terms.term_months % paid_together
    due_before = [index for index in range(first, period + 1) if anniversary(terms, index) < recorded]
    return walked[due_before[-1]] if due_before else {}


# BR-03

ANNIVERSARY = date(2026, 2, 15)
CUT_OFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
THREE_DAYS = timedelta(days=3)


@pytest.mark.parametrize(
    ("label", "issued_at", "was_held", "dated"),
    [
        ("at once", CUT_OFF, False, "2026-02-15"),
        ("three days late", CUT_OFF + THREE_DAYS, False, "2026-02-15"),
        ("more than three days late", CUT_OFF + THREE_DAYS + timedelta(microseconds=1), False, "2026-02-18"),
        (
            "a month late, in the evening before UTC's midnight",
            CUT_OFF + timedelta(days=28, hours=16),
            False,
            "2026-03-15",
        ),
        ("held, and mended in time", CUT_OFF + timedelta(hours=20), True, "2026-02-16"),
        ("held, and mended the same evening", CUT_OFF + timedelta(hours=17), True, "2026-02-15"),
    ],
)
def test_a_document_is_dated_on_the_anniversary_unless_it_comes_late_or_was_held(label, issued_at, was_held, dated):
    found = invoice_date(
        due_on=ANNIVERSARY, due_at=CUT_OFF, issued_at=issued_at, was_held=was_held, time_zone="America/New_York"
    )
    assert str(found) == dated


@pytest.mark.parametrize(
    ("dated", "net_days", "due_on"),
    [("2026-02-15", 30, "2026-03-17"), ("2026-01-15", 30, "2026-02-14"), ("2026-02-15", 0, "2026-02-15")],
)
def test_a_document_is_due_so_many_calendar_days_after_its_date(dated, net_days, due_on):
    assert due_date(dated=date.fromisoformat(dated), net_days=net_days) == date.fromisoformat(due_on)


def test_the_service_dates_of_a_prepaid_year_follow_the_anchor_through_short_months():
    terms = an_agreement(
        effective_date=date(2027, 1, 31), commercial_model="PREPAY", term_months=13, prices=[agreed("communicate", "1")]
    )
    assert due(terms, 0)[0][3:] == ("2027-01-31", "2028-01-30")
    assert due(terms, 12)[0][3:] == ("2028-01-31", "2028-02-28")
    assert anniversary(terms, 13) == date(2027, 1, 31) + relativedelta(months=13)
