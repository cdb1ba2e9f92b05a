"""Every page of the admin: its addresses say what they mean, and its index what a role may open."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from invoices.models import (
    Invoice,
    NumberSeries,
)
from subscriptions.models import Quote, Subscription
from tests.admin.rows import Customer
from usage.models import IngestionKey

EVERYTHING = list(admin.site._registry)


def name_of(model: type[Model]) -> str:
    return model._meta.label_lower.replace(".", "_")


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{name_of(model)}_changelist")


def change_url(row: Model) -> str:
    return reverse(f"admin:{name_of(type(row))}_change", args=[row.pk])


def shown(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.mark.parametrize("model", EVERYTHING, ids=name_of)
def test_a_row_that_is_not_there_is_not_found(model: type[Model], as_superuser: Client) -> None:
    assert as_superuser.get(reverse(f"admin:{name_of(model)}_change", args=["987654321"])).status_code == 404


def test_the_index_and_its_navigation_show_what_a_role_may_open(as_superuser: Client, as_csm: Client) -> None:
    for client, sees_people in ((as_superuser, True), (as_csm, False)):
        page = shown(client.get(reverse("admin:index")))
        assert list_url(Invoice) in page
        assert (list_url(User) in page) is sees_people
        assert (list_url(NumberSeries) in page) is sees_people


@pytest.mark.parametrize("model", [Subscription, Quote], ids=name_of)
def test_where_nothing_is_usual_nothing_is_chosen_for_a_person(model: type[Model], as_lead: Client) -> None:
    form = as_lead.get(reverse(f"admin:{name_of(model)}_add")).context["adminform"].form
    chosen = {name: str(form[name].subwidgets[0].data["value"]) for name in ("currency", "commercial_model")}
    assert chosen == {"currency": "", "commercial_model": ""}
    assert "" not in [str(choice.data["value"]) for choice in form["edition"].subwidgets]


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


def test_a_filter_does_not_tell_the_name_of_someone_elses_organization(
    as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    chosen = {"organization__id__exact": umbra.organization.pk}
    assert as_csm.get(list_url(Invoice), chosen).status_code == 404
    chosen = {"organization__id__exact": acme.organization.pk}
    assert acme.invoice.number in shown(as_csm.get(list_url(Invoice), chosen))


def test_the_button_that_opens_the_actions_of_a_row_is_named_for_who_does_not_see_it(
    as_lead: Client, acme: Customer
) -> None:
    page = shown(as_lead.get(change_url(acme.invoice)))
    before, _controls, after = page.partition('aria-controls="more-actions"')
    assert 'aria-label="More actions"' in before.rpartition("<button")[2]
    assert 'aria-hidden="true">more_horiz</span>' in after.partition("</button>")[0]
    assert '<span class="material-symbols-outlined">more_horiz' not in page
