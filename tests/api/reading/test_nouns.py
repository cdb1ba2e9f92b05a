"""Reading through the API: each noun, page by page, for the key's own organization alone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from invoices.models import BillingCycle, Payment, RenderedPdf
from invoices.services.crediting import CreditRequest, issue_credit
from subscriptions.models import Organization
from tests.api.reading.conftest import NOW, Customer, a_key, get
from tests.factories.payments import pay_by_wire
from tests.factories.usage import an_organization
from usage.models import UsageSnapshot

LISTS = [
    "/subscriptions",
    "/usage/snapshots",
    "/billing-cycles",
    "/invoices",
    "/credit-notes",
    "/payments",
]
SCOPES = {
    "": "organization:read",
    "/subscriptions": "organization:read",
    "/usage": "usage:read",
    "/usage/snapshots": "usage:read",
    "/billing-cycles": "usage:read",
    "/invoices": "invoices:read",
    "/credit-notes": "invoices:read",
    "/payments": "invoices:read",
}


def assert_problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"]
    return problem


def pay(customer: Customer, reference: str = "W-1", amount: str = "100") -> Payment:
    return pay_by_wire(customer.organization, Money(amount, "USD"), reference=reference, on=NOW.date(), at=NOW)


# --- What is told ----------------------------------------------------------------------------------------------------


def test_an_organization_is_told_with_its_address(acme):
    assert acme.json("")["legal_name"] == acme.organization.legal_name
    assert get(acme.secret, "/organizations").json()["items"] == [acme.json("")]


def test_an_agreement_is_told_with_the_prices_and_commitments_in_force(acme):
    (agreement,) = acme.json("/subscriptions")["items"]
    assert agreement == acme.json(f"/subscriptions/{acme.subscription.pk}")
    assert (agreement["period"]["start"], agreement["period"]["last_day"]) == ("2026-03-15", "2026-04-14")
    assert agreement["period"]["starts_at"] == "2026-03-15T04:00:00Z"
    product = next(one for one in agreement["products"] if one["product"] == "purecloud-3")
    assert product["commitment"] == "2"
    assert product["price"] == {"amount": "140", "currency": "USD"}
    assert product["overage_price"] == {"amount": "150", "currency": "USD"}


def test_the_use_to_date_stands_against_what_is_committed_and_included(acme):
    use = acme.json("/usage")
    (seats,) = use["licenses"]
    told = {name: seats[name] for name in ("product", "quantity", "commitment", "over", "left", "people")}
    assert told == {
        "product": "purecloud-3",
        "quantity": "3",
        "commitment": "2",
        "over": "1",
        "left": "0",
        "people": 3,
    }
    assert (use["as_of"], use["is_counted"], use["people"]) == ("2026-03-20T12:00:00Z", True, 3)
    storage = next(one for one in use["resources"] if one["resource"] == "data-storage")
    # Three seats, the greater of commitment and use, bring 32.5 GB each.
    assert (storage["used"], storage["allotment"], storage["over"], storage["unit"]) == ("0", "97.5", "0", "GB")


def test_while_no_agreement_runs_there_is_no_use_to_date(acme):
    nobody = an_organization("newcomer")
    assert_problem(get(a_key(nobody), "/organizations/newcomer/usage"), 404)


def test_a_snapshot_is_what_the_close_counted(acme):
    newest, first = acme.json("/usage/snapshots")["items"]
    assert first["products"] == [{"product": "purecloud-3", "name": "PureCloud 3", "quantity": "3"}]
    whole = acme.json(f"/usage/snapshots/{first['id']}")
    assert {name: whole[name] for name in first} == first
    people = acme.json(f"/usage/snapshots/{first['id']}/people?limit=2")
    assert [person["user"] for person in people["items"]] == ["ann", "ben"]
    rest = Client().get(people["next"], headers={"authorization": f"Bearer {acme.secret}"}).json()
    assert [(person["user"], person["seconds"]) for person in rest["items"]] == [("cid", 8 * 3600)]
    assert newest["starts_at"] == "2026-02-15T05:00:00Z"


def test_cycles_are_told_and_filtered_by_state_and_day(acme):
    states = [(cycle["period_start"], cycle["state"]) for cycle in acme.json("/billing-cycles")["items"]]
    assert states == [("2026-03-15", "open"), ("2026-02-15", "closed"), ("2026-01-15", "closed")]
    closed = acme.json("/billing-cycles?state=closed&starts_from=2026-02-01&starts_to=2026-02-28")["items"]
    assert [cycle["period_start"] for cycle in closed] == ["2026-02-15"]
    assert acme.json(f"/billing-cycles/{closed[0]['id']}") == closed[0]
    assert acme.json(f"/usage/snapshots/{closed[0]['snapshot']}")["ends_at"] == closed[0]["ends_at"]


def test_an_invoice_is_told_with_its_lines_exactly(acme):
    invoice = acme.json(f"/invoices/{acme.invoice.pk}")
    overage = next(line for line in invoice["lines"] if line["kind"] == "overage")
    assert (overage["number"], overage["quantity"], overage["amount"]) == (
        2,
        "1",
        {"amount": "150.00", "currency": "USD"},
    )
    assert invoice["total"] == {"amount": "430.00", "currency": "USD"}
    assert acme.json(f"/invoices/{acme.invoice.pk}/lines")["items"] == invoice["lines"]
    listed = acme.json(f"/invoices?number={acme.invoice.number}")["items"]
    assert listed == [{name: invoice[name] for name in listed[0]}]


def test_a_line_is_explained_with_its_evidence_in_either_language(acme):
    path = f"/invoices/{acme.invoice.pk}/lines/2/explanation"
    told = acme.json(path)
    assert "BR-30" in told["rules"]
    assert told["arithmetic"] == "3 − 2 = 1; 1 × $150.00 = $150.00"
    assert [row[0] for row in told["evidence"]["rows"]] == ["ann", "ben", "cid"]
    assert any("2026-01-20T14:00:00Z" in row for row in told["evidence"]["rows"])
    assert acme.json(f"{path}?language=ja")["words"] != told["words"]
    assert_problem(acme.get(f"/invoices/{acme.invoice.pk}/lines/99/explanation"), 404)


def test_a_credit_note_tells_what_it_gives_back_and_is_no_invoice(acme):
    request = CreditRequest(place=1, parts=None, reason="Never worked.")
    lead = User.objects.create_user("lead")
    note = issue_credit(invoice_id=acme.invoice.pk, request=request, issued_by=lead, now=NOW)
    told = acme.json(f"/credit-notes/{note.pk}")
    assert (told["credits_invoice"], told["total"]["amount"], told["number"]) == (
        acme.invoice.number,
        "430.00",
        note.number,
    )
    assert [line["kind"] for line in told["lines"]] == ["credit", "credit"]
    assert acme.json(f"/credit-notes/{note.pk}/lines")["items"] == told["lines"]
    assert acme.json(f"/credit-notes/{note.pk}/lines/1/explanation")["facts"]
    assert acme.get(f"/credit-notes/{note.pk}/pdf").status_code == 202
    assert [one["id"] for one in acme.json("/credit-notes")["items"]] == [note.pk]
    for path in ("", "/lines", "/lines/1/explanation", "/pdf"):
        assert_problem(acme.get(f"/invoices/{note.pk}{path}"), 404)
        assert_problem(acme.get(f"/credit-notes/{acme.invoice.pk}{path}"), 404)


def test_invoices_are_found_by_how_they_stand(acme):
    pay(acme, amount="430")
    numbers = {status: len(acme.json(f"/invoices?status={status}")["items"]) for status in ("open", "paid", "past_due")}
    assert numbers == {"open": 2, "paid": 1, "past_due": 0}
    assert {one["status"] for one in acme.json("/invoices?status=open")["items"]} == {"open"}
    assert acme.json("/invoices?currency=EUR")["items"] == []
    assert acme.json("/invoices?issued_to=2026-03-19")["items"] == []


def test_a_payment_tells_what_it_pays_and_what_is_left(acme):
    payment = pay(acme, amount="1800")
    told = acme.json(f"/payments/{payment.pk}")
    assert [paid["amount"]["amount"] for paid in told["pays"]] == ["280.00", "430.00", "430.00"]
    assert told["unallocated"] == {"amount": "660.00", "currency": "USD"}
    assert acme.json("/payments?reference=W-1")["items"] == [told]
    assert acme.json("/payments?received_to=2026-03-19")["items"] == []


# --- Pages -----------------------------------------------------------------------------------------------------------


def test_a_list_is_read_to_its_end_page_by_page_without_a_row_twice(acme):
    seen, path = [], "/api/v1/organizations/acme/invoices?limit=1&status=open"
    while path:
        answer = Client().get(path, headers={"authorization": f"Bearer {acme.secret}"})
        page = answer.json()
        seen += [invoice["id"] for invoice in page["items"]]
        assert answer.headers.get("Link") == (f'<{page["next"]}>; rel="next"' if page["next"] else None)
        path = page["next"]
    assert seen == [invoice["id"] for invoice in acme.json("/invoices")["items"]]
    assert len(seen) == 3


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("cursor", ["x", "%00", "WyJ4IiwgIjEiXQ", "e30", "é", "WyIxIiwiMiIsIjMiXQ", "!" * 300])
def test_a_broken_cursor_is_named(acme, path, cursor):
    problem = assert_problem(acme.get(f"{path}?after={cursor}"), 400)
    assert problem["errors"][0]["field"] == "after"


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("limit=0", 422, "limit"),
        ("limit=201", 422, "limit"),
        ("limit=many", 422, "limit"),
        ("status=unpaid", 422, "status"),
        ("currency=usd", 422, "currency"),
        ("issued_from=yesterday", 422, "issued_from"),
        ("issued_from=2026-02-01&issued_to=2026-01-01", 422, "issued_to"),
        ("number=%00", 422, "number"),
        ("state=open", 400, "state"),
        ("offset=20", 400, "offset"),
    ],
)
def test_a_filter_that_cannot_be_is_named(acme, query, status, field):
    problem = assert_problem(acme.get(f"/invoices?{query}"), status)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["detail"].startswith(f"{field}: ")


def test_a_list_takes_as_many_statements_for_many_rows_as_for_one(acme):
    for number in range(3):
        pay(acme, f"W-{number}")
    # What was never used is noted at the first use.
    acme.json("")
    for path in LISTS:
        counts = []
        for limit in (1, 50):
            with CaptureQueriesContext(
                connection,
            ) as captured:
                acme.json(f"{path}?limit={limit}")
            counts.append(len(captured))
        assert counts[0] == counts[1] <= 9, path


# --- Who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "scope"), SCOPES.items())
def test_a_key_without_the_scope_is_told_which_one(acme, path, scope):
    others = [one for one in [*set(SCOPES.values()), "events:write", "payments:write"] if one != scope]
    problem = assert_problem(get(a_key(acme.organization, *others), f"/organizations/acme{path}"), 403)
    assert scope in problem["detail"]
    assert get(a_key(acme.organization, scope), f"/organizations/acme{path}").status_code == 200


def rows_of(customer: Customer) -> list[str]:
    own = {"organization": customer.organization}
    return [
        f"/subscriptions/{customer.subscription.pk}",
        f"/usage/snapshots/{UsageSnapshot.objects.filter(**own).first().pk}",
        f"/usage/snapshots/{UsageSnapshot.objects.filter(**own).first().pk}/people",
        f"/billing-cycles/{BillingCycle.objects.filter(**own).first().pk}",
        f"/invoices/{customer.invoice.pk}",
        f"/invoices/{customer.invoice.pk}/lines",
        f"/invoices/{customer.invoice.pk}/lines/1/explanation",
        f"/invoices/{customer.invoice.pk}/pdf",
        f"/payments/{Payment.objects.filter(**own).first().pk}",
    ]


def test_what_is_anothers_is_not_there_by_either_address(acme, umbra):
    pay(umbra)
    pay(acme)
    for path in [*SCOPES, *rows_of(umbra)]:
        told = get(acme.secret, f"/organizations/umbra{path}").json()
        assert told == get(acme.secret, f"/organizations/nobody{path}").json()
        assert told["status"] == 404, path
    for path in rows_of(umbra):
        assert_problem(acme.get(path), 404)
    for path in rows_of(acme):
        assert acme.get(path).status_code in {200, 202}, path


def test_a_platforms_key_that_may_read_reads_all(acme, umbra):
    secret = a_key(None, "organization:read", "invoices:read")
    codes = [one["code"] for one in get(secret, "/organizations").json()["items"]]
    assert codes == list(Organization.objects.order_by("-pk").values_list("code", flat=True))
    for customer in (acme, umbra):
        assert get(secret, f"/organizations/{customer.organization.code}/invoices").status_code == 200
    assert_problem(get(a_key(None, "events:write"), "/organizations"), 403)


def test_without_a_key_nothing_is_read(acme, client):
    for path in SCOPES:
        answer = client.get(f"/api/v1/organizations/acme{path}")
        assert_problem(answer, 401)
        assert answer["WWW-Authenticate"] == "Bearer"


# --- How it is answered ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nothing", 404),
        ("get", "/", 404),
        ("get", "/organizations/acme/invoices/", 404),
        ("get", "/organizations/acme/invoices/abc", 422),
        ("get", "/organizations/acme/invoices/0", 422),
        ("get", f"/organizations/acme/invoices/{2**63}", 422),
        ("get", "/organizations/%00/invoices", 404),
        ("get", f"/organizations/{'x' * 51}/invoices", 422),
        ("post", "/organizations/acme/invoices", 405),
        ("put", "/organizations/acme/payments", 405),
        ("delete", "/organizations/acme", 405),
        ("get", "/events", 405),
    ],
)
def test_whatever_is_refused_is_a_problem(acme, method, path, status):
    headers = {"authorization": f"Bearer {acme.secret}"}
    answer = getattr(Client(raise_request_exception=False), method)(f"/api/v1{path}", headers=headers)
    assert_problem(answer, status)
    assert ("Allow" in answer) == (status == 405)


def test_an_invoice_that_is_known_is_not_sent_again_until_something_is_paid(acme):
    path = f"/invoices/{acme.invoice.pk}"
    first = acme.get(path)
    tag = first["ETag"]
    assert first["Cache-Control"] == "private, no-cache"
    for asked in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        known = acme.get(path, **{"if-none-match": asked})
        assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
    assert acme.get(path, **{"if-none-match": '"other"'}).status_code == 200
    pay(acme, amount="500")
    changed = acme.get(path, **{"if-none-match": tag})
    assert (changed.status_code, changed.json()["status"]) == (200, "open")
    assert changed["ETag"] != tag


def test_a_pdf_comes_as_it_was_mailed_or_is_said_to_be_on_its_way(acme):
    path = f"/invoices/{acme.invoice.pk}/pdf"
    waiting = acme.get(path)
    assert (waiting.status_code, waiting["Retry-After"]) == (202, "60")
    RenderedPdf.objects.filter(invoice=acme.invoice).update(content=b"%PDF-1.7", sha256="a" * 64, rendered_at=NOW)
    made = acme.get(path)
    assert (made.status_code, made["Content-Type"], made.content) == (200, "application/pdf", b"%PDF-1.7")
    assert acme.invoice.number in made["Content-Disposition"]
    assert acme.get(path, **{"if-none-match": made["ETag"]}).status_code == 304
    assert acme.json(f"/invoices/{acme.invoice.pk}")["is_pdf_ready"]


def test_what_may_change_is_kept_by_nobody(acme):
    assert "no-store" in acme.get("/invoices")["Cache-Control"]
    assert "no-store" in acme.get("/usage")["Cache-Control"]


def test_a_key_that_asks_too_often_waits(acme, settings, monkeypatch):
    settings.API_REQUESTS_PER_SECOND = 1
    secret = a_key(acme.organization)
    left = [get(secret, "/organizations/acme")["RateLimit"] for _ in range(60)]
    assert (left[0], left[-1]) == ('"requests";r=59;t=1', '"requests";r=0;t=60')
    refused = get(secret, "/organizations/acme")
    assert_problem(refused, 429)
    assert refused["Retry-After"] == "1"
    monkeypatch.setattr("usage.api.access.database_now", lambda: NOW + timedelta(seconds=1))
    assert get(secret, "/organizations/acme").status_code == 200
