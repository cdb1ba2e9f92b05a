"""Agreements are typed, checked, and once they run only changed by recorded changes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.models import (
    Approval,
    Organization,
    PriceBook,
    PriceBookEntry,
    Product,
    Subscription,
    SubscriptionChange,
)
from tests.admin.rows import Customer, make_entity, make_price_book, make_product
from tests.factories.subscriptions import a_list_price, an_organization

ADD = "admin:subscriptions_subscription_add"
NEXT_YEAR = date(datetime.now(UTC).year + 1, 1, 15)


def formset(prefix: str, rows: list[dict[str, Any]], initial: int = 0) -> dict[str, Any]:
    data: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for k, row in enumerate(rows):
        data |= {f"{prefix}-{k}-{name}": value for name, value in row.items()}
    return data


def typed(organization: Organization, *, prices: Any = (), allowances: Any = (), **overrides: Any) -> dict[str, Any]:
    fields = {
        "organization": organization.pk,
        "issuing_entity": make_entity().pk,
        "effective_date": NEXT_YEAR.isoformat(),
        "time_zone": "America/New_York",
        "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
        "licensing_model": "named",
        "currency": "USD",
        "edition": "2019",
        "ramp_months": 0,
        "term_months": 12,
        "net_days": 30,
        "cutoff_hours": 6,
        "po_number": "",
    }
    return (
        fields
        | formset("prices", list(prices))
        | formset("allowances", list(allowances))
        | formset("changes", [])
        | overrides
    )


def end(subscription: Subscription, on: date) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(last_service_date=on)


def change_url(subscription: Subscription) -> str:
    return reverse("admin:subscriptions_subscription_change", args=[subscription.pk])


def test_everything_wrong_is_shown_at_once_and_nothing_is_saved(as_csm: Client, acme: Customer) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(regions=["us-east-1", "eu-west-1"])
    prices = [
        {"product": make_product("purecloud-1", "PureCloud 1").pk, "commitment": 80, "price": 75},
        {"product": make_product("purecloud-2", "PureCloud 2").pk, "commitment": 10, "price": -5},
    ]
    answer = as_csm.post(reverse(ADD), typed(acme.organization, prices=prices, licensing_model="concurrent"))
    assert answer.status_code == 200
    page = answer.content.decode()
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {"organization", "multi_shift", "effective_date"}
    assert "exactly one region" in errors["organization"][0]
    assert "multi-shift" in errors["multi_shift"][0]
    assert "has no end" in errors["effective_date"][0]
    for words in ("at most one of PureCloud 1, 2 and 3", "not negative", "exactly one region", "multi-shift"):
        assert words in page
    assert Subscription.objects.count() == 1


def test_a_region_is_asked_of_the_organization_that_is_named(as_csm: Client, acme: Customer) -> None:
    answer = as_csm.post(reverse(ADD), typed(acme.organization, licensing_model="concurrent") | {"organization": ""})
    assert set(answer.context["adminform"].form.errors) == {"organization"}
    assert answer.context["adminform"].form.errors["organization"] == ["This field is required."]


def test_a_new_agreement_begins_where_the_old_one_ends(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, NEXT_YEAR)
    refused = as_csm.post(reverse(ADD), typed(acme.organization))
    assert "runs from" in refused.context["adminform"].form.errors["effective_date"][0]
    accepted = as_csm.post(
        reverse(ADD), typed(acme.organization, effective_date=(NEXT_YEAR + timedelta(days=1)).isoformat())
    )
    assert accepted.status_code == 302
    assert Subscription.objects.filter(organization=acme.organization).count() == 2


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd"])
def test_a_time_zone_is_one_that_exists(zone: str, as_two_leads: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 12, 31))
    answer = as_two_leads.post(reverse(ADD), typed(acme.organization, time_zone=zone))
    assert set(answer.context["adminform"].form.errors) == {"time_zone"}


def test_an_agreement_is_saved_with_its_prices(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 12, 31))
    prices = [{"product": "purecloud-1", "commitment": "80", "price": "75.125", "overage_price": "", "setup_price": ""}]
    answer = as_csm.post(reverse(ADD), typed(acme.organization, prices=prices))
    assert answer.status_code == 302
    agreed = Subscription.objects.get(effective_date=NEXT_YEAR).prices.get()
    assert (agreed.commitment, agreed.price, agreed.overage_price) == (80, Decimal("75.125"), None)


def test_the_same_product_is_agreed_once(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, date(2026, 12, 31))
    prices = [{"product": "purecloud-1", "commitment": "80", "price": "75"}] * 2
    answer = as_csm.post(reverse(ADD), typed(acme.organization, prices=prices))
    assert answer.status_code == 200
    assert Subscription.objects.count() == 1


def test_a_csm_makes_no_agreement_for_someone_elses_organization(
    as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    end(umbra.subscription, date(2026, 12, 31))
    answer = as_csm.post(reverse(ADD), typed(umbra.organization))
    assert "organization" in answer.context["adminform"].form.errors
    assert Subscription.objects.filter(organization=umbra.organization).count() == 1


def test_what_was_agreed_is_not_typed_over_once_it_runs(as_superuser: Client, acme: Customer) -> None:
    price = acme.subscription.prices.get()
    row = {"id": price.pk, "subscription": acme.subscription.pk, "product": "purecloud-1", "commitment": 1, "price": 1}
    data = typed(acme.organization, commercial_model="MONTH_TO_MONTH", net_days=45, po_number="PO-9")
    more = {"product": make_product("purecloud-3", "PureCloud 3").pk, "commitment": 5, "price": 1}
    answer = as_superuser.post(change_url(acme.subscription), data | formset("prices", [row, more], initial=1))
    assert answer.status_code == 302
    acme.subscription.refresh_from_db()
    price = acme.subscription.prices.get()
    assert (acme.subscription.net_days, acme.subscription.po_number) == (45, "PO-9")
    assert acme.subscription.commercial_model == "PREPAY_MONTHLY_COMMITMENT"
    assert acme.subscription.effective_date == date(2026, 1, 15)
    assert (price.commitment, price.price) == (80, 75)


def test_what_has_not_begun_may_be_typed_afresh(as_csm: Client, acme: Customer) -> None:
    Subscription.objects.filter(pk=acme.subscription.pk).update(effective_date=NEXT_YEAR)
    price = acme.subscription.prices.get()
    row = {"id": price.pk, "subscription": acme.subscription.pk, "product": "purecloud-1", "commitment": 5, "price": 70}
    data = typed(acme.organization, commercial_model="MONTH_TO_MONTH")
    answer = as_csm.post(change_url(acme.subscription), data | formset("prices", [row], initial=1))
    assert answer.status_code == 302
    acme.subscription.refresh_from_db()
    price.refresh_from_db()
    assert acme.subscription.commercial_model == "MONTH_TO_MONTH"
    assert (price.commitment, price.price) == (5, 70)


def test_a_recorded_change_is_neither_edited_nor_deleted(as_superuser: Client, acme: Customer) -> None:
    recorded = SubscriptionChange.objects.get()
    row = {
        "id": recorded.pk,
        "subscription": acme.subscription.pk,
        "product": "purecloud-1",
        "effective_date": "2026-03-15",
        "commitment": 1,
        "reason": "Rewritten.",
        "DELETE": "on",
    }
    as_superuser.post(change_url(acme.subscription), typed(acme.organization) | formset("changes", [row], initial=1))
    recorded.refresh_from_db()
    assert (recorded.commitment, recorded.reason) == (100, "A second site joins.")


def organization_data(organization: Organization, **overrides: Any) -> dict[str, Any]:
    data = {
        "name": organization.name,
        "code": organization.code,
        "account": organization.account_id,
        "regions": "us-east-1",
        "legal_name": organization.legal_name,
        "address": organization.address,
        "country": "US",
        "tax_id": "",
        "language": "en",
        "e_invoicing": "by_country",
    }
    tables = ("billing_contacts", "memberships", "taxes", "exemptions")
    for table in tables:
        data |= formset(table, [])
    return data | overrides


def test_a_csm_works_on_the_organization_they_make(as_csm: Client, csm: User, acme: Customer) -> None:
    # A test instance under the same account is an organization like any other (BR-18).
    new = Organization(account=acme.organization.account, code="acme-qa", name="Acme QA", legal_name="Acme Corporation")
    answer = as_csm.post(reverse("admin:subscriptions_organization_add"), organization_data(new))
    assert answer.status_code == 302
    made = Organization.objects.get(code="acme-qa")
    assert list(made.csms.all()) == [csm]
    assert made.regions == ["us-east-1"]


def test_a_csm_assigns_nobody_and_renames_no_code(as_csm: Client, csm: User, lead: User, acme: Customer) -> None:
    url = reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])
    data = organization_data(acme.organization, csms=[lead.pk], code="stolen", tax_id="12-345")
    assert as_csm.post(url, data).status_code == 302
    acme.organization.refresh_from_db()
    assert (acme.organization.code, acme.organization.tax_id) == ("acme", "12-345")
    assert list(acme.organization.csms.all()) == [csm]


def test_members_are_picked_from_the_people_of_ones_own_organizations(
    as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    url = reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])
    stranger = User.objects.get(username="umbra-finance")
    row = {"user": stranger.pk, "billing_contact": "on", "organization": acme.organization.pk}
    answer = as_csm.post(url, organization_data(acme.organization) | formset("memberships", [row]))
    assert answer.status_code == 200
    assert not acme.organization.memberships.filter(user=stranger).exists()
    assert "umbra-finance" not in as_csm.get(url).content.decode()


def test_regions_that_a_concurrent_agreement_forbids_are_refused(as_csm: Client, acme: Customer) -> None:
    Subscription.objects.filter(pk=acme.subscription.pk).update(licensing_model="concurrent", multi_shift=True)
    url = reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])
    answer = as_csm.post(url, organization_data(acme.organization, regions="us-east-1\neu-west-1"))
    assert "exactly one region" in answer.context["adminform"].form.errors["regions"][0]
    acme.organization.refresh_from_db()
    assert acme.organization.regions == ["us-east-1"]


def test_prices_of_a_book_in_force_stand_and_a_forgotten_one_is_added(as_two_leads: Client, acme: Customer) -> None:
    book = make_price_book(date(2026, 1, 1))
    entry = book.entries.get()
    row = {"id": entry.pk, "price_book": book.pk, "product": "purecloud-1", "price": "1", "DELETE": "on"}
    new = {"id": "", "price_book": book.pk, "product": make_product("purecloud-2", "PureCloud 2").pk, "price": "110"}
    url = reverse("admin:subscriptions_pricebook_change", args=[book.pk])
    data = {"currency": "EUR", "effective_date": "2026-06-01", "name": "List"}
    assert (
        as_two_leads.post(url, data | formset("entries", [row], initial=1) | formset("new_entries", [new])).status_code
        == 302
    )
    book.refresh_from_db()
    assert (book.currency, book.effective_date) == ("USD", date(2026, 1, 1))
    assert dict(PriceBookEntry.objects.values_list("product_id", "price")) == {"purecloud-1": 75, "purecloud-2": 110}


def test_a_book_to_come_is_still_corrected(as_two_leads: Client, acme: Customer) -> None:
    book = make_price_book(NEXT_YEAR)
    row = {"id": book.entries.get().pk, "price_book": book.pk, "product": "purecloud-1", "price": "80"}
    url = reverse("admin:subscriptions_pricebook_change", args=[book.pk])
    data = {"currency": "USD", "effective_date": NEXT_YEAR.isoformat(), "name": "List"}
    assert as_two_leads.post(url, data | formset("entries", [row], initial=1)).status_code == 302
    assert PriceBook.objects.get().entries.get().price == 80


def test_a_built_in_code_keeps_its_meaning(as_two_leads: Client) -> None:
    url = reverse("admin:subscriptions_product_add")
    Product.objects.filter(code="toll-free-number").delete()
    answer = as_two_leads.post(url, {"code": "toll-free-number", "name": "Toll-free", "kind": "hardware"})
    assert "built-in meaning" in answer.context["adminform"].form.errors["kind"][0]


def test_bank_details_are_typed_as_lines(as_two_leads: Client, acme: Customer) -> None:
    entity = make_entity()
    bank = entity.bank_accounts.get()
    url = reverse("admin:subscriptions_issuingentity_change", args=[entity.pk])
    fields = (
        "legal_name",
        "code",
        "address",
        "country",
        "invoice_prefix",
        "credit_note_prefix",
        "quote_prefix",
        "invoicing_email",
    )
    data = {name: getattr(entity, name) for name in fields} | {"tax_ids": "EIN 12-3456789\n\n VAT US1 "}
    row = {"id": bank.pk, "issuing_entity": entity.pk, "currency": "USD", "bank_name": "First Bank"}
    refused = as_two_leads.post(url, data | formset("bank_accounts", [row | {"details": "no label"}], initial=1))
    assert "label: value" in refused.content.decode()
    lines = "Routing (ACH): 021000021\nSWIFT：FRSTUS33"
    assert (
        as_two_leads.post(url, data | formset("bank_accounts", [row | {"details": lines}], initial=1)).status_code
        == 302
    )
    bank.refresh_from_db()
    entity.refresh_from_db()
    assert bank.details == [["Routing (ACH)", "021000021"], ["SWIFT", "FRSTUS33"]]
    assert entity.tax_ids == ["EIN 12-3456789", "VAT US1"]


@pytest.mark.parametrize(("price", "needs_two"), [("60.00", False), ("59.99", True)])
def test_a_price_typed_more_than_20_percent_under_the_book_needs_a_second_person(
    as_csm: Client, csm: User, acme: Customer, price: str, needs_two: bool
) -> None:
    a_list_price("purecloud-1", "75")
    harbor = an_organization("harbor")
    harbor.csms.add(csm)
    prices = [{"product": "purecloud-1", "commitment": 80, "price": price}]

    as_csm.post(reverse(ADD), typed(harbor, prices=prices))

    assert Subscription.objects.filter(organization=harbor).exists() is not needs_two
    assert Approval.objects.exists() is needs_two
    if needs_two:
        assert "$59.99 is more than 20 % under the price book, which says $75.00." in Approval.objects.get().points[-1]


def test_a_price_of_an_agreement_to_come_needs_a_second_person_too(as_csm: Client, csm: User) -> None:
    a_list_price("purecloud-1", "75")
    harbor = an_organization("harbor")
    harbor.csms.add(csm)
    as_csm.post(reverse(ADD), typed(harbor, prices=[{"product": "purecloud-1", "commitment": 80, "price": "75"}]))
    coming = Subscription.objects.get(organization=harbor)
    row = {"id": coming.prices.get().pk, "subscription": coming.pk, "product": "purecloud-1", "commitment": 80}

    as_csm.post(change_url(coming), typed(harbor) | formset("prices", [row | {"price": "50"}], initial=1))

    assert coming.prices.get().price == 75
    assert Approval.objects.get().asked_by == csm
