"""The lists of the admin: in pages that cost the same wherever they are, searched, taken along as files."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice, Payment
from subscriptions.admin.changelist import is_read_in_order
from subscriptions.admin.lists import ListPages
from subscriptions.keysets import SortKey, read_slice
from subscriptions.models import Account, BillingContact, Organization, Quote, QuoteStep, Subscription
from subscriptions.views import downloads
from tests.admin.rows import MADE_AT, Customer, make_customer, make_quote
from usage.models import IngestionKey, UsageEvent

INVOICES = reverse("admin:invoices_invoice_changelist")
PAYMENTS = reverse("admin:invoices_payment_changelist")
ORGANIZATIONS = reverse("admin:subscriptions_organization_changelist")


def shown(browser: Client, url: str, query: str = "") -> list[str]:
    answer = browser.get(f"{url}{query}")
    assert answer.status_code == 200
    return [str(row) for row in answer.context["cl"].result_list]


def make_payments(customer: Customer, days: list[int]) -> list[Payment]:
    """Return payments that came in on these days of May."""
    return Payment.objects.bulk_create(
        Payment(
            organization=customer.organization,
            currency="USD",
            amount=Decimal("10.50"),
            method="check",
            reference=f"May-{place}",
            received_on=date(2026, 5, day),
            recorded_at=MADE_AT,
        )
        for place, day in enumerate(days)
    )


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_pages_follow_one_another_and_lead_back(as_lead: Client, acme: Customer, monkeypatch) -> None:
    # Three on a page, and the same day across the ends of pages.
    monkeypatch.setattr(ListPages, "list_per_page", 3)
    make_payments(acme, [1, 2, 2, 2, 2, 3, 4, 4])
    forwards, query = [], "?q=May"
    while True:
        page = as_lead.get(f"{PAYMENTS}{query}").context["cl"]
        forwards.append([str(row) for row in page.result_list])
        if not page.next_query:
            break
        query = page.next_query

    assert forwards == [["May-7", "May-6", "May-5"], ["May-4", "May-3", "May-2"], ["May-1", "May-0"]]
    backwards = [forwards[-1]]
    while page.previous_query:
        page = as_lead.get(f"{PAYMENTS}{page.previous_query}").context["cl"]
        backwards.append([str(row) for row in page.result_list])
    assert backwards == forwards[::-1]


def test_the_next_page_keeps_filter_search_and_order(as_lead: Client, acme: Customer, monkeypatch) -> None:
    monkeypatch.setattr(ListPages, "list_per_page", 2)
    make_payments(acme, [3, 1, 2])
    answer = as_lead.get(f"{PAYMENTS}?q=may&currency__exact=USD&o=2")
    page = answer.context["cl"]
    assert [str(row) for row in page.result_list] == ["May-1", "May-2"]
    assert 'rel="next"' in answer.content.decode()

    assert shown(as_lead, PAYMENTS, page.next_query) == ["May-0"]


def test_choosing_a_filter_begins_on_the_first_page(as_lead: Client, acme: Customer, monkeypatch) -> None:
    monkeypatch.setattr(ListPages, "list_per_page", 1)
    make_payments(acme, [3, 1, 2])
    second = as_lead.get(PAYMENTS).context["cl"].next_query

    assert "after" not in as_lead.get(f"{PAYMENTS}{second}").context["cl"].get_query_string({"q": "May"})


@pytest.mark.parametrize("cursor", ["after=1", 'after=["x","1"]', 'before=["2026-05-01"]', "after=[null,null]"])
def test_an_address_that_we_did_not_make_is_not_found(cursor: str, as_lead: Client, acme: Customer) -> None:
    assert as_lead.get(f"{PAYMENTS}?{cursor}").status_code == 404


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_empty_comes_after_everything_and_is_read_once(descending: bool, acme: Customer) -> None:
    for place, used in enumerate([None, 5, None, 3, 5, None]):
        at = None if used is None else MADE_AT + timedelta(days=used)
        IngestionKey.objects.create(name=str(place), prefix=str(place), created_at=MADE_AT, last_used_at=at)
    keys = [
        SortKey(path="last_used_at", parse=MADE_AT.fromisoformat, descending=descending, nullable=True),
        SortKey(path="pk", parse=int),
    ]
    found, query = [], {}
    while True:
        page = read_slice(IngestionKey.objects.exclude(pk=acme.key.pk), query, keys=keys, size=2)
        found += [row.name for row in page.rows]
        if not page.after:
            break
        query = {"after": page.after}

    assert found == (["0", "2", "5", "1", "4", "3"] if descending else ["3", "1", "4", "0", "2", "5"])


def test_every_long_list_is_in_an_order_that_an_index_keeps(as_lead: Client) -> None:
    unordered = []
    for listed in admin.site._registry.values():
        request = as_lead.get(reverse("admin:index")).wsgi_request
        if not listed.is_short:
            order = (listed.get_ordering(request) or listed.opts.ordering)[0]
            if not is_read_in_order(listed.opts, order):
                unordered.append(f"{listed}: {order}")
    # Rates are in the order of the key that they have as a whole, the version before all.
    assert unordered == ["subscriptions.VoiceRateAdmin: version_id"]


def test_a_long_list_is_not_put_into_an_order_that_no_index_keeps(as_lead: Client, acme: Customer) -> None:
    page = as_lead.get(f"{INVOICES}?o=2").context["cl"]
    assert page.queryset.query.order_by == ("-pk",)
    assert page.sortable_by == ["invoice_date", "due_date"]


def test_an_account_of_several_organizations_is_listed_once(as_csm: Client, acme: Customer, csm: User) -> None:
    make_customer("acme-2").organization.csms.add(csm)
    Organization.objects.filter(code="acme-2").update(account=acme.organization.account)

    accounts = shown(as_csm, reverse("admin:subscriptions_account_changelist"))

    assert sorted(accounts) == ["Acme Group", "Acme-2 Group"]
    assert Account.objects.count() == 2


# --- Search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["acme", "ACME corp", "cme", "Group acme", "finance@acme", "Wilma"])
@pytest.mark.parametrize(
    "model", ["subscriptions_organization", "subscriptions_subscription", "invoices_invoice", "invoices_payment"]
)
def test_rows_are_found_by_organization_account_and_contact(
    words: str, model: str, as_lead: Client, acme: Customer, umbra: Customer
) -> None:
    BillingContact.objects.create(organization=acme.organization, name="Wilma Okafor", email="w@books.test")

    rows = as_lead.get(reverse(f"admin:{model}_changelist"), {"q": words}).context["cl"].result_list

    assert {getattr(row, "organization", row) for row in rows} == {acme.organization}


@pytest.mark.parametrize("words", ["{number}", "{lower}", "{sequence}", "PO-77", "acme {number}"])
def test_an_invoice_is_found_by_its_number_and_purchase_order(
    words: str, as_lead: Client, acme: Customer, umbra: Customer
) -> None:
    Subscription.objects.filter(pk=acme.subscription.pk).update(po_number="PO-7731")
    invoice = acme.invoice
    typed = words.format(number=invoice.number, lower=invoice.number.lower(), sequence=invoice.sequence)

    assert shown(as_lead, INVOICES, f"?q={typed}") == [invoice.number]


def test_a_quote_is_found_by_the_purchase_order_it_was_accepted_with(as_lead: Client, acme: Customer) -> None:
    make_quote(acme.organization)
    quote = Quote.objects.first()
    QuoteStep.objects.create(
        organization=acme.organization, quote=quote, kind="accepted", po_number="4500-1", recorded_at=MADE_AT
    )

    answer = as_lead.get(reverse("admin:subscriptions_quote_changelist"), {"q": "4500"})

    assert list(answer.context["cl"].result_list) == [quote]


@pytest.mark.parametrize("words", ["nobody", "acme umbra", "7%", "_", "99999999999999999999"])
def test_what_is_not_there_is_not_found(words: str, as_lead: Client, acme: Customer, umbra: Customer) -> None:
    answer = as_lead.get(INVOICES, {"q": words})
    assert answer.status_code == 200
    assert answer.context["cl"].result_list == []


def test_more_organizations_than_are_looked_up_by_key_are_found_all(
    as_lead: Client, acme: Customer, umbra: Customer, monkeypatch
) -> None:
    monkeypatch.setattr("subscriptions.selectors.search.FEW", 1)
    assert len(shown(as_lead, INVOICES, "?q=corporation")) == 2
    assert len(shown(as_lead, INVOICES, "?q=INV")) == 2


def test_a_csm_finds_nothing_of_others(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    assert shown(as_csm, ORGANIZATIONS, "?q=umbra") == []
    assert shown(as_csm, INVOICES, f"?q={umbra.invoice.number}") == []
    assert shown(as_csm, INVOICES, f"?q={acme.invoice.number}") == [acme.invoice.number]


# --- Files -----------------------------------------------------------------------------------------------------------


def read_csv(browser: Client, url: str, query: str = "") -> list[list[str]]:
    answer = browser.get(f"{url}export.csv{query}")
    assert answer.status_code == 200
    assert answer.streaming
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_a_file_has_every_row_that_the_list_shows_and_figures_as_figures(
    as_lead: Client, acme: Customer, umbra: Customer, monkeypatch
) -> None:
    monkeypatch.setattr(ListPages, "list_per_page", 2)
    make_payments(acme, [3, 1, 2])
    make_payments(umbra, [5])

    table = read_csv(as_lead, PAYMENTS, "?q=acme+may&o=2")

    assert table[0] == ["Reference", "Organization", "Received on", "Method", "Amount", "Currency", "State"]
    assert [row[0] for row in table[1:]] == ["May-1", "May-2", "May-0"]
    assert table[1] == ["May-1", "Acme", "2026-05-01", "Check", "10.5", "USD", "Credit left"]


def test_a_spreadsheet_has_the_same(as_lead: Client, acme: Customer) -> None:
    answer = as_lead.get(f"{INVOICES}export.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    head, row = list(sheet.iter_rows(values_only=True))
    assert dict(zip(head, row, strict=True)) | {"Total": 5179.76, "Currency": "USD"} == dict(
        zip(head, row, strict=True)
    )
    assert row[0] == acme.invoice.number


def test_a_csm_takes_only_their_own_rows_along(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    assert [row[0] for row in read_csv(as_csm, INVOICES)[1:]] == [acme.invoice.number]
    theirs = f"{INVOICES}export.csv?organization__id__exact={umbra.organization.pk}"
    assert as_csm.get(theirs).status_code == 404


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model.__name__)
def test_every_list_can_be_taken_along(model, as_lead: Client, acme: Customer) -> None:
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    answer = as_lead.get(reverse(f"admin:{name}_export", args=["csv"]))
    lines = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert len({len(line) for line in lines}) == 1
    assert all(lines[0])


def test_nothing_in_a_file_is_run_by_a_spreadsheet(as_lead: Client, acme: Customer) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(name="=HYPERLINK(1)")
    assert read_csv(as_lead, INVOICES)[1][1] == "'=HYPERLINK(1)"


def test_files_are_named_after_the_list_and_the_day(as_lead: Client, acme: Customer, monkeypatch) -> None:
    monkeypatch.setattr("subscriptions.admin.export.database_now", lambda: MADE_AT)
    answer = as_lead.get(f"{INVOICES}export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="invoices-2026-03-15.csv"'
    assert "no-store" in answer["Cache-Control"]


def test_too_many_rows_for_a_spreadsheet_are_left_to_the_csv(
    as_lead: Client, acme: Customer, umbra: Customer, monkeypatch
) -> None:
    monkeypatch.setattr(downloads, "SPREADSHEET_ROWS", 1)

    answer = as_lead.get(f"{INVOICES}export.xlsx?document_type__exact=invoice", follow=True)

    assert answer.redirect_chain == [(f"{INVOICES}?document_type__exact=invoice", 302)]
    assert "Download it as CSV: it is whole." in answer.content.decode()


def test_a_file_is_for_those_who_see_the_list(as_csm: Client, as_member: Client, acme: Customer) -> None:
    people = reverse("admin:auth_user_export", args=["csv"])
    assert as_csm.get(people).status_code == 403
    assert as_member.get(f"{INVOICES}export.csv").status_code == 403
    assert as_csm.get(f"{INVOICES}export.pdf").status_code == 404


def test_a_file_of_what_cannot_be_filtered_leads_back_to_the_list(as_lead: Client, acme: Customer) -> None:
    assert as_lead.get(f"{INVOICES}export.csv?document_type__nonsense=1").status_code in {302, 400}


def test_the_rows_of_a_file_are_read_as_they_are_written(as_lead: Client, acme: Customer) -> None:
    assert UsageEvent.objects.count() == 1
    assert len(read_csv(as_lead, reverse("admin:usage_usageevent_changelist"))) == 2
    assert Invoice.objects.count() == 1
