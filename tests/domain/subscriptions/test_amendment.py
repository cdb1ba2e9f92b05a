"""From when a change bears, what it charges in advance and ends; what forbids it (BR-12, BR-15, BR-16)."""

from datetime import date
from decimal import Decimal

import pytest

from invoices.domain.schedule import advances_due
from subscriptions.domain.amendment import (
    cancellation_effect,
    cancellation_violations,
    change_effect,
    change_violations,
    unpriced_commitments,
    withdrawal_violations,
)
from subscriptions.domain.terms import ContractTerms
from subscriptions.domain.violations import Refused, TermsError, Violation, refuse
from tests.domain.agreements import agreed, an_agreement, change

SEATS = [agreed("purecloud-1", "80", price="75"), agreed("communicate", "10", price="20")]


def codes(found: list[Violation]) -> list[str]:
    return [violation.code for violation in found]


@pytest.mark.parametrize(
    ("label", "terms", "asked", "begins", "is_later", "commitment"),
    [
        # (before, after, first day, charged, months, last day)
        (
            "monthly, named in time",
            {},
            change(date(2026, 3, 15), "purecloud-1", recorded_on=date(2026, 3, 14), commitment="100"),
            date(2026, 3, 15),
            False,
            ("80", "100", date(2026, 3, 15), "100", 1, date(2026, 4, 14)),
        ),
        (
            "recorded on the day its period begins: the next one",
            {},
            change(date(2026, 3, 15), "purecloud-1", recorded_on=date(2026, 3, 15), commitment="100"),
            date(2026, 4, 15),
            True,
            ("80", "100", date(2026, 4, 15), "100", 1, date(2026, 5, 14)),
        ),
        (
            "in the middle of a period",
            {},
            change(date(2026, 3, 20), "purecloud-1", recorded_on=date(2026, 3, 1), commitment="60"),
            date(2026, 4, 15),
            True,
            ("80", "60", date(2026, 4, 15), "60", 1, date(2026, 5, 14)),
        ),
        (
            "prepaid, an increase: for what is left of the year",
            {"commercial_model": "PREPAY"},
            change(date(2026, 4, 15), "purecloud-1", recorded_on=date(2026, 4, 1), commitment="100"),
            date(2026, 4, 15),
            False,
            ("80", "100", date(2026, 4, 15), "20", 9, date(2027, 1, 14)),
        ),
        (
            "prepaid, a decrease: at the next year",
            {"commercial_model": "PREPAY"},
            change(date(2026, 4, 15), "purecloud-1", recorded_on=date(2026, 4, 1), commitment="60"),
            date(2026, 4, 15),
            False,
            ("80", "60", date(2027, 1, 15), "60", 12, date(2028, 1, 14)),
        ),
        (
            "in a ramp: when it is over",
            {"ramp_months": 3},
            change(date(2026, 2, 15), "purecloud-1", recorded_on=date(2026, 2, 1), commitment="100"),
            date(2026, 2, 15),
            False,
            ("80", "100", date(2026, 4, 15), "100", 1, date(2026, 5, 14)),
        ),
        (
            "a price alone",
            {},
            change(date(2026, 3, 15), "purecloud-1", recorded_on=date(2026, 3, 1), price="70"),
            date(2026, 3, 15),
            False,
            None,
        ),
        (
            "the commitment there is",
            {},
            change(date(2026, 3, 15), "purecloud-1", recorded_on=date(2026, 3, 1), commitment="80"),
            date(2026, 3, 15),
            False,
            None,
        ),
    ],
)
def test_what_a_change_does(label, terms, asked, begins, is_later, commitment):
    agreement = an_agreement(prices=SEATS, **terms)
    effect = change_effect(agreement, asked)
    assert (effect.period.start, effect.is_later, effect.ends) == (begins, is_later, None)
    if commitment is None:
        assert effect.commitment is None
        return
    before, after, first, charged, months, last_day = commitment
    found = effect.commitment
    assert (found.before, found.after, found.charged) == (Decimal(before), Decimal(after), Decimal(charged))
    assert (found.period.start, found.months, found.last_day) == (first, months, last_day)
    changed = ContractTerms(**{**vars_of(agreement), "changes": [asked]})
    [advance] = [a for a in advances_due(changed, index=found.period.index) if a.product == "purecloud-1"]
    assert (advance.quantity, advance.months) == (found.charged, found.months)
    assert (advance.service.start, advance.service.last_day) == (first, last_day)


def vars_of(terms: ContractTerms) -> dict:
    return {name: getattr(terms, name) for name in terms.__dataclass_fields__}


@pytest.mark.parametrize(
    ("label", "model", "begins"),
    [("monthly", "PREPAY_MONTHLY_COMMITMENT", date(2026, 4, 15)), ("prepaid: next year", "PREPAY", date(2027, 1, 15))],
)
def test_a_change_of_tier_ends_the_other(label, model, begins):
    asked = change(date(2026, 4, 15), "purecloud-3", recorded_on=date(2026, 4, 1), commitment="70")
    effect = change_effect(an_agreement(prices=SEATS, commercial_model=model), asked)
    assert (effect.commitment.before, effect.commitment.after, effect.commitment.period.start) == (0, 70, begins)
    assert (effect.ends.product, effect.ends.before, effect.ends.after) == ("purecloud-1", 80, 0)
    assert effect.ends.period.start == begins


GOOD = change(date(2026, 3, 15), "purecloud-1", recorded_on=date(2026, 3, 1), commitment="100")
ENDS = {"last_service_date": date(2026, 4, 20), "cancelled_on": date(2026, 2, 1)}


@pytest.mark.parametrize(
    ("label", "terms", "changes", "expected"),
    [
        ("a good one", {}, [GOOD], []),
        ("in the last period", ENDS, [change(date(2026, 4, 15), "purecloud-1", commitment="90")], []),
        (
            "after the end",
            ENDS,
            [change(date(2026, 4, 16), "purecloud-1", commitment="90")],
            [TermsError.NEVER_IN_FORCE],
        ),
        ("of nothing", {}, [change(date(2026, 3, 15), "purecloud-1")], [TermsError.NOTHING_CHANGES]),
        ("less than nothing", {}, [change(date(2026, 3, 15), "purecloud-1", price="-1")], [TermsError.NEGATIVE]),
        (
            "of what has none",
            {},
            [change(date(2026, 3, 15), "api-calls", commitment="5", price="1")],
            [TermsError.NO_COMMITMENT],
        ),
        ("month to month", {"commercial_model": "MONTH_TO_MONTH"}, [GOOD], [TermsError.MONTH_TO_MONTH]),
        (
            "without a price",
            {},
            [change(date(2026, 3, 15), "purecloud-3", commitment="5")],
            [TermsError.UNPRICED],
        ),
        ("at a list price", {}, [change(date(2026, 3, 15), "purecloud-2", commitment="5")], []),
        (
            "to two tiers together",
            {},
            [GOOD, change(date(2026, 3, 15), "purecloud-2", commitment="5")],
            [TermsError.TWO_TIERS],
        ),
        (
            "to two tiers one after the other",
            {},
            [GOOD, change(date(2026, 3, 16), "purecloud-2", commitment="5")],
            [],
        ),
        (
            "everything at once",
            ENDS | {"commercial_model": "MONTH_TO_MONTH"},
            [change(date(2026, 5, 15), "purecloud-3", commitment="5", overage_price="-1")],
            [TermsError.NEGATIVE, TermsError.MONTH_TO_MONTH, TermsError.NEVER_IN_FORCE, TermsError.UNPRICED],
        ),
    ],
)
def test_what_forbids_changes(label, terms, changes, expected):
    found = change_violations(an_agreement(prices=SEATS, **terms), changes, list_prices={"purecloud-2": Decimal(110)})
    assert codes(found) == expected


TODAY = date(2026, 5, 1)


@pytest.mark.parametrize(
    ("label", "terms", "last_day", "expected"),
    [
        ("today", {}, TODAY, []),
        ("later", {}, date(2026, 8, 1), []),
        ("yesterday", {}, date(2026, 4, 30), [TermsError.ENDS_IN_THE_PAST]),
        ("in a period that is closed", {}, date(2026, 2, 1), [TermsError.ENDS_IN_THE_PAST]),
        ("before it begins", {}, date(2026, 1, 14), [TermsError.ENDS_BEFORE_IT_BEGINS]),
        ("one that ended", {"last_service_date": date(2026, 4, 30)}, date(2026, 6, 1), [TermsError.ENDED]),
        ("earlier than planned", {"last_service_date": date(2026, 9, 1)}, date(2026, 6, 1), []),
        ("later than planned", {"last_service_date": date(2026, 5, 20)}, date(2026, 6, 1), []),
    ],
)
def test_what_forbids_a_cancellation(label, terms, last_day, expected):
    found = cancellation_violations(an_agreement(prices=SEATS, **terms), last_service_date=last_day, today=TODAY)
    assert codes(found) == expected


PREPAID = {"commercial_model": "PREPAY", "prices": SEATS}
LATE = {"last_service_date": date(2027, 3, 20), "cancelled_on": date(2026, 12, 1)}


@pytest.mark.parametrize(
    ("label", "terms", "today", "expected"),
    [
        ("not cancelled", {}, TODAY, [TermsError.NOT_CANCELLED]),
        ("ended", {"last_service_date": date(2026, 4, 30)}, TODAY, [TermsError.ENDED]),
        ("its last day is today", {"last_service_date": TODAY, "cancelled_on": date(2026, 4, 1)}, TODAY, []),
        ("prepaid, before the year's advance", PREPAID | LATE, date(2027, 1, 14), []),
        ("prepaid, after an advance cut short", PREPAID | LATE, date(2027, 1, 15), []),
        (
            "prepaid, cancelled after the year's advance",
            PREPAID | {"last_service_date": date(2026, 8, 1), "cancelled_on": date(2026, 2, 1)},
            TODAY,
            [],
        ),
        (
            "prepaid, to the end of its year",
            PREPAID | {"last_service_date": date(2028, 1, 14), "cancelled_on": date(2026, 12, 1)},
            date(2027, 2, 1),
            [],
        ),
    ],
)
def test_what_forbids_to_take_a_cancellation_back(label, terms, today, expected):
    assert codes(withdrawal_violations(an_agreement(**terms), today=today)) == expected


@pytest.mark.parametrize(
    ("label", "terms", "last_day", "period", "is_short", "prepaid_until"),
    [
        ("with its period", {}, date(2026, 5, 14), (date(2026, 4, 15), date(2026, 5, 14)), False, None),
        ("in mid-period", {}, date(2026, 5, 2), (date(2026, 4, 15), date(2026, 5, 2)), True, date(2026, 5, 14)),
        (
            "in mid-year",
            {"commercial_model": "PREPAY"},
            date(2026, 7, 14),
            (date(2026, 6, 15), date(2026, 7, 14)),
            False,
            date(2027, 1, 14),
        ),
        ("in a ramp", {"ramp_months": 9}, date(2026, 5, 2), (date(2026, 4, 15), date(2026, 5, 2)), True, None),
    ],
)
def test_what_a_cancellation_means(label, terms, last_day, period, is_short, prepaid_until):
    effect = cancellation_effect(an_agreement(prices=SEATS, **terms), last_service_date=last_day, today=TODAY)
    assert (effect.last_period.start, effect.last_period.last_day) == period
    assert (effect.is_short, effect.prepaid_until) == (is_short, prepaid_until)


def test_a_commitment_needs_a_price_of_its_own_or_in_the_book():
    terms = an_agreement(
        prices=[agreed("purecloud-1", "5"), agreed("communicate", "5", price="0"), agreed("basic-ivr")]
    )
    assert unpriced_commitments(terms, index=0, list_prices={}) == ["purecloud-1"]
    assert unpriced_commitments(terms, index=0, list_prices={"purecloud-1": Decimal(0)}) == []


def test_a_refusal_says_every_reason():
    found = cancellation_violations(an_agreement(), last_service_date=date(2026, 2, 1), today=TODAY)
    with pytest.raises(Refused, match="in the period from 2026-01-15 to 2026-02-14"):
        refuse(found)
    refuse([])
