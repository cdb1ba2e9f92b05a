"""Which rows wait for a person: terms that end, periods over the commitment, what is due by itself."""

from datetime import UTC, date, datetime, timedelta

import pytest

from invoices.models import BillingCycle
from invoices.selectors.attention import list_due_by, list_over_commitment_twice, until_end_of
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.renewal import next_renewal
from subscriptions.models import Subscription
from subscriptions.selectors.attention import TERMS_ENDING_WITHIN, list_terms_ending
from tests.factories.subscriptions import a_prepaid_subscription, an_issuer, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.django_db


def agreements(**terms: object) -> list[Subscription]:
    """Return agreements that begin on every day of two months, for terms of several lengths, with and without ramp."""
    rows = [
        Subscription(
            effective_date=date(2024, 1, 1) + timedelta(days=days),
            ramp_months=ramp,
            term_months=term,
            currency="USD",
            commercial_model="PREPAY",
            licensing_model="named",
            issuing_entity=an_issuer(),
            **terms,
        )
        for days in range(62)
        for ramp, term in ((0, 12), (3, 12), (0, 1), (1, 18), (0, 7))
    ]
    organizations = {(row.ramp_months, row.term_months) for row in rows}
    owners = {key: an_organization(f"r{key[0]}-t{key[1]}") for key in organizations}
    for row in rows:
        row.organization = owners[row.ramp_months, row.term_months]
    return Subscription.objects.bulk_create(rows)


@pytest.mark.parametrize(
    "on", [date(2026, 11, 26), date(2026, 12, 31), date(2027, 1, 1), date(2028, 1, 30), date(2028, 2, 29)], ids=str
)
def test_terms_that_end_are_those_with_a_renewal_in_the_next_sixty_days(on: date) -> None:
    rows = agreements()

    found = set(list_terms_ending(Subscription.objects.all(), on=on))

    expected = {
        row
        for row in rows
        if next_renewal(
            effective_date=row.effective_date, ramp_months=row.ramp_months, term_months=row.term_months, after=on
        )
        <= on + TERMS_ENDING_WITHIN
    }
    assert found == expected
    assert 0 < len(found) < len(rows)


@pytest.mark.parametrize(
    ("label", "terms", "expected"),
    [
        ("it is renewed on Jan 15", {}, True),
        ("month to month there is no term", {"commercial_model": "MONTH_TO_MONTH"}, False),
        ("it was cancelled and has ended", {"last_service_date": date(2026, 11, 25)}, False),
        ("it was cancelled and ends today", {"last_service_date": date(2026, 11, 26)}, True),
        ("it ends instead of being renewed", {"last_service_date": date(2027, 1, 14)}, True),
        ("it ends long after", {"last_service_date": date(2027, 6, 30)}, True),
        ("its term ends in March", {"effective_date": date(2026, 3, 15)}, False),
        (
            "it ends in a running term",
            {"effective_date": date(2026, 3, 15), "last_service_date": date(2026, 12, 1)},
            True,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_cancelled_agreement_ends_on_its_last_day(label: str, terms: dict[str, object], expected: bool) -> None:
    subscription = a_prepaid_subscription(**terms)

    found = list_terms_ending(Subscription.objects.all(), on=date(2026, 11, 26))

    assert list(found) == ([subscription] if expected else [])


def over_in(*months: int) -> Subscription:
    """Return an agreement on 2 seats, closed up to June, with three people in some of its periods from each 15th."""
    subscription = a_prepaid_subscription(an_organization(f"over-{'-'.join(map(str, months))}"))
    for month in months:
        for user in ("ann", "ben", "cid"):
            report(subscription.organization, *a_working_day(user, f"2026-{month:02}-20", "purecloud-3"))
    close_due_cycles(now=datetime(2026, 6, 16, tzinfo=UTC), organization_id=subscription.organization_id)
    return subscription


@pytest.mark.parametrize(
    ("months", "expected"),
    [((4, 5), True), ((3, 4, 5), True), ((5,), False), ((3, 4), False), ((3, 5), False), ((), False)],
    ids=["the last two", "the last three", "the last alone", "not the last", "with one between", "never"],
)
def test_over_the_commitment_twice_means_the_last_two_periods(months: tuple[int, ...], expected: bool) -> None:
    over_in(*months)

    found = list_over_commitment_twice(BillingCycle.objects.all(), on=date(2026, 6, 16))

    assert [cycle.period_start for cycle in found] == ([date(2026, 6, 15)] if expected else [])


def test_what_went_over_long_ago_is_no_news() -> None:
    over_in(4, 5)
    cycles = BillingCycle.objects.all()

    assert list_over_commitment_twice(cycles, on=date(2026, 7, 20)).exists()
    assert not list_over_commitment_twice(cycles, on=date(2026, 9, 30)).exists()


def test_due_until_the_end_of_a_day_leaves_out_its_midnight_and_what_is_held() -> None:
    subscription = a_prepaid_subscription(cutoff_hours=19)
    close_due_cycles(now=datetime(2026, 1, 15, 5, tzinfo=UTC))
    # The cut-off: 19 hours after the midnight of February 15 in New York.
    assert subscription.cycles.get().cutoff_at == datetime(2026, 2, 16, tzinfo=UTC)
    cycles, evening = BillingCycle.objects.all(), datetime(2026, 2, 14, 23, 59, tzinfo=UTC)

    assert not list_due_by(cycles, until=until_end_of(1, now=evening)).exists()
    assert list_due_by(cycles, until=until_end_of(2, now=evening)).exists()
    cycles.update(held_reasons=[{"code": "unpriced_product"}], held_at=evening)
    assert not list_due_by(cycles, until=until_end_of(2, now=evening)).exists()
