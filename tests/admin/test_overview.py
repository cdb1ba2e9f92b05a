"""One page that answers a call: everything about an organization, for those who work on it, with what can be done."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.models import BillingCycle, DocumentBalance, Estimate, Invoice
from invoices.services import overview as billing_overview
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.estimating import work_out_estimates
from invoices.services.sweeping import close_due_cycles
from subscriptions.admin import overview as overview_admin
from subscriptions.choices import AuditKind, ContactAction
from subscriptions.models import (
    BillingContact,
    Membership,
    Organization,
    Subscription,
    SubscriptionChange,
)
from subscriptions.services.auditing import Deed, record
from subscriptions.services.contacts import Proposal, change_contacts
from tests.admin.rows import (
    MADE_AT,
    Customer,
    make_contact_request,
    make_hardware_order,
    make_mail,
    make_payment,
    make_quote,
)
from tests.factories.quotes import accepted, an_agreement_draft
from tests.factories.subscriptions import a_change, a_prepaid_subscription, an_organization
from tests.factories.trials import a_trial
from tests.factories.usage import a_working_day, report

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 25, 15, tzinfo=UTC)


def url_of(organization: Organization) -> str:
    return reverse("admin:subscriptions_organization_overview", args=[organization.pk])


def shown(client: Client, organization: Organization, **query: str) -> str:
    response = client.get(url_of(organization), query)
    assert response.status_code == 200
    return response.content.decode()


def text(page: str) -> str:
    """Return a page's words in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def buttons(page: str) -> list[str]:
    return [url.replace("&amp;", "&") for url in re.findall(r'<a class="button[^"]*" href="([^"]+)"', page)]


@pytest.fixture
def running(db: None, monkeypatch: pytest.MonkeyPatch) -> Subscription:
    """An agreement on two seats in its first period, in which three people were logged in."""
    monkeypatch.setattr(overview_admin, "database_now", lambda: NOW)
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    return subscription


# --- What it shows ---------------------------------------------------------------------------------------------------


def test_it_says_what_was_agreed_used_owed_and_to_come(as_lead: Client, running: Subscription) -> None:
    page = text(shown(as_lead, running.organization))
    for words in (
        "Annual, billed monthly in advance 2 PureCloud 3 named at $140.00",
        "Its term of 12 months ends on Jan 14, 2027",
        "Today, Jan 25, 2026",
        "This period’s use",
        "Counted up to Jan 25, 2026, 10:00 AM Eastern.",
        "PureCloud 3 1 over",
        "2 committed",
        "Would be due $430.00",
        "US Dollar (USD) $280.00",
        "Not due yet $280.00",
        "Nothing has been paid yet.",
        "Nobody gets the invoices by mail yet",
    ):
        assert words in page


def test_what_a_large_organization_used_is_the_latest_estimate_with_its_age(
    as_lead: Client, running: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing_overview, "EVENTS_AT_ONCE", 1)
    page = text(shown(as_lead, running.organization))
    assert "being worked out in the background" in page
    assert "$430.00" not in page
    assert work_out_estimates(now=NOW) == 1
    monkeypatch.setattr(overview_admin, "database_now", lambda: NOW + timedelta(hours=2))
    page = text(shown(as_lead, running.organization))
    assert "Counted up to Jan 25, 2026, 10:00 AM Eastern." in page
    assert "these are the latest figures, and newer ones are being worked out" in page
    assert "$430.00" in page


def test_an_estimate_that_fails_takes_nothing_else_from_the_page(
    as_lead: Client, running: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("invoices.services.estimating.preview_cycle", fails)
    page = text(shown(as_lead, running.organization))
    assert "did not succeed" in page
    assert "US Dollar (USD) $280.00" in page


def test_without_anything_yet_it_says_what_to_do_first(as_lead: Client, db: None) -> None:
    organization = an_organization("fresh")
    page = shown(as_lead, organization)
    for words in (
        "No agreement yet: make a quote",
        "Nothing waits for anybody.",
        "Nothing has been invoiced or paid yet.",
        "No invoice has been issued yet.",
        "Nobody gets the invoices by mail yet: add a contact.",
        "Nobody of this organization can log in yet.",
        "Nobody has changed anything yet.",
    ):
        assert words in text(page)
    assert f"{reverse('admin:subscriptions_quote_add')}?organization={organization.pk}" in buttons(page)
    assert "Timeline" not in text(page)


def test_a_quote_and_a_payment_begin_with_the_organization(as_lead: Client, db: None) -> None:
    organization = an_organization("fresh")
    for url in buttons(shown(as_lead, organization)):
        if "?organization=" in url:
            form = as_lead.get(url).context["adminform"].form
            assert str(form["organization"].value()) == str(organization.pk)


def test_a_trial_is_shown_with_how_to_convert_it(as_lead: Client, db: None) -> None:
    now = datetime.now(UTC)
    trial = a_trial("tries", started_at=now - timedelta(days=3), ends_at=now + timedelta(days=20))
    page = shown(as_lead, trial.organization)
    assert "make a quote, and convert the trial" in text(page)
    assert reverse("admin:subscriptions_trial_convert", args=[trial.pk]) in buttons(page)


def test_what_waits_for_a_person_stands_on_top(as_lead: Client, acme: Customer) -> None:
    make_mail(acme.organization, attempts=2, recipient="full@acme.test")
    accepted(an_agreement_draft(acme.organization, effective_date=date(2031, 1, 1)))
    page = text(shown(as_lead, acme.organization))
    matters = page[page.index("Open matters") : page.index("Timeline")]
    for words in (
        "The period from Feb 15, 2026 is held PureCloud 3 has no price on Feb 15, 2026",
        "Came too late for the period from Jan 15, 2026: 3 ×",
        "Telephone: 7 of 10 have shipped",
        "Add a contact: ann-0@acme.test",
        "Mail to full@acme.test failed and is tried again",
        "Quote Draft",
        "Accepted",
        "Process",
    ):
        assert words in matters
    assert "Nothing waits" in matters  # shown by the style sheet only where nothing stands before it


def test_documents_and_payments_are_the_last_ones(as_lead: Client, acme: Customer) -> None:
    page = shown(as_lead, acme.organization)
    assert acme.invoice.number in page
    assert "$5,179.76" in page
    assert reverse("admin:invoices_invoice_issue_credit_note", args=[acme.invoice.pk]) in page
    assert f"{reverse('admin:invoices_invoice_changelist')}?organization__id__exact={acme.organization.pk}" in page
    assert "CHECK-" in page


def test_members_contacts_and_the_other_instances_are_named(as_lead: Client, acme: Customer) -> None:
    training = an_organization("acme-training", account=acme.organization.account)
    page = shown(as_lead, acme.organization)
    assert "finance@acme.test" in page
    assert "sees invoices" in page
    assert url_of(training) in page


# --- Who sees it, and how one gets there -----------------------------------------------------------------------------


def test_an_organization_of_someone_else_does_not_exist(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    assert as_csm.get(url_of(acme.organization)).status_code == 200
    assert as_csm.get(url_of(umbra.organization)).status_code == 404
    assert as_csm.get(reverse("admin:subscriptions_organization_overview", args=[987654321])).status_code == 404
    history = reverse("admin:subscriptions_organization_history", args=[umbra.organization.pk])
    assert as_csm.get(history).status_code == 404


def test_instances_that_are_not_theirs_are_not_named(as_csm: Client, acme: Customer) -> None:
    an_organization("acme-secret", account=acme.organization.account)
    assert "Acme-Secret" not in shown(as_csm, acme.organization)


def test_the_list_leads_there_and_the_form_is_a_button_away(as_csm: Client, acme: Customer) -> None:
    rows = as_csm.get(reverse("admin:subscriptions_organization_changelist"), {"q": "acme"}).content.decode()
    assert f'href="{url_of(acme.organization)}' in rows
    assert reverse("admin:subscriptions_organization_change", args=[acme.organization.pk]) in buttons(
        shown(as_csm, acme.organization)
    )


def test_pages_of_its_rows_lead_there(as_csm: Client, acme: Customer) -> None:
    for name, row in (("invoice", acme.invoice), ("billingcycle", acme.held)):
        page = as_csm.get(reverse(f"admin:invoices_{name}_change", args=[row.pk])).content.decode()
        assert f'href="{url_of(acme.organization)}"' in page


def test_every_button_leads_to_a_page_that_the_person_may_open(as_csm: Client, acme: Customer) -> None:
    accepted(an_agreement_draft(acme.organization, effective_date=date(2031, 1, 1)))
    found = buttons(shown(as_csm, acme.organization))
    assert len(found) > 15
    for url in found:
        assert as_csm.get(url).status_code in {200, 302}, url


@pytest.mark.parametrize(
    ("last_day", "offered", "not_offered"),
    [
        (None, ["change_terms", "change_the_tier", "cancel"], ["take_cancellation_back"]),
        (date(2040, 1, 14), ["change_terms", "take_cancellation_back"], []),
        (date(2026, 2, 14), [], ["change_terms", "change_the_tier", "cancel", "take_cancellation_back"]),
    ],
)
def test_only_what_applies_is_offered(
    last_day: date | None, offered: list[str], not_offered: list[str], as_csm: Client, acme: Customer
) -> None:
    Subscription.objects.filter(pk=acme.subscription.pk).update(last_service_date=last_day)
    found = buttons(shown(as_csm, acme.organization))
    for names, expected in ((offered, True), (not_offered, False)):
        for name in names:
            url = reverse(f"admin:subscriptions_subscription_{name}", args=[acme.subscription.pk])
            assert (url in found) is expected, name


def test_nothing_is_offered_to_credit_of_what_is_credited_whole(
    as_lead: Client, lead: User, running: Subscription
) -> None:
    invoice = Invoice.objects.get()
    url = reverse("admin:invoices_invoice_issue_credit_note", args=[invoice.pk])
    assert url in shown(as_lead, running.organization)
    request = CreditRequest(place=1, parts=None, reason="Goodwill.")
    issue_credit(invoice_id=invoice.pk, request=request, issued_by=lead, now=NOW)
    page = shown(as_lead, running.organization)
    assert url not in page
    assert "Goodwill." in page


# --- Odd names, many rows --------------------------------------------------------------------------------------------


def test_odd_names_are_shown_as_they_are_typed(as_lead: Client, acme: Customer) -> None:
    odd = '"><script>alert(1)</script>' + "W" * 150
    Organization.objects.filter(pk=acme.organization.pk).update(name=odd, legal_name="株式会社 <b>")
    BillingContact.objects.filter(organization=acme.organization).update(name="Zoë ' O’Neil <i>")
    SubscriptionChange.objects.update(reason="100 % of <b>them</b>, %(day)s")
    page = shown(as_lead, acme.organization)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "株式会社 &lt;b&gt;" in page
    assert "Zoë &#x27; O’Neil &lt;i&gt;" in page
    assert "100 % of &lt;b&gt;them&lt;/b&gt;, %(day)s" in page


def test_addresses_carry_numbers_without_separators(as_lead: Client, db: None) -> None:
    organization = an_organization("million", pk=7_654_321)
    assert "7,654,321" not in shown(as_lead, organization)


def saved(organization: Organization, by: User) -> None:
    """Leave the entry of a form in which the name of an organization was changed."""
    record(
        Deed(
            organization_id=organization.pk,
            kind=AuditKind.ORGANIZATION,
            deed="row_changed",
            subject=organization,
            by=by,
            at=MADE_AT,
            facts={"row": str(organization), "changes": [{"changed": {"fields": ["Name"]}}], "values": []},
        )
    )


def fill(customer: Customer, number: int, csm: User) -> None:
    """Give an organization so many more rows of everything that its page lists."""
    organization, subscription = customer.organization, customer.subscription
    for k in range(number):
        key = f"{number}-{k}"
        make_payment(organization)
        make_quote(organization)
        make_hardware_order(subscription, invoiced=0, coming=0)
        make_mail(organization, attempts=1)
        make_contact_request(organization)
        BillingContact.objects.create(organization=organization, name=key, email=f"{key}@acme.test")
        user = User.objects.create_user(f"member-{key}")
        Membership.objects.create(organization=organization, user=user)
        an_organization(f"acme-{key}", account=organization.account)
        a_change(
            subscription=subscription,
            product_id="purecloud-1",
            effective_date=date(2026, 3, 15),
            commitment=100 + k,
            recorded_at=MADE_AT + timedelta(minutes=k),
            recorded_by=csm,
            reason=key,
        )
        saved(organization, csm)
        invoice = Invoice.objects.get(pk=customer.invoice.pk)
        invoice.pk, invoice.number, invoice.sequence = None, key, 1000 * number + k
        invoice.cycle = None
        invoice.save()
        DocumentBalance.objects.create(document=invoice, organization=organization, open=Decimal(1))
        BillingCycle.objects.create(
            organization=organization,
            subscription=subscription,
            index=100 * number + k,
            period_start=date(2040 + number, 1, 1) + timedelta(days=k),
            period_end=date(2060, 1, 15),
            starts_at=MADE_AT,
            ends_at=MADE_AT,
            cutoff_at=MADE_AT,
            held_reasons=customer.held.held_reasons,
            held_at=MADE_AT,
        )


def test_it_costs_as_many_queries_however_much_there_is(as_lead: Client, acme: Customer, csm: User) -> None:
    counts, sizes = [], []
    for number in (3, 12):
        fill(acme, number, csm)
        shown(as_lead, acme.organization)
        with CaptureQueriesContext(connection) as queries:
            page = shown(as_lead, acme.organization)
        counts.append(len(queries))
        sizes.append(page.count("<li"))
    assert counts[0] == counts[1]
    assert counts[0] <= 90
    # Bounded: four times as many rows are no longer page.
    assert sizes[1] < 1.5 * sizes[0]
    assert not Estimate.objects.exists()


# --- Who changed what ------------------------------------------------------------------------------------------------


def test_what_was_done_stands_newest_first_with_who_and_why(as_csm: Client, csm: User, acme: Customer) -> None:
    now = datetime.now(UTC)
    contact = acme.organization.billing_contacts.get()
    change_contacts(
        Proposal(action="remove", contact=contact),
        organization=acme.organization,
        reason="She left.",
        changed_by=csm,
        now=now,
    )
    saved(acme.organization, csm)
    page = text(shown(as_csm, acme.organization))
    trail = page[page.index("Who changed what") :]
    assert trail.index("Acme: Changed Name.") < trail.index("Remove a contact: finance@acme.test She left.")
    assert trail.index("She left.") < trail.index("The commitment to PureCloud 1 is 100. A second site joins.")


def test_all_of_it_is_read_page_by_page(
    as_csm: Client, csm: User, acme: Customer, umbra: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview_admin, "PAGE_OF_THE_TRAIL", 4)
    for number in range(9):
        # At one instant: nothing is left out or told twice at the end of a page.
        a_change(
            subscription=acme.subscription,
            product_id="purecloud-1",
            effective_date=date(2026, 3, 15),
            commitment=200 + number,
            recorded_at=MADE_AT,
            reason=f"change-{number}.",
        )
        change_contacts(
            Proposal(action=ContactAction.ADD, name="New", email=f"{number}@acme.test"),
            organization=acme.organization,
            reason=f"contact-{number}.",
            changed_by=csm,
            now=MADE_AT,
        )
    change_contacts(
        Proposal(action=ContactAction.ADD, name="New", email="new@umbra.test"),
        organization=umbra.organization,
        reason="theirs.",
        changed_by=csm,
        now=MADE_AT,
    )
    url = reverse("admin:subscriptions_organization_history", args=[acme.organization.pk])
    assert f'href="{url}?after=' in shown(as_csm, acme.organization)
    told: list[str] = []
    query: str | None = ""
    while query is not None:
        page = as_csm.get(f"{url}{query}").content.decode()
        told += re.findall(r"(?:change|contact)-\d\.|A second site joins\.|theirs\.", page)
        more = re.search(r'href="[^"]*(\?after=[^"]+)"', page)
        query = more[1] if more else None
    wanted = [f"{what}-{number}." for what in ("change", "contact") for number in range(9)]
    assert sorted(told) == sorted([*wanted, "A second site joins."])


@pytest.mark.parametrize("after", ["rubbish", "-1", "1.5", "9223372036854775808", "²"])
def test_a_place_that_we_did_not_name_is_not_found(after: str, as_csm: Client, acme: Customer) -> None:
    url = reverse("admin:subscriptions_organization_history", args=[acme.organization.pk])
    assert as_csm.get(url, {"after": after}).status_code == 404
