"""
How many SQL statements each list page takes: as many for several rows as for one, and as many as are committed.

`pytest tests/test_query_counts.py --update-query-counts` writes the numbers anew; the difference is then reviewed with
the change that made it.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from billingsite.api import api
from billingsite.middleware import SessionLimitsMiddleware
from invoices.models import Invoice, NumberSeries, Payment
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import (
    BillingContact,
    ContactRequest,
    Invitation,
    IssuingEntity,
    Membership,
    Organization,
    Product,
    SavedFilter,
    VoiceRate,
    VoiceRateDeckVersion,
)
from tests.admin.rows import (
    make_approval,
    make_customer,
    make_lead,
    make_parking,
    make_price_book,
    make_price_import,
    make_promise,
    make_rate_deck,
    make_reminder,
    make_stop,
    make_turn,
)
from tests.factories.webhooks import a_message, a_webhook
from tests.portal import rows
from tests.portal.rows import NOW
from usage.domain.key_scopes import KeyScope
from usage.models import RejectedEvent, UsageSnapshot
from usage.services.keys import create_key

BASELINE = Path(__file__).with_name("query_counts.json")

PORTAL_LISTS = {
    "organizations": [],
    "everyone": ["{code}"],
    "people": ["{code}", "purecloud-2"],
    "events": ["{code}"],
    "rejected_events": ["{code}"],
    "keys": ["{code}"],
    "webhooks": ["{code}"],
    "webhook": ["{code}", "{webhook}"],
    "periods": ["{code}"],
    "period_report": ["{code}"],
    "period_people": ["{code}", "2025-12-15"],
    "prices": ["{code}"],
    "changes": ["{code}"],
    "invoice_list": ["{code}"],
    "statement": ["{code}"],
    "members": ["{code}"],
    "billing_contacts": ["{code}"],
}
"""The customers' lists by the name of their address, with what stands in it."""

NO_LISTS = {
    # Pages about one thing, and steps.
    "home", "organization", "licenses", "person", "period", "period_person", "invoice_detail", "opening_item",
    "line_detail",
    "api_docs", "how_to_read", "upcoming", "upcoming_line", "end_trial", "invoice_send_again", "member_permissions",
    "member_remove", "invitation", "invitation_again", "invitation_withdraw", "trial_request", "trial_asked",
    "trial_confirm", "set_language", "favicon", "rejected_event", "key_replace", "key_revoke",
    "health", "health_detail", "metrics", "invoice_pay", "card_payment", "test_gateway", "stripe_notice",
    "webhook_rotate", "webhook_revoke", "webhook_test", "webhook_switch_on", "webhook_delivery", "webhook_send_again",
    # Files, which are as long as they are.
    "invoice_pdf", "line_evidence", "period_download", "period_report_file", "prices_csv", "prices_xlsx",
    "e_invoice_file",
    "statement_csv", "invoice_lines_csv", "upcoming_evidence", "events_csv", "rejected_events_csv", "changes_csv",
}  # fmt: skip
"""Every other address of the customers' pages."""

API_LISTS = (
    "/organizations",
    "/organizations/{organization}/subscriptions",
    "/organizations/{organization}/usage/snapshots",
    "/organizations/{organization}/usage/snapshots/{snapshot}/people",
    "/organizations/{organization}/billing-cycles",
    "/organizations/{organization}/invoices",
    "/organizations/{organization}/invoices/{invoice}/lines",
    "/organizations/{organization}/credit-notes",
    "/organizations/{organization}/credit-notes/{credit_note}/lines",
    "/organizations/{organization}/payments",
)
"""The lists of the API."""

CLOCKS = (
    "usage.api.access",
    "usage.views.licenses",
    "invoices.portal.previews",
    "invoices.portal.history",
    "subscriptions.views.members",
)


def admin_lists() -> dict[str, str]:
    names = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    return {f"admin {name}": reverse(f"admin:{name}_changelist") for name in sorted(names)}


def portal_lists(organization: Organization) -> dict[str, str]:
    return {
        f"portal {name}": reverse(
            name, args=[part.format(code=organization.code, webhook=_webhook_of(organization)) for part in parts]
        )
        for name, parts in PORTAL_LISTS.items()
    }


def api_lists(organization: Organization) -> dict[str, str]:
    documents = Invoice.objects.filter(organization=organization)
    names = {
        "organization": organization.code,
        "snapshot": UsageSnapshot.objects.filter(organization=organization).latest("pk").pk,
        "invoice": documents.filter(document_type="invoice").latest("pk").pk,
        "credit_note": documents.filter(document_type="credit_note").latest("pk").pk,
    }
    return {f"api {path}": f"/api/v1{path.format_map(names)}" for path in API_LISTS}


def a_key_for_all() -> str:
    return create_key(organization=None, name="all", created_by=None, now=NOW, scopes=tuple(KeyScope))[1]


def _webhook_of(organization: Organization) -> int | None:
    return organization.webhook_endpoints.values_list("pk", flat=True).first()


NAMES = [*admin_lists(), *(f"portal {name}" for name in PORTAL_LISTS), *(f"api {name}" for name in API_LISTS)]


@pytest.fixture(scope="module")
def measured(django_db_setup: None, django_db_blocker: Any) -> dict[str, tuple[int, int]]:
    """Count every list with few rows and with several, once for all tests; nothing of it stays."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        for module in CLOCKS:
            patch.setattr(f"{module}.database_now", lambda: NOW)
        # However long it takes: a session is written once a minute, and that is no query of a list.
        patch.setattr(SessionLimitsMiddleware, "PRECISION_SECONDS", 86_400)
        few, several = count_admin()
        for name, (one, more) in count_portal().items():
            few[name], several[name] = one, more
        transaction.set_rollback(True)
    return {name: (few[name], several[name]) for name in few}


@pytest.fixture(scope="module")
def baseline(request: pytest.FixtureRequest, measured: dict[str, tuple[int, int]]) -> dict[str, int]:
    if request.config.getoption("--update-query-counts"):
        counts = {name: few for name, (few, _several) in sorted(measured.items())}
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
    return json.loads(BASELINE.read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_list_takes_as_many_queries_as_are_committed_however_long_it_is(
    name: str, measured: dict[str, tuple[int, int]], baseline: dict[str, int]
) -> None:
    assert name in baseline, "A list page without a row: run with --update-query-counts and review the number."
    assert measured[name] == (baseline[name], baseline[name])


def test_no_number_is_committed_for_a_list_that_is_not_there(baseline: dict[str, int]) -> None:
    assert set(baseline) == set(NAMES)


def test_every_address_of_the_customers_pages_is_known_as_a_list_or_as_none() -> None:
    assert names_below(get_resolver()) == set(PORTAL_LISTS) | NO_LISTS


def test_every_list_of_the_api_is_known() -> None:
    paths = api.get_openapi_schema(path_prefix="")["paths"]
    assert {f"/{path.lstrip('/')}" for path, told in paths.items() if is_paged(told)} == set(API_LISTS)


def test_no_list_of_the_admin_counts_its_rows_or_looks_through_them_for_its_filters(db: None) -> None:
    make_rows("acme", 1)
    browser = logged_in(make_lead("lead"))
    for name, url in admin_lists().items():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        table = name.removeprefix("admin ")
        counting = [query["sql"] for query in queries if "COUNT(*)" in query["sql"] or " DISTINCT " in query["sql"]]
        assert [sql for sql in counting if f'FROM "{table}"' in sql] == [], name


def is_paged(operations: dict[str, Any]) -> bool:
    answered = operations.get("get", {}).get("responses", {}).get(200, {}).get("content", {})
    return str(answered.get("application/json", {}).get("schema", {}).get("$ref")).endswith("Page")


# --- Counting --------------------------------------------------------------------------------------------------------


def count_admin() -> tuple[dict[str, int], dict[str, int]]:
    browser = logged_in(make_lead("lead"))
    counts, shown = [], []
    for number in (1, 3):
        for k in range(number):
            make_rows(f"customer-{number}-{k}", number * 10 + k)
        answers = {name: look_at(browser, url) for name, url in admin_lists().items()}
        counts.append({name: queries for name, (queries, _answer) in answers.items()})
        shown.append({name: len(answer.context["cl"].result_list) for name, (_queries, answer) in answers.items()})
    assert [name for name, few in shown[0].items() if not 0 < few < shown[1][name]] == []
    return counts[0], counts[1]


def make_rows(code: str, place: int) -> None:
    customer = make_customer(code)
    make_parking(customer.organization)
    make_promise(customer.invoice, User.objects.get(username=f"{code}-csm"))
    make_stop(customer.organization, User.objects.get(username=f"{code}-csm"))
    make_reminder(customer.invoice)
    make_rate_deck(code)
    make_price_book(date(2020, 1, 1) + timedelta(days=place))
    make_price_import(date(2020, 1, 1) + timedelta(days=place))
    Group.objects.create(name=code)
    entity = IssuingEntity.objects.create(code=code, legal_name=code, address=code, country="US")
    NumberSeries.objects.create(issuing_entity=entity, document_type="credit_note", last_number=0, last_issued_at=NOW)
    Product.objects.create(code=code, name=code, kind="add_on")
    owner = User.objects.get(username=f"{code}-csm")
    make_turn(owner)
    make_approval(owner, reason="The new list.")
    for page in ("invoices_invoice", "auth_user"):
        SavedFilter.objects.create(owner=owner, page=page, query="q=a", name=code, is_shared=True, saved_at=NOW)


def count_portal() -> dict[str, tuple[int, int]]:
    counts = []
    for code, since, number in (("one", date(2025, 12, 15), 1), ("several", date(2025, 8, 15), 4)):
        organization = make_organization(code, since=since, number=number)
        browser = logged_in(User.objects.get(username=f"{code}-admin"))
        program = Client(headers={"Authorization": f"Bearer {a_key_for_all()}"})
        counts.append(
            {name: count(browser, url) for name, url in portal_lists(organization).items()}
            | {name: count(program, url) for name, url in api_lists(organization).items()}
        )
    return {name: (counts[0][name], counts[1][name]) for name in counts[0]}


def make_organization(code: str, *, since: date, number: int) -> Organization:
    """Return an organization with so many people, documents, rates, members and requests, and a subscription admin."""
    organization = rows.make_organization(code, code)
    deck = make_rate_deck(f"Rates of {code}").deck
    subscription = rows.make_subscription(
        organization, effective_date=since, commitments={"purecloud-2": 1}, rate_deck=deck
    )
    VoiceRate.objects.bulk_create(
        VoiceRate(
            version=VoiceRateDeckVersion.objects.get(deck=deck),
            direction="outbound",
            prefix=f"+{4000 + k}",
            destination=f"Place {k}",
            per_minute=Decimal("0.02"),
        )
        for k in range(number)
    )
    for k in range(number):
        rows.log_in(organization, f"person-{k}", at=NOW - timedelta(days=20))
        rows.log_in(organization, f"person-{k}", at=NOW - timedelta(days=2))
    close_due_cycles(now=NOW, organization_id=organization.pk)
    person = rows.make_member(f"{code}-admin", organization, billing_subscription=True)
    for k in range(number):
        rows.make_invoice(subscription, 100 * organization.pk + k, document_type="invoice")
        rows.make_invoice(subscription, 100 * organization.pk + 50 + k, document_type="credit_note")
        Payment.objects.create(
            organization=organization,
            currency="USD",
            amount=5,
            method="wire",
            reference=f"W-{k}",
            received_on=NOW.date(),
            recorded_at=NOW,
        )
        rows.make_member(f"{code}-member-{k}", organization, billing_contact=True)
        name = f"{code}-{k}"
        email = f"{name}@example.com"
        BillingContact.objects.create(organization=organization, name=name, email=email)
        ContactRequest.objects.create(
            organization=organization, action="add", name=name, email=email, asked_by=person, asked_at=NOW
        )
        create_key(organization=organization, name=name, created_by=person, now=NOW)
        endpoint = a_webhook(organization, url=f"https://{k}.example.com/", at=NOW)
        for subject in range(number):
            a_message(endpoint, subject=subject, at=NOW)
        RejectedEvent.objects.create(
            organization=organization,
            received_at=NOW,
            reason="invalid",
            message="time: is missing",
            payload="{}",
            digest=name.encode().ljust(16, b"0"),
        )
        Invitation.objects.create(
            organization=organization, email=email, invited_at=NOW, expires_at=NOW + timedelta(days=1)
        )
        if k:
            Membership.objects.create(
                organization=rows.make_organization(f"{name}-too", name), user=person, billing_subscription=True
            )
    return organization


def count(browser: Client, url: str) -> int:
    queries, _answer = look_at(browser, url)
    return queries


def look_at(browser: Client, url: str) -> tuple[int, Any]:
    """Return how many queries a list takes that was looked at before, and the list."""
    browser.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(url)
    assert answer.status_code == 200, url
    return len(queries), answer


def logged_in(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def names_below(resolver: URLResolver) -> set[str]:
    names: set[str] = set()
    for pattern in resolver.url_patterns:
        prefix = str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            names |= {pattern.name} - {None} if not prefix.startswith("admin/") else set()
        elif not prefix.startswith(("admin/", "api/", "account/")):
            names |= names_below(pattern)
    return names
