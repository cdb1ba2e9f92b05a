"""What an agreement is worth a month, and why that changes: worked examples."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.finance.recurring import (
    ListedFrom,
    Movement,
    RecurringRevenue,
    amounts_on,
    monthly_worth,
    movement_of,
    recurring_months,
)
from subscriptions.domain.period import index_holding
from tests.domain.agreements import agreed, agreements, an_agreement, change

SEATS = [agreed("purecloud-3", "10", price="140")]
LISTED = [
    ListedFrom(day=date(2025, 1, 1), prices={"purecloud-3": Decimal(150)}),
    ListedFrom(day=date(2026, 3, 1), prices={"purecloud-3": Decimal(160)}),
]


@pytest.mark.parametrize(
    ("what", "terms", "day", "worth"),
    [
        ("10 seats at 140.00", {"prices": SEATS}, "2026-01-31", "1400.00"),
        ("before it begins", {"prices": SEATS}, "2026-01-14", "0"),
        ("a year in advance counts with a twelfth", {"prices": SEATS, "commercial_model": "PREPAY"}, "2026-01-31",
         "1400.00"),
        ("month to month commits to nothing", {"prices": SEATS, "commercial_model": "MONTH_TO_MONTH"}, "2026-01-31",
         "0"),
        ("a ramp of two months", {"prices": SEATS, "ramp_months": 2}, "2026-03-14", "0"),
        ("after the ramp", {"prices": SEATS, "ramp_months": 2}, "2026-03-15", "1400.00"),
        ("on its last day", {"prices": SEATS, "last_service_date": date(2026, 2, 28)}, "2026-02-28", "1400.00"),
        ("after its last day", {"prices": SEATS, "last_service_date": date(2026, 2, 28)}, "2026-03-01", "0"),
        ("five more from March 15, the day before", {"prices": SEATS, "changes": [
            change(date(2026, 3, 15), "purecloud-3", commitment="15")]}, "2026-03-14", "1400.00"),
        ("five more from March 15, that day", {"prices": SEATS, "changes": [
            change(date(2026, 3, 15), "purecloud-3", commitment="15")]}, "2026-03-15", "2100.00"),
        ("fewer within a paid year wait for the next", {"prices": SEATS, "commercial_model": "PREPAY", "changes": [
            change(date(2026, 3, 15), "purecloud-3", commitment="5")]}, "2026-12-31", "1400.00"),
        ("and count from the next year on", {"prices": SEATS, "commercial_model": "PREPAY", "changes": [
            change(date(2026, 3, 15), "purecloud-3", commitment="5")]}, "2027-01-15", "700.00"),
        ("without a price the book's at the period's start", {"prices": [agreed("purecloud-3", "2")]}, "2026-03-14",
         "300.00"),
        ("a later book from the next period on", {"prices": [agreed("purecloud-3", "2")]}, "2026-03-31", "320.00"),
        ("each product is rounded as it is invoiced", {"prices": [agreed("purecloud-3", "3", price="0.333333")]},
         "2026-01-31", "1.00"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)  # fmt: skip
def test_what_an_agreement_is_worth_a_month(what, terms, day, worth):
    one = RecurringRevenue(terms=an_agreement(**terms), listed=LISTED)
    assert one.on(date.fromisoformat(day)) == Decimal(worth)


@pytest.mark.parametrize(
    ("before", "after", "was_before", "movement"),
    [
        ("0", "0", False, None),
        ("100", "100", True, None),
        ("0", "100", False, Movement.NEW),
        ("0", "100", True, Movement.REACTIVATION),
        ("100", "120", True, Movement.EXPANSION),
        ("100", "80", True, Movement.CONTRACTION),
        ("100", "0", True, Movement.CHURN),
    ],
)
def test_why_it_moved(before, after, was_before, movement):
    assert movement_of(before=Decimal(before), after=Decimal(after), was_before=was_before) is movement


def test_agreements_that_follow_one_another_are_one_customer():
    """The second begins the day after the first has ended: no churn, no new business."""
    first = an_agreement(prices=SEATS, last_service_date=date(2026, 2, 14))
    second = an_agreement(prices=[agreed("purecloud-3", "12", price="140")], effective_date=date(2026, 2, 15))
    both = [RecurringRevenue(terms=first), RecurringRevenue(terms=second)]
    assert amounts_on(both, [date(2026, 1, 31), date(2026, 2, 28)]) == [Decimal("1400.00"), Decimal("1680.00")]


def moved(terms: list[dict], first: date, count: int) -> list[tuple[str, str]]:
    months = [date(first.year + (first.month - 1 + k) // 12, (first.month - 1 + k) % 12 + 1, 1) for k in range(count)]
    agreements = [RecurringRevenue(terms=an_agreement(**one)) for one in terms]
    return [(month.movement or "", str(month.change)) for month in recurring_months(agreements, months)]


def test_a_customers_life():
    """New, more, less, gone, back: the changes add up to what it is worth."""
    first = {
        "prices": [agreed("purecloud-3", "10", price="100")],
        "changes": [
            change(date(2026, 2, 15), "purecloud-3", commitment="12"),
            change(date(2026, 3, 15), "purecloud-3", commitment="8"),
        ],
        "last_service_date": date(2026, 4, 14),
    }
    second = {"prices": [agreed("purecloud-3", "5", price="100")], "effective_date": date(2026, 6, 1)}
    assert moved([first, second], date(2026, 1, 1), 7) == [
        ("new", "1000.00"),
        ("expansion", "200.00"),
        ("contraction", "-400.00"),
        ("churn", "-800.00"),
        ("", "0"),
        ("reactivation", "500.00"),
        ("", "0.00"),
    ]


def test_what_was_before_the_months_that_are_shown_counts():
    gone = {"prices": SEATS, "last_service_date": date(2026, 2, 14)}
    back = {"prices": SEATS, "effective_date": date(2026, 6, 1)}
    assert moved([gone, back], date(2026, 5, 1), 2) == [("", "0"), ("reactivation", "1400.00")]
    assert moved([back], date(2026, 5, 1), 2) == [("", "0"), ("new", "1400.00")]


@given(
    terms=agreements(models=("PREPAY", "PREPAY_MONTHLY_COMMITMENT", "MONTH_TO_MONTH")),
    months=st.lists(st.integers(0, 60), min_size=1, max_size=5),
)
def test_what_is_kept_between_days_changes_nothing(terms, months):
    """Read once for a stretch of periods, it is the same as worked out for each."""
    kept = RecurringRevenue(terms=terms)
    for month in months:
        day = date(terms.effective_date.year + month // 12, month % 12 + 1, 28)
        if day < terms.effective_date or (terms.last_service_date and day > terms.last_service_date):
            assert kept.on(day) == 0
        else:
            assert kept.on(day) == monthly_worth(terms, index_holding(day, effective_date=terms.effective_date))
