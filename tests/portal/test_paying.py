"""Paying an invoice by card in the portal: who may, what is shown before and after, and what Stripe reports (BR-81)."""

from datetime import UTC, date, datetime

import pytest
from moneyed import Money

from invoices.models import CardPayment, DocumentBalance, GatewayNotice, Payment
from subscriptions.models import BankAccount
from tests.books import rows_per_table
from tests.factories.documents import draft_and_issue
from tests.factories.gateways import WEBHOOK_SECRET, a_session, an_event, signed
from tests.factories.payments import pay_by_wire

NOW = datetime(2026, 3, 1, 15, tzinfo=UTC)
HOOK = "/webhooks/stripe/"


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    for module in ("views", "paying", "gateway_notices"):
        monkeypatch.setattr(f"invoices.portal.{module}.database_now", lambda: NOW)


@pytest.fixture
def invoice(agreement):
    bank = {"bank_name": "First Pacific Bank", "details": [["Routing (ACH)", "021000021"]]}
    BankAccount.objects.create(issuing_entity=agreement.issuing_entity, currency="USD", **bank)
    return draft_and_issue(agreement, "100.00", dated=date(2026, 2, 1))


@pytest.fixture
def page(invoice):
    return f"/o/acme/invoices/{invoice.number}/pay"


def begin(browser, page: str, seen: str = "100.00"):
    return browser.post(page, {"seen": seen})


def body_of(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("anonymous", 302),
        ("stranger", 404),
        ("member", 403),
        ("other csm", 404),
        ("assigned csm", 403),
        ("lead", 403),
        ("superuser", 403),
        ("billing contact", 200),
        ("subscription admin", 200),
    ],
)
def test_who_may_pay(role, status, client_of, page, invoice):
    browser = client_of(role)
    assert browser.get(page).status_code == status
    before = rows_per_table()

    answer = begin(browser, page)

    assert answer.status_code == (302 if status == 200 else status)
    if status != 200:
        assert rows_per_table() == before
        assert "Pay by card" not in browser.get(f"/o/acme/invoices/{invoice.number}/").content.decode()


def test_a_billing_contact_pays_with_a_test_card(client_of, page, invoice):
    browser = client_of("billing contact")
    assert "Pay by card" in body_of(browser.get("/o/acme/invoices/"))
    assert page in body_of(browser.get(f"/o/acme/invoices/{invoice.number}/"))
    shown = body_of(browser.get(page))
    assert "$100.00" in shown
    assert "no money moves" in shown

    gateway = begin(browser, page)["Location"]
    assert "4242 4242 4242 4242" in body_of(browser.get(gateway))
    back = browser.post(gateway, {"card": "works"})["Location"]

    receipt = body_of(browser.get(back))
    assert "Paid, thank you" in receipt
    payment = Payment.objects.get()
    assert payment.reference in receipt
    assert payment.note == "Paid at the built-in test gateway: no money moved."
    assert "Pay by card" not in body_of(browser.get(f"/o/acme/invoices/{invoice.number}/"))
    assert f"Card payment {payment.reference}" in body_of(browser.get("/o/acme/invoices/statement/"))
    assert "there is nothing to pay" in body_of(browser.get(page))


def test_a_declined_card_says_what_to_do_and_may_be_tried_again(client_of, page, invoice):
    browser = client_of("billing contact")

    back = browser.post(begin(browser, page)["Location"], {"card": "declined"})["Location"]

    shown = body_of(browser.get(back))
    assert "The payment was declined" in shown
    assert "Try another card" in shown
    assert page in shown
    assert DocumentBalance.objects.get(document=invoice).open == 100
    assert "test-gateway" in begin(browser, page)["Location"]
    assert CardPayment.objects.count() == 2


def test_a_bank_that_asks_may_be_left_alone(client_of, page):
    browser = client_of("billing contact")
    gateway = begin(browser, page)["Location"]

    assert "is it you?" in body_of(browser.post(gateway, {"card": "asks"}))
    back = browser.post(gateway, {"card": "given_up"})["Location"]

    assert "Nothing was paid" in body_of(browser.get(back))
    assert begin(browser, page)["Location"] == gateway
    assert "Paid, thank you" in body_of(browser.post(gateway, {"card": "confirmed"}, follow=True))
    assert Payment.objects.count() == 1


def test_a_payment_is_made_once_however_often_the_button_is_pressed(client_of, page):
    browser = client_of("billing contact")
    gateway = begin(browser, page)["Location"]
    assert begin(browser, page)["Location"] == gateway

    for _ in range(2):
        browser.post(gateway, {"card": "works"})

    assert Payment.objects.count() == 1
    assert CardPayment.objects.count() == 1


def test_no_card_is_no_answer(client_of, page):
    browser = client_of("billing contact")
    gateway = begin(browser, page)["Location"]

    for card in ("", "free"):
        assert "Choose one of the test cards" in body_of(browser.post(gateway, {"card": card}))

    assert CardPayment.objects.get().state == "started"


def test_a_payment_that_is_awaited_says_so(client_of, page):
    browser = client_of("billing contact")
    gateway = begin(browser, page)["Location"]

    shown = body_of(browser.get(gateway.removesuffix("test-gateway/")))

    assert "Your payment is being confirmed" in shown
    assert "paying.js" in shown
    assert "Look again" in shown


def test_what_was_paid_meanwhile_is_shown_before_more_is_asked_for(client_of, page, invoice):
    browser = client_of("billing contact")
    pay_by_wire(invoice.organization, Money("60.00", "USD"), on=date(2026, 2, 20), at=NOW)

    for seen in ("100.00", "", "0.01", "nonsense"):
        shown = body_of(begin(browser, page, seen))
        assert "look at what is open now" in shown
        assert "All that is still open, of $100.00" in shown
    assert not CardPayment.objects.exists()

    begin(browser, page, "40.00")
    assert CardPayment.objects.get().amount == 40


@pytest.mark.parametrize(
    ("case", "country", "limit", "words"),
    [
        ("from abroad", "CA", 25_000, "for organizations in the United States"),
        ("above the limit", "US", 99, "Up to $99.00 an invoice can be paid by card"),
    ],
)
def test_what_cannot_be_paid_by_card_says_why_and_where_to_pay(
    case, country, limit, words, client_of, page, invoice, settings
):
    settings.CARD_LIMIT = limit
    invoice.organization.country = country
    invoice.organization.save()
    browser = client_of("billing contact")
    before = rows_per_table()

    for shown in (body_of(browser.get(page)), body_of(browser.get(f"/o/acme/invoices/{invoice.number}/"))):
        assert words in shown
        assert "First Pacific Bank" in shown
        assert "021000021" in shown
    assert "Pay by card" not in body_of(browser.get("/o/acme/invoices/"))

    assert "cannot be paid online" in body_of(begin(browser, page))
    assert rows_per_table() == before


def test_without_a_gateway_nothing_is_offered(client_of, page, invoice, settings):
    settings.PAYMENT_GATEWAY = "none"
    browser = client_of("billing contact")

    assert "Pay by card" not in body_of(browser.get("/o/acme/invoices/"))
    assert "by card" not in body_of(browser.get(f"/o/acme/invoices/{invoice.number}/"))
    assert "Paying online is not offered here" in body_of(browser.get(page))


def test_a_test_gateway_is_there_only_where_it_is_chosen(client_of, page, settings):
    browser = client_of("billing contact")
    gateway = begin(browser, page)["Location"]
    settings.PAYMENT_GATEWAY = "none"

    assert browser.get(gateway).status_code == 404
    assert browser.post(gateway, {"card": "works"}).status_code == 404
    assert not Payment.objects.exists()


def test_the_form_may_lead_to_stripe_on_its_page_only(client_of, page, settings):
    browser = client_of("billing contact")
    assert "form-action 'self';" in browser.get(page)["Content-Security-Policy"] + ";"
    _at_stripe(settings)

    assert "form-action 'self' https://checkout.stripe.com" in browser.get(page)["Content-Security-Policy"]
    assert "stripe" not in browser.get("/o/acme/invoices/")["Content-Security-Policy"]


# --- What Stripe reports ----------------------------------------------------------------------------------------------


def _at_stripe(settings) -> None:
    settings.PAYMENT_GATEWAY = "stripe"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_1", WEBHOOK_SECRET


@pytest.fixture
def attempt(invoice, settings):
    _at_stripe(settings)
    return CardPayment.objects.create(
        organization=invoice.organization,
        invoice=invoice,
        gateway="stripe",
        way="card",
        token="abc",
        currency="USD",
        amount=100,
        started_at=NOW,
        expires_at=NOW,
        ask_at=NOW,
        session="cs_1",
    )


def send(client, body: bytes, signature: str | None = None, **more):
    headers = {"Stripe-Signature": signed(body) if signature is None else signature}
    return client.generic("POST", HOOK, body, content_type="application/json", headers=headers, **more)


def a_paid_event(units: int = 10_000) -> bytes:
    about = a_session("cs_1", token="abc", units=units, status="complete", paid=True)
    return an_event("checkout.session.completed", about)


def test_a_notice_of_stripe_pays_the_invoice_once(client, attempt, invoice):
    for _ in range(2):
        assert send(client, a_paid_event()).status_code == 200

    assert DocumentBalance.objects.get(document=invoice).open == 0
    assert Payment.objects.get().reference == "pi_cs_1"


@pytest.mark.parametrize(
    ("case", "body", "signature", "status"),
    [
        ("not signed", a_paid_event(), "", 400),
        ("signed by another", a_paid_event(), "t=1,v1=00", 400),
        ("no text", b"\xff\xfe\x00", "t=1,v1=00", 400),
        ("signed nonsense", b"{", None, 400),
        ("signed, of no shape", b'{"id": 1, "type": []}', None, 400),
        ("too long", b"x" * (256 * 1024 + 1), "", 413),
        ("another event", an_event("customer.created", {}), None, 200),
    ],
)
def test_a_hostile_body_changes_nothing(case, body, signature, status, client, attempt):
    before = rows_per_table()

    assert send(client, body, signature).status_code == status

    after = rows_per_table()
    assert {name: count for name, count in after.items() if name != "usage.Throttle"} == {
        name: count for name, count in before.items() if name != "usage.Throttle"
    }


def test_what_is_forged_is_held_to_a_rate_and_what_is_signed_is_not(client, attempt):
    answers = [send(client, a_paid_event(), "t=1,v1=00") for _ in range(21)]

    assert {answer.status_code for answer in answers[:20]} == {400}
    assert answers[20].status_code == 429
    assert int(answers[20]["Retry-After"]) >= 1
    assert send(client, a_paid_event()).status_code == 200


def test_another_amount_stands_on_the_home_of_the_csm(client, client_of, attempt, invoice):
    assert send(client, a_paid_event(units=1)).status_code == 200

    assert DocumentBalance.objects.get(document=invoice).open == 100
    notice = GatewayNotice.objects.get()
    shown = body_of(client_of("assigned csm").get("/admin/"))
    assert "Online payments to be looked at" in shown
    assert f"/admin/invoices/gatewaynotice/{notice.pk}/change/" in shown
    looked_at = body_of(client_of("billing contact").get("/o/acme/invoices/paying/abc/"))
    assert "We are looking at your payment" in looked_at


def test_where_stripe_is_not_set_up_there_is_no_such_page(client):
    assert send(client, b"{}").status_code == 404
    assert client.get(HOOK).status_code == 405
