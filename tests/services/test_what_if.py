"""Closed periods are rated once more under other terms, by the same rules and from the same usage."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from invoices.domain.what_if import SupposedPrice, Supposition, WhatIf
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story
from invoices.services.sweeping import close_due_cycles
from invoices.services.what_if import compare_periods, objections
from invoices.services.what_if_document import find_subscription_to_compare, get_what_if_document
from subscriptions.documents.refusals import in_words
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.models import PriceBook, Subscription, SubscriptionPrice, VoiceRate, VoiceRateDeck
from tests.books import contents
from tests.factories.subscriptions import a_list_price, a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, report

OURS = Path(__file__).parent.parent / "scenarios"
SHARED = OURS.parents[2] / "shared" / "scenarios"
STORIES = [*sorted(OURS.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
NEXT_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def rows(subscription: Subscription, *, periods: int = 12, **asked) -> dict[str, tuple[str, str, str]]:
    """Return what was billed, what would have been, and the difference by kind and product, of all periods together."""
    terms = {name: asked.pop(name) for name in ("list_prices_on", "rate_deck_id") if name in asked}
    comparison = compare_periods(subscription, WhatIf(periods=periods, supposition=Supposition(**asked), **terms))
    return {
        f"{row.kind} {row.product}": (_told(row.billed), _told(row.supposed), str(row.difference.amount))
        for row in comparison.sides.rows
    }


def _told(figures) -> str:
    if figures is None:
        return ""
    price = "several" if figures.unit_price is None else f"{figures.unit_price.normalize():f}"
    return f"{figures.quantity.normalize():f} x {price} = {figures.amount.amount}"


@pytest.fixture
def two_periods() -> Subscription:
    """An agreement on 2 seats at 140.00, 150.00 above them: three people in the first period, one in the second."""
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    report(subscription.organization, *a_working_day("ann", "2026-02-20", product=None))
    for instant in (BEGIN, CUTOFF, NEXT_CUTOFF):
        close_due_cycles(now=instant)
    return subscription


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_of_the_terms_as_they_were_every_period_comes_out_as_billed(path):
    subscription = perform(read_story(path).story)

    comparison = compare_periods(subscription, WhatIf(periods=12))

    if comparison is None:
        assert not subscription.cycles.filter(state="closed").exists()
        return
    for compared in comparison.periods:
        assert [(row.product, row.kind) for row in compared.sides.rows if row.billed != row.supposed] == []
        assert compared.sides.difference.amount == 0
    assert comparison.sides.difference.amount == 0


def test_month_to_month_charges_all_use_and_no_commitment(two_periods):
    # In all 3 + 1 people at 140.00 instead of 2 x 2 seats at 140.00 and one at 150.00.
    assert rows(two_periods, commercial_model=CommercialModel.MONTH_TO_MONTH) == {
        "prepay purecloud-3": ("4 x 140 = 560.00", "", "-560.00"),
        "overage purecloud-3": ("1 x 150 = 150.00", "", "-150.00"),
        "usage purecloud-3": ("", "4 x 140 = 560.00", "560.00"),
    }


def test_a_year_paid_in_advance_costs_the_same_in_each_period(two_periods):
    comparison = compare_periods(
        two_periods, WhatIf(periods=2, supposition=Supposition(commercial_model=CommercialModel.PREPAY))
    )

    assert [str(compared.sides.supposed.amount) for compared in comparison.periods] == ["430.00", "280.00"]
    assert comparison.sides.difference.amount == 0


def test_another_commitment_and_price(two_periods):
    price = SupposedPrice(product="purecloud-3", commitment=Decimal(3), price=Decimal("130.00"))

    assert rows(two_periods, prices=(price,)) == {
        "prepay purecloud-3": ("4 x 140 = 560.00", "6 x 130 = 780.00", "220.00"),
        "overage purecloud-3": ("1 x 150 = 150.00", "", "-150.00"),
    }


def test_another_licensing_model_counts_the_same_usage_in_its_own_way(two_periods):
    # Nobody else was in on those days but the three together: a peak of 3, then of 1; hours are 24 and 8.
    assert rows(two_periods, licensing_model=LicensingModel.CONCURRENT) == rows(two_periods)
    assert rows(two_periods, licensing_model=LicensingModel.HOURLY, periods=1) == {
        "prepay purecloud-3": ("2 x 140 = 280.00", "2 x 140 = 280.00", "0.00"),
        "overage purecloud-3": ("", "6 x 150 = 900.00", "900.00"),
    }


def test_another_edition_makes_a_ramp_free(two_periods):
    assert rows(two_periods, ramp_months=1, edition=Edition.E2025) == {
        "prepay purecloud-3": ("4 x 140 = 560.00", "2 x 140 = 280.00", "-280.00"),
        "overage purecloud-3": ("1 x 150 = 150.00", "", "-150.00"),
    }


def test_list_prices_instead_of_what_was_agreed(two_periods):
    a_list_price("purecloud-3", "160.00", on=date(2026, 1, 1))
    a_list_price("purecloud-3", "170.00", on=date(2026, 2, 1))

    # The book in force at the start of each period, or one for both.
    assert rows(two_periods, at_list_prices=True)["prepay purecloud-3"][1] == "4 x several = 660.00"
    assert rows(two_periods, at_list_prices=True, list_prices_on=date(2026, 2, 1)) == {
        "prepay purecloud-3": ("4 x 140 = 560.00", "4 x 170 = 680.00", "120.00"),
        "overage purecloud-3": ("1 x 150 = 150.00", "1 x 170 = 170.00", "20.00"),
    }


def test_what_a_price_book_does_not_name_is_told_and_not_charged(two_periods):
    comparison = compare_periods(two_periods, WhatIf(periods=2, supposition=Supposition(at_list_prices=True)))

    assert [[block.subject for block in compared.blocks] for compared in comparison.periods] == [
        ["purecloud-3"],
        ["purecloud-3"],
    ]
    assert comparison.sides.supposed.amount == 0


def test_another_rate_deck_prices_the_calls():
    subscription = perform(read_story(OURS / "26-the-longest-prefix.yaml").story)
    deck = VoiceRateDeck.objects.create(name="A cent for all", currency=subscription.currency)
    version = deck.versions.create(effective_date=date(2020, 1, 1))
    for direction in ("outbound", "inbound", "toll_free"):
        VoiceRate.objects.create(
            version=version, direction=direction, prefix="", destination="Anywhere", per_minute=Decimal("0.01")
        )

    told = rows(subscription, rate_deck_id=deck.pk)["voice voice"]

    assert " x 0.01 = " in told[1]
    assert told[0] != told[1]


def test_what_came_late_and_was_billed_later_counts_on_both_sides():
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    late = a_working_day("dan", "2026-01-21", "purecloud-3", received="2026-02-20T00:00:00Z")
    later = a_working_day("eve", "2026-01-21", "purecloud-3", received="2026-03-20T00:00:00Z")
    report(subscription.organization, *late, *later)
    for instant in (BEGIN, CUTOFF, NEXT_CUTOFF):
        close_due_cycles(now=instant)

    # Dan was billed with the second period as a correction of the first; Eve has not been billed yet.
    assert rows(subscription)["overage purecloud-3"] == ("2 x 150 = 300.00", "2 x 150 = 300.00", "0.00")


def test_the_last_periods_are_those_that_are_compared(two_periods):
    comparison = compare_periods(two_periods, WhatIf(periods=1))

    assert [compared.period.start for compared in comparison.periods] == [date(2026, 2, 15)]
    assert str(comparison.sides.billed.amount) == "280.00"


def test_nothing_is_written(two_periods):
    before = contents()

    rows(two_periods, commercial_model=CommercialModel.PREPAY, licensing_model=LicensingModel.HOURLY)

    assert contents() == before


def test_later_changes_of_the_agreement_do_not_bear_on_what_was_closed(two_periods):
    SubscriptionPrice.objects.update(price=1, overage_price=2, commitment=99)

    assert all(difference == "0.00" for _billed, _supposed, difference in rows(two_periods).values())


def test_without_a_closed_period_there_is_nothing_to_compare():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)

    assert compare_periods(subscription, WhatIf(periods=3)) is None


def test_of_several_agreements_the_one_that_was_closed_last_is_compared(two_periods):
    Subscription.objects.filter(pk=two_periods.pk).update(last_service_date=date(2026, 4, 14))
    coming = a_subscription(two_periods.organization, effective_date=date(2026, 4, 15))

    assert find_subscription_to_compare(two_periods.organization) == two_periods
    assert find_subscription_to_compare(a_subscription(an_organization("new")).organization) != coming
    assert find_subscription_to_compare(an_organization("none")) is None


@pytest.mark.parametrize(
    ("case", "asked", "refused", "cautioned"),
    [
        ("as it was", {}, [], []),
        (
            "two tiers",
            {
                "prices": (
                    SupposedPrice(product="purecloud-2", commitment=Decimal(1)),
                    SupposedPrice(product="purecloud-3", commitment=Decimal(1)),
                )
            },
            ["prices"],
            [],
        ),
        (
            "a negative price",
            {"prices": (SupposedPrice(product="purecloud-3", price=Decimal(-1)),)},
            ["prices.purecloud-3"],
            [],
        ),
        ("concurrent in two regions", {"licensing_model": LicensingModel.CONCURRENT}, [], ["exactly one region"]),
    ],
)
def test_what_speaks_against_terms(case, asked, refused, cautioned):
    subscription = a_prepaid_subscription(an_organization(regions=["us-east-1", "eu-west-1"]))

    found = objections(subscription, WhatIf(periods=3, supposition=Supposition(**asked)))

    assert [refusal.field for refusal in found.refusals] == refused
    assert all(words in in_words(caution) for words, caution in zip(cautioned, found.cautions, strict=True))


def test_a_deck_without_rates_for_the_first_of_the_periods_is_refused(two_periods):
    deck = VoiceRateDeck.objects.create(name="Too new", currency="USD")
    deck.versions.create(effective_date=date(2026, 2, 1))

    def refusals(periods: int) -> list[tuple[str, str]]:
        found = objections(two_periods, WhatIf(periods=periods, rate_deck_id=deck.pk)).refusals
        return [(refusal.field, in_words(refusal)) for refusal in found]

    assert refusals(1) == []
    assert refusals(2) == [("rate_deck", "This deck has no rates on Jan 15, 2026: pick another, or fewer periods.")]


def test_it_is_told_in_words(two_periods):
    PriceBook.objects.create(currency="USD", effective_date=date(2026, 1, 1), name="List 2026")
    question = WhatIf(
        periods=2,
        supposition=Supposition(commercial_model=CommercialModel.MONTH_TO_MONTH, at_list_prices=True),
        list_prices_on=date(2026, 1, 31),
    )
    comparison = compare_periods(two_periods, question)

    told = get_what_if_document(comparison, question, subscription=two_periods, language="en")

    assert [(fact.label, fact.value) for fact in told.supposed] == [
        ("Billed", "Month to month instead of Annual, billed monthly in advance"),
        ("Prices", "USD from Jan 1, 2026"),
    ]
    assert (told.together.title, told.together.billed, told.together.difference, told.share) == (
        "Jan 15 – Mar 14, 2026",
        "$710.00",
        "-$710.00",
        "-100%",
    )
    assert [table.lacks_charges for table in told.periods] == [True, True]
    assert [obstacle.subject for obstacle in told.obstacles.named] == ["PureCloud 3"]
    assert any("spread evenly" in sentence for sentence in told.assumptions)
