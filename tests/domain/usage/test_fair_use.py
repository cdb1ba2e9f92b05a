"""Fair use: what was used above the pooled allotment (BR-40)."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.period import Window
from subscriptions.domain.terms import Allowance
from tests.domain.agreements import agreed, an_agreement
from tests.domain.histories import (
    GRID_PERIOD,
    PERIOD,
    PERIOD_END,
    PERIOD_START,
    TICKS,
    assigned,
    at,
    consumed,
    counted,
    crowd,
    history,
    instants,
    reading,
    stay,
)
from tests.domain.moments import tick
from usage.domain.events import StorageReading
from usage.domain.fair_use import FairUse, average_gigabytes, fair_use, over_allotment


def used_above(seats: dict[str, str], *told, **changes) -> dict[str, FairUse]:
    facts = history(*told)
    return dict(
        fair_use(
            consumptions=facts.consumptions,
            readings=facts.readings,
            period=PERIOD,
            seats={product: Decimal(quantity) for product, quantity in seats.items()},
            terms=an_agreement(**changes),
        )
    )


# BR-40's table


@pytest.mark.parametrize(
    ("label", "licensing_model", "seats", "told", "resource", "allotment", "over"),
    [
        (
            "20 x PureCloud 2 named, 50,001 IVR min",
            "named",
            {"purecloud-2": "20"},
            [consumed("basic-ivr", 50_001 * 60)],
            "basic-ivr",
            50_000,
            1,
        ),
        (
            "20 x PureCloud 2 named, 600 GB",
            "named",
            {"purecloud-2": "20"},
            [reading(Decimal(600), PERIOD_START)],
            "data-storage",
            500,
            100,
        ),
        ("greater of 100 and 80, PureCloud 1", "named", {"purecloud-1": "100"}, [], "basic-ivr", 175_000, 0),
        (
            "1 x PureCloud 3 concurrent, 505,992 API requests",
            "concurrent",
            {"purecloud-3": "1"},
            [consumed("api-requests", 505_992)],
            "api-requests",
            182_000,
            323_992,
        ),
        (
            "a second above the allotment is a minute",
            "named",
            {"purecloud-2": "20"},
            [consumed("basic-ivr", 50_000 * 60), consumed("basic-ivr", 1, at("02-01 00:00"))],
            "basic-ivr",
            50_000,
            1,
        ),
        (
            "exactly the allotment",
            "named",
            {"purecloud-2": "20"},
            [consumed("basic-ivr", 50_000 * 60)],
            "basic-ivr",
            50_000,
            0,
        ),
        (
            "pooled over licenses",
            "named",
            {"purecloud-1": "2", "communicate": "4", "collaborate": "9", "salesforce": "3"},
            [consumed("byoc-cloud", 14_001 * 60)],
            "byoc-cloud",
            14_000,
            1,
        ),
        (
            "no license",
            "named",
            {},
            [consumed("voice-transcription", 61)],
            "voice-transcription",
            0,
            2,
        ),
    ],
)
def test_overage_is_what_was_used_above_the_allotment(label, licensing_model, seats, told, resource, allotment, over):
    found = used_above(seats, told, licensing_model=licensing_model)[resource]
    assert (found.allotment, found.over) == (allotment, over)


def test_the_allotment_is_of_the_commitment_where_it_is_greater():
    told = [
        *(fact for number in range(80) for fact in stay(f"u-{number}", at("01-20 14:00"), at("01-20 14:10"))),
        *(assigned(f"u-{number}", "purecloud-1") for number in range(80)),
    ]
    committed = counted(told, terms=an_agreement(prices=[agreed("purecloud-1", "100")]))
    assert committed.fair_use["basic-ivr"].allotment == 175_000
    assert committed.fair_use["basic-ivr"].used == 0
    exceeded = counted(told, terms=an_agreement(prices=[agreed("purecloud-1", "50")]))
    assert exceeded.fair_use["basic-ivr"].allotment == 140_000


@pytest.mark.parametrize(
    ("label", "changes"),
    [("month to month", {"commercial_model": "MONTH_TO_MONTH"}), ("in a ramp", {"ramp_months": 1, "edition": "2025"})],
)
def test_a_commitment_brings_nothing_where_it_counts_as_none(label, changes):
    terms = an_agreement(prices=[agreed("purecloud-1", "100")], **changes)
    assert "basic-ivr" not in counted(terms=terms).fair_use
    one = [*stay("ann", at("01-20 14:00"), at("01-20 14:10")), assigned("ann", "purecloud-1")]
    assert counted(one, terms=terms).fair_use["basic-ivr"].allotment == 1750


def test_a_concurrent_commitment_and_peak_bring_the_concurrent_allowance():
    terms = an_agreement(licensing_model="concurrent", prices=[agreed("purecloud-2", "2")])
    count = counted(crowd(3, at("01-20 09:00"), at("01-20 10:00")), terms=terms)
    assert count.fair_use["basic-ivr"].allotment == 3 * 3250
    assert counted(terms=terms).fair_use["data-storage"].allotment == 65


def test_a_billable_hour_brings_the_named_allowance_divided_by_111():
    found = used_above({"purecloud-3": "37", "communicate": "1"}, licensing_model="hourly")
    assert found["basic-ivr"].allotment == Fraction(3250 * 37, 111) + 500
    assert found["voice-transcription"].allotment == Fraction(5000, 3) + 100


def test_an_agreed_allowance_stands_instead_of_the_catalogs():
    agreed_rows = [
        Allowance(product="purecloud-3", resource="basic-ivr", quantity=Decimal(100)),
        Allowance(product="salesforce", resource="basic-ivr", quantity=Decimal(7)),
        Allowance(product="purecloud-3", resource="byoc-cloud", quantity=Decimal(0)),
    ]
    seats = {"purecloud-3": "2", "salesforce": "3"}
    named = used_above(seats, allowances=agreed_rows)
    assert named["basic-ivr"].allotment == 221
    assert "byoc-cloud" not in named
    assert named["api-requests"].allotment == 280_000
    hourly = used_above({"purecloud-3": "222"}, allowances=agreed_rows, licensing_model="hourly")
    assert hourly["basic-ivr"].allotment == 200


def test_only_what_was_used_in_the_period_counts():
    told = [
        consumed("api-requests", 1, at("01-15 04:59:59")),
        consumed("api-requests", 10, PERIOD_START),
        consumed("api-requests", 100, at("02-15 04:59:59")),
        consumed("api-requests", 1000, PERIOD_END),
    ]
    assert used_above({}, told)["api-requests"].used == 110


def test_a_resource_neither_used_nor_included_is_not_mentioned():
    assert used_above({}) == {}
    assert set(used_above({"communicate": "1"})) == {
        "api-requests",
        "basic-ivr",
        "byoc-cloud",
        "data-storage",
        "voice-transcription",
    }


def test_edition_2016_has_no_fair_use():
    told = [consumed("api-requests", 10)]
    assert counted(told, terms=an_agreement(edition="2016")).fair_use == {}
    assert counted(told, terms=an_agreement(edition="2025")).fair_use["api-requests"].over == 10


@given(used=st.fractions(0, 10**6), allotment=st.fractions(0, 10**6))
def test_overage_is_rounded_up_once_to_the_whole_unit_and_never_negative(used, allotment):
    over = over_allotment(used=used, allotment=allotment)
    assert over == (ceil(used - allotment) if used > allotment else 0)


# Storage


@pytest.mark.parametrize(
    ("label", "told", "average"),
    [
        ("no reading", [], "0"),
        ("all month", [reading(Decimal(600), PERIOD_START)], "600"),
        ("the last one before the period holds at its start", [reading(Decimal(600), at("01-01 00:00"))], "600"),
        (
            "the last of several before",
            [reading(Decimal(600), at("01-02 00:00")), reading(Decimal(900), at("01-01 00:00"))],
            "600",
        ),
        ("the second half", [reading(Decimal(600), at("01-30 17:00"))], "300"),
        (
            "half and half",
            [reading(Decimal(100), at("01-01 00:00")), reading(Decimal("200.5"), at("01-30 17:00"))],
            "150.25",
        ),
        (
            "of two at one instant the greater",
            [
                reading(Decimal(100), PERIOD_START),
                reading(Decimal(300), PERIOD_START),
                reading(Decimal(200), PERIOD_START),
            ],
            "300",
        ),
        (
            "a reading at the start replaces the one before",
            [reading(Decimal(900), at("01-01 00:00")), reading(Decimal(100), PERIOD_START)],
            "100",
        ),
        ("a reading at the end is the next period's", [reading(Decimal(900), PERIOD_END)], "0"),
        (
            "emptied",
            [reading(Decimal(100), PERIOD_START), reading(Decimal(0), at("01-30 17:00"))],
            "50",
        ),
    ],
)
def test_storage_is_the_time_weighted_average_of_the_readings(label, told, average):
    assert average_gigabytes(history(told).readings, period=PERIOD) == Fraction(average)


readings = st.lists(
    st.builds(StorageReading, st.integers(0, 50).map(lambda tenths: Decimal(tenths) / 10), instants), max_size=10
)


@given(readings=readings)
def test_the_average_is_that_of_reading_the_meter_at_every_tick(readings):
    levels = []
    for now in range(TICKS):
        known = [(tick(row.at), row.gigabytes) for row in readings if tick(row.at) <= now]
        levels.append(Fraction(max(known)[1]) if known else Fraction(0))
    assert average_gigabytes(readings, period=GRID_PERIOD) == sum(levels) / TICKS


def test_nothing_is_stored_in_a_period_over_a_day_that_the_calendar_skipped():
    readings = history(reading(Decimal(600), PERIOD_START)).readings
    assert average_gigabytes(readings, period=Window(start=PERIOD_START, end=PERIOD_START)) == 0
