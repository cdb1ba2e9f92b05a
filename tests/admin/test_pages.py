"""Every page of the admin: who sees it (BR-92)."""

from datetime import date

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from invoices.models import (
    BillingCycle,
    CycleException,
    Invoice,
    LedgerTransaction,
    NumberSeries,
    Payment,
    PeriodCorrection,
    TermsSnapshot,
    TooLateUsage,
)
from subscriptions.models import (
    Account,
    ContactRequest,
    Erasure,
    IssuingEntity,
    Order,
    Organization,
    OutgoingMail,
    PriceBook,
    PriceImport,
    Product,
    Quote,
    SavedFilter,
    Subscription,
    TaxAuthority,
    Trial,
    TrialRequest,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from tests.admin.rows import Customer, make_price_book, make_price_import
from usage.models import IngestionKey, RejectedEvent, UsageEvent, UsageSnapshot

OF_AN_ORGANIZATION = [
    Organization,
    Account,
    Quote,
    Subscription,
    Order,
    Trial,
    ContactRequest,
    OutgoingMail,
    UsageEvent,
    RejectedEvent,
    UsageSnapshot,
    IngestionKey,
    BillingCycle,
    Invoice,
    LedgerTransaction,
    TermsSnapshot,
    CycleException,
    PeriodCorrection,
    OutgoingMail,
    Payment,
    TooLateUsage,
]
CATALOG = [Product, PriceBook, IssuingEntity, TaxAuthority, VoiceRateDeck, VoiceRateDeckVersion, VoiceRate]
FOR_LEADS = [User, Group, NumberSeries, Erasure, PriceImport, TrialRequest]
EVERYTHING = [*OF_AN_ORGANIZATION, *CATALOG, *FOR_LEADS]
OF_A_PERSON = [SavedFilter]

EDITED_BY_STAFF = [Organization, Account, Quote, Subscription]
CHANGED_BY_STAFF = [*EDITED_BY_STAFF, Order]
ADDED_BY_STAFF = [*EDITED_BY_STAFF, Trial, Payment]
ADDED_BY_LEADS = [*ADDED_BY_STAFF, *CATALOG, IngestionKey, User, Group, PriceImport]


def name_of(model: type[Model]) -> str:
    return model._meta.label_lower.replace(".", "_")


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{name_of(model)}_changelist")


def add_url(model: type[Model]) -> str:
    return reverse(f"admin:{name_of(model)}_add")


def change_url(row: Model) -> str:
    return reverse(f"admin:{name_of(type(row))}_change", args=[row.pk])


def row_of(model: type[Model], customer: Customer) -> Model:
    if model is Organization:
        return customer.organization
    if model is Account:
        return customer.organization.account
    if model in OF_AN_ORGANIZATION:
        return model._default_manager.filter(organization=customer.organization).first()
    if model is PriceBook:
        return PriceBook.objects.first() or make_price_book(date(2026, 1, 1))
    if model is PriceImport:
        return PriceImport.objects.first() or make_price_import(date(2026, 1, 1))
    if model is Group:
        return Group.objects.get_or_create(name="Finance")[0]
    return model._default_manager.first()


def shown(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_this_file_knows_every_registered_page() -> None:
    assert set(admin.site._registry) == {*EVERYTHING, *OF_A_PERSON}


@pytest.mark.parametrize("model", EVERYTHING, ids=name_of)
def test_a_superuser_and_a_lead_see_every_list_and_every_row(
    model: type[Model], as_superuser: Client, as_lead: Client, acme: Customer
) -> None:
    row = row_of(model, acme)
    for client in (as_superuser, as_lead):
        shown(client.get(list_url(model)))
        shown(client.get(change_url(row)))
        shown(client.get(reverse(f"admin:{name_of(model)}_history", args=[row.pk])))


@pytest.mark.parametrize("model", [*OF_AN_ORGANIZATION, *CATALOG], ids=name_of)
def test_a_csm_sees_the_lists_and_the_rows_of_their_organizations(
    model: type[Model], as_csm: Client, acme: Customer
) -> None:
    shown(as_csm.get(list_url(model)))
    shown(as_csm.get(change_url(row_of(model, acme))))


@pytest.mark.parametrize("model", OF_AN_ORGANIZATION, ids=name_of)
def test_the_rows_of_an_organization_of_someone_else_do_not_exist(
    model: type[Model], as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    theirs = row_of(model, umbra)
    rows = as_csm.get(list_url(model)).context["cl"].result_list
    assert theirs.pk not in {row.pk for row in rows}
    for page in ("change", "history", "delete"):
        url = reverse(f"admin:{name_of(model)}_{page}", args=[theirs.pk])
        assert as_csm.get(url).status_code in ({403, 404} if page == "delete" else {404}), page
    assert as_csm.post(change_url(theirs), {"name": "Stolen"}).status_code in {403, 404}


@pytest.mark.parametrize("model", FOR_LEADS, ids=name_of)
def test_people_and_number_series_are_not_for_csms(model: type[Model], as_csm: Client, acme: Customer) -> None:
    row = row_of(model, acme)
    assert as_csm.get(list_url(model)).status_code == 403
    assert as_csm.get(change_url(row)).status_code in {403, 404}
    assert as_csm.post(change_url(row), {}).status_code in {403, 404}


@pytest.mark.parametrize("model", EVERYTHING, ids=name_of)
def test_a_row_that_is_not_there_is_not_found(model: type[Model], as_superuser: Client) -> None:
    assert as_superuser.get(reverse(f"admin:{name_of(model)}_change", args=["987654321"])).status_code == 404


@pytest.mark.parametrize("model", EVERYTHING, ids=name_of)
def test_customers_and_strangers_are_sent_to_log_in(model: type[Model], as_member: Client, acme: Customer) -> None:
    row = row_of(model, acme)
    for client in (as_member, Client()):
        for url in (reverse("admin:index"), list_url(model), change_url(row)):
            answer = client.get(url)
            assert answer.status_code == 302
            assert answer.url.startswith(reverse("admin:login"))


@pytest.mark.parametrize("model", EVERYTHING, ids=name_of)
def test_add_pages_are_for_those_who_may_add(
    model: type[Model], as_superuser: Client, as_lead: Client, as_csm: Client
) -> None:
    for client, addable in ((as_superuser, ADDED_BY_LEADS), (as_lead, ADDED_BY_LEADS), (as_csm, ADDED_BY_STAFF)):
        assert client.get(add_url(model)).status_code == (200 if model in addable else 403)


@pytest.mark.parametrize("model", EVERYTHING, ids=name_of)
def test_nobody_deletes_a_row(model: type[Model], as_superuser: Client, acme: Customer) -> None:
    row = row_of(model, acme)
    url = reverse(f"admin:{name_of(model)}_delete", args=[row.pk])
    assert as_superuser.post(url, {"post": "yes"}).status_code == 403
    as_superuser.post(list_url(model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [*CATALOG], ids=name_of)
def test_a_csm_reads_the_catalog_and_does_not_change_it(model: type[Model], as_csm: Client, acme: Customer) -> None:
    row = row_of(model, acme)
    assert 'name="_save"' not in shown(as_csm.get(change_url(row)))
    assert as_csm.post(change_url(row), {}).status_code == 403


@pytest.mark.parametrize(
    "model", [m for m in OF_AN_ORGANIZATION if m not in CHANGED_BY_STAFF] + [NumberSeries, Erasure], ids=name_of
)
def test_nobody_changes_a_fact(model: type[Model], as_superuser: Client, acme: Customer) -> None:
    row = row_of(model, acme)
    assert 'name="_save"' not in shown(as_superuser.get(change_url(row)))
    assert as_superuser.post(change_url(row), {}).status_code == 403


def test_the_index_and_its_navigation_show_what_a_role_may_open(as_superuser: Client, as_csm: Client) -> None:
    for client, sees_people in ((as_superuser, True), (as_csm, False)):
        page = shown(client.get(reverse("admin:index")))
        assert list_url(Invoice) in page
        assert (list_url(User) in page) is sees_people
        assert (list_url(NumberSeries) in page) is sees_people


def test_addresses_and_choices_carry_numbers_without_separators(as_lead: Client, acme: Customer) -> None:
    key = IngestionKey.objects.create(pk=1_234_567, name="Late", prefix="late", created_at=acme.key.created_at)
    assert f'href="{change_url(key)}' in shown(as_lead.get(list_url(IngestionKey)))
    assert 'value="1234567"' in shown(as_lead.get(list_url(IngestionKey)))
    asked = shown(as_lead.post(list_url(IngestionKey), {"action": "revoke", "_selected_action": [key.pk]}))
    assert 'name="_selected_action" value="1234567"' in asked
    organization = acme.organization
    organization.pk, organization.code = 7_654_321, "acme-7"
    organization.save()
    page = shown(as_lead.get(change_url(organization)))
    assert "7,654,321" not in page


@pytest.mark.parametrize("term", ["acme", "umbra"])
def test_the_organization_picker_offers_ones_own_organizations(
    term: str, as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    query = {"app_label": "subscriptions", "model_name": "subscription", "field_name": "organization", "term": term}
    found = as_csm.get(reverse("admin:autocomplete"), query).json()["results"]
    assert [row["text"] for row in found] == (["Acme"] if term == "acme" else [])


def test_people_are_not_searched_by_csms(as_csm: Client) -> None:
    query = {"app_label": "subscriptions", "model_name": "membership", "field_name": "user", "term": "a"}
    assert as_csm.get(reverse("admin:autocomplete"), query).status_code == 403


def test_a_filter_does_not_tell_the_name_of_someone_elses_organization(
    as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    chosen = {"organization__id__exact": umbra.organization.pk}
    assert as_csm.get(list_url(Invoice), chosen).status_code == 404
    chosen = {"organization__id__exact": acme.organization.pk}
    assert acme.invoice.number in shown(as_csm.get(list_url(Invoice), chosen))
