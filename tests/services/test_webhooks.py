"""Webhooks arrive at least once, signed, each on its own clock, and an endpoint that is dead is left alone (ADR 40)."""

import json
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from standardwebhooks import Webhook, WebhookVerificationError

from subscriptions.domain.webhook import KEPT_FOR, RETRY_DELAYS, DeliveryState, EndpointState, WebhookEvent
from subscriptions.models import AuditEntry, Membership, OutgoingMail, WebhookDelivery, WebhookEndpoint
from subscriptions.services.recording import Recording
from subscriptions.services.webhooks import delivering, posting
from subscriptions.services.webhooks.announcing import Announcement, announce_all, announce_found
from subscriptions.services.webhooks.delivering import CLAIM_LAPSES_AFTER, deliver_webhooks
from subscriptions.services.webhooks.endpoints import (
    AT_MOST,
    EndpointChangedError,
    EndpointExistsError,
    revoke_endpoint,
    rotate_secret,
    send_delivery_again,
    send_test,
    switch_on,
)
from subscriptions.services.webhooks.forgetting import forget_old_deliveries, forget_replaced_secrets
from subscriptions.services.webhooks.posting import Answer
from tests.factories.subscriptions import an_organization
from tests.factories.webhooks import a_message, a_waiting_message, a_webhook, a_webhook_with_secret
from tests.receiver import Receiver, listening
from tests.together import PATIENCE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
NOBODYS = Recording(by=None, at=NOW)

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(db):
    return an_organization("acme")


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = ["127.0.0.1"]
    with listening() as found:
        yield found


def deliver(at: datetime = NOW) -> int:
    """Send what is due while the clock stands still."""
    return deliver_webhooks(clock=lambda: at, until=at + SECOND)


def to(receiver: Receiver, organization, **facts) -> WebhookEndpoint:
    return a_webhook(organization, url=receiver.url, at=NOW, **facts)


def fresh(row):
    row.refresh_from_db()
    return row


def deeds() -> list[str]:
    return list(AuditEntry.objects.filter(deed__startswith="webhook").order_by("pk").values_list("deed", flat=True))


# --- On its way -------------------------------------------------------------------------------------------------------


def test_a_message_arrives_signed_so_that_the_library_of_the_standard_takes_it(acme, receiver):
    endpoint, secret = a_webhook_with_secret(acme, url=receiver.url, at=NOW)
    message = a_waiting_message(endpoint, at=NOW)

    assert deliver() == 1

    (sent,) = receiver.received
    with time_machine.travel(NOW, tick=False):
        read = Webhook(secret).verify(sent.body, sent.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(sent.body + b" ", sent.headers)
    assert read["type"] == "invoice.paid"
    assert read["version"] == 1
    assert read["timestamp"] == "2026-03-01T12:00:00Z"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["webhook-id"] == message.message_id
    assert fresh(message).state is DeliveryState.DELIVERED
    assert (message.status, message.fault, message.response, message.attempts) == (200, "", "thank", 1)
    assert fresh(endpoint).last_delivered_at == NOW


def test_what_has_arrived_is_not_sent_again(acme, receiver):
    a_waiting_message(to(receiver, acme), at=NOW)

    assert [deliver(), deliver(NOW + DAY)] == [1, 0]
    assert len(receiver.received) == 1


def test_a_crash_between_sending_and_its_record_sends_it_again_under_the_same_id(acme, receiver, monkeypatch):
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)

    def die(*_args, **_kinds):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(delivering, "_record", die)
        with pytest.raises(KeyboardInterrupt):
            deliver()
    assert fresh(message).fault == "interrupted"
    # The claim of whoever died holds for a while, then for nobody.
    assert deliver(NOW + CLAIM_LAPSES_AFTER - SECOND) == 0
    assert deliver(NOW + CLAIM_LAPSES_AFTER) == 1

    assert receiver.ids == [message.message_id] * 2
    assert receiver.received[0].body == receiver.received[1].body
    assert fresh(message).state is DeliveryState.DELIVERED


def test_a_late_record_of_whoever_was_thought_dead_does_not_undo_that_it_arrived(acme, receiver):
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)
    late, _post = delivering._claim_next(now=NOW)
    deliver(NOW + CLAIM_LAPSES_AFTER)

    delivering._record(late, Answer(fault=delivering.DeliveryFault.TIMED_OUT), now=NOW + HOUR)

    assert fresh(message).state is DeliveryState.DELIVERED


def test_it_is_tried_ten_times_at_growing_intervals_within_three_days_and_then_given_up(acme, receiver):
    receiver.answer = 500
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)
    tried, at = [], NOW
    while fresh(message).next_attempt_at is not None:
        at = max(message.next_attempt_at, fresh(endpoint).free_at)
        assert deliver(at - SECOND / 1000) == 0
        tried.append(at)
        deliver(at)

    assert len(receiver.received) == len(tried) == len(RETRY_DELAYS) + 1
    assert len(set(receiver.ids)) == 1
    for (earlier, later), wait in zip(pairwise(tried), RETRY_DELAYS, strict=True):
        assert wait <= later - earlier <= wait * 1.1
    assert at - NOW < timedelta(days=3)
    assert message.state is DeliveryState.GIVEN_UP
    assert (message.attempts, message.status, message.fault) == (10, 500, "status")
    assert deliver(NOW + 30 * DAY) == 0


def puts_off(status: int, retry_after: str):
    """Return how to answer with a wish when to be asked again."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Retry-After", retry_after)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wish", ["7200", "Sun, 01 Mar 2026 14:00:00 GMT"])
def test_a_receiver_that_says_when_to_come_again_is_left_alone_until_then(acme, receiver, status, wish):
    receiver.answer = puts_off(status, wish)
    endpoint = to(receiver, acme)
    message, another = (a_waiting_message(endpoint, subject=subject, at=NOW) for subject in (1, 2))

    deliver()

    later = NOW + 2 * HOUR
    assert (fresh(message).next_attempt_at, message.asked_until) == (later, later)
    assert fresh(endpoint).free_at == later
    # Another message is of the same receiver.
    receiver.answer = 200
    assert [deliver(later - SECOND), deliver(later)] == [0, 2]
    assert fresh(message).asked_until is None
    assert fresh(another).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("how", ["a test", "again", "switched on"])
def test_whoever_sends_something_by_hand_ends_our_pause_and_not_what_the_receiver_asked_for(acme, receiver, how):
    endpoint = to(receiver, acme)
    waiting, done = a_waiting_message(endpoint, subject=1, at=NOW), a_message(endpoint, subject=2, at=NOW)

    def by_hand(at):
        recording = Recording(by=None, at=at)
        if how == "a test":
            assert send_test(endpoint, recording=recording)
        elif how == "again":
            send_delivery_again(fresh(done), times_again=done.times_again, recording=recording)
        else:
            WebhookEndpoint.objects.update(switched_off_at=NOW)
            assert switch_on(endpoint, recording=recording)

    receiver.answer = 500
    deliver()
    assert fresh(endpoint).free_at > NOW + SECOND
    with transaction.atomic():
        by_hand(NOW + SECOND)
        assert fresh(endpoint).free_at == NOW + SECOND
        transaction.set_rollback(True)

    receiver.answer = puts_off(503, "7200")
    asked = max(fresh(waiting).next_attempt_at, fresh(endpoint).free_at)
    deliver(asked)
    by_hand(asked + SECOND)
    assert fresh(endpoint).free_at == asked + 2 * HOUR
    receiver.answer = 200
    assert deliver(asked + 2 * SECOND) == 0
    assert deliver(asked + 2 * HOUR) == (1 if how == "switched on" else 2)


@pytest.mark.parametrize(
    ("status", "wish", "asked"),
    [
        (503, "5", timedelta(seconds=5)),
        (503, "soon", None),
        (500, "7200", None),
        (302, "7200", None),
    ],
)
def test_nothing_comes_sooner_than_its_own_wait_and_other_answers_ask_for_nothing(acme, receiver, status, wish, asked):
    receiver.answer = puts_off(status, wish)
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)

    deliver()

    assert RETRY_DELAYS[0] <= fresh(message).next_attempt_at - NOW <= RETRY_DELAYS[0] * 1.1
    assert message.asked_until == (asked and NOW + asked)
    assert fresh(endpoint).free_at == NOW + timedelta(seconds=10)


def test_a_receiver_that_puts_off_for_ever_is_given_up_after_three_days(acme, receiver):
    receiver.answer = puts_off(503, "9999999999999999999999")
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)
    at = NOW
    while fresh(message).next_attempt_at is not None:
        at = max(message.next_attempt_at, fresh(endpoint).free_at)
        deliver(at)

    assert message.state is DeliveryState.GIVEN_UP
    assert at - NOW <= timedelta(days=3)
    assert fresh(endpoint).state is EndpointState.OFF


def test_three_days_begin_anew_once_somebody_sends_it_again(acme, receiver):
    receiver.answer = puts_off(503, "86400000")
    endpoint = to(receiver, acme)
    message = a_message(endpoint, at=NOW)
    WebhookDelivery.objects.update(first_attempt_at=NOW, asked_until=NOW + HOUR)
    later = NOW + 10 * DAY

    send_delivery_again(message, times_again=0, recording=Recording(by=None, at=later))
    assert fresh(message).first_attempt_at is None
    deliver(later)

    assert fresh(message).first_attempt_at == later
    assert message.next_attempt_at == later + RETRY_DELAYS[-1]


def test_each_attempt_is_signed_for_its_own_time(acme, receiver):
    receiver.answer = 503
    endpoint, secret = a_webhook_with_secret(acme, url=receiver.url, at=NOW)
    message = a_waiting_message(endpoint, at=NOW)
    deliver()
    again = fresh(message).next_attempt_at
    deliver(again)

    for sent, at in zip(receiver.received, (NOW, again), strict=True):
        with time_machine.travel(at, tick=False):
            Webhook(secret).verify(sent.body, sent.headers)


def test_an_endpoint_that_has_just_failed_is_left_alone_whatever_else_waits_for_it(acme, receiver):
    receiver.answer = 500
    endpoint = to(receiver, acme)
    for subject in range(50):
        a_waiting_message(endpoint, subject=subject, at=NOW)

    deliver()
    deliver(NOW + 9 * SECOND)
    assert len(receiver.received) == 1
    deliver(NOW + 10 * SECOND)
    assert len(receiver.received) == 2
    assert fresh(endpoint).state is EndpointState.FAILING


def test_a_slow_endpoint_delays_no_other(acme, receiver, monkeypatch):
    # However slow this machine is: the slow one is not given up before the others are done.
    monkeypatch.setattr(posting, "READ_SECONDS", PATIENCE)
    monkeypatch.setattr(posting, "ALL_SECONDS", PATIENCE)
    order, all_fast = list[str](), threading.Event()

    def slowly(handler):
        assert all_fast.wait(PATIENCE)
        order.append("slow")
        handler.send_response(204)
        handler.end_headers()

    def at_once(handler):
        order.append("fast")
        if len(order) == 3:
            all_fast.set()
        handler.send_response(204)
        handler.end_headers()

    with listening() as slow:
        slow.answer, receiver.answer = slowly, at_once
        for one in (slow, receiver):
            endpoint = to(one, acme)
            for subject in range(3):
                a_waiting_message(endpoint, subject=subject, at=NOW)
        assert deliver() == 6

    # To each one after the other, to both at the same time.
    assert order == ["fast", "fast", "fast", "slow", "slow", "slow"]


def test_after_its_time_a_run_begins_nothing_more(acme, receiver):
    endpoint = to(receiver, acme)
    for subject in range(3):
        a_waiting_message(endpoint, subject=subject, at=NOW)
    ticks = iter([NOW, NOW, NOW + SECOND, NOW + SECOND])

    assert deliver_webhooks(clock=lambda: next(ticks), until=NOW + SECOND) == 1


def test_what_is_answered_is_kept_only_as_far_as_a_page_can_show_it(acme, receiver):
    def answer(handler):
        handler.send_response(400)
        handler.end_headers()
        handler.wfile.write(b"no\x00\x1b[31m\xff\xe2\x80\xae" + b"x" * 5_000)

    receiver.answer = answer
    message = a_waiting_message(to(receiver, acme), at=NOW)
    deliver()

    assert fresh(message).response.startswith("no[31m�xxx")
    assert len(message.response) == delivering.SHOWN_CHARACTERS


def test_an_address_that_is_no_longer_allowed_is_not_sent_to(acme, receiver, settings):
    message = a_waiting_message(to(receiver, acme), at=NOW)
    settings.WEBHOOK_ALLOW_PRIVATE = []

    assert deliver() == 0
    assert (fresh(message).fault, receiver.received) == ("not_allowed", [])


def test_a_secret_that_cannot_be_read_is_told_and_keeps_nobody_else_waiting(acme, receiver, settings):
    message = a_waiting_message(to(receiver, acme), at=NOW)
    settings.SECRET_KEY = "another key, of which nobody kept the one before"
    other = a_waiting_message(a_webhook(an_organization("umbra"), url=receiver.url, at=NOW), at=NOW)

    assert deliver() == 1
    assert fresh(message).fault == "unreadable"
    assert fresh(other).state is DeliveryState.DELIVERED


# --- Dead endpoints ---------------------------------------------------------------------------------------------------


@pytest.fixture
def told(acme):
    """Return a subscription admin, who is written to."""
    admin = User.objects.create_user("ada", email="ada@acme.test", first_name="Ada")
    Membership.objects.create(organization=acme, user=admin, billing_subscription=True)
    return admin


def give_up(message: WebhookDelivery) -> datetime:
    """Let a message fail until it is given up, and return when that was."""
    WebhookDelivery.objects.filter(pk=message.pk).update(attempts=len(RETRY_DELAYS))
    deliver(NOW + 2 * DAY)
    assert fresh(message).state is DeliveryState.GIVEN_UP
    return NOW + 2 * DAY


def test_an_endpoint_that_took_nothing_for_as_long_is_switched_off_and_its_admins_are_told(acme, receiver, told):
    receiver.answer = 500
    endpoint = to(receiver, acme)
    first = a_waiting_message(endpoint, at=NOW)
    later = a_waiting_message(endpoint, subject=2, at=NOW + DAY)

    off_at = give_up(first)

    assert fresh(endpoint).switched_off_at == off_at
    assert endpoint.state is EndpointState.OFF
    assert (fresh(later).state, later.fault) == (DeliveryState.GIVEN_UP, "off")
    mail = OutgoingMail.objects.get(kind="webhook_off")
    assert mail.recipient == "ada@acme.test"
    assert "Accounting" in mail.subject
    assert f"http://127.0.0.1:8000/o/acme/events/webhooks/{endpoint.pk}/" in mail.body
    assert deeds()[-1] == "webhook_switched_off"
    # What happens meanwhile is written down and not sent.
    announce(acme, subject=3, at=off_at)
    missed = endpoint.deliveries.get(subject=3)
    assert (missed.state, missed.fault) == (DeliveryState.GIVEN_UP, "off")
    receiver.received.clear()
    assert (deliver(off_at + DAY), receiver.received) == (0, [])


def test_an_endpoint_that_took_something_meanwhile_stays_on(acme, receiver, told):
    receiver.answer = 500
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(last_delivered_at=NOW + HOUR)

    give_up(message)

    assert fresh(endpoint).state is EndpointState.FAILING
    assert not OutgoingMail.objects.exists()


def test_whoever_says_that_it_is_gone_is_asked_no_more(acme, receiver, told):
    receiver.answer = 410
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)

    deliver()

    assert (fresh(message).state, message.fault) == (DeliveryState.GIVEN_UP, "gone")
    assert fresh(endpoint).state is EndpointState.OFF


def test_it_is_switched_on_again_and_what_it_missed_is_sent_again(acme, receiver, told):
    receiver.answer = 500
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)
    at = give_up(message)
    recording = Recording(by=told, at=at)
    with pytest.raises(EndpointChangedError):
        send_delivery_again(message, times_again=0, recording=recording)

    assert [switch_on(endpoint, recording=recording) for _ in range(2)] == [True, False]
    send_delivery_again(message, times_again=0, recording=recording)
    with pytest.raises(EndpointChangedError):
        send_delivery_again(message, times_again=0, recording=recording)
    receiver.answer = 200
    assert deliver(at) == 1

    assert fresh(message).state is DeliveryState.DELIVERED
    assert message.times_again == 1
    assert len(set(receiver.ids)) == 1
    assert deeds()[-3:] == ["webhook_switched_off", "webhook_switched_on", "webhook_sent_again"]


def test_what_is_sent_again_is_tried_for_three_days_anew(acme, receiver):
    receiver.answer = 500
    endpoint = to(receiver, acme)
    message = a_message(endpoint, at=NOW)

    send_delivery_again(message, times_again=0, recording=NOBODYS)
    deliver()

    assert (fresh(message).attempts, message.state) == (1, DeliveryState.RETRYING)


# --- Endpoints --------------------------------------------------------------------------------------------------------


def test_the_secret_is_not_in_the_database(acme):
    endpoint, secret = a_webhook_with_secret(acme)

    assert secret.startswith("whsec_")
    stored = " ".join(str(value) for value in WebhookEndpoint.objects.values().get().values())
    assert secret.removeprefix("whsec_") not in stored
    assert secret not in str(AuditEntry.objects.values())
    assert deeds() == ["webhook_made"]
    assert endpoint.state is EndpointState.WORKS


def test_for_a_day_both_secrets_sign_then_only_the_new_one(acme, receiver):
    endpoint, old = a_webhook_with_secret(acme, url=receiver.url, at=NOW)
    new = rotate_secret(endpoint, rotations=0, recording=NOBODYS)
    moments = [NOW, NOW + DAY - SECOND, NOW + DAY]
    for subject, at in enumerate(moments):
        a_waiting_message(endpoint, subject=subject, at=at)
        deliver(at)

    taken = {"old": [], "new": []}
    for name, secret in (("old", old), ("new", new)):
        for sent, at in zip(receiver.received, moments, strict=True):
            with time_machine.travel(at, tick=False):
                try:
                    Webhook(secret).verify(sent.body, sent.headers)
                    taken[name].append(True)
                except WebhookVerificationError:
                    taken[name].append(False)
    assert taken == {"old": [True, True, False], "new": [True, True, True]}
    assert [forget_replaced_secrets(now=at) for at in (NOW + DAY - SECOND, NOW + DAY)] == [0, 1]
    assert fresh(endpoint).previous_secret == ""


def test_the_same_click_replaces_the_secret_once(acme):
    endpoint = a_webhook(acme)
    rotate_secret(endpoint, rotations=0, recording=NOBODYS)
    stored = fresh(endpoint).secret

    with pytest.raises(EndpointChangedError):
        rotate_secret(endpoint, rotations=0, recording=NOBODYS)
    assert fresh(endpoint).secret == stored
    assert deeds() == ["webhook_made", "webhook_rotated"]


def test_nothing_is_sent_to_a_revoked_endpoint_not_even_what_waits(acme, receiver):
    endpoint = to(receiver, acme)
    message = a_waiting_message(endpoint, at=NOW)

    for _ in range(2):
        revoke_endpoint(endpoint, recording=NOBODYS)
    announce(acme, subject=2)

    assert (deliver(NOW + DAY), receiver.received) == (0, [])
    assert (fresh(message).state, message.fault) == (DeliveryState.GIVEN_UP, "revoked")
    assert endpoint.deliveries.count() == 1
    assert deeds() == ["webhook_made", "webhook_revoked"]
    with pytest.raises(EndpointChangedError):
        rotate_secret(endpoint, rotations=0, recording=NOBODYS)
    assert not send_test(endpoint, recording=NOBODYS)
    # Its address is free for another.
    to(receiver, acme)


def test_one_address_has_one_endpoint_and_an_organization_so_many(acme):
    first = a_webhook(acme)
    with pytest.raises(EndpointExistsError):
        a_webhook(acme)
    for number in range(AT_MOST - 1):
        a_webhook(acme, url=f"https://{number}.example.com/")
    with pytest.raises(EndpointExistsError):
        a_webhook(acme, url="https://one.too.many.example.com/")
    assert acme.webhook_endpoints.count() == AT_MOST
    assert deeds().count("webhook_made") == AT_MOST
    assert first.organization == acme
    a_webhook(an_organization("umbra"))


def test_the_database_holds_one_endpoint_at_an_address_too(acme):
    endpoint = a_webhook(acme)
    endpoint.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        endpoint.save(force_insert=True)


def test_a_test_is_sent_and_not_twice_at_a_time(acme, receiver):
    endpoint = to(receiver, acme, events=["invoice.paid"])

    assert [send_test(endpoint, recording=NOBODYS) for _ in range(2)] == [True, False]
    deliver()
    assert send_test(endpoint, recording=NOBODYS)
    deliver()

    assert [json.loads(sent.body)["type"] for sent in receiver.received] == ["ping", "ping"]
    assert json.loads(receiver.received[0].body)["data"] == {"organization": "acme", "endpoint": "Accounting"}
    assert deeds().count("webhook_tested") == 2


# --- Reasons ----------------------------------------------------------------------------------------------------------


def announce(*organizations, subject: int = 1, at: datetime = NOW, event=WebhookEvent.INVOICE_PAID, data=dict) -> int:
    return announce_all([announced(each, subject, at, event, data) for each in organizations], now=at)


def announced(organization, subject, at, event=WebhookEvent.INVOICE_PAID, data=dict) -> Announcement:
    return Announcement(organization_id=organization.pk, event=event, subject=subject, at=at, data=data)


def test_of_one_reason_each_endpoint_that_wants_it_is_told_once(acme):
    wants = a_webhook(acme, at=NOW)
    a_webhook(acme, url="https://other.example.com/", events=["invoice.issued"], at=NOW)
    umbra = an_organization("umbra")
    foreign = a_webhook(umbra, at=NOW)

    for _ in range(2):
        announce(acme)
    assert list(WebhookDelivery.objects.values_list("endpoint_id", flat=True)) == [wants.pk]
    announce(acme, umbra, subject=2)
    assert [endpoint.deliveries.count() for endpoint in (wants, foreign)] == [2, 1]


def test_a_reason_that_did_not_come_about_tells_nothing(acme):
    a_webhook(acme, at=NOW)
    with transaction.atomic():
        announce(acme)
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_where_nobody_listens_nothing_is_worked_out_and_many_cost_as_much_as_one(acme, django_assert_num_queries):
    def fail():
        raise AssertionError("Nobody wanted to know.")

    others = [an_organization(f"other-{number}") for number in range(5)]
    a_webhook(acme, events=["invoice.issued"])
    with django_assert_num_queries(1):
        announce(acme, data=fail)
    with django_assert_num_queries(1):
        announce(acme, *others, data=fail)


def test_what_a_sweep_finds_is_told_once_and_not_what_happened_before_there_was_an_endpoint(acme):
    endpoint = a_webhook(acme, at=NOW)
    before, after = announced(acme, 1, NOW - SECOND), announced(acme, 2, NOW)

    found = [announce_found([before, after], listening={acme.pk: [endpoint]}, now=at) for at in (NOW, NOW + DAY)]
    assert found == [1, 0]
    assert [delivery.subject for delivery in endpoint.deliveries.all()] == [2]


def test_what_was_queued_long_ago_is_forgotten_unless_it_waits(acme):
    endpoint = a_webhook(acme, at=NOW)
    old = a_message(endpoint, at=NOW)
    a_waiting_message(endpoint, subject=2, at=NOW)
    a_message(endpoint, subject=3, at=NOW + SECOND)

    assert forget_old_deliveries(now=NOW + KEPT_FOR) == 0
    assert forget_old_deliveries(now=NOW + KEPT_FOR + SECOND) == 1
    assert not WebhookDelivery.objects.filter(pk=old.pk).exists()
    assert endpoint.deliveries.count() == 2
