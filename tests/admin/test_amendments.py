"""A running agreement is changed and ended in two steps: told what it will mean, then done (BR-15, BR-16)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.domain.period import first_index_from, period_start
from subscriptions.models import (
    PriceBook,
    Subscription,
    SubscriptionCancellation,
    SubscriptionChange,
    SubscriptionPrice,
)
from tests.admin.rows import Customer, make_product
from tests.admin.test_agreements import ADD, NEXT_YEAR, end, typed
from tests.reading import is_not_possible

YES = {"confirmed": "yes"}
TODAY = datetime.now(UTC).date()
FAR = date(TODAY.year + 2, 1, 15)
CHANGE = {
    "product": "purecloud-1",
    "effective_date": NEXT_YEAR.isoformat(),
    "commitment": "120",
    "price": "",
    "overage_price": "",
    "reason": "They grow.",
}
TIER = CHANGE | {"product": "purecloud-3", "price": "140"}
END = {"last_service_date": NEXT_YEAR.isoformat(), "reason": "They close."}


def url_of(subscription: Subscription, action: str) -> str:
    return reverse(f"admin:subscriptions_subscription_{action}", args=[subscription.pk])


def changes() -> int:
    return SubscriptionChange.objects.count()


def in_words(day: date) -> str:
    return f"{day:%b %-d, %Y}"


def test_a_change_is_told_and_then_recorded_with_who_and_when(as_csm: Client, csm: User, acme: Customer) -> None:
    before = changes()
    told = as_csm.post(url_of(acme.subscription, "change_terms"), CHANGE).content.decode()
    assert f"It takes effect on {in_words(NEXT_YEAR)}, the start of a period." in told
    assert f"The commitment to PureCloud 1 goes from 100 to 120 on {in_words(NEXT_YEAR)}." in told
    assert f"From {in_words(NEXT_YEAR)} on 120 are charged in advance, each month for that month." in told
    assert "That comes to $9,000.00 each time, net of tax." in told
    assert "Because: They grow." in told
    assert changes() == before
    forged = {"recorded_by": "1", "recorded_at": "2020-01-01"}
    done = as_csm.post(url_of(acme.subscription, "change_terms"), CHANGE | forged | YES, follow=True)
    assert "goes from 100 to 120" in done.content.decode()
    recorded = SubscriptionChange.objects.get(reason="They grow.")
    assert (recorded.recorded_by, recorded.commitment, recorded.price) == (csm, 120, None)
    assert abs(recorded.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_change_for_the_past_says_when_it_takes_effect_instead(as_csm: Client, acme: Customer) -> None:
    index = first_index_from(TODAY + timedelta(days=1), effective_date=date(2026, 1, 15))
    begins = period_start(effective_date=date(2026, 1, 15), index=index)
    asked = CHANGE | {"effective_date": "2026-03-15", "price": "70"}
    told = as_csm.post(url_of(acme.subscription, "change_terms"), asked).content.decode()
    assert f"It takes effect on {in_words(begins)}, not on Mar 15, 2026" in told
    assert f"The price of PureCloud 1 is $70.00 from {in_words(begins)}." in told
    assert "Without this change it would be $75.00 then." in told
    assert "That comes to $8,400.00 each time, net of tax." in told


def test_a_first_price_is_told_beside_the_list_price(as_csm: Client, acme: Customer) -> None:
    book = PriceBook.objects.create(currency="USD", effective_date=date(2026, 1, 2), name="Lines")
    book.entries.create(product=make_product("line", "Telephone line"), price=30)
    asked = CHANGE | {"product": "line", "commitment": "", "price": "28"}
    told = as_csm.post(url_of(acme.subscription, "change_terms"), asked).content.decode()
    assert "Without this change the list price holds: $30.00 now." in told


def test_what_is_prepaid_is_charged_for_the_rest_of_the_year(as_csm: Client, acme: Customer) -> None:
    Subscription.objects.filter(pk=acme.subscription.pk).update(commercial_model="PREPAY")
    mid_year = NEXT_YEAR.replace(month=4)
    asked = CHANGE | {"effective_date": mid_year.isoformat()}
    told = as_csm.post(url_of(acme.subscription, "change_terms"), asked).content.decode()
    last_day = NEXT_YEAR.replace(year=NEXT_YEAR.year + 1, day=14)
    days = f"{in_words(mid_year)} – {in_words(last_day)}"
    assert f"On {in_words(mid_year)} 20 are charged in advance for 9 months, {days}." in told
    assert "That comes to $13,500.00 each time, net of tax." in told


@pytest.mark.parametrize(
    ("label", "asked", "field"),
    [
        ("without a reason", {"reason": " "}, "reason"),
        ("of nothing", {"commitment": ""}, "commitment"),
        ("less than nothing", {"commitment": "-1"}, "__all__"),
        ("of hardware", {"product": "telephone"}, "product"),
        ("without a price", {"product": "purecloud-2"}, "price"),
        ("without a day", {"effective_date": ""}, "effective_date"),
        ("at the end of time", {"effective_date": "9999-12-31"}, "effective_date"),
    ],
)
def test_a_change_that_cannot_be_is_asked_again(
    label: str, asked: dict[str, str], field: str, as_csm: Client, acme: Customer
) -> None:
    before = changes()
    make_product("purecloud-2", "PureCloud 2")
    answer = as_csm.post(url_of(acme.subscription, "change_terms"), CHANGE | asked | YES)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert 'role="alert"' in answer.content.decode()
    assert changes() == before


def test_a_change_of_tier_says_what_ends(as_csm: Client, acme: Customer) -> None:
    told = as_csm.post(url_of(acme.subscription, "change_the_tier"), TIER).content.decode()
    assert f"The commitment to PureCloud 3 goes from 0 to 120 on {in_words(NEXT_YEAR)}." in told
    day_before = in_words(NEXT_YEAR - timedelta(days=1))
    assert f"The commitment to 100 PureCloud 1 ends: its last day is {day_before}." in told
    as_csm.post(url_of(acme.subscription, "change_the_tier"), TIER | YES)
    recorded = SubscriptionChange.objects.get(reason="They grow.")
    assert (recorded.product_id, recorded.commitment, recorded.price) == ("purecloud-3", 120, 140)


@pytest.mark.parametrize(
    ("label", "asked", "field"),
    [
        ("the same", {"product": "purecloud-1"}, "product"),
        ("no tier", {"product": "communicate"}, "product"),
        ("none", {"commitment": "0"}, "product"),
        ("how many?", {"commitment": ""}, "commitment"),
    ],
)
def test_what_is_no_change_of_tier_is_asked_again(
    label: str, asked: dict[str, str], field: str, as_csm: Client, acme: Customer
) -> None:
    before = changes()
    answer = as_csm.post(url_of(acme.subscription, "change_the_tier"), TIER | asked | YES)
    assert field in answer.context["form"].errors
    assert changes() == before


def test_a_cancellation_is_told_and_then_kept_with_its_reason(as_csm: Client, csm: User, acme: Customer) -> None:
    told = as_csm.post(url_of(acme.subscription, "cancel"), END).content.decode()
    last_day = NEXT_YEAR
    assert "The last period is" in told
    assert f"The final invoice, dated {in_words(last_day + timedelta(days=1))}" in told
    assert "shorter than a month" in told
    acme.subscription.refresh_from_db()
    assert acme.subscription.last_service_date is None
    as_csm.post(url_of(acme.subscription, "cancel"), END | {"cancelled_on": "2020-01-01"} | YES)
    acme.subscription.refresh_from_db()
    assert acme.subscription.last_service_date == NEXT_YEAR
    assert abs(acme.subscription.cancelled_on - TODAY) <= timedelta(days=1)
    kept = SubscriptionCancellation.objects.get()
    assert (kept.reason, kept.recorded_by, kept.last_service_date) == ("They close.", csm, NEXT_YEAR)
    page = as_csm.get(url_of(acme.subscription, "change")).content.decode()
    assert "They close." in page


@pytest.mark.parametrize(
    ("label", "asked", "field", "words"),
    [
        ("the past", {"last_service_date": "2026-02-14"}, "last_service_date", "from Jan 15, 2026 to Feb 14, 2026"),
        ("before it begins", {"last_service_date": "2026-01-01"}, "last_service_date", "its first day or later"),
        ("at the end of time", {"last_service_date": "9999-12-31"}, "last_service_date", "between 2000 and 2199"),
        ("without a reason", {"reason": ""}, "reason", "required"),
    ],
)
def test_what_cannot_be_cancelled_is_asked_again(
    label: str, asked: dict[str, str], field: str, words: str, as_csm: Client, acme: Customer
) -> None:
    answer = as_csm.post(url_of(acme.subscription, "cancel"), END | asked | YES)
    assert words in answer.context["form"].errors[field][0]
    acme.subscription.refresh_from_db()
    assert (acme.subscription.last_service_date, acme.subscription.cancelled_on) == (None, None)
    assert not SubscriptionCancellation.objects.exists()


def test_a_cancellation_is_taken_back_with_a_reason(as_csm: Client, acme: Customer) -> None:
    assert is_not_possible(as_csm.get(url_of(acme.subscription, "take_cancellation_back")))
    as_csm.post(url_of(acme.subscription, "cancel"), END | YES)
    url = url_of(acme.subscription, "take_cancellation_back")
    assert as_csm.post(url, {"reason": ""} | YES).status_code == 200
    assert "The agreement goes on" in as_csm.post(url, {"reason": "They stay."}).content.decode()
    as_csm.post(url, {"reason": "They stay."} | YES)
    acme.subscription.refresh_from_db()
    assert (acme.subscription.last_service_date, acme.subscription.cancelled_on) == (None, None)
    assert list(SubscriptionCancellation.objects.values_list("reason", flat=True)) == ["They close.", "They stay."]


def test_the_end_of_an_agreement_is_not_typed_into_its_form(as_superuser: Client, acme: Customer) -> None:
    for begins in (date(2026, 1, 15), FAR):
        Subscription.objects.filter(pk=acme.subscription.pk).update(effective_date=begins)
        page = as_superuser.get(url_of(acme.subscription, "change")).content.decode()
        assert 'name="last_service_date"' not in page
        assert 'name="po_number"' in page


def test_an_agreement_that_ended_is_not_changed(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 2, 14))
    for action, data in (("change_terms", CHANGE), ("change_the_tier", TIER), ("cancel", END)):
        assert is_not_possible(as_csm.post(url_of(acme.subscription, action), data | YES)), action
    assert changes() == 1


def test_an_agreement_made_meanwhile_is_told_and_not_doubled(
    as_csm: Client, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscriptions.forms.subscription.find_agreement_violations", lambda *_: [])
    prices = [{"product": "purecloud-1", "commitment": "80", "price": "75"}]
    answer = as_csm.post(reverse(ADD), typed(acme.organization, prices=prices), follow=True)
    assert "An organization has at most one" in answer.content.decode()
    assert (Subscription.objects.count(), SubscriptionPrice.objects.count()) == (1, 1)
