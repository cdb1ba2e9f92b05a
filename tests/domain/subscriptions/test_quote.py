"""The life of a quote, to the second of its expiry, and what a new agreement charges first (BR-52)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from invoices.domain.schedule import advances_due
from subscriptions.domain.period import local_date
from subscriptions.domain.quote import (
    POSSIBLE_STEPS,
    QuoteState,
    QuoteStepKind,
    expiry,
    first_advance,
    first_invoice_on,
    last_valid_day,
    quote_state,
)
from tests.domain.agreements import agreed, an_agreement

ISSUED, ACCEPTED, DECLINED, PROCESSED = QuoteStepKind
EXPIRES = datetime(2026, 3, 5, 5, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("label", "steps", "expires_at", "at", "state"),
    [
        ("not issued", set(), None, EXPIRES, QuoteState.DRAFT),
        ("issued, its last second", {ISSUED}, EXPIRES, EXPIRES - SECOND, QuoteState.ISSUED),
        ("issued, the second after", {ISSUED}, EXPIRES, EXPIRES, QuoteState.EXPIRED),
        ("accepted in time, looked at later", {ISSUED, ACCEPTED}, EXPIRES, EXPIRES + SECOND, QuoteState.ACCEPTED),
        ("declined", {ISSUED, DECLINED}, EXPIRES, EXPIRES - SECOND, QuoteState.DECLINED),
        ("declined after it expired", {ISSUED, DECLINED}, EXPIRES, EXPIRES + SECOND, QuoteState.DECLINED),
        ("processed", {ISSUED, ACCEPTED, PROCESSED}, EXPIRES, EXPIRES + SECOND, QuoteState.PROCESSED),
    ],
)
def test_where_a_quote_stands(label, steps, expires_at, at, state):
    assert quote_state(steps=steps, expires_at=expires_at, at=at) is state


def test_only_an_accepted_quote_is_processed_and_only_an_unexpired_one_accepted():
    assert {state for state, steps in POSSIBLE_STEPS.items() if PROCESSED in steps} == {QuoteState.ACCEPTED}
    assert {state for state, steps in POSSIBLE_STEPS.items() if ACCEPTED in steps} == {QuoteState.ISSUED}
    assert {state for state, steps in POSSIBLE_STEPS.items() if ISSUED in steps} == {QuoteState.DRAFT}


@pytest.mark.parametrize(
    ("label", "issued_at", "valid_days", "zone", "last_day", "expires_at"),
    [
        (
            "30 days, over the start of summer time",
            datetime(2026, 2, 10, 15, tzinfo=UTC),
            30,
            "America/New_York",
            date(2026, 3, 12),
            datetime(2026, 3, 13, 4, tzinfo=UTC),
        ),
        (
            "issued late at night: still the day before in New York",
            datetime(2026, 2, 3, 4, 59, tzinfo=UTC),
            30,
            "America/New_York",
            date(2026, 3, 4),
            datetime(2026, 3, 5, 5, tzinfo=UTC),
        ),
        (
            "the same instant in Tokyo",
            datetime(2026, 2, 2, 15, tzinfo=UTC),
            1,
            "Asia/Tokyo",
            date(2026, 2, 4),
            datetime(2026, 2, 4, 15, tzinfo=UTC),
        ),
        (
            "a last day that the zone skips",
            datetime(2011, 12, 29, 12, tzinfo=UTC),
            1,
            "Pacific/Apia",
            date(2011, 12, 30),
            datetime(2011, 12, 30, 10, tzinfo=UTC),
        ),
    ],
)
def test_a_quote_is_valid_to_the_end_of_its_last_day(label, issued_at, valid_days, zone, last_day, expires_at):
    issued_on = local_date(issued_at, time_zone=zone)
    assert last_valid_day(issued_on=issued_on, valid_days=valid_days) == last_day
    assert expiry(issued_at=issued_at, valid_days=valid_days, time_zone=zone) == expires_at


PRICES = [agreed("purecloud-3", "80", price="140"), agreed("communicate", "20", price="22"), agreed("basic-ivr")]


@pytest.mark.parametrize(
    ("label", "terms", "months", "starts_on", "last_day"),
    [
        ("monthly", {}, 1, date(2026, 1, 15), date(2026, 2, 14)),
        ("monthly after a ramp", {"ramp_months": 3}, 1, date(2026, 4, 15), date(2026, 5, 14)),
        ("a year", {"commercial_model": "PREPAY"}, 12, date(2026, 1, 15), date(2027, 1, 14)),
        ("a short term", {"commercial_model": "PREPAY", "term_months": 5}, 5, date(2026, 1, 15), date(2026, 6, 14)),
        (
            "the first of two years, after a ramp",
            {"commercial_model": "PREPAY", "term_months": 24, "ramp_months": 1},
            12,
            date(2026, 2, 15),
            date(2027, 2, 14),
        ),
    ],
)
def test_the_first_advance_is_the_one_that_will_be_charged(label, terms, months, starts_on, last_day):
    agreement = an_agreement(prices=PRICES, **terms)
    first = first_advance(agreement)
    assert (first.months, first.starts_on, first.last_day) == (months, starts_on, last_day)
    charged = advances_due(agreement, index=agreement.ramp_months)
    assert {advance.product: advance.quantity for advance in charged} == first.commitments
    assert {(advance.months, advance.service.start, advance.service.last_day) for advance in charged} == {
        (months, starts_on, last_day)
    }


@pytest.mark.parametrize(
    ("label", "terms", "day"),
    [
        ("an advance on the first day", {}, date(2026, 1, 15)),
        ("use of the first month of a ramp", {"ramp_months": 2}, date(2026, 2, 15)),
        ("use of the first month", {"commercial_model": "MONTH_TO_MONTH"}, date(2026, 2, 15)),
    ],
)
def test_when_the_first_invoice_comes(label, terms, day):
    assert first_invoice_on(an_agreement(prices=PRICES, **terms)) == day


def test_nothing_is_charged_in_advance_month_to_month_or_without_a_commitment():
    assert first_advance(an_agreement(prices=PRICES, commercial_model="MONTH_TO_MONTH")) is None
    assert first_advance(an_agreement(prices=[agreed("purecloud-3", price="140")])) is None
