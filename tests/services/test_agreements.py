"""An agreement is made, changed and ended, with who, when and why, or refused with every reason (BR-10 to BR-16)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from invoices.models import BillingCycle, Invoice
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.violations import Refused, TermsError
from subscriptions.models import (
    Subscription,
    SubscriptionAllowance,
    SubscriptionCancellation,
    SubscriptionChange,
    SubscriptionPrice,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from subscriptions.selectors.quotes import NewAgreement
from subscriptions.services.agreements import create_subscription
from subscriptions.services.cancellations import cancel_subscription, preview_cancellation, withdraw_cancellation
from subscriptions.services.changes import NewChange, change_tier, preview_change, record_changes
from subscriptions.services.recording import Recording
from tests.factories.quotes import at
from tests.factories.subscriptions import (
    a_list_price,
    a_prepaid_subscription,
    a_subscription,
    an_issuer,
    an_organization,
)
from tests.together import at_once

NOW = datetime(2026, 3, 1, 15, tzinfo=UTC)
RECORDING = Recording(by=None, at=NOW)
TODAY = date(2026, 3, 1)
GROW = NewChange(
    product="purecloud-3", effective_date=date(2026, 3, 15), commitment=Decimal(5), reason="A second site joins."
)


def refused_codes(step: Callable[[], object]) -> list[str]:
    """Return why a step is refused, having seen that it changed nothing."""
    before = everything()
    with pytest.raises(Refused) as refused, transaction.atomic():
        step()
    assert everything() == before
    return [reason.code for reason in refused.value.reasons]


def everything() -> list[object]:
    models = (Subscription, SubscriptionPrice, SubscriptionChange, SubscriptionCancellation)
    return [list(model.objects.order_by("pk").values()) for model in models]


def a_new_agreement(organization, **terms) -> NewAgreement:
    own = {
        "organization": organization,
        "issuing_entity": an_issuer(),
        "effective_date": date(2026, 6, 1),
        "currency": "USD",
        "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
        "licensing_model": "named",
    }
    return NewAgreement(
        subscription=Subscription(**own | terms),
        prices=[SubscriptionPrice(product_id="purecloud-1", commitment=Decimal(5), price=Decimal(75))],
        allowances=[SubscriptionAllowance(product_id="purecloud-1", resource_id="basic-ivr", quantity=Decimal(2000))],
    )


# --- Made ------------------------------------------------------------------------------------------------------------


def test_an_agreement_is_made_with_its_prices_and_allowances(db):
    made = create_subscription(a_new_agreement(an_organization()), recording=RECORDING)
    stored = Subscription.objects.get()
    assert (stored, stored.cancelled_on) == (made, None)
    assert (stored.prices.get().commitment, stored.allowances.get().quantity) == (5, 2000)


@pytest.mark.parametrize(
    ("label", "ends", "recorded"),
    [("already ended", date(2026, 2, 10), date(2026, 2, 10)), ("still to end", date(2026, 8, 1), TODAY)],
)
def test_one_that_is_typed_in_with_its_end_knows_when_it_was_recorded(db, label, ends, recorded):
    agreement = a_new_agreement(an_organization(), effective_date=date(2026, 1, 1), last_service_date=ends)
    assert create_subscription(agreement, recording=RECORDING).cancelled_on == recorded


def test_everything_that_forbids_an_agreement_is_said_at_once(db):
    organization = an_organization(regions=["us-east-1", "eu-west-1"])
    a_subscription(organization)
    deck = VoiceRateDeck.objects.create(name="Euros", currency="EUR")
    agreement = a_new_agreement(organization, licensing_model="concurrent", rate_deck=deck)
    agreement.prices[0].price = Decimal(-1)
    assert refused_codes(lambda: create_subscription(agreement, recording=RECORDING)) == [
        TermsError.NEGATIVE,
        TermsError.SEVERAL_REGIONS,
        TermsError.NOT_MULTI_SHIFT,
        TermsError.RATES_IN_ANOTHER_CURRENCY,
        TermsError.OVERLAPS,
    ]


def test_calls_are_rated_from_the_first_day(db):
    deck = VoiceRateDeck.objects.create(name="Dollars", currency="USD")
    VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2026, 6, 2))
    agreement = a_new_agreement(an_organization(), rate_deck=deck)
    assert refused_codes(lambda: create_subscription(agreement, recording=RECORDING)) == [TermsError.NO_RATES]


@pytest.mark.postgresql
def test_two_people_at_the_same_time_make_one_agreement(committed_db):
    organization = an_organization()
    made = at_once(
        *[
            lambda day=day: create_subscription(
                a_new_agreement(organization, effective_date=date(2026, 6, day)), recording=RECORDING
            )
            for day in (1, 9)
        ]
    )
    assert sorted(type(one).__name__ for one in made) == ["Refused", "Subscription"]
    assert Subscription.objects.count() == 1


# --- Changed ---------------------------------------------------------------------------------------------------------


def test_a_change_keeps_who_when_and_why_and_says_from_when(db):
    csm = User.objects.create_user("csm")
    subscription = a_prepaid_subscription()
    told = preview_change(subscription, GROW, now=NOW)
    assert not SubscriptionChange.objects.exists()
    assert record_changes(subscription.pk, [GROW], recording=Recording(by=csm, at=NOW)) == [told]
    assert (told.period.start, told.commitment.before, told.commitment.after) == (date(2026, 3, 15), 2, 5)
    change = SubscriptionChange.objects.get()
    assert (change.product_id, change.commitment, change.price, change.overage_price) == ("purecloud-3", 5, None, None)
    assert (change.recorded_by, change.recorded_at, change.reason) == (csm, NOW, "A second site joins.")


def test_a_change_that_comes_too_late_for_its_period_says_so(db):
    subscription = a_prepaid_subscription()
    late = NewChange(product="purecloud-3", effective_date=date(2026, 2, 15), price=Decimal(130), reason="Loyal.")
    [effect] = record_changes(subscription.pk, [late], recording=at(NOW))
    assert (effect.period.start, effect.is_later, effect.commitment) == (date(2026, 3, 15), True, None)


def test_of_changes_together_all_are_recorded_or_none(db):
    subscription = a_prepaid_subscription()
    wrong = NewChange(product="purecloud-1", effective_date=date(2026, 3, 15), commitment=Decimal(4), reason=" ")
    assert refused_codes(lambda: record_changes(subscription.pk, [GROW, wrong], recording=at(NOW))) == [
        TermsError.TWO_TIERS,
        TermsError.UNPRICED,
        TermsError.NO_REASON,
    ]


def test_a_price_in_the_book_of_that_day_will_do(db):
    subscription = a_prepaid_subscription()
    a_list_price("communicate", "22.00", on=date(2026, 3, 15))
    change = NewChange(
        product="communicate", effective_date=date(2026, 3, 15), commitment=Decimal(4), reason="They asked."
    )
    [effect] = record_changes(subscription.pk, [change], recording=at(NOW))
    assert effect.commitment.after == 4


def tier(product: str, commitment: int | None, price: int | None = 75) -> NewChange:
    return NewChange(
        product=product,
        effective_date=date(2026, 3, 15),
        commitment=None if commitment is None else Decimal(commitment),
        price=None if price is None else Decimal(price),
        reason="They need less.",
    )


def test_a_change_of_tier_ends_the_one_there_is(billing):
    subscription = a_prepaid_subscription()
    effect = change_tier(subscription.pk, tier("purecloud-1", 3), recording=at(NOW))
    assert (effect.commitment.after, effect.ends.product, effect.ends.before) == (3, "purecloud-3", 2)
    close_due_cycles(now=datetime(2026, 3, 15, 12, tzinfo=UTC))
    lines = Invoice.objects.latest("sequence").lines.values_list("product", "quantity", "unit_price")
    assert list(lines) == [("purecloud-1", 3, 75)]


@pytest.mark.parametrize(
    ("label", "change", "expected"),
    [
        ("the same", tier("purecloud-3", 3), [TermsError.SAME_TIER]),
        ("no tier", tier("communicate", 3), [TermsError.NO_TIER]),
        ("none of it", tier("purecloud-1", 0), [TermsError.NO_TIER]),
        ("no figure at all", tier("purecloud-1", None, None), [TermsError.NOTHING_CHANGES, TermsError.NO_TIER]),
        ("at no price", tier("purecloud-1", 3, None), [TermsError.UNPRICED]),
    ],
)
def test_what_is_no_change_of_tier_is_refused(db, label, change, expected):
    subscription = a_prepaid_subscription()
    assert refused_codes(lambda: change_tier(subscription.pk, change, recording=at(NOW))) == expected


# --- Cancelled -------------------------------------------------------------------------------------------------------


def cancel(subscription: Subscription, last_day: date, *, reason: str = "They close.", now: datetime = NOW):
    return cancel_subscription(subscription.pk, last_service_date=last_day, reason=reason, recording=at(now))


def test_a_cancellation_keeps_who_when_and_why_and_says_what_it_means(db):
    csm = User.objects.create_user("csm")
    subscription = a_prepaid_subscription()
    told = preview_cancellation(subscription, last_service_date=date(2026, 4, 1), now=NOW)
    assert not SubscriptionCancellation.objects.exists()
    recording = Recording(by=csm, at=NOW)
    assert (
        cancel_subscription(
            subscription.pk, last_service_date=date(2026, 4, 1), reason="They close.", recording=recording
        )
        == told
    )
    assert (told.last_period.start, told.last_period.last_day) == (date(2026, 3, 15), date(2026, 4, 1))
    subscription.refresh_from_db()
    assert (subscription.last_service_date, subscription.cancelled_on) == (date(2026, 4, 1), TODAY)
    kept = SubscriptionCancellation.objects.get()
    assert (kept.organization, kept.last_service_date) == (subscription.organization, date(2026, 4, 1))
    assert (kept.recorded_by, kept.recorded_at, kept.reason) == (csm, NOW, "They close.")


@pytest.mark.parametrize(
    ("label", "last_day", "reason", "expected"),
    [
        ("yesterday", date(2026, 2, 28), "They close.", [TermsError.ENDS_IN_THE_PAST]),
        ("before it begins", date(2026, 1, 1), "They close.", [TermsError.ENDS_BEFORE_IT_BEGINS]),
        ("in a closed period, without a word", date(2026, 1, 20), " ", [
            TermsError.ENDS_IN_THE_PAST, TermsError.NO_REASON,
        ]),
    ],
)  # fmt: skip
def test_what_cannot_be_cancelled_is_not(db, label, last_day, reason, expected):
    subscription = a_prepaid_subscription()
    assert refused_codes(lambda: cancel(subscription, last_day, reason=reason)) == expected


def test_today_is_a_day_of_the_agreement_s_time_zone(db):
    subscription = a_prepaid_subscription(time_zone="Pacific/Auckland")
    assert refused_codes(lambda: cancel(subscription, TODAY)) == [TermsError.ENDS_IN_THE_PAST]
    cancel(subscription, date(2026, 3, 2))
    subscription.refresh_from_db()
    assert subscription.cancelled_on == date(2026, 3, 2)


def test_a_cancellation_is_taken_back_before_its_last_day_is_over(billing):
    subscription = a_prepaid_subscription()
    close_due_cycles(now=NOW)
    cancel(subscription, date(2026, 3, 5))
    close_due_cycles(now=NOW)
    withdraw_cancellation(subscription.pk, reason="They think again.", recording=at(NOW))
    subscription.refresh_from_db()
    assert (subscription.last_service_date, subscription.cancelled_on) == (None, None)
    assert list(SubscriptionCancellation.objects.values_list("last_service_date", "reason")) == [
        (date(2026, 3, 5), "They close."),
        (None, "They think again."),
    ]
    close_due_cycles(now=datetime(2026, 3, 15, 12, tzinfo=UTC))
    assert BillingCycle.objects.get(state="open").period_start == date(2026, 3, 15)


def test_what_has_ended_does_not_go_on(db):
    subscription = a_prepaid_subscription()
    cancel(subscription, TODAY)
    late = at(datetime(2026, 3, 2, 15, tzinfo=UTC))
    assert refused_codes(lambda: withdraw_cancellation(subscription.pk, reason="Oh", recording=late)) == [
        TermsError.ENDED
    ]


def test_an_agreement_does_not_grow_into_the_next_one(db):
    subscription = a_prepaid_subscription()
    cancel(subscription, date(2026, 4, 1))
    create_subscription(a_new_agreement(subscription.organization), recording=RECORDING)
    assert refused_codes(lambda: cancel(subscription, date(2026, 6, 1))) == [TermsError.OVERLAPS]
    assert refused_codes(lambda: withdraw_cancellation(subscription.pk, reason="Oh", recording=at(NOW))) == [
        TermsError.OVERLAPS
    ]
    cancel(subscription, date(2026, 5, 31))


def test_a_recorded_cancellation_is_frozen(db):
    subscription = a_prepaid_subscription()
    cancel(subscription, date(2026, 4, 1))
    for change in (
        lambda: SubscriptionCancellation.objects.update(reason="Otherwise"),
        lambda: SubscriptionCancellation.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            change()
