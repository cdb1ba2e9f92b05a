"""What every page keeps to: no script or style inside it, names escaped, nothing cached, a query count that is flat."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.portal import rows

HOSTILE = "<script>alert(1)</script>\"'&{{ 7|add:7 }}"

PAGES = [
    "/organizations/",
    "/account/password/change/",
    "/account/two-factor/",
    "/o/acme/members/",
    "/o/acme/licenses/",
    "/o/acme/licenses/people/",
    "/o/acme/licenses/purecloud-2/people/",
    "/o/acme/licenses/person/?user=ann",
    "/o/acme/periods/",
    "/o/acme/periods/report/",
    "/o/acme/invoices/",
    "/o/acme/invoices/INV-000001/",
    "/o/nobody/",
]

LISTS = ["/organizations/", "/o/acme/licenses/", "/o/acme/licenses/people/", "/o/acme/invoices/", "/o/acme/members/"]

INLINE = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.fixture
def admin(client_of, acme, agreement) -> Client:
    rows.log_in(acme, "ann")
    rows.make_invoice(agreement, 1)
    return client_of("subscription admin")


@pytest.mark.parametrize("url", PAGES)
def test_pages_run_under_a_policy_without_inline_script_or_style(url, admin):
    response = admin.get(url)
    policy = response["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not INLINE.search(response.content.decode())


def test_the_log_in_page_runs_under_the_policy_too(db):
    response = Client().get("/account/login/")

    assert "unsafe" not in response["Content-Security-Policy"]
    assert not INLINE.search(response.content.decode())


@pytest.mark.parametrize("url", ["/admin/login/", "/o/../admin/"])
def test_only_the_admin_may_run_what_its_theme_needs(url, db):
    policy = Client().get(url)["Content-Security-Policy"]

    assert ("unsafe-eval" in policy) is url.startswith("/admin/")
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("url", PAGES)
def test_nothing_is_kept_by_a_shared_computer(url, admin):
    assert "no-store" in admin.get(url)["Cache-Control"]


@pytest.mark.parametrize(
    "url", ["/organizations/", "/o/acme/licenses/", "/o/acme/licenses/people/", "/o/acme/invoices/", "/o/acme/members/"]
)
def test_hostile_names_are_shown_as_text(url, acme, agreement):
    acme.name = acme.legal_name = HOSTILE
    acme.save()
    person = rows.make_member("ann", acme, billing_subscription=True)
    person.first_name = HOSTILE
    person.save()
    rows.log_in(acme, HOSTILE, "")
    rows.make_invoice(agreement)
    browser = Client()
    browser.force_login(person)

    body = browser.get(url, {"q": ""}).content.decode()

    assert "<script>" not in body
    assert "&lt;script&gt;alert(1)" in body
    assert "{{ 7|add:7 }}" in body


def test_hostile_texts_on_a_document_and_in_a_search_are_shown_as_text(acme, agreement):
    acme.legal_name = HOSTILE
    acme.save()
    rows.make_invoice(agreement)
    browser = Client()
    browser.force_login(rows.make_lead("lead"))

    for url in (
        "/o/acme/invoices/INV-000001/",
        "/organizations/?q=%3Cscript%3E",
        "/o/acme/licenses/people/?q=<script>",
    ):
        assert "<script>" not in browser.get(url).content.decode()


@pytest.mark.parametrize(
    "url", ["/o/acme/licenses/", "/o/acme/licenses/people/", "/o/acme/invoices/", "/organizations/"]
)
def test_the_number_of_queries_does_not_grow_with_the_rows(url, acme, agreement):
    browser = Client()
    browser.force_login(rows.make_person("root", is_staff=True, is_superuser=True))

    def add(first: int, last: int) -> None:
        for index in range(first, last):
            rows.log_in(acme, f"user-{index}")
            rows.make_invoice(agreement, index)
            rows.make_organization(f"org-{index}", f"Org {index}")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(url).status_code == 200
        return len(captured)

    add(0, 3)
    queries()  # the first one fills caches that live as long as the process
    with_three = queries()
    add(3, 30)

    assert queries() == with_three


@pytest.mark.parametrize("lines", [3, 30])
def test_a_document_costs_the_same_queries_however_long_it_is(lines, acme, agreement, django_assert_num_queries):
    rows.make_invoice(agreement, 1, lines=lines)
    browser = Client()
    browser.force_login(rows.make_person("root", is_staff=True, is_superuser=True))
    browser.get("/o/acme/invoices/INV-000001/")

    with django_assert_num_queries(17):
        browser.get("/o/acme/invoices/INV-000001/")


def test_lists_are_neither_counted_nor_skipped_through(acme, agreement):
    for index in range(30):
        rows.make_invoice(agreement, index)
    browser = Client()
    browser.force_login(rows.make_lead("lead"))
    first = browser.get("/o/acme/invoices/").context["page"]

    with CaptureQueriesContext(connection) as captured:
        browser.get(f"/o/acme/invoices/?{first.next_query}")

    statements = " ".join(query["sql"].upper() for query in captured)
    assert "COUNT(" not in statements
    assert "OFFSET" not in statements


@pytest.mark.parametrize(
    ("url", "heading"), [("/o/nobody/", "There is nothing here"), ("/nowhere", "There is nothing here")]
)
def test_a_page_that_does_not_exist_helps_on(url, heading, db):
    browser = Client()
    browser.force_login(rows.make_person("ann"))

    response = browser.get(url)

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
    assert 'href="/"' in response.content.decode()


def test_a_form_without_its_token_is_refused_in_words(db):
    response = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "ann", "password": "x"})

    assert response.status_code == 403
    assert "Nothing was changed." in response.content.decode()


def test_an_error_of_ours_is_a_page_that_needs_no_database(agreement, client_of, monkeypatch):
    browser = client_of("subscription admin")
    browser.raise_request_exception = False
    monkeypatch.setattr("usage.views.licenses.get_current_usage", lambda **_: 1 / 0)

    response = browser.get("/o/acme/licenses/")

    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "unsafe" not in response["Content-Security-Policy"]


@pytest.mark.parametrize("url", PAGES)
def test_pages_have_their_landmarks_and_labels(url, admin):
    body = admin.get(url).content.decode()

    assert '<html lang="en">' in body
    assert body.count("<h1") == 1
    assert body.count("<main") == 1
    assert 'class="skip-link" href="#main"' in body
    assert len(re.findall(r"<table", body)) == len(re.findall(r"<caption", body))
    assert not re.findall(r"<th(?![^>]*scope=)[\s>]", body)
    for field in re.findall(r'<input(?![^>]*type="hidden")[^>]*id="([^"]+)"', body):
        assert f'for="{field}"' in body
