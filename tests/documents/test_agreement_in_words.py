"""A running agreement as a person would say it, and the days that matter in it (BR-10, BR-11, BR-15 to BR-17)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from subscriptions.documents.agreement import agreement_on
from subscriptions.documents.timeline import Recorded, Timeline, build_timeline
from subscriptions.domain.terms import AgreedPrice, CommercialModel, ContractTerms, LicensingModel
from subscriptions.models import SubscriptionCancellation, SubscriptionChange

SEATS = "80 PureCloud 3 concurrent at $140.00"
NAMES = {"purecloud-3": "PureCloud 3", "salesforce": "Salesforce"}
AGREED = ContractTerms(
    effective_date=date(2026, 1, 1),
    currency="USD",
    commercial_model=CommercialModel.PREPAY_MONTHLY_COMMITMENT,
    licensing_model=LicensingModel.CONCURRENT,
    ramp_months=3,
    term_months=12,
    prices=[AgreedPrice(product="purecloud-3", commitment=Decimal(80), price=Decimal("140.00"))],
)


def phrases(terms: ContractTerms, on: date, **list_prices: str) -> list[str]:
    prices = {code.replace("_", "-"): Decimal(price) for code, price in list_prices.items()}
    return list(agreement_on(terms, on=on, list_prices=prices, names=NAMES, language="en").phrases)


def sentences(terms: ContractTerms, on: date) -> str:
    return " ".join(agreement_on(terms, on=on, list_prices={}, names=NAMES, language="en").sentences)


def timeline(terms: ContractTerms, on: date, **rows: list) -> Timeline:
    recorded = Recorded(terms=terms, changes=rows.get("changes", []), cancellations=rows.get("cancellations", []))
    return build_timeline(recorded, on=on, names=NAMES, language="en")


def days(milestones) -> list[tuple[str, str]]:
    return [(milestone.on.isoformat(), milestone.what) for milestone in milestones]


@pytest.mark.parametrize(
    ("label", "changes", "on", "expected"),
    [
        ("in the ramp", {}, date(2026, 2, 1), [SEATS, "ramp until Mar 31, 2026"]),
        ("after it", {}, date(2026, 4, 1), [SEATS]),
        ("before it begins", {}, date(2025, 12, 1), [SEATS, "ramp until Mar 31, 2026"]),
        (
            "cancelled",
            {"last_service_date": date(2026, 6, 30)},
            date(2026, 6, 30),
            [SEATS, "cancelled: ends on Jun 30, 2026"],
        ),
        (
            "ended",
            {"last_service_date": date(2026, 6, 30)},
            date(2026, 7, 1),
            [SEATS, "ended on Jun 30, 2026"],
        ),
        ("named", {"licensing_model": LicensingModel.NAMED}, date(2026, 4, 1), ["80 PureCloud 3 named at $140.00"]),
        (
            "by the hour",
            {"licensing_model": LicensingModel.HOURLY},
            date(2026, 4, 1),
            ["80 PureCloud 3 hourly at $140.00"],
        ),
        (
            "without a commitment",
            {"prices": ()},
            date(2026, 4, 1),
            ["Concurrent users", "no commitment: what is used is charged"],
        ),
        (
            "without a price",
            {"prices": [AgreedPrice(product="purecloud-3", commitment=Decimal(2))]},
            date(2026, 4, 1),
            ["2 PureCloud 3, without a price yet"],
        ),
    ],
)
def test_an_agreement_is_said_in_phrases(label: str, changes: dict, on: date, expected: list[str]) -> None:
    assert phrases(replace(AGREED, **changes), on) == ["Annual, billed monthly in advance", *expected], label


def test_a_product_without_an_agreed_price_has_that_of_the_book() -> None:
    terms = replace(
        AGREED, prices=[AgreedPrice(product="salesforce", commitment=Decimal(5))], add_ons=frozenset({"salesforce"})
    )
    assert "5 Salesforce at $18.50" in phrases(terms, date(2026, 4, 1), salesforce="18.50")


@pytest.mark.parametrize(
    ("on", "end"),
    [
        (date(2026, 2, 1), "Mar 31, 2027"),
        (date(2027, 3, 31), "Mar 31, 2027"),
        (date(2027, 4, 1), "Mar 31, 2028"),
    ],
)
def test_the_term_is_the_one_that_runs(on: date, end: str) -> None:
    assert f"Its term of 12 months ends on {end} and renews for the same length" in sentences(AGREED, on)


def test_month_to_month_has_no_term_and_a_cancelled_one_does_not_renew() -> None:
    monthly = replace(AGREED, commercial_model=CommercialModel.MONTH_TO_MONTH)
    assert "month by month until it is cancelled" in sentences(monthly, date(2026, 4, 1))
    cancelled = replace(AGREED, last_service_date=date(2026, 9, 30))
    assert "renew" not in sentences(cancelled, date(2026, 4, 1))


def test_past_and_coming_days_are_told_apart() -> None:
    found = timeline(AGREED, date(2026, 4, 10))
    assert days(found.past) == [("2026-01-01", "The agreement began."), ("2026-03-31", "Last day of the ramp.")]
    assert found.today == "Apr 10, 2026"
    assert days(found.coming) == [
        ("2027-03-31", "Last day of the term."),
        ("2027-04-01", "Renews for 12 months, unless it is cancelled before."),
    ]


def test_a_renewed_agreement_shows_when_it_was_renewed() -> None:
    assert ("2027-04-01", "Renewed for 12 months.") in days(timeline(AGREED, date(2027, 6, 1)).past)


def test_nothing_renews_after_the_last_day_of_service() -> None:
    terms = replace(AGREED, last_service_date=date(2026, 9, 30), cancelled_on=date(2026, 5, 1))
    row = SubscriptionCancellation(
        last_service_date=date(2026, 9, 30), recorded_at=datetime(2026, 5, 1, 15, tzinfo=UTC), reason="They close."
    )
    found = timeline(terms, date(2026, 6, 1), cancellations=[row])
    assert days(found.past)[-1] == ("2026-05-01", "Cancelled: the last day of service is Sep 30, 2026.")
    assert (found.past[-1].by, found.past[-1].why) == ("Recorded by the system on May 1, 2026.", "They close.")
    assert days(found.coming) == [("2026-09-30", "Last day of service.")]


def change(effective: date, quantity: int, reason: str = "They grow.") -> SubscriptionChange:
    return SubscriptionChange(
        product_id="purecloud-3",
        effective_date=effective,
        commitment=Decimal(quantity),
        price=Decimal(135),
        recorded_at=datetime(2026, 4, 20, 15, tzinfo=UTC),
        recorded_by=User(username="ann", first_name="Ann", last_name="Lee"),
        reason=reason,
    )


def test_a_change_stands_on_the_day_it_takes_effect_with_who_and_why() -> None:
    # Named for a period that has begun: it waits for the next one (BR-15).
    found = timeline(AGREED, date(2026, 4, 25), changes=[change(date(2026, 4, 1), 90)])
    (milestone, *_) = found.coming
    assert milestone.on == date(2026, 5, 1)
    assert milestone.what == "The commitment to PureCloud 3 is 90. The price of PureCloud 3 is $135.00."
    assert (milestone.by, milestone.why) == ("Recorded by Ann Lee on Apr 20, 2026.", "They grow.")


def test_a_timeline_of_many_changes_stays_short_and_keeps_those_to_come() -> None:
    rows = [change(date(2026, 5, 1), 80 + number) for number in range(40)]
    rows += [change(date(2030, 1, 1), 500)]
    found = timeline(AGREED, date(2026, 6, 1), changes=rows)
    assert (len(found.past), found.left_out) == (8, 34)
    assert any("500" in milestone.what for milestone in found.coming)


def test_a_reason_cannot_turn_the_words_beside_it_round() -> None:
    row = change(date(2026, 5, 1), 90, reason="\u202eevil\nline")
    (milestone, *_) = timeline(AGREED, date(2026, 4, 25), changes=[row]).coming
    assert milestone.why == "evil line"


def test_dates_are_those_of_the_language() -> None:
    with translation.override("ja"):
        found = build_timeline(
            Recorded(terms=AGREED, changes=[], cancellations=[]), on=date(2026, 4, 10), names=NAMES, language="ja"
        )
    assert found.today == "2026年4月10日"
