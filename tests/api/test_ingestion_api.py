"""POST /api/v1/events: who may, what it answers, and that nothing makes it fail."""

import io
import json
from datetime import UTC, datetime
from html import escape

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.services.recording import Recording
from tests.factories.usage import an_event, an_organization, as_json
from usage.models import RejectedEvent, UsageEvent
from usage.services import receipt
from usage.services.keys import create_key, revoke_key

pytestmark = pytest.mark.django_db

URL = "/api/v1/events"
BATCH = "application/cloudevents-batch+json"
SINGLE = "application/cloudevents+json"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_key(organization=None):
    return create_key(organization=organization, name="test", created_by=None, now=NOW)


@pytest.fixture
def organization():
    return an_organization()


@pytest.fixture
def secret(organization):
    return a_key(organization)[1]


def post(secret, body, content_type=BATCH):
    client = Client(raise_request_exception=False)
    return client.post(URL, body, content_type=content_type, headers={"authorization": f"Bearer {secret}"})


def assert_problem(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["detail"]
    assert not UsageEvent.objects.exists()


def test_a_batch_is_counted_and_each_rejected_event_is_told(secret):
    events = as_json(an_event(), an_event(), an_event(subject="bob"), an_event(id="e-4", time=...))
    response = post(secret, events)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    assert [(item["index"], item["id"], item["reason"]) for item in answer["rejected"]] == [
        (2, "e-1", "conflict"),
        (3, "e-4", "invalid"),
    ]
    assert answer["rejected"][1]["message"] == "time: is missing."
    assert RejectedEvent.objects.count() == 2


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (SINGLE, json.dumps(an_event())),
        (BATCH, json.dumps([an_event()])),
        ("application/json", json.dumps(an_event())),
        ("application/json", json.dumps([an_event()])),
        ("application/cloudevents+json; charset=UTF-8", json.dumps(an_event())),
    ],
)
def test_one_event_or_a_batch_come_in_each_content_type(secret, content_type, body):
    response = post(secret, body, content_type)
    assert response.json() == {"accepted": 1, "duplicates": 0, "rejected": []}


@pytest.mark.parametrize(
    "header", [{}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer sbk_x_y"}]
)
def test_without_a_valid_key_nothing_comes_in(header):
    response = Client().post(URL, as_json(an_event()), content_type=BATCH, headers=header)
    assert_problem(response, 401)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_logged_in_person_is_not_a_key(admin_client):
    assert_problem(admin_client.post(URL, as_json(an_event()), content_type=BATCH), 401)


def test_a_revoked_key_is_refused():
    key, secret = a_key()
    revoke_key(key, recording=Recording(by=None, at=NOW))
    assert_problem(post(secret, as_json(an_event())), 401)


def test_a_key_may_not_report_for_another_organization(secret):
    an_organization("other")
    for code in ("other", "nobody"):
        assert_problem(post(secret, as_json(an_event(organization=code))), 403)


def test_a_platform_key_reports_for_each_organization_it_names(organization):
    answer = post(a_key()[1], as_json(an_event(organization="acme"), an_event(organization="nobody"))).json()
    assert answer["accepted"] == 1
    assert [item["reason"] for item in answer["rejected"]] == ["unknown_organization"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_other_content_types_are_refused(secret, content_type):
    assert_problem(post(secret, as_json(an_event()), content_type or "x"), 415)


def test_another_charset_is_refused(secret):
    assert_problem(post(secret, "[]", BATCH + "; charset=utf-16"), 415)


def test_a_compressed_body_is_refused_unopened(secret):
    headers = {"authorization": f"Bearer {secret}", "content-encoding": "gzip"}
    assert_problem(Client().post(URL, b"\x1f\x8b\x08", content_type=BATCH, headers=headers), 415)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (BATCH, b" "),
        (BATCH, b"{"),
        (BATCH, json.dumps(an_event()).encode()),
        (SINGLE, as_json(an_event())),
        ("application/json", b"7"),
        (BATCH, b"\xff\xfe"),
        (BATCH, b"[" * 100_000),
        (BATCH, b'[{"a":' * 2_000 + b"1" + b"}]" * 2_000),
    ],
)
def test_an_unreadable_body_is_refused_whole(secret, content_type, body):
    assert_problem(post(secret, body, content_type), 400)


def test_a_body_of_too_many_bytes_is_refused(secret, settings):
    settings.MAX_BATCH_BYTES = 1_000
    assert_problem(post(secret, b"[" + b" " * 1_000 + b"]"), 413)


def test_a_batch_of_too_many_events_is_refused(secret, settings):
    settings.MAX_BATCH_EVENTS = 2
    assert_problem(post(secret, as_json(*(an_event(id=f"e-{n}") for n in range(3)))), 413)


class Endless(io.RawIOBase):
    """A body that goes on for ever and counts what is read of it."""

    taken = 0

    def read(self, size=-1):
        assert size >= 0, "read without a bound"
        self.taken += size
        return b" " * size


def chunked(secret, stream, settings):
    settings.MAX_BATCH_BYTES = 10_000
    environment = {
        "PATH_INFO": URL,
        "CONTENT_TYPE": BATCH,
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "REQUEST_METHOD": "POST",
        "wsgi.input": stream,
    }
    return Client().request(**environment)


def test_a_body_without_a_length_is_read(secret, settings):
    assert chunked(secret, io.BytesIO(as_json(an_event())), settings).json()["accepted"] == 1


def test_a_body_without_a_length_and_without_end_is_read_only_up_to_the_bound(secret, settings):
    stream = Endless()
    assert_problem(chunked(secret, stream, settings), 413)
    assert stream.taken == 10_001


def test_a_database_that_is_away_answers_503_and_is_worth_trying_again(secret, monkeypatch):
    def fail():
        raise OperationalError("database is locked")

    monkeypatch.setattr(receipt, "database_now", fail)
    response = post(secret, as_json(an_event()))
    assert_problem(response, 503)
    assert response["Retry-After"]


def test_only_post_is_taken(secret):
    response = Client().get(URL, headers={"authorization": f"Bearer {secret}"})
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_the_openapi_document_names_every_event_and_answer(client):
    document = client.get("/api/v1/openapi.json").json()
    operation = document["paths"]["/api/v1/events"]["post"]
    assert set(operation["responses"]) == {"200", "400", "401", "403", "408", "413", "415", "429", "500", "503"}
    assert set(operation["requestBody"]["content"]) == {SINGLE, BATCH, "application/json"}
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    assert {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]} <= set(schemas)
    assert '"#/$defs' not in text
    assert len([name for name, schema in schemas.items() if "type" in schema.get("properties", {})]) == 17


def test_the_documentation_page_says_what_the_openapi_document_says(client):
    page = client.get("/api/v1/docs").content.decode()
    document = client.get("/api/v1/openapi.json").json()
    for schema in document["components"]["schemas"].values():
        for known_by in schema.get("properties", {}).get("type", {}).get("enum", []):
            assert f"<code>{known_by}</code>" in page
    for status, answer in document["paths"]["/api/v1/events"]["post"]["responses"].items():
        assert f'<th scope="row">{status}</th><td>{escape(answer["description"])}</td>' in page
    assert "<code>data.session</code></th><td>yes</td><td>string, 1 to 255 characters" in page
    assert "<code>rejected[].reason</code>" in page
    assert "<script" not in page.replace('<script src="/static/', "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["id", "source", "type", "subject", "time", "data", "specversion", "organization", "received", "x"]
    ),
    JSON | st.dictionaries(st.sampled_from(["session", "client", "seconds", "gigabytes", "count"]), JSON),
    st.sampled_from(["user.logged_in", "ivr.completed", "storage.measured", "api.requested", "user.deleted"]),
)
def test_no_value_in_any_field_makes_it_fail(secret, field, value, type_):
    response = post(secret, json.dumps([an_event(type=type_) | {field: value}]))
    assert response.status_code in {200, 400, 403}, response.content
