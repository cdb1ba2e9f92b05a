"""Filters that people keep above their lists: their own, and what a lead shares."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.models import SavedFilter
from tests.admin.rows import MADE_AT, Customer

INVOICES = reverse("admin:invoices_invoice_changelist")
SAVED = reverse("admin:subscriptions_savedfilter_changelist")


def save_url(page: str = "invoices_invoice", query: str = "q=acme&currency=USD") -> str:
    return f"{reverse('admin:subscriptions_savedfilter_save', args=[page])}?{query}"


def make_filter(owner: User, name: str = "Mine", **fields: object) -> SavedFilter:
    own = {"owner": owner, "page": "invoices_invoice", "query": "currency=USD", "name": name, "saved_at": MADE_AT}
    return SavedFilter.objects.create(**own | fields)


def change_url(saved: SavedFilter, page: str = "change") -> str:
    return reverse(f"admin:subscriptions_savedfilter_{page}", args=[saved.pk])


def names_above(browser: Client, url: str = INVOICES) -> list[str]:
    return [saved.name for saved in browser.get(url).context["saved_filters"]]


def test_a_person_keeps_a_filter_under_a_name_and_opens_it(as_csm: Client, csm: User, acme: Customer) -> None:
    listed = as_csm.get(f'{INVOICES}?currency=USD&q=acme&after=["9"]').content.decode()
    assert f'href="{save_url(query="currency=USD&amp;q=acme")}"' in listed

    answer = as_csm.post(save_url(), {"name": "Acme in dollars"})

    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.page, saved.query) == (csm, "invoices_invoice", "currency=USD&q=acme")
    assert answer["Location"] == f"{INVOICES}?currency=USD&q=acme"
    page = as_csm.get(answer["Location"])
    assert page.context["opened_filter"] == saved
    assert 'aria-current="true">Acme in dollars' in page.content.decode()
    assert [row.pk for row in page.context["cl"].result_list] == [acme.invoice.pk]


def test_it_asks_for_a_name_and_says_what_is_kept(as_csm: Client, acme: Customer) -> None:
    page = as_csm.get(save_url()).content.decode()
    assert "Save this filter" in page
    assert "currency = USD" in page
    assert "Share with everyone" not in page
    assert as_csm.post(save_url(), {"name": " "}).status_code == 200
    assert not SavedFilter.objects.exists()


def test_a_name_is_given_once_on_a_list(as_csm: Client, csm: User, acme: Customer) -> None:
    make_filter(csm, "Mine")
    refused = as_csm.post(save_url(), {"name": "Mine"}).content.decode()
    assert "You have a filter of this name on this list" in refused
    other = make_filter(csm, "Other")
    assert "You have a filter of this name" in as_csm.post(change_url(other), {"name": "Mine"}).content.decode()
    assert SavedFilter.objects.filter(name="Mine").count() == 1


@pytest.mark.parametrize(
    "url",
    [
        save_url(query=""),
        save_url(query="after=1"),
        save_url(query="subscription__rate_deck__name=x"),
        save_url(query="issued_at=nonsense"),
        save_url(page="invoices_nothing"),
        save_url(page="nothing"),
        save_url(page="auth_user", query="is_staff__exact=1"),
    ],
)
def test_what_the_person_cannot_open_is_not_kept(url: str, as_csm: Client, acme: Customer) -> None:
    assert as_csm.get(url).status_code == 404
    assert as_csm.post(url, {"name": "Mine"}).status_code == 404
    assert not SavedFilter.objects.exists()


def test_a_filter_is_the_persons_own_unless_a_lead_shares_it(
    as_lead: Client, as_csm: Client, lead: User, csm: User, acme: Customer
) -> None:
    make_filter(csm, "Mine")
    as_lead.post(save_url(), {"name": "Ours", "is_shared": "on"})
    as_lead.post(save_url(), {"name": "Leads only"})

    assert names_above(as_csm) == ["Mine", "Ours"]
    assert names_above(as_lead) == ["Leads only", "Ours"]
    assert names_above(as_csm, reverse("admin:invoices_payment_changelist")) == []


def test_a_csm_shares_nothing(as_csm: Client, csm: User, acme: Customer) -> None:
    as_csm.post(save_url(), {"name": "Mine", "is_shared": "on"})
    saved = SavedFilter.objects.get()
    as_csm.post(change_url(saved), {"name": "Mine too", "is_shared": "on"})
    saved.refresh_from_db()
    assert (saved.name, saved.is_shared) == ("Mine too", False)


def test_the_person_renames_it_and_is_back_on_the_list(as_csm: Client, csm: User, acme: Customer) -> None:
    saved = make_filter(csm)
    assert change_url(saved) in as_csm.get(f"{INVOICES}?currency=USD").content.decode()

    answer = as_csm.post(change_url(saved), {"name": "Dollars"})

    assert answer["Location"] == f"{INVOICES}?currency=USD"
    assert names_above(as_csm) == ["Dollars"]


def test_it_asks_before_a_filter_is_deleted(as_csm: Client, csm: User, acme: Customer) -> None:
    saved = make_filter(csm)
    assert "Delete the filter “Mine”?" in as_csm.get(change_url(saved, "delete")).content.decode()
    assert SavedFilter.objects.exists()

    as_csm.post(change_url(saved, "delete"), {"confirmed": "yes"})

    assert not SavedFilter.objects.exists()


def test_the_filter_of_someone_else_does_not_exist(as_csm: Client, lead: User, acme: Customer) -> None:
    theirs = make_filter(lead)
    for page in ("change", "delete", "history"):
        assert as_csm.get(change_url(theirs, page)).status_code == 404
    assert as_csm.post(change_url(theirs), {"name": "Stolen"}).status_code == 404
    assert as_csm.post(change_url(theirs, "delete"), {"post": "yes"}).status_code == 404
    assert SavedFilter.objects.get().name == "Mine"


def test_what_is_shared_is_changed_by_leads(as_csm: Client, as_superuser: Client, lead: User, acme: Customer) -> None:
    shared = make_filter(lead, is_shared=True)
    assert change_url(shared) not in as_csm.get(f"{INVOICES}?currency=USD").content.decode()
    assert as_csm.post(change_url(shared), {"name": "Stolen"}).status_code == 403
    assert as_csm.post(change_url(shared, "delete"), {"post": "yes"}).status_code == 403
    assert as_superuser.post(change_url(shared), {"name": "Dollars", "is_shared": "on"}).status_code == 302
    shared.refresh_from_db()
    assert shared.name == "Dollars"


def test_all_that_a_person_sees_is_listed_with_the_way_to_it(as_csm: Client, csm: User, acme: Customer) -> None:
    make_filter(csm)
    page = as_csm.get(SAVED).content.decode()
    assert f'href="{INVOICES}?currency=USD"' in page
    assert "Mine" in page
