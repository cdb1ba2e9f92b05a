"""Events as they travel: what is taken, what is refused, and in which words."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.usage import an_event, as_json
from usage.domain.events import EventKind
from usage.services.decoding import UnreadableBodyError, decode_batch, decode_single
from usage.services.rows import digest_content, make_row

CALL = {"direction": "inbound", "remote": "+12125550100", "seconds": 60}
ALL_TYPES = [
    ("user.logged_in", {"session": "s", "client": "web"}),
    ("user.logged_out", {"session": "s"}),
    ("user.deleted", ...),
    ("license.assigned", {"product": "purecloud-1"}),
    ("license.unassigned", {"product": "purecloud-1"}),
    ("queue.joined", ...),
    ("queue.left", {}),
    ("call.completed", CALL),
    ("ivr.completed", {"seconds": 1}),
    ("byoc.completed", {"seconds": 1}),
    ("transcription.completed", {"seconds": 0}),
    ("storage.measured", {"gigabytes": 12.5}),
    ("api.requested", {"count": 3}),
    ("number.activated", {"product": "did-number"}),
    ("number.released", {"product": "did-number"}),
    ("event.retracted", {"source": "/platform", "id": "e-0"}),
]


@pytest.mark.parametrize(("type_", "data"), ALL_TYPES)
def test_every_type_of_event_is_taken_and_stored_as_its_kind(type_, data):
    batch = decode_batch(as_json(an_event(type=type_, data=data)))
    assert not batch.failures
    row = make_row(batch.events[0][1], organization_id=1)
    assert EventKind(row.kind).event_type == type_


REFUSED = [
    ("no id", an_event(id=...), "id: is missing."),
    ("empty id", an_event(id=""), "id: Expected str of length >= 1."),
    ("id too long", an_event(id="x" * 256), "id: Expected str of length <= 255."),
    ("no source", an_event(source=...), "source: is missing."),
    ("no subject", an_event(subject=...), "subject: is missing."),
    ("no type", an_event(type=...), "type: is missing."),
    ("unknown type", an_event(type="user.sneezed"), "type: Invalid value 'user.sneezed'."),
    ("other version", an_event(specversion="0.3"), "specversion: Invalid enum value '0.3'."),
    ("no zone", an_event(time="2026-01-20T14:00:00"), "time: Expected datetime with a timezone component."),
    ("no such day", an_event(time="2026-02-30T14:00:00Z"), "time: Invalid RFC3339 encoded datetime."),
    ("year 1", an_event(time="0001-01-01T00:00:00+10:00"), "time: must lie in the years 2000 to 2099."),
    ("year 9999", an_event(time="9999-12-31T23:59:59-10:00"), "time: must lie in the years 2000 to 2099."),
    ("no data", an_event(data=...), "data: is missing."),
    ("no client", an_event(data={"session": "s"}), "data.client: is missing."),
    ("unknown client", an_event(data={"session": "s", "client": "tv"}), "data.client: Invalid enum value 'tv'."),
    ("negative", an_event(type="ivr.completed", data={"seconds": -1}), "data.seconds: Expected int >= 0."),
    ("fraction", an_event(type="ivr.completed", data={"seconds": 1.5}), "data.seconds: Expected int, got float."),
    ("truth", an_event(type="ivr.completed", data={"seconds": True}), "data.seconds: Expected int, got bool."),
    ("text", an_event(type="api.requested", data={"count": "1"}), "data.count: Expected int, got str."),
    ("NUL", an_event(subject="a\0b"), "subject: holds a NUL character."),
    (
        "not E.164",
        an_event(type="call.completed", data=CALL | {"remote": "0123"}),
        "data.remote: Expected str matching",
    ),
    (
        "full-width",
        an_event(type="call.completed", data=CALL | {"remote": "+１２"}),
        "data.remote: Expected str matching",
    ),
    ("newline", an_event(type="call.completed", data=CALL | {"remote": "+12\n"}), "data.remote: Expected str matching"),
    ("number", 5, "The event: Expected object, got int."),
    ("null", None, "The event: Expected object, got null."),
    ("too large", an_event(padding="x" * 70_000), "The event is larger than 65536 bytes."),
]


@pytest.mark.parametrize(("label", "event", "message"), REFUSED, ids=[label for label, *_ in REFUSED])
def test_a_bad_event_is_refused_naming_the_field_and_those_beside_it_are_taken(label, event, message):
    batch = decode_batch(as_json(an_event(id="before"), event, an_event(id="after")))
    assert [(failure.index, failure.message[: len(message)]) for failure in batch.failures] == [(1, message)]
    assert [(place, taken.id) for place, taken in batch.events] == [(0, "before"), (2, "after")]


@pytest.mark.parametrize(
    "gigabytes",
    ["-1", '"-1"', "1e3", '"1e3"', '"1_0"', '"１２"', "0.1234567", "1" * 15, '"NaN"', "true", "null", "[1]", '""'],
)
def test_gigabytes_are_plain_decimals_only(gigabytes):
    event = json.dumps(an_event(type="storage.measured", data={"gigabytes": "?"})).replace('"?"', gigabytes)
    batch = decode_single(event.encode())
    assert batch.failures[0].message.startswith("data.gigabytes: must be a plain decimal")


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("empty", b""),
        ("object", b"{}"),
        ("number", b"1"),
        ("cut off", b'[{"id": "e'),
        ("trailing text", b"[] []"),
        ("NaN", b'[{"seconds": NaN}]'),
        ("Infinity", b'[{"seconds": -Infinity}]'),
        ("byte order mark", b"\xef\xbb\xbf[]"),
        ("UTF-16", "[]".encode("utf-16")),
        ("bad UTF-8", b'[{"id": "\xff"}]'),
        ("surrogate in UTF-8", b'[{"id": "\xed\xa0\x80"}]'),
        ("lone surrogate", rb'[{"id": "\ud800"}]'),
        ("21 deep", b'[{"x": ' + b"[" * 21 + b"]" * 21 + b"}]"),
        ("2,000 deep", b'[{"x": ' + b"[" * 2_000 + b"]" * 2_000 + b"}]"),
        ("100,000 deep", b"[" * 100_000 + b"]" * 100_000),
        ("100,000 objects deep", b'[{"x":' * 100_000),
    ],
)
def test_a_body_that_is_no_array_of_events_is_unreadable(label, body):
    with pytest.raises(UnreadableBodyError):
        decode_batch(body)


@pytest.mark.parametrize(
    "repeated", ['"id": "other"', '"id" : "other"', '"id"\n:"other"', '"data": {}', '"x": 1, "x": 2']
)
@pytest.mark.parametrize("type_", ["user.deleted", "user.logged_out"])
def test_a_repeated_key_is_never_resolved_in_silence(repeated, type_):
    data = {"session": "s"} if type_ == "user.logged_out" else {}
    text = json.dumps(an_event(type=type_, data=data))[:-1] + ", " + repeated + "}"
    batch = decode_single(text.encode())
    assert batch.failures[0].message.endswith("stands there twice.")


def test_a_key_repeated_inside_data_is_refused():
    text = json.dumps(an_event()).replace('"session": "s-1"', '"session": "s-1", "session": "s-2"')
    assert decode_single(text.encode()).failures[0].message == "session: stands there twice."


def test_a_number_of_thousands_of_digits_is_refused():
    text = json.dumps(an_event(type="api.requested", data={"count": "?"})).replace('"?"', "1" * 6_000)
    assert decode_single(text.encode()).failures[0].message == "A number is out of range."


def test_attributes_we_do_not_know_are_ignored():
    event = an_event(
        traceparent="00-ab-cd-01",
        datacontenttype="application/json",
        data={"session": "s", "client": "web", "ip": "::1"},
    )
    batch = decode_batch(as_json(event))
    assert not batch.failures


@pytest.mark.parametrize("body", [b"{}, {}", b"[]", b"3", b""])
def test_a_single_event_is_one_object(body):
    with pytest.raises(UnreadableBodyError):
        decode_single(body)


def digest(**changes):
    (((_, event),)) = decode_batch(as_json(an_event(**changes))).events
    return digest_content(make_row(event, organization_id=1))


def test_the_same_content_in_another_spelling_is_the_same_content():
    assert digest(time="2026-01-20T14:00:00Z") == digest(time="2026-01-20T15:00:00.000+01:00")
    assert digest(traceparent="1") == digest(traceparent="2")
    reading = {"type": "storage.measured"}
    assert digest(**reading, data={"gigabytes": 600}) == digest(**reading, data={"gigabytes": "600.00"})


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "bob"},
        {"time": "2026-01-20T14:00:00.000001Z"},
        {"type": "user.logged_out"},
        {"data": {"session": "s-2", "client": "desktop"}},
        {"data": {"session": "s-1", "client": "web"}},
    ],
)
def test_another_type_subject_time_or_data_is_other_content(change):
    assert digest(**change) != digest()


@settings(max_examples=200)
@given(st.decimals(min_value=0, max_value=10**14 - 1, places=6, allow_nan=False))
def test_gigabytes_keep_every_digit(gigabytes):
    event = an_event(type="storage.measured", data={"gigabytes": f"{gigabytes:f}"})
    ((_, taken),) = decode_batch(as_json(event)).events
    assert make_row(taken, organization_id=1).gigabytes == Decimal(gigabytes)


@settings(max_examples=300)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_whatever_raise_anything_but_unreadable(body):
    try:
        decode_batch(b'[{"id": "' + body + b'"}]')
        decode_batch(body)
    except UnreadableBodyError:
        return
