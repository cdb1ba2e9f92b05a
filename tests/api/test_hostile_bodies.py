"""
What attackers send: each body is answered exactly, names the field, and leaves nothing half stored.

Both databases are asked, since what one stores the other may choke on.
"""

import gzip
import json
import zlib
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from subscriptions.selectors.clock import database_now
from tests.factories.usage import an_event, an_organization, as_json
from usage.models import EventIdentity, RejectedEvent, UsageEvent
from usage.services import ingestion
from usage.services.keys import create_key

pytestmark = pytest.mark.django_db

URL = "/api/v1/events"
BATCH = "application/cloudevents-batch+json"
SINGLE = "application/cloudevents+json"

DECIMAL = "data.gigabytes: must be a plain decimal, at most 14 digits before the point and 6 after it."
RFC3339 = "time: Invalid RFC3339 encoded datetime."
YEARS = "time: must lie in the years 2000 to 2099."
TURNED = "holds a character that turns the direction of text."


@pytest.fixture
def secret():
    return create_key(organization=an_organization(), name="test", created_by=None, now=database_now())[1]


def post(secret, body, content_type=BATCH, **headers):
    headers = {"authorization": f"Bearer {secret}", **headers}
    return Client(raise_request_exception=False).post(URL, body, content_type=content_type, headers=headers)


def literal(text, type_="ivr.completed", field="seconds"):
    """Return a batch whose middle event holds a number exactly as it is written here."""
    events = [an_event(id="before"), an_event(type=type_, data={field: "?"}), an_event(id="after")]
    return json.dumps(events).replace('"?"', text).encode()


def between(event):
    return as_json(an_event(id="before"), event, an_event(id="after"))


def gigabytes(text):
    return literal(text, "storage.measured", "gigabytes")


# --- Bodies that are refused whole -----------------------------------------------------------------------------------

GOOD = as_json(an_event())
UNREADABLE = [
    ("NaN", literal("NaN"), "The body is not JSON: "),
    ("Infinity", literal("Infinity"), "The body is not JSON: "),
    ("minus Infinity", gigabytes("-Infinity"), "The body is not JSON: "),
    ("underscores", literal("1_000"), "The body is not JSON: "),
    ("full-width digits", gigabytes("１２"), "The body is not JSON: "),
    ("leading zero", literal("01"), "The body is not JSON: "),
    ("leading plus", gigabytes("+1"), "The body is not JSON: "),
    ("hexadecimal", literal("0x10"), "The body is not JSON: "),
    ("no text between commas", b"[1,,2]", "The body is not JSON: "),
    ("trailing comma", GOOD[:-1] + b",]", "The body is not JSON: "),
    ("comment", b"[/* x */]", "The body is not JSON: "),
    ("single quotes", GOOD.replace(b'"', b"'"), "The body is not JSON: "),
    ("raw control character", GOOD.replace(b"ann", b"a\x01n"), "The body is not JSON: "),
    ("raw NUL", GOOD.replace(b"ann", b"a\x00n"), "The body is not JSON: "),
    ("lone surrogate", GOOD.replace(b"ann", rb"\ud800"), "The body is not JSON: "),
    ("surrogates the wrong way round", GOOD.replace(b"ann", rb"\ude00\ud83d"), "The body is not JSON: "),
    ("lone surrogate in a key", GOOD.replace(b'"id"', rb'"\ud800": 1, "id"'), "The body is not JSON: "),
    ("UTF-8 of a surrogate", GOOD.replace(b"ann", b"\xed\xa0\x80"), "The body is not UTF-8 (byte "),
    ("overlong UTF-8", GOOD.replace(b"ann", b"\xc0\xaf"), "The body is not UTF-8 (byte "),
    ("Latin-1", GOOD.replace(b"ann", "é".encode("latin-1")), "The body is not UTF-8 (byte "),
    ("UTF-16 with its mark", GOOD.decode().encode("utf-16"), "The body is not UTF-8 (byte 0)."),
    ("UTF-16 without", GOOD.decode().encode("utf-16-le"), "The body is not JSON: "),
    ("UTF-32", GOOD.decode().encode("utf-32"), "The body is not UTF-8 (byte 0)."),
    ("byte order mark", b"\xef\xbb\xbf" + GOOD, "The body is not JSON: "),
    ("two batches", GOOD + GOOD, "The body is not JSON: "),
    ("22 deep", b"[" * 22 + b"]" * 22, "The body is nested deeper than 20 levels."),
    ("2,000 deep", b"[" * 2_000 + b"]" * 2_000, "The body is nested deeper than 20 levels."),
    ("100,000 deep", b"[" * 100_000 + b"]" * 100_000, "The body is nested deeper than 20 levels."),
    ("objects, 100,000 deep", b"[" + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]", "The body is nested deeper"),
    ("25 deep in an extension", between(an_event(x=json.loads("[" * 25 + "]" * 25))), "The body is nested deeper"),
    ("gzip under a false flag", gzip.compress(GOOD), "The body is not UTF-8 (byte 1)."),
]


@pytest.mark.parametrize(("label", "body", "detail"), UNREADABLE, ids=[label for label, *_ in UNREADABLE])
def test_a_body_that_is_not_strict_json_is_refused_whole_and_says_why(label, body, detail, secret):
    answer = post(secret, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert problem["detail"].startswith(detail)
    assert {**problem, "detail": ""} == {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": ""}
    assert not UsageEvent.objects.exists()
    assert not EventIdentity.objects.exists()
    assert not RejectedEvent.objects.exists()


NOT_ONE = [
    ("byte order mark", b"\xef\xbb\xbf{}"),
    ("array", b"[{}]"),
    ("two", b"{}, {}"),
    ("text", b'"{}"'),
    ("blank", b" "),
]


@pytest.mark.parametrize(("label", "body"), NOT_ONE, ids=[label for label, _ in NOT_ONE])
def test_a_single_event_is_one_object_and_nothing_else(label, body, secret):
    answer = post(secret, body, SINGLE)
    assert (answer.status_code, answer.json()["detail"]) == (400, "The body is not one JSON object.")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, identity", "x-gzip", "GZIP"])
def test_a_bomb_is_refused_unopened(encoding, secret):
    bomb = zlib.compress(b"0" * 50_000_000, 9)
    answer = post(secret, bomb, **{"content-encoding": encoding})
    assert answer.status_code == 415
    assert answer.json()["detail"] == "Compressed bodies are not taken; send plain JSON."


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "latin-1", "cp1252", "utf-7", "utf-8-sig"])
def test_no_other_charset_is_guessed(charset, secret):
    answer = post(secret, GOOD, f"{BATCH}; charset={charset}")
    assert (answer.status_code, answer.json()["detail"]) == (415, "Send UTF-8.")


# --- Events that are refused beside others that are taken ------------------------------------------------------------

SECONDS = "data.seconds: "
WRONG = [
    ("1e400", literal("1e400"), SECONDS + "Number out of range."),
    ("1e400 gigabytes", gigabytes("1e400"), DECIMAL),
    ("an exponent", literal("1e5"), SECONDS + "Expected int, got float."),
    ("an exponent of gigabytes", gigabytes("1e5"), DECIMAL),
    ("next to nothing", gigabytes("1e-400"), DECIMAL),
    ("400 digits", literal("1" * 400), SECONDS + "Expected int <= 2147483647."),
    ("400 digits of gigabytes", gigabytes("1" * 400), DECIMAL),
    ("10,000 digits", literal("1" * 10_000), "A number is out of range."),
    ("more than 64 bits", literal("9223372036854775808"), SECONDS + "Expected int <= 2147483647."),
    ("one second too many", literal("2147483648"), SECONDS + "Expected int <= 2147483647."),
    ("30 decimals", gigabytes("0." + "1" * 30), DECIMAL),
    ("30 decimals of seconds", literal("0." + "1" * 30), SECONDS + "Expected int, got float."),
    ("a whole number with decimals", literal("60.0"), SECONDS + "Expected int, got float."),
    ("negative", gigabytes("-0.5"), DECIMAL),
    ("minus nothing", gigabytes("-0"), DECIMAL),
    ("truth", literal("true"), SECONDS + "Expected int, got bool."),
    ("truth as gigabytes", gigabytes("false"), DECIMAL),
    ("a text", literal('"60"'), SECONDS + "Expected int, got str."),
    ("NaN in quotes", gigabytes('"NaN"'), DECIMAL),
    ("Infinity in quotes", gigabytes('"Infinity"'), DECIMAL),
    ("underscores in quotes", gigabytes('"1_000"'), DECIMAL),
    ("full-width digits in quotes", gigabytes('"１２"'), DECIMAL),
    ("Arabic digits in quotes", gigabytes('"\\u0661"'), DECIMAL),
    ("blanks in quotes", gigabytes('" 1"'), DECIMAL),
    ("a list", gigabytes("[1]"), DECIMAL),
    ("null", gigabytes("null"), DECIMAL),
    ("no zone", between(an_event(time="2026-01-20T14:00:00")), "time: Expected datetime with a timezone component."),
    ("in a gap", between(an_event(time="2026-03-29T02:30:00")), "time: Expected datetime with a timezone component."),
    ("a zone by name", between(an_event(time="2026-03-29T02:30:00[Europe/Berlin]")), RFC3339),
    ("a day alone", between(an_event(time="2026-01-20")), RFC3339),
    ("no such day", between(an_event(time="2026-02-29T12:00:00Z")), RFC3339),
    ("hour 24", between(an_event(time="2026-01-20T24:00:00Z")), RFC3339),
    ("a leap second", between(an_event(time="2026-06-30T23:59:60Z")), RFC3339),
    ("an offset of a day", between(an_event(time="2026-01-20T14:00:00+24:00")), RFC3339),
    ("without separators", between(an_event(time="20260120T140000Z")), RFC3339),
    ("seconds since 1970", between(an_event(time=1_768_917_600)), "time: Expected datetime, got int."),
    ("seconds as a text", between(an_event(time="1768917600")), RFC3339),
    ("full-width time", between(an_event(time="２０26-01-20T14:00:00Z")), RFC3339),
    ("year 1", between(an_event(time="0001-01-01T00:00:00Z")), YEARS),
    ("before year 1, in UTC", between(an_event(time="0001-01-01T00:00:00+14:00")), YEARS),
    ("year 9999", between(an_event(time="9999-12-31T23:59:59Z")), YEARS),
    ("past year 9999, in UTC", between(an_event(time="9999-12-31T23:59:59-14:00")), YEARS),
    ("year 10000", between(an_event(time="10000-01-01T00:00:00Z")), RFC3339),
    ("a key twice", GOOD[:-1] + b"," + GOOD[1:-2] + b', "id": "x"}]', "id: stands there twice."),
    ("a key twice, once escaped", GOOD.replace(b'"id"', rb'"\u0069d": "x", "id"'), "id: stands there twice."),
    ("NUL", between(an_event(subject="a\0b")), "subject: holds a NUL character."),
    ("NUL in a key", between(an_event(**{"a\0b": 1})), "A text: holds a NUL character."),
    ("NUL in an extension", between(an_event(x={"y": ["a\0"]})), "x.y[0]: holds a NUL character."),
    ("an override", between(an_event(subject="ann\u202egpj.exe")), f"subject: {TURNED}"),
    ("an isolate", between(an_event(data={"session": "\u2066x", "client": "web"})), f"data.session: {TURNED}"),
    ("an override as UTF-8", json.dumps([an_event(id="a\u202e")], ensure_ascii=False).encode(), f"id: {TURNED}"),
    ("1 MB", between(an_event(subject="x" * 1_000_000)), "The event is larger than 65536 bytes."),
    ("1 MB of an extension", between(an_event(x="x" * 1_000_000)), "The event is larger than 65536 bytes."),
    ("256 letters", between(an_event(subject="x" * 256)), "subject: Expected str of length <= 255."),
    ("100,000 keys", between(an_event(x={f"k{n}": n for n in range(100_000)})), "The event is larger than 65536"),
    ("an object for a text", between(an_event(subject={"$ne": ""})), "subject: Expected str, got object."),
]


@pytest.mark.parametrize(("label", "body", "message"), WRONG, ids=[label for label, *_ in WRONG])
def test_a_wrong_event_is_named_with_its_field_and_kept_while_the_others_are_taken(label, body, message, secret):
    answer = post(secret, body)
    assert answer.status_code == 200, answer.content
    told = answer.json()
    (rejected,) = told["rejected"]
    assert (rejected["reason"], rejected["message"][: len(message)]) == ("invalid", message)
    assert told["accepted"] + told["duplicates"] + 1 == len(json.loads(body, parse_int=str, parse_float=str))
    assert UsageEvent.objects.count() == EventIdentity.objects.count() == told["accepted"]
    kept = RejectedEvent.objects.get()
    assert kept.message == rejected["message"]
    assert len(kept.payload) <= 65_536
    # Sent again, it is refused again, and kept once.
    assert len(post(secret, body).json()["rejected"]) == 1
    assert RejectedEvent.objects.count() == 1


TAKEN = [
    ("private use", an_event(subject="\ue000")),
    ("a byte order mark inside", an_event(subject="a\ufeffb")),
    ("a zero-width space", an_event(subject="a\u200bb")),
    ("no character at all", an_event(subject="\ufffe")),
    ("emoji", an_event(subject="👩‍👩‍👧‍👦🏳️‍🌈")),
    ("a storm of accents", an_event(subject="e" + "\u0301" * 254)),
    ("real Hebrew with a mark", an_event(subject="שלום\u200f!")),
    ("control characters", an_event(subject="a\x1b[31m\x07b\n\tc\x7f")),
    ("SQL", an_event(subject="'; DROP TABLE usage_usageevent; --")),
    ("a template", an_event(subject="{{ 7|add:7 }}{% load x %}${jndi:ldap://x}")),
    ("3,000 extensions", an_event(**{f"x{n}": n for n in range(3_000)})),
    ("20 deep", an_event(x=json.loads("[" * 18 + "]" * 18))),
    ("60 digits in an extension", an_event(x=int("1" * 60))),
    ("small t and z", an_event(time="2026-01-20t14:00:00z")),
    ("an hour that occurs twice, told apart by its offset", an_event(time="2026-10-25T02:30:00+01:00")),
    ("an hour that never was on a wall there", an_event(time="2026-03-29T02:30:00+01:00")),
]


@pytest.mark.parametrize(("label", "event"), TAKEN, ids=[label for label, *_ in TAKEN])
def test_what_only_looks_dangerous_is_stored_exactly_as_it_came(label, event, secret):
    assert post(secret, as_json(event)).json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    stored = UsageEvent.objects.get()
    assert stored.subject == event["subject"]
    assert stored.occurred_at == datetime.fromisoformat(event["time"].upper())
    assert post(secret, as_json(event)).json()["duplicates"] == 1


def test_a_clock_may_run_five_minutes_ahead_and_no_more(secret):
    """By the database's clock, and a minute beside the bound on both sides: time passes while it is asked."""
    soon, too_late = ((database_now() + timedelta(minutes=minutes)).isoformat(timespec="seconds") for minutes in (4, 6))
    answer = post(secret, as_json(an_event(id="soon", time=soon), an_event(id="late", time=too_late))).json()
    assert answer["accepted"] == 1
    (rejected,) = answer["rejected"]
    assert (rejected["id"], rejected["reason"]) == ("late", "future")
    assert rejected["message"] == "time: lies more than 5 minutes ahead of our clock."


def test_a_database_that_fails_half_way_leaves_nothing(secret, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(ingestion, "keep_rejections", fail)
    answer = post(secret, between(an_event(time="never")))
    assert answer.status_code == 503
    assert "connection" not in answer.json()["detail"]
    assert not UsageEvent.objects.exists()
    assert not EventIdentity.objects.exists()
