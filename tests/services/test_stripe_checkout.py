"""Stripe Checkout by its library: what is asked of it, and what of its notices is believed (BR-81). No network."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import stripe
from moneyed import Money

from invoices.domain.card_payments import Happening, Way
from invoices.services.gateways.contract import (
    Checkout,
    ForgedNoticeError,
    GatewayError,
    OpenCheckout,
    UnreadableNoticeError,
)
from tests.factories.gateways import CREATED, FakeStripe, a_session, a_stripe, an_event, signed

NOW = datetime(2026, 3, 7, 8, tzinfo=UTC)
WANTED = Checkout(
    token="abc123",
    amount=Money("1186.50", "USD"),
    way=Way.CARD,
    title="INV-000147",
    payer_email="percival@okafor.example",
    return_path="/o/acme/invoices/paying/abc123/",
    expires_at=NOW + timedelta(hours=1),
)
PAID = a_session("cs_1", token="abc123", units=118650, status="complete", paid=True)


def test_a_checkout_is_asked_for_with_all_that_it_needs_and_no_more():
    fake = FakeStripe()

    opened = a_stripe(fake).start(WANTED)

    assert opened == OpenCheckout(session="cs_test_1", url="https://checkout.stripe.com/c/pay/cs_test_1")
    [(method, path, fields, headers)] = fake.sent
    assert (method, path) == ("post", "/checkout/sessions")
    assert headers["Idempotency-Key"] == "seatbill-abc123"
    assert headers["Authorization"] == "Bearer sk_test_1"
    assert {name: value for name, [value] in fields.items()} == {
        "mode": "payment",
        "payment_method_types[0]": "card",
        "client_reference_id": "abc123",
        "metadata[attempt]": "abc123",
        "payment_intent_data[metadata][attempt]": "abc123",
        "payment_intent_data[description]": "INV-000147",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "118650",
        "line_items[0][price_data][product_data][name]": "INV-000147",
        "success_url": "https://billing.example/o/acme/invoices/paying/abc123/",
        "cancel_url": "https://billing.example/o/acme/invoices/paying/abc123/?cancelled=yes",
        "expires_at": str(int((NOW + timedelta(hours=1)).timestamp())),
        "customer_email": "percival@okafor.example",
    }


def test_the_same_asked_for_again_is_the_same_checkout():
    gateway = a_stripe(FakeStripe())

    assert gateway.start(WANTED) == gateway.start(WANTED)


def test_stripe_that_is_away_is_said_to_be():
    fake = FakeStripe()
    fake.is_away = True

    with pytest.raises(GatewayError):
        a_stripe(fake).start(WANTED)
    with pytest.raises(GatewayError):
        a_stripe(fake).ask("cs_1", expires_at=NOW, now=NOW)
    with pytest.raises(GatewayError):
        a_stripe(fake).end("cs_1", now=NOW)


@pytest.mark.parametrize(
    ("case", "kind", "about", "happening"),
    [
        ("paid", "checkout.session.completed", PAID, Happening.PAID),
        ("a debit begun", "checkout.session.completed", PAID | {"payment_status": "unpaid"}, Happening.PROCESSING),
        ("a debit there", "checkout.session.async_payment_succeeded", PAID, Happening.PAID),
        ("a debit returned", "checkout.session.async_payment_failed", PAID, Happening.DECLINED),
        ("nobody paid", "checkout.session.expired", PAID, Happening.EXPIRED),
    ],
)
def test_what_a_notice_of_a_checkout_says(case, kind, about, happening):
    body = an_event(kind, about)

    notice = a_stripe().read_notice(body, signed(body))

    assert notice is not None
    assert (notice.event, notice.happening, notice.happened_at) == ("evt_1", happening, CREATED)
    assert (notice.session, notice.token, notice.reference) == ("cs_1", "abc123", "pi_cs_1")
    assert notice.amount == Money("1186.50", "USD")


CHARGE = {"payment_intent": "pi_cs_1", "currency": "usd", "amount_refunded": 118650, "refunded": True}
DISPUTE = {"payment_intent": "pi_cs_1", "currency": "usd", "amount": 118650}


@pytest.mark.parametrize(
    ("case", "kind", "about", "happening", "amount"),
    [
        ("refunded", "charge.refunded", CHARGE, Happening.REFUNDED, "1186.50"),
        (
            "in part",
            "charge.refunded",
            CHARGE | {"refunded": False, "amount_refunded": 100},
            Happening.REFUNDED_IN_PART,
            "1.00",
        ),
        ("disputed", "charge.dispute.funds_withdrawn", DISPUTE, Happening.DISPUTED, "1186.50"),
        ("won", "charge.dispute.funds_reinstated", DISPUTE, Happening.DISPUTE_WON, "1186.50"),
    ],
)
def test_what_a_notice_of_money_taken_back_says(case, kind, about, happening, amount):
    body = an_event(kind, about)

    notice = a_stripe().read_notice(body, signed(body))

    assert notice is not None
    assert (notice.happening, notice.reference, notice.amount) == (happening, "pi_cs_1", Money(amount, "USD"))


def test_what_moves_no_money_here_concerns_nobody():
    for kind in ("charge.dispute.created", "customer.created", "payment_intent.payment_failed"):
        body = an_event(kind, {"id": "x"})
        assert a_stripe().read_notice(body, signed(body)) is None


BODY = an_event("checkout.session.completed", PAID)


@pytest.mark.parametrize(
    ("case", "body", "signature"),
    [
        ("none", BODY, lambda: ""),
        ("nonsense", BODY, lambda: "nonsense"),
        ("no letters of ours", BODY, lambda: "t=1,v1=é"),
        ("another secret", BODY, lambda: signed(BODY, secret="whsec_other")),
        ("over other bytes", BODY + b" ", lambda: signed(BODY)),
        ("six minutes old", BODY, lambda: signed(BODY, at=datetime.now(UTC).timestamp() - 360)),
        ("of another scheme", BODY, lambda: signed(BODY).replace("v1=", "v0=")),
        ("a time that is none", BODY, lambda: "t=soon,v1=00"),
        ("a time without end", BODY, lambda: f"t={'9' * 5000},v1=00"),
        ("bytes that are no text", b"\xff\xfe", lambda: signed(b"{}")),
        ("twice a comma", BODY, lambda: ",,,,"),
    ],
)
def test_what_is_not_signed_is_not_believed(case, body, signature):
    with pytest.raises(ForgedNoticeError):
        a_stripe().read_notice(body, signature())


def changed(**more):
    return an_event("checkout.session.completed", PAID | more)


@pytest.mark.parametrize(
    ("case", "body"),
    [
        ("no JSON", b"{"),
        ("nothing", b""),
        ("a list", b"[]"),
        ("a number", b"1"),
        ("deeper than anybody reads", b"[" * 100_000),
        ("no name", json.dumps({"type": "charge.refunded"}).encode()),
        ("data that is a list", json.dumps({"id": "e", "type": "charge.refunded", "data": []}).encode()),
        ("no amount", changed(amount_total=None)),
        ("an amount in words", changed(amount_total="118650")),
        ("a negative amount", changed(amount_total=-1)),
        ("an absurd amount", changed(amount_total=10**30)),
        ("a fraction of a cent", changed(amount_total=1.5)),
        ("truth as an amount", changed(amount_total=True)),
        ("no currency", changed(currency=None)),
        ("a currency that there is not", changed(currency="zzz")),
        ("a currency that is a list", changed(currency=["usd"])),
        ("a session that is a number", changed(id=1)),
        ("a session without a name", changed(id=None)),
        ("a session of a thousand letters", changed(id="x" * 1000)),
        ("NUL in a name", changed(id="cs_\x00")),
        ("a line break in a name", changed(client_reference_id="a\nb")),
        ("a payment named by a list", changed(payment_intent=["pi"])),
        ("a payment with too long a name", changed(payment_intent="p" * 101)),
    ],
)
def test_what_is_signed_and_makes_no_sense_is_refused(case, body):
    with pytest.raises(UnreadableNoticeError):
        a_stripe().read_notice(body, signed(body))


@pytest.mark.parametrize(
    ("case", "changes", "expected"),
    [
        ("open", {}, []),
        ("paid", {"status": "complete", "payment_status": "paid"}, [Happening.PAID]),
        ("a debit on its way", {"status": "complete"}, [Happening.PROCESSING]),
        (
            "a debit that failed",
            {"status": "complete", "payment_intent": {"id": "pi_1", "status": "requires_payment_method"}},
            [Happening.DECLINED],
        ),
        ("expired", {"status": "expired"}, [Happening.EXPIRED]),
    ],
)
def test_what_stripe_says_when_it_is_asked(case, changes, expected):
    fake = FakeStripe()
    session = a_stripe(fake).start(WANTED).session
    fake.sessions[session] |= changes

    found = a_stripe(fake).ask(session, expires_at=NOW, now=NOW)

    assert [notice.happening for notice in found] == expected
    assert [notice.amount for notice in found] == [WANTED.amount] * len(expected)


def test_a_checkout_that_is_ended_has_expired_and_a_paid_one_stays_paid():
    fake = FakeStripe()
    gateway = a_stripe(fake)
    session = gateway.start(WANTED).session

    assert [notice.happening for notice in gateway.end(session, now=NOW)] == [Happening.EXPIRED]

    fake.sessions[session] |= {"status": "complete", "payment_status": "paid"}
    assert [notice.happening for notice in gateway.end(session, now=NOW)] == [Happening.PAID]


def test_by_default_a_request_waits_only_some_seconds(monkeypatch):
    waited = []

    class Client(FakeStripe):
        def __init__(self, *, timeout):
            super().__init__()
            waited.append(timeout)

    monkeypatch.setattr(stripe, "RequestsClient", Client)
    gateway = a_stripe()
    gateway._http_client = None

    gateway.start(WANTED)

    assert waited == [10]
