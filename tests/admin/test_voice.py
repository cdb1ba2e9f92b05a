"""Rate decks: versions that rate calls stand, those to come are typed, and a large deck is paged uncounted."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from subscriptions.models import Subscription, VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from subscriptions.selectors.rate_decks import get_rate_deck
from tests.admin.rows import Customer, make_product, make_rate_deck
from tests.admin.test_agreements import NEXT_YEAR, change_url, end, formset, typed

ADD_VERSION = "admin:subscriptions_voiceratedeckversion_add"
ADD_RATE = "admin:subscriptions_voicerate_add"
RATES = "admin:subscriptions_voicerate_changelist"
ADD_SUBSCRIPTION = "admin:subscriptions_subscription_add"


def page(kind: str, row: Any) -> str:
    return reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_{kind}", args=[row.pk])


def in_force(customer: Customer) -> VoiceRateDeckVersion:
    return customer.subscription.rate_deck.versions.get()


def to_come(customer: Customer) -> VoiceRateDeckVersion:
    return VoiceRateDeckVersion.objects.create(deck=customer.subscription.rate_deck, effective_date=NEXT_YEAR)


def version_data(deck: VoiceRateDeck, begins: date, **more: Any) -> dict[str, Any]:
    return {"deck": deck.pk, "effective_date": begins.isoformat(), "increment_seconds": 6} | more


def rate_data(version: VoiceRateDeckVersion, **more: Any) -> dict[str, Any]:
    data = {"version": version.pk, "direction": "outbound", "prefix": "+81", "destination": "Japan"}
    return data | {"per_minute": "0.021"} | more


def prices(version: VoiceRateDeckVersion) -> dict[str, Decimal]:
    return dict(version.rates.values_list("prefix", "per_minute"))


def test_a_deck_is_added_and_asks_for_its_first_version(as_two_leads: Client) -> None:
    page = as_two_leads.post(
        reverse("admin:subscriptions_voiceratedeck_add"), {"name": "Europe", "currency": "EUR"}, follow=True
    ).content.decode()
    deck = VoiceRateDeck.objects.get(name="Europe")
    assert f'href="{reverse(ADD_VERSION)}?deck={deck.pk}"' in page


def test_the_currency_of_a_deck_stands(as_two_leads: Client, acme: Customer) -> None:
    deck = acme.subscription.rate_deck
    data = {"name": "Renamed", "currency": "EUR"} | formset("versions", [])
    assert as_two_leads.post(page("change", deck), data).status_code == 302
    deck.refresh_from_db()
    assert (deck.name, deck.currency) == ("Renamed", "USD")


def test_a_deck_leads_to_its_versions_and_shows_none_of_its_rates(as_csm: Client, acme: Customer) -> None:
    versions = [in_force(acme), to_come(acme)]
    shown = as_csm.get(page("change", acme.subscription.rate_deck)).content.decode()
    for words in ("Jan 1, 2026", "In force", f"Jan 15, {NEXT_YEAR.year}", "No rates yet"):
        assert words in shown
    for version in versions:
        assert f'href="{page("change", version)}"' in shown
    assert "France" not in shown


def test_a_version_in_force_stands_and_says_what_to_do(as_superuser: Client, acme: Customer) -> None:
    version = in_force(acme)
    shown = as_superuser.get(page("change", version)).content.decode()
    assert "Other rates are another version, from a later day on." in shown
    assert 'name="_save"' not in shown
    later = {"effective_date": NEXT_YEAR.isoformat(), "increment_seconds": 60}
    assert as_superuser.post(page("change", version), later).status_code == 403
    version.refresh_from_db()
    assert (version.effective_date, version.increment_seconds) == (date(2026, 1, 1), 6)


def test_the_rates_of_a_version_in_force_stand(as_superuser: Client, acme: Customer) -> None:
    version = in_force(acme)
    rate, before = version.rates.first(), prices(version)
    assert as_superuser.post(page("change", rate), rate_data(version, per_minute="1")).status_code == 403
    assert as_superuser.post(page("delete", rate), {"post": "yes"}).status_code == 403
    for rated_already in (rate.prefix, f"{rate.prefix}1"):
        refused = as_superuser.post(reverse(ADD_RATE), rate_data(version, prefix=rated_already))
        assert set(refused.context["adminform"].form.errors) == {"prefix"}
    assert prices(version) == before


def test_a_prefix_that_nothing_rates_is_added_to_a_version_in_force(as_two_leads: Client, acme: Customer) -> None:
    version = in_force(acme)
    assert get_rate_deck(version.pk).match(direction="outbound", remote="+81312345678") is None

    assert as_two_leads.post(reverse(ADD_RATE), rate_data(version, prefix="+81")).status_code == 302

    rate = get_rate_deck(version.pk).match(direction="outbound", remote="+81312345678")
    assert rate is not None
    assert rate.destination == "Japan"


def test_a_version_that_begins_today_somewhere_is_in_force(as_two_leads: Client, acme: Customer) -> None:
    latest = (datetime.now(UTC) + timedelta(hours=14)).date()
    refused = as_two_leads.post(reverse(ADD_VERSION), version_data(acme.subscription.rate_deck, latest))
    assert "still to come" in refused.context["adminform"].form.errors["effective_date"][0]
    assert acme.subscription.rate_deck.versions.count() == 1


def test_a_new_version_starts_with_the_rates_of_the_one_before(as_two_leads: Client, acme: Customer) -> None:
    deck = acme.subscription.rate_deck
    answer = as_two_leads.post(reverse(ADD_VERSION), version_data(deck, NEXT_YEAR, copy_rates="on"))
    assert answer.status_code == 302
    version = deck.versions.get(effective_date=NEXT_YEAR)
    assert prices(version) == {"+33": Decimal("0.0119"), "+336": Decimal("0.0454")}


def test_a_new_version_starts_empty_when_asked_to(as_two_leads: Client, acme: Customer) -> None:
    deck = acme.subscription.rate_deck
    assert as_two_leads.post(reverse(ADD_VERSION), version_data(deck, NEXT_YEAR)).status_code == 302
    assert prices(deck.versions.get(effective_date=NEXT_YEAR)) == {}


def test_a_deck_that_nobody_uses_is_filled_from_an_earlier_day_on(as_two_leads: Client, acme: Customer) -> None:
    deck = VoiceRateDeck.objects.create(name="Europe", currency="EUR")
    assert as_two_leads.post(reverse(ADD_VERSION), version_data(deck, date(2026, 1, 1))).status_code == 302
    assert as_two_leads.post(reverse(ADD_RATE), rate_data(deck.versions.get())).status_code == 302
    assert prices(deck.versions.get()) == {"+81": Decimal("0.021")}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"effective_date": "2026-01-01"}, "effective_date"),
        ({"effective_date": ""}, "effective_date"),
        ({"increment_seconds": 0}, "increment_seconds"),
    ],
    ids=["the same day", "no day", "no increment"],
)
def test_what_is_wrong_with_a_version_names_the_field(
    wrong: dict[str, Any], field: str, as_two_leads: Client, acme: Customer
) -> None:
    deck = acme.subscription.rate_deck
    answer = as_two_leads.post(reverse(ADD_VERSION), version_data(deck, NEXT_YEAR, **wrong))
    assert set(answer.context["adminform"].form.errors) == {field}
    assert deck.versions.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"prefix": "33"}, "prefix"),
        ({"prefix": "+3 3"}, "prefix"),
        ({"prefix": "+٣"}, "prefix"),
        ({"prefix": "+336"}, "prefix"),
        ({"per_minute": "-0.01"}, "per_minute"),
        ({"per_minute": "NaN"}, "per_minute"),
        ({"destination": ""}, "destination"),
        ({"direction": "sideways"}, "direction"),
    ],
    ids=["no plus", "a space", "other digits", "twice", "negative", "no number", "no destination", "no direction"],
)
def test_what_is_wrong_with_a_rate_names_the_field(
    wrong: dict[str, Any], field: str, as_two_leads: Client, acme: Customer
) -> None:
    version = to_come(acme)
    as_two_leads.post(reverse(ADD_RATE), rate_data(version, prefix="+336"))
    answer = as_two_leads.post(reverse(ADD_RATE), rate_data(version, **wrong))
    assert set(answer.context["adminform"].form.errors) == {field}
    assert list(prices(version)) == ["+336"]


def test_rates_to_come_are_changed_and_removed_and_never_remembered_as_they_were(
    as_two_leads: Client, acme: Customer
) -> None:
    version = to_come(acme)
    as_two_leads.post(reverse(ADD_RATE), rate_data(version))
    assert [rate.per_minute for rate in get_rate_deck(version.pk).rates] == [Decimal("0.021")]
    rate = version.rates.get()
    assert as_two_leads.post(page("change", rate), rate_data(version, per_minute="0.03")).status_code == 302
    assert [rate.per_minute for rate in get_rate_deck(version.pk).rates] == [Decimal("0.03")]
    increment = {"effective_date": NEXT_YEAR.isoformat(), "increment_seconds": 60}
    assert as_two_leads.post(page("change", version), increment).status_code == 302
    assert get_rate_deck(version.pk).increment_seconds == 60
    assert as_two_leads.post(page("delete", rate), {"post": "yes"}).status_code == 302
    assert get_rate_deck(version.pk).rates == []


def test_a_csm_adds_and_changes_no_rates(as_csm: Client, acme: Customer) -> None:
    version = to_come(acme)
    rate = VoiceRate.objects.create(version=version, direction="outbound", prefix="+1", destination="US", per_minute=1)
    for url in (reverse(ADD_RATE), reverse(ADD_VERSION), page("change", version), page("change", rate)):
        assert as_csm.post(url, rate_data(version) | {"effective_date": "2040-01-01"}).status_code == 403
    assert as_csm.post(page("delete", rate), {"post": "yes"}).status_code == 403
    version.refresh_from_db()
    assert prices(version) == {"+1": 1}
    assert version.effective_date == NEXT_YEAR


def test_the_page_of_a_version_leads_to_its_rates_alone(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    version = in_force(acme)
    url = reverse("admin:subscriptions_voiceratedeckversion_show_rates", args=[version.pk])
    answer = as_csm.get(url, follow=True)
    assert {rate.version_id for rate in answer.context["cl"].result_list} == {version.pk}
    assert "$0.0119" in answer.content.decode()


@pytest.mark.parametrize(
    ("words", "found"), [("+336", ["+336"]), ("+33", ["+33", "+336"]), ("mobile", ["+336"]), ("36", [])]
)
def test_rates_are_found_by_prefix_and_destination(
    words: str, found: list[str], as_csm: Client, acme: Customer
) -> None:
    chosen = {"q": words, "version__id__exact": in_force(acme).pk}
    rows = as_csm.get(reverse(RATES), chosen).context["cl"].result_list
    assert [rate.prefix for rate in rows] == found


def test_a_large_deck_is_paged_without_counting_or_sorting_it(as_csm: Client, acme: Customer) -> None:
    version = in_force(acme)
    VoiceRate.objects.bulk_create(
        VoiceRate(
            version=version, direction="inbound", prefix=f"+{number}", destination="Somewhere", per_minute=Decimal(1)
        )
        for number in range(1000, 4000)
    )
    with CaptureQueriesContext(connection) as queries:
        answer = as_csm.get(reverse(RATES), {"version__id__exact": version.pk, "p": 3})
    assert len(answer.context["cl"].result_list) == 50
    assert not [query for query in queries if "COUNT(" in query["sql"].upper()]
    listed = next(query["sql"] for query in queries if "ORDER BY" in query["sql"] and "per_minute" in query["sql"])
    names = [column.split(".")[-1].strip('"') for column in listed.split("ORDER BY ")[1].split(" LIMIT")[0].split(", ")]
    # The columns of its index and no more: anything else would sort the whole deck for each page.
    assert names == ['version_id" ASC', 'direction" ASC', 'prefix" ASC']


def test_adding_from_the_rates_of_one_version_means_that_version(as_two_leads: Client, acme: Customer) -> None:
    version = to_come(acme)
    answer = as_two_leads.get(reverse(ADD_RATE), {"_changelist_filters": f"version__id__exact={version.pk}"})
    assert answer.context["adminform"].form.initial["version"] == str(version.pk)


def test_a_subscription_takes_a_deck_of_its_currency(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 12, 31))
    europe = make_rate_deck("Europe", currency="EUR").deck
    refused = as_csm.post(reverse(ADD_SUBSCRIPTION), typed(acme.organization, rate_deck=europe.pk))
    assert set(refused.context["adminform"].form.errors) == {"rate_deck"}
    assert "pick a deck in USD" in refused.context["adminform"].form.errors["rate_deck"][0]
    assert Subscription.objects.count() == 1
    accepted = as_csm.post(
        reverse(ADD_SUBSCRIPTION), typed(acme.organization, rate_deck=acme.subscription.rate_deck_id)
    )
    assert accepted.status_code == 302
    assert Subscription.objects.get(effective_date=NEXT_YEAR).rate_deck == acme.subscription.rate_deck


def test_a_subscription_takes_no_deck_that_has_no_rates_when_it_begins(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 12, 31))
    late = make_rate_deck("Late", on=NEXT_YEAR + timedelta(days=1)).deck
    refused = as_csm.post(reverse(ADD_SUBSCRIPTION), typed(acme.organization, rate_deck=late.pk))
    assert "has no rates on" in refused.context["adminform"].form.errors["rate_deck"][0]
    assert Subscription.objects.count() == 1


def test_the_deck_of_a_running_agreement_stands(as_superuser: Client, acme: Customer) -> None:
    other = make_rate_deck("Other").deck
    data = typed(acme.organization, rate_deck=other.pk, net_days=45)
    assert as_superuser.post(change_url(acme.subscription), data).status_code == 302
    before = acme.subscription.rate_deck_id
    acme.subscription.refresh_from_db()
    assert (acme.subscription.net_days, acme.subscription.rate_deck_id) == (45, before)


def allowance(product: str, resource: str, quantity: str = "250") -> dict[str, str]:
    make_product("data-storage", "Data storage", "resource")
    make_product("call-ports", "Call ports", "resource")
    make_product("telephone", "Telephone", "hardware")
    make_product("wfm", "Workforce management", "add_on")
    return {"product": product, "resource": resource, "quantity": quantity}


@pytest.mark.parametrize("product", ["purecloud-1", "wfm"])
def test_an_allowance_is_agreed_for_a_license_or_an_add_on(product: str, as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 12, 31))
    data = typed(acme.organization, allowances=[allowance(product, "data-storage")])
    assert as_csm.post(reverse(ADD_SUBSCRIPTION), data).status_code == 302
    agreed = Subscription.objects.get(effective_date=NEXT_YEAR).allowances.get()
    assert (agreed.product_id, agreed.resource_id, agreed.quantity) == (product, "data-storage", 250)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("telephone", "data-storage"), "product"),
        (("purecloud-1", "call-ports"), "resource"),
        (("purecloud-1", "purecloud-1"), "resource"),
        (("purecloud-1", "data-storage", "-1"), "quantity"),
    ],
    ids=["of hardware", "of ports", "of a license", "negative"],
)
def test_what_is_wrong_with_an_allowance_names_the_field(
    row: tuple[str, ...], field: str, as_csm: Client, acme: Customer
) -> None:
    end(acme.subscription, date(2026, 12, 31))
    answer = as_csm.post(reverse(ADD_SUBSCRIPTION), typed(acme.organization, allowances=[allowance(*row)]))
    assert set(answer.context["inline_admin_formsets"][-1].formset.forms[0].errors) == {field}
    assert Subscription.objects.count() == 1


def test_the_allowances_of_a_running_agreement_stand(as_superuser: Client, acme: Customer) -> None:
    row = allowance("purecloud-1", "data-storage")
    agreed = acme.subscription.allowances.create(product_id="purecloud-1", resource_id="data-storage", quantity=40)
    typed_over = row | {"id": agreed.pk, "subscription": acme.subscription.pk, "quantity": "1"}
    new = allowance("wfm", "data-storage")
    data = typed(acme.organization) | formset("allowances", [typed_over, new], initial=1)
    assert as_superuser.post(change_url(acme.subscription), data).status_code == 302
    assert list(acme.subscription.allowances.values_list("quantity", flat=True)) == [40]
