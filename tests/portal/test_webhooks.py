"""An organization's own webhooks: made by its subscription admin, shown once, seen, sent again, revoked (ADR 40)."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from subscriptions.models import WebhookDelivery, WebhookEndpoint
from subscriptions.selectors.clock import database_now
from tests.factories.webhooks import a_message, a_waiting_message, a_webhook
from tests.portal import rows

WEBHOOKS = "/o/acme/events/webhooks/"
TYPED = {"name": "Accounting", "url": "https://hooks.example.com/seatbill", "event_types": ["invoice.paid"]}


@pytest.fixture
def csm(acme) -> Client:
    browser = Client()
    browser.force_login(rows.make_csm("carl", acme))
    return browser


def secrets_on(answer) -> list[str]:
    return re.findall(r'value="(whsec_[^"]+)"', answer.content.decode())


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_who_has_none_is_told_what_to_do_first_and_how_to_receive(admin):
    page = text_of(admin.get(WEBHOOKS))

    assert "No endpoint yet" in page
    assert "from standardwebhooks import Webhook" in page
    assert 'href="/o/acme/events/webhooks/"' in text_of(admin.get("/o/acme/events/"))


def test_one_is_made_and_its_secret_shown_once(admin, acme):
    made = admin.post(WEBHOOKS, TYPED)

    assert len(secrets_on(made)) == 1
    assert "no-store" in made.headers["Cache-Control"]
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.organization, endpoint.name, endpoint.event_types) == (acme, "Accounting", ["invoice.paid"])
    for page in (WEBHOOKS, f"{WEBHOOKS}{endpoint.pk}/", f"{WEBHOOKS}{endpoint.pk}/rotate/"):
        shown = admin.get(page)
        assert "Accounting" in text_of(shown)
        assert secrets_on(shown) == []


def test_the_same_click_makes_one(admin):
    admin.post(WEBHOOKS, TYPED)
    again = admin.post(WEBHOOKS, TYPED)

    assert "An endpoint with this address works already" in text_of(again)
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"url": "http://hooks.example.com/"}, "begins with https://"),
        ({"url": "https://127.0.0.1/"}, "Use a name instead of an IP address"),
        ({"url": "https://metadata.google.internal/"}, "known only inside of a network"),
        ({"url": "https://ann:secret@hooks.example.com/"}, "Leave out user name and password"),
        ({"url": "https://hooks.example.com:22/"}, "Use port 443 or 8443"),
        ({"url": "https://hooks.example.com/" + "a" * 600}, "500"),
        ({"url": ""}, "This field is required"),
        ({"event_types": []}, "Tick what it is to be told"),
        ({"event_types": ["ping"]}, "ping is not one of the available choices"),
        ({"name": "a\u202eb"}, "U+202E"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_typed_wrongly_is_told_at_its_field_and_makes_none(admin, typed, words):
    answer = admin.post(WEBHOOKS, TYPED | typed)

    assert words in text_of(answer)
    assert "No endpoint is made yet" in text_of(answer)
    assert not WebhookEndpoint.objects.exists()


def test_a_secret_is_replaced_once_for_the_same_click(admin, acme):
    endpoint = a_webhook(acme)
    page = f"{WEBHOOKS}{endpoint.pk}/rotate/"

    made = admin.post(page, {"rotations": "0"})
    assert len(secrets_on(made)) == 1
    assert "messages are signed with the secret before it as well" in text_of(made)
    stored = WebhookEndpoint.objects.get().secret
    again = admin.post(page, {"rotations": "0"}, follow=True)
    assert "nothing was changed" in text_of(again)
    assert WebhookEndpoint.objects.get().secret == stored
    assert "signs nothing more once you go on" in text_of(admin.get(page))


def test_what_was_sent_is_shown_with_what_came_back_and_can_be_sent_again(admin, acme):
    endpoint = a_webhook(acme)
    message = a_message(endpoint)
    page = f"{WEBHOOKS}sent/{message.pk}/"
    listed = text_of(admin.get(f"{WEBHOOKS}{endpoint.pk}/"))
    assert f'href="{page}"' in listed
    assert "Given up" in listed

    shown = text_of(admin.get(page))
    for words in (message.message_id, "500", "Internal Server Error", "&quot;total&quot;: &quot;150.00&quot;"):
        assert words in shown
    answers = [text_of(admin.post(f"{page}again/", {"times": "0"}, follow=True)) for _ in range(2)]
    assert "It is on its way again" in answers[0]
    assert "Nothing was sent" in answers[1]
    message.refresh_from_db()
    assert (message.times_again, message.attempts, message.given_up_at) == (1, 0, None)


@pytest.mark.parametrize("times", ["", "x", "-1", "1", "²"])
def test_a_button_of_another_time_sends_nothing(admin, acme, times):
    message = a_message(a_webhook(acme))
    admin.post(f"{WEBHOOKS}sent/{message.pk}/again/", {"times": times})
    message.refresh_from_db()
    assert message.next_attempt_at is None


def test_messages_are_listed_by_state_and_page_by_page(admin, acme):
    endpoint = a_webhook(acme)
    for subject in range(30):
        a_message(endpoint, subject=subject)
    a_waiting_message(endpoint, subject=99)
    page = f"{WEBHOOKS}{endpoint.pk}/"

    assert text_of(admin.get(f"{page}?state=waiting")).count("/events/webhooks/sent/") == 1
    assert "None of these" in text_of(admin.get(f"{page}?state=delivered"))
    first = admin.get(f"{page}?state=given_up")
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    assert "state=given_up" in older
    assert text_of(admin.get(page + older)).count("/events/webhooks/sent/") == 30 - text_of(first).count(
        "/events/webhooks/sent/"
    )


def test_a_test_is_sent_and_one_that_is_off_is_switched_on(admin, acme):
    endpoint = a_webhook(acme)
    page = f"{WEBHOOKS}{endpoint.pk}/"
    answers = [text_of(admin.post(f"{page}test/", follow=True)) for _ in range(2)]
    assert "A test is on its way" in answers[0]
    assert "Nothing was sent" in answers[1]
    assert WebhookDelivery.objects.get().event_type == "ping"

    WebhookEndpoint.objects.update(switched_off_at=rows.NOW)
    shown = text_of(admin.get(page))
    assert "Switched off on" in shown
    assert "Send a test" not in shown
    assert "The endpoint is switched on" in text_of(admin.post(f"{page}switch-on/", follow=True))
    assert WebhookEndpoint.objects.get().switched_off_at is None


def test_whoever_sends_something_is_told_that_the_receiver_wants_to_be_left_alone(admin, acme):
    endpoint, later = a_webhook(acme), database_now() + timedelta(hours=2)
    message = a_message(endpoint)
    a_waiting_message(endpoint, subject=2)
    WebhookDelivery.objects.exclude(pk=message.pk).update(asked_until=later)
    WebhookEndpoint.objects.update(free_at=later)

    tested = admin.post(f"{WEBHOOKS}{endpoint.pk}/test/", follow=True)
    again = admin.post(f"{WEBHOOKS}sent/{message.pk}/again/", {"times": "0"}, follow=True)

    for answer in (tested, again):
        assert "asked to be left alone for a while" in text_of(answer)
        assert "a few seconds" not in text_of(answer)
    assert WebhookEndpoint.objects.get().free_at == later


def test_a_csm_may_revoke_and_send_again_but_neither_make_nor_replace(csm, acme):
    endpoint = a_webhook(acme)
    listed = text_of(csm.get(WEBHOOKS))
    assert "Make an endpoint" not in listed
    assert csm.post(WEBHOOKS, TYPED | {"url": "https://other.example.com/"}).status_code == 403
    assert csm.post(f"{WEBHOOKS}{endpoint.pk}/rotate/", {"rotations": "0"}).status_code == 403
    assert "Replace the secret" not in text_of(csm.get(f"{WEBHOOKS}{endpoint.pk}/"))
    assert WebhookEndpoint.objects.get().rotations == 0

    csm.post(f"{WEBHOOKS}{endpoint.pk}/revoke/")
    endpoint.refresh_from_db()
    assert endpoint.revoked_at is not None
    assert "Revoked" in text_of(csm.get(f"{WEBHOOKS}{endpoint.pk}/"))


def test_nobody_reaches_the_endpoints_of_another_organization_through_their_own(admin, acme):
    theirs = a_webhook(rows.make_organization("umbra", "Umbra"))
    message = a_message(theirs)

    for page in ("", "rotate/", "revoke/"):
        assert admin.get(f"{WEBHOOKS}{theirs.pk}/{page}").status_code == 404
    assert admin.get(f"{WEBHOOKS}sent/{message.pk}/").status_code == 404
    for page in (f"{theirs.pk}/rotate/", f"{theirs.pk}/revoke/", f"{theirs.pk}/test/", f"sent/{message.pk}/again/"):
        assert admin.post(WEBHOOKS + page, {"rotations": "0", "times": "0"}).status_code == 404
    theirs.refresh_from_db()
    assert (theirs.rotations, theirs.revoked_at, theirs.deliveries.count()) == (0, None, 1)


def test_what_was_done_stands_on_the_page_of_changes(admin, acme):
    admin.post(WEBHOOKS, TYPED)
    changes = text_of(admin.get("/o/acme/changes/"))
    assert "Webhook endpoint “Accounting” made for https://hooks.example.com/seatbill: invoice.paid." in changes
