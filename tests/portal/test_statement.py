"""The statement of account and how each document stands, for those who see invoices (BR-82, BR-83)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from invoices.domain.payments import Share
from invoices.services.payments import apply_credit_note, reverse_payment
from tests.factories.documents import draft_and_issue
from tests.factories.payments import pay_by_wire
from tests.portal import rows

STATEMENT = "/o/acme/invoices/statement/"
CSV = "/o/acme/invoices/statement.csv"
NOW = datetime(2026, 3, 1, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("invoices.portal.views.database_now", lambda: NOW)


@pytest.fixture
def january(agreement):
    return draft_and_issue(agreement, "100.00", dated=date(2026, 1, 15))


@pytest.fixture
def february(agreement):
    return draft_and_issue(agreement, "200.00", dated=date(2026, 2, 15))


def pay(agreement, amount: str, reference: str = "WIRE-1", currency: str = "USD"):
    return pay_by_wire(
        agreement.organization, Money(amount, currency), reference=reference, on=date(2026, 2, 20), at=NOW
    )


def body_of(response) -> str:
    assert response.status_code == 200
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


@pytest.mark.parametrize("url", [STATEMENT, CSV])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("anonymous", 302),
        ("stranger", 404),
        ("member", 403),
        ("other csm", 404),
        ("billing contact", 200),
        ("subscription admin", 200),
        ("assigned csm", 200),
        ("lead", 200),
    ],
)
def test_who_sees_the_statement(role, status, url, client_of, january):
    assert client_of(role).get(url).status_code == status


def test_an_account_without_movements_says_so(client_of):
    assert "Nothing has moved yet" in body_of(client_of("billing contact").get(STATEMENT))


def test_every_movement_stands_with_the_balance_after_it(client_of, agreement, january, february):
    payment = pay(agreement, "130.00")
    reverse_payment(payment, reason="Returned by the bank", by=rows.make_person("finance"), now=NOW)

    lines = body_of(client_of("billing contact").get(CSV)).splitlines()

    assert lines == [
        "Date,What,Document,Charged,Paid or credited,Balance,Currency",
        f"2026-01-15,Invoice,{january.number},100.00,,100.00,USD",
        f"2026-02-15,Invoice,{february.number},200.00,,300.00,USD",
        "2026-02-20,Payment WIRE-1,,,130.00,170.00,USD",
        "2026-03-01,Payment WIRE-1 taken back,,130.00,,300.00,USD",
    ]


def test_what_is_owed_is_shown_by_age_and_credit_apart(client_of, agreement, january, february):
    browser = client_of("billing contact")
    pay(agreement, "60.00")
    body = body_of(browser.get(STATEMENT))
    assert "$240.00" in body
    assert "$40.00 past due" in body
    assert "1–30 days past due" in body

    pay(agreement, "300.00", "WIRE-2")
    body = body_of(browser.get(STATEMENT))
    assert "-$60.00" in body
    assert "a credit of $60.00" in body
    assert "past due</span>" not in body


def test_the_statement_of_a_past_day_is_what_it_was_then(client_of, agreement, january, february):
    payment = pay(agreement, "130.00")
    reverse_payment(payment, reason="Returned by the bank", by=rows.make_person("finance"), now=NOW)
    browser = client_of("billing contact")

    page = body_of(browser.get(f"{STATEMENT}?as_of=2026-02-14"))
    assert "by the end of Feb 14, 2026" in page
    assert "$100.00" in page
    assert february.number not in page
    assert f"{CSV}?as_of=2026-02-14" in page
    # By the clock of the agreement the document of January was due on February 14, and the next day it is past due.
    assert "past due</span>" not in page
    assert "$100.00 past due" in body_of(browser.get(f"{STATEMENT}?as_of=2026-02-15"))
    assert body_of(browser.get(f"{CSV}?as_of=2026-02-15")).splitlines()[1:] == [
        f"2026-01-15,Invoice,{january.number},100.00,,100.00,USD",
        f"2026-02-15,Invoice,{february.number},200.00,,300.00,USD",
        "2026-02-15,Open: Not due yet,,,,200.00,USD",
        "2026-02-15,Open: 1–30 days past due,,,,100.00,USD",
        "2026-02-15,Open: 31–60 days,,,,0.00,USD",
        "2026-02-15,Open: 61–90 days,,,,0.00,USD",
        "2026-02-15,Open: Over 90 days,,,,0.00,USD",
    ]
    assert "Nothing had moved by then" in body_of(browser.get(f"{STATEMENT}?as_of=2026-01-01"))


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "0001-01-01"])
def test_a_day_that_cannot_be_is_refused_where_it_is_typed(day, client_of, january):
    browser = client_of("billing contact")
    page = body_of(browser.get(f"{STATEMENT}?as_of={day}"))
    assert 'class="errors"' in page
    assert "$100.00" not in page
    assert browser.get(f"{CSV}?as_of={day}").status_code == 404


def test_currencies_are_never_added_up(client_of, agreement, january):
    pay(agreement, "80", currency="EUR")

    body = body_of(client_of("billing contact").get(STATEMENT))

    assert "US Dollar (USD)" in body
    assert "Euro (EUR)" in body
    assert "$100.00" in body
    assert "-€80.00" in body


def test_a_reference_that_looks_like_a_formula_is_text(client_of, agreement, january):
    draft_and_issue(agreement, "70.00", dated=date(2026, 2, 1))
    receipt = pay(agreement, "10.00", '=HYPERLINK("http://evil.example")')

    assert receipt.reference.startswith("=")
    assert ",=" not in body_of(client_of("billing contact").get(CSV))


@pytest.mark.parametrize(
    ("case", "paid", "on", "words"),
    [
        ("open", "0.00", date(2026, 2, 14), "Open"),
        ("past due", "0.00", date(2026, 2, 15), "1 day past due"),
        ("long past due", "0.00", date(2026, 3, 16), "30 days past due"),
        ("partly paid", "60.00", date(2026, 2, 1), "$40.00"),
        ("paid", "100.00", date(2026, 3, 16), "Paid"),
    ],
)
def test_a_document_says_how_it_stands(case, paid, on, words, client_of, agreement, january, monkeypatch):
    noon = datetime(on.year, on.month, on.day, 17, tzinfo=UTC)
    monkeypatch.setattr("invoices.portal.views.database_now", lambda: noon)
    if Decimal(paid):
        pay(agreement, paid)
    browser = client_of("billing contact")

    assert words in body_of(browser.get(f"/o/acme/invoices/{january.number}/"))
    assert words in body_of(browser.get("/o/acme/invoices/"))


def test_a_day_is_past_due_by_the_calendar_of_the_billing_zone(client_of, january, monkeypatch):
    browser = client_of("billing contact")
    midnight_in_new_york = datetime(2026, 2, 15, 5, tzinfo=UTC)
    seen = []
    for now in (midnight_in_new_york - timedelta(seconds=1), midnight_in_new_york):
        monkeypatch.setattr("invoices.portal.views.database_now", lambda now=now: now)
        seen.append("1 day past due" in body_of(browser.get("/o/acme/invoices/")))

    assert seen == [False, True]


def test_a_credit_note_says_what_is_left_of_it(client_of, agreement, january):
    credit = draft_and_issue(agreement, "-30.00", dated=date(2026, 2, 15))
    browser = client_of("billing contact")
    assert "Credit left" in body_of(browser.get(f"/o/acme/invoices/{credit.number}/"))

    shares = [Share(document_id=january.pk, amount=Decimal("30.00"))]
    apply_credit_note(credit, shares=shares, by=None, now=NOW)

    assert "Used up" in body_of(browser.get(f"/o/acme/invoices/{credit.number}/"))


def test_a_statement_costs_the_same_queries_however_long_it_is(client_of, agreement, january):
    browser = client_of("billing contact")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            body_of(browser.get(STATEMENT))
        return len(captured)

    queries()
    with_one = queries()
    for day in range(1, 20):
        draft_and_issue(agreement, f"{day}.00", dated=date(2026, 2, day))

    assert queries() == with_one


def test_only_so_many_movements_are_shown_and_their_balances_are_those_of_all(client_of, agreement, monkeypatch):
    monkeypatch.setattr("invoices.portal.views.MOVEMENTS_SHOWN", 2)
    for day in (1, 2, 3, 4):
        draft_and_issue(agreement, "100.00", dated=date(2026, 2, day))

    ((_summary, newest, older),) = client_of("billing contact").get(STATEMENT).context["accounts"]

    assert [row.balance for row in newest] == ["$400.00", "$300.00"]
    assert older == 2
