"""How much a key may report, what an answer says of it, and how often an address may send a wrong key."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from subscriptions.services.recording import Recording
from tests.factories.usage import an_event, an_organization, as_json
from usage.api import access
from usage.models import RejectedEvent, UsageEvent
from usage.services.keys import create_key, revoke_key

pytestmark = pytest.mark.django_db

URL = "/api/v1/events"
BATCH = "application/cloudevents-batch+json"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    """Ten events a second, twenty at once, by a clock that stands still until it is moved."""
    settings.INGESTION_EVENTS_PER_SECOND, settings.INGESTION_BURST_SECONDS = 10, 2
    moments = {"now": NOW}
    monkeypatch.setattr(access, "database_now", lambda: moments["now"])
    return moments


def a_key(organization=None, **more):
    return create_key(organization=organization, name="test", created_by=None, now=NOW, **more)


@pytest.fixture
def secret():
    return a_key(an_organization())[1]


def post(secret, body, **headers):
    client = Client(raise_request_exception=False)
    return client.post(URL, body, content_type=BATCH, headers={"authorization": f"Bearer {secret}"}, **headers)


def events(first, last):
    return as_json(*(an_event(id=f"e-{n}") for n in range(first, last)))


def test_more_than_a_key_may_report_is_refused_whole_and_taken_when_sent_again_in_time(secret, clock):
    assert post(secret, events(0, 15)).json()["accepted"] == 15
    refused = post(secret, events(15, 25))
    assert refused.status_code == 429
    assert refused["Content-Type"] == "application/problem+json"
    assert refused["Retry-After"] == "1"
    problem = refused.json()
    assert (problem["title"], problem["status"]) == ("Too Many Requests", 429)
    assert problem["detail"] == "This key may report no more events now: send the same again in 1 s."
    assert (UsageEvent.objects.count(), RejectedEvent.objects.count()) == (15, 0)
    clock["now"] += timedelta(seconds=1)
    assert post(secret, events(15, 25)).json()["accepted"] == 10


def test_each_answer_says_what_is_left(secret):
    answer = post(secret, events(0, 5))
    assert answer["RateLimit-Policy"] == '"events";q=20;w=2'
    assert answer["RateLimit"] == '"events";r=15;t=1'


def test_a_sender_that_waits_as_it_is_told_gets_everything_in(secret, clock):
    waited, sent = 0, 0
    for batch in range(20):
        for _attempt in range(20):
            answer = post(secret, events(batch * 10, batch * 10 + 10))
            if answer.status_code == 200:
                sent += answer.json()["accepted"]
                break
            waited += int(answer["Retry-After"])
            clock["now"] += timedelta(seconds=int(answer["Retry-After"]))
    assert sent == 200
    assert 18 <= waited <= 20


def test_a_batch_larger_than_the_burst_is_taken_once_all_of_it_is_free(secret, clock):
    assert post(secret, events(0, 50)).json()["accepted"] == 50
    assert post(secret, events(50, 51)).status_code == 429
    clock["now"] += timedelta(seconds=2)
    assert post(secret, events(50, 100)).json()["accepted"] == 50


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 200)])
def test_what_holds_no_event_counts_as_one_and_cannot_be_sent_for_ever(secret, body, status):
    assert [post(secret, body).status_code for _ in range(22)] == [status] * 20 + [429] * 2


def test_a_key_may_have_a_figure_of_its_own():
    _key, secret = a_key(an_organization(), events_per_second=1_000)
    assert post(secret, events(0, 1_000))["RateLimit"] == '"events";r=1000;t=1'


def test_keys_do_not_share_a_limit(secret):
    _key, other = a_key(an_organization("other"))
    post(secret, events(0, 20))
    assert post(secret, events(20, 21)).status_code == 429
    assert post(other, events(0, 20)).status_code == 200


def test_without_a_limit_nothing_is_said_and_nothing_is_refused(secret, settings):
    settings.INGESTION_EVENTS_PER_SECOND = 0
    for _ in range(5):
        answer = post(secret, events(0, 20))
        assert answer.status_code == 200
        assert "RateLimit" not in answer


# --- Wrong keys ------------------------------------------------------------------------------------------------------


def guess_at(secret):
    return secret[:-4] + "AAAA"


def test_guesses_at_a_key_stop_being_looked_at_even_when_one_is_right(secret, clock):
    assert [post(guess_at(secret), b"[]").status_code for _ in range(12)] == [401] * 10 + [429] * 2
    right_at_last = post(secret, events(0, 1))
    assert right_at_last.status_code == 429
    assert right_at_last["Retry-After"] == "6"
    assert "wrong keys" in right_at_last.json()["detail"]
    assert not UsageEvent.objects.exists()
    clock["now"] += timedelta(seconds=6)
    assert post(secret, events(0, 1)).status_code == 200


def test_guesses_keep_neither_another_key_at_that_address_out_nor_the_key_at_another_address(secret):
    _key, other = a_key(an_organization("other"))
    for _ in range(11):
        post(guess_at(secret), b"[]")
    assert post(other, events(0, 1)).status_code == 200
    assert post(secret, events(0, 1), REMOTE_ADDR="198.51.100.7").status_code == 200


def test_made_up_keys_are_counted_by_address():
    made_up = [f"sbk_{n:012x}_x" for n in range(11)] + ["nonsense"]
    assert [post(secret, b"[]").status_code for secret in made_up] == [401] * 10 + [429] * 2
    assert post("nonsense", b"[]", REMOTE_ADDR="198.51.100.7").status_code == 401


def test_a_revoked_key_that_is_still_in_use_is_told_to_slow_down():
    key, secret = a_key(an_organization())
    revoke_key(key, recording=Recording(by=None, at=NOW))
    assert [post(secret, b"[]").status_code for _ in range(11)] == [401] * 10 + [429]


def test_a_forged_forwarding_header_makes_no_new_address(secret):
    answers = [post(guess_at(secret), b"[]", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code for n in range(11)]
    assert answers[-1] == 429


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_added(secret, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(11):
        last = post(guess_at(secret), b"[]", HTTP_X_FORWARDED_FOR=f"203.0.113.{n}, 198.51.100.7")
    assert last.status_code == 429
    assert post(secret, b"[]", HTTP_X_FORWARDED_FOR="198.51.100.8").status_code == 200


def test_a_request_that_came_past_the_proxies_is_no_failure_of_ours(secret, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    assert post(secret, b"[]", HTTP_X_FORWARDED_FOR="198.51.100.8").status_code == 200


def test_the_addresses_of_one_ipv6_network_count_together(secret):
    answers = [post(guess_at(secret), b"[]", REMOTE_ADDR=f"2001:db8::{n:x}").status_code for n in range(1, 12)]
    assert answers[-1] == 429
    assert post(secret, b"[]", REMOTE_ADDR="2001:db8:0:1::1").status_code == 200


def test_without_a_key_nothing_is_counted():
    assert {Client().post(URL, b"[]", content_type=BATCH).status_code for _ in range(20)} == {401}


def test_the_openapi_document_tells_of_the_limit(client):
    answers = client.get("/api/v1/openapi.json").json()["paths"][URL]["post"]["responses"]
    assert answers["429"]["headers"]["Retry-After"]["schema"] == {"type": "integer", "minimum": 1}
    assert "Problem" in json.dumps(answers["429"])
