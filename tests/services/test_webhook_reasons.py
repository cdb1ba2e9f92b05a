"""What programs of customers are told of: each thing once, when it happens, with what they need to find it."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from moneyed import Money

from invoices.models import BillingCycle
from invoices.services.announcing import announce_held, announce_past_due
from invoices.services.payments import pay_by_credit_note, reverse_payment
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.webhook import KEPT_FOR, WebhookEvent
from subscriptions.models import Organization, WebhookDelivery
from subscriptions.services.webhooks.forgetting import forget_old_deliveries
from subscriptions.services.webhooks.trials import announce_trials_ending
from tests.factories.documents import draft_and_issue
from tests.factories.payments import pay_by_wire
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_organization
from tests.factories.trials import a_person, a_trial
from tests.factories.trials import day as day_of_trial
from tests.factories.usage import a_working_day, report
from tests.factories.webhooks import a_webhook
from usage.services import live
from usage.services.exceeding import AGAIN_AFTER, announce_next_exceeded
from usage.services.live import refresh_next

pytestmark = pytest.mark.usefixtures("billing")

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
PAID_AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def told(organization: Organization, event: WebhookEvent) -> list[dict[str, Any]]:
    """Return the messages about an event, the oldest first."""
    rows = WebhookDelivery.objects.filter(organization=organization, event_type=event.value).order_by("pk")
    return [json.loads(row.body) for row in rows]


@pytest.fixture
def acme(billing):
    organization = an_organization("acme")
    a_webhook(organization, at=BEFORE)
    return organization


# --- Documents --------------------------------------------------------------------------------------------------------


@pytest.fixture
def subscription(acme):
    return a_subscription(acme)


@pytest.fixture
def invoice(subscription):
    return draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))


def pay(invoice, amount: str, reference: str = "WIRE-1", at: datetime = PAID_AT):
    return pay_by_wire(invoice.organization, Money(amount, "USD"), reference=reference, on=at.date(), at=at)


def test_an_issued_document_is_told_of_with_what_finds_it(acme, invoice):
    (message,) = told(acme, WebhookEvent.INVOICE_ISSUED)

    assert message == {
        "type": "invoice.issued",
        "version": 1,
        "timestamp": "2026-01-15T12:00:00Z",
        "data": {
            "organization": "acme",
            "subscription": invoice.subscription_id,
            "invoice": {
                "id": invoice.pk,
                "number": invoice.number,
                "document_type": "invoice",
                "issuing_entity": "northwind",
                "issued_at": "2026-01-15T12:00:00Z",
                "invoice_date": "2026-01-15",
                "due_date": "2026-02-14",
                "currency": "USD",
                "subtotal": "100.00",
                "tax": "0.00",
                "total": "100.00",
            },
            "links": {
                "page": f"http://127.0.0.1:8000/o/acme/invoices/{invoice.number}/?issuer=northwind",
                "pdf": f"http://127.0.0.1:8000/o/acme/invoices/{invoice.number}/pdf?issuer=northwind",
            },
        },
    }


def test_a_credit_note_is_told_of_as_one(acme, subscription):
    draft_and_issue(subscription, "-40.00", dated=date(2026, 1, 20))

    (message,) = told(acme, WebhookEvent.INVOICE_ISSUED)
    assert message["data"]["invoice"]["document_type"] == "credit_note"
    assert message["data"]["invoice"]["total"] == "40.00"


def test_a_document_that_is_not_issued_after_all_is_not_told_of(acme, subscription):
    with transaction.atomic():
        draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_of_a_chunk_that_closes_only_those_who_listen_are_told(acme):
    for organization in (acme, an_organization("umbra")):
        a_prepaid_subscription(organization)
    close_due_cycles(now=datetime(2026, 1, 15, 6, tzinfo=UTC))

    assert len(told(acme, WebhookEvent.INVOICE_ISSUED)) == 1
    assert WebhookDelivery.objects.count() == 1


def test_an_invoice_is_paid_once_nothing_is_open(acme, invoice):
    pay(invoice, "60.00")
    assert told(acme, WebhookEvent.INVOICE_PAID) == []

    pay(invoice, "40.00", "WIRE-2")
    (message,) = told(acme, WebhookEvent.INVOICE_PAID)
    assert message["data"]["invoice"]["number"] == invoice.number
    assert message["data"]["invoice"]["paid_at"] == message["timestamp"] == "2026-02-01T09:00:00Z"


def test_one_that_a_credit_note_pays_is_paid(acme, invoice):
    credit_note = draft_and_issue(invoice.subscription, "-100.00", dated=date(2026, 1, 20))
    pay_by_credit_note(credit_note, invoice=invoice, by=None, now=PAID_AT)

    (message,) = told(acme, WebhookEvent.INVOICE_PAID)
    assert message["data"]["invoice"]["id"] == invoice.pk


def test_one_that_bounced_and_is_paid_again_is_told_of_again(acme, invoice):
    by = a_person()
    reverse_payment(pay(invoice, "100.00"), reason="It bounced.", by=by, now=PAID_AT + DAY)
    assert len(told(acme, WebhookEvent.INVOICE_PAID)) == 1

    pay(invoice, "100.00", "WIRE-2", at=PAID_AT + 2 * DAY)
    assert [message["timestamp"] for message in told(acme, WebhookEvent.INVOICE_PAID)] == [
        "2026-02-01T09:00:00Z",
        "2026-02-03T09:00:00Z",
    ]


def test_a_payment_that_is_refused_tells_nothing(acme, invoice):
    pay(invoice, "100.00")
    with pytest.raises(ValueError, match="recorded"):
        pay(invoice, "100.00")
    assert len(told(acme, WebhookEvent.INVOICE_PAID)) == 1


def test_an_invoice_is_past_due_the_day_after_it_was_due_and_told_of_once(acme, invoice):
    due = datetime(2026, 2, 14, 23, 59, 59, tzinfo=UTC)
    assert announce_past_due(now=due) == 0

    pay(invoice, "30.00")
    assert [announce_past_due(now=due + SECOND), announce_past_due(now=due + DAY)] == [1, 0]
    (message,) = told(acme, WebhookEvent.INVOICE_PAST_DUE)
    assert message["timestamp"] == "2026-02-15T00:00:00Z"
    assert message["data"]["invoice"]["open"] == "70.00"


def test_it_is_not_told_of_once_more_when_the_delivery_is_forgotten(acme, invoice):
    now = datetime(2026, 2, 15, tzinfo=UTC)
    announce_past_due(now=now)
    WebhookDelivery.objects.update(next_attempt_at=None, given_up_at=now)
    for later in range(1, 60):
        forget_old_deliveries(now=now + later * DAY)
        assert announce_past_due(now=now + later * DAY) == 0
    assert not WebhookDelivery.objects.exists()
    assert now + 60 * DAY > now + KEPT_FOR


def test_what_is_paid_or_was_past_due_before_there_was_an_endpoint_is_not_told_of(acme, invoice):
    now = datetime(2026, 2, 16, tzinfo=UTC)
    a_webhook(acme, url="https://late.example.com/", events=["invoice.past_due"], at=now)
    announce_past_due(now=now)
    assert len(told(acme, WebhookEvent.INVOICE_PAST_DUE)) == 1

    other = draft_and_issue(invoice.subscription, "50.00", dated=date(2026, 1, 20))
    pay(other, "500.00")
    announce_past_due(now=now + 30 * DAY)
    assert len(told(acme, WebhookEvent.INVOICE_PAST_DUE)) == 1


# --- Periods ----------------------------------------------------------------------------------------------------------


def test_a_held_period_is_told_of_once_each_time_and_without_its_reasons(acme):
    a_prepaid_subscription(acme)
    close_due_cycles(now=datetime(2026, 1, 15, 6, tzinfo=UTC))
    held_at = datetime(2026, 2, 15, 12, tzinfo=UTC)
    cycles = BillingCycle.objects.filter(organization=acme)
    reasons = [{"code": "unpriced_product", "subject": "secret", "message": "secret"}]
    cycles.update(held_reasons=reasons, held_at=held_at, tried_at=held_at)

    assert [announce_held(now=held_at + minute * 60 * SECOND) for minute in (1, 2)] == [1, 0]
    (message,) = told(acme, WebhookEvent.CYCLE_HELD)
    cycle = cycles.get()
    assert message["timestamp"] == "2026-02-15T12:00:00Z"
    assert message["data"]["cycle"] == {"id": cycle.pk, "period_start": "2026-01-15", "period_end": "2026-02-15"}
    assert "secret" not in json.dumps(message)

    cycles.update(held_at=held_at + DAY)
    assert announce_held(now=held_at + 2 * DAY) == 1


# --- Use --------------------------------------------------------------------------------------------------------------


NOON = datetime(2026, 1, 20, 17, tzinfo=UTC)


@pytest.fixture
def over(acme):
    """Return the agreement of who committed to two seats and uses three."""
    subscription = a_prepaid_subscription(acme)
    for user in ("ann", "ben", "cid"):
        report(acme, *a_working_day(user, "2026-01-18", "purecloud-3"))
    return subscription


def test_more_than_was_committed_to_is_told_of_once_in_each_period(acme, over):
    assert announce_next_exceeded(now=NOON)
    assert not announce_next_exceeded(now=NOON)
    assert announce_next_exceeded(now=NOON + AGAIN_AFTER)

    (message,) = told(acme, WebhookEvent.COMMITMENT_EXCEEDED)
    assert message["data"] == {
        "organization": "acme",
        "subscription": over.pk,
        "product": "purecloud-3",
        "committed": "2",
        "in_use": "3",
        "period_start": "2026-01-15",
        "period_end": "2026-02-15",
        "links": {"page": "http://127.0.0.1:8000/o/acme/licenses/"},
    }
    for user in ("ann", "ben", "cid"):
        report(acme, *a_working_day(user, "2026-02-18", "purecloud-3"))
    announce_next_exceeded(now=NOON + 31 * DAY)
    assert [each["data"]["period_start"] for each in told(acme, WebhookEvent.COMMITMENT_EXCEEDED)] == [
        "2026-01-15",
        "2026-02-15",
    ]


def test_what_is_within_the_commitment_or_without_one_is_not_told_of(acme):
    a_prepaid_subscription(acme)
    report(acme, *a_working_day("ann", "2026-01-18", "purecloud-3"))
    umbra = an_organization("umbra")
    a_webhook(umbra, at=BEFORE)
    a_subscription(umbra)
    report(umbra, *a_working_day("ann", "2026-01-18", "purecloud-1", source="/umbra"))

    assert [announce_next_exceeded(now=NOON) for _ in range(3)] == [True, True, False]
    assert not WebhookDelivery.objects.exists()


def test_of_a_large_organization_the_live_count_is_compared(acme, over, monkeypatch):
    monkeypatch.setattr(live, "EVENTS_COUNTED_AT_ONCE", 0)
    announce_next_exceeded(now=NOON)
    assert told(acme, WebhookEvent.COMMITMENT_EXCEEDED) == []

    assert refresh_next(now=NOON)
    announce_next_exceeded(now=NOON + AGAIN_AFTER)
    (message,) = told(acme, WebhookEvent.COMMITMENT_EXCEEDED)
    assert (message["data"]["in_use"], message["timestamp"]) == ("3", "2026-01-20T17:00:00Z")


def test_one_whose_use_cannot_be_compared_keeps_no_other_waiting(acme, over, monkeypatch, caplog):
    umbra = an_organization("umbra")
    a_webhook(umbra, at=BEFORE)
    monkeypatch.setattr("usage.services.exceeding.get_current_usage", lambda **_: 1 / 0)

    assert [announce_next_exceeded(now=NOON) for _ in range(3)] == [True, True, False]
    assert caplog.text.count("could not be compared") == 2
    assert not WebhookDelivery.objects.exists()


# --- Trials -----------------------------------------------------------------------------------------------------------


def test_a_trial_is_told_of_a_week_before_its_end_and_again_when_that_has_moved(billing):
    trial = a_trial("lantern")
    a_webhook(trial.organization, at=day_of_trial(1))

    found = [announce_trials_ending(now=day_of_trial(number)) for number in (22.9, 23, 24)]
    assert found == [0, 1, 0]
    (message,) = told(trial.organization, WebhookEvent.TRIAL_ENDING)
    assert message["data"] == {
        "organization": "lantern",
        "trial": {"started_at": "2026-03-01T12:00:00Z", "ends_at": "2026-03-31T12:00:00Z"},
        "links": {"page": "http://127.0.0.1:8000/o/lantern/licenses/"},
    }
    trial.ends_at = day_of_trial(40)
    trial.save()
    assert [announce_trials_ending(now=day_of_trial(number)) for number in (32, 34, 41)] == [0, 1, 0]
