"""The client against a site that answers as it is told: what is batched, sent again, refused, and kept."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from seatbill_client import (
    Event,
    RefusedError,
    Rejected,
    Reporter,
    ReporterClosedError,
    Retrying,
    UndeliveredError,
)

KEY = "sbk_0123456789ab_secret"
AT = datetime(2026, 1, 20, 14, tzinfo=UTC)
QUICK = Retrying(patience=2.0, first_pause=0.01, longest_pause=0.02)
IMPATIENT = Retrying(patience=0.0)


class Site:
    """A site that counts each event once, and first answers what it is told to."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes | None]] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.seen: dict[str, str] = {}
        self.keys: set[str] = set()
        self.invalid: set[str] = set()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                site.keys.add(self.headers["Authorization"])
                status, headers, said = site.answer(json.loads(body))
                if status == 0:
                    # It was taken, and the answer gets lost.
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def then(self, status: int, said: bytes | None = None, **headers: str) -> None:
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, said))

    def answer(self, events: list[dict[str, Any]]) -> tuple[int, dict[str, str], bytes]:
        self.batches.append(events)
        if self.answers:
            status, headers, said = self.answers.pop(0)
            if status == 0:
                self.count(events)
            if status != 200 or said is not None:
                return status, headers, said or b'{"detail": "not now"}'
        return 200, {}, json.dumps(self.count(events)).encode()

    def count(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        accepted = duplicates = 0
        rejected = []
        for index, event in enumerate(events):
            if event["subject"] in self.invalid:
                rejected.append({"index": index, "id": event["id"], "reason": "invalid", "message": "subject: no"})
            elif event["id"] in self.seen:
                duplicates += 1
            else:
                self.seen[event["id"]] = event["subject"]
                accepted += 1
        return {"accepted": accepted, "duplicates": duplicates, "rejected": rejected}


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


def reporter(site: Site, **more: Any) -> Reporter:
    return Reporter(site.address, KEY, source="/platform", **({"retrying": QUICK} | more))


def log_in(to: Reporter, user: str, **more: Any) -> Event:
    return to.report("user.logged_in", subject=user, data={"session": f"s-{user}", "client": "web"}, **more)


def test_what_is_reported_is_sent_at_the_end_with_the_key(site: Site) -> None:
    with reporter(site) as sender:
        log_in(sender, "ann", time=AT, id="e-1")
        assert len(sender) == 1
        assert site.batches == []
    assert site.keys == {f"Bearer {KEY}"}
    assert site.batches == [
        [
            {
                "specversion": "1.0",
                "id": "e-1",
                "source": "/platform",
                "type": "user.logged_in",
                "subject": "ann",
                "time": "2026-01-20T14:00:00Z",
                "data": {"session": "s-ann", "client": "web"},
            }
        ]
    ]


def test_a_full_batch_goes_at_once_and_each_event_once(site: Site) -> None:
    with reporter(site, batch_events=3) as sender:
        for number in range(7):
            log_in(sender, f"user-{number}")
        assert [len(batch) for batch in site.batches] == [3, 3]
    assert [len(batch) for batch in site.batches] == [3, 3, 1]
    assert list(site.seen.values()) == [f"user-{number}" for number in range(7)]


def test_bytes_fill_a_batch_too_and_an_event_larger_than_one_goes_alone(site: Site) -> None:
    with reporter(site, batch_bytes=600) as sender:
        for number in range(4):
            sender.report("api.requested", subject=f"user-{number}", data={"count": 1, "note": "x" * 200})
        sender.report("api.requested", subject="large", data={"note": "x" * 5_000})
    assert all(len(json.dumps(batch)) < 900 or len(batch) == 1 for batch in site.batches)
    assert len(site.seen) == 5


def test_what_has_waited_long_enough_goes_with_the_next_or_by_itself_in_the_background(site: Site) -> None:
    with reporter(site, batch_seconds=0.05, in_background=True) as sender:
        log_in(sender, "ann")
        until = time.monotonic() + 5
        while not site.batches and time.monotonic() < until:
            time.sleep(0.01)
        assert list(site.seen.values()) == ["ann"]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 0])
def test_the_same_is_sent_again_with_the_same_ids_until_it_is_taken(site: Site, status: int) -> None:
    site.then(status)
    site.then(status)
    sender = reporter(site)
    log_in(sender, "ann")
    report = sender.flush()
    assert report.accepted + report.duplicates == 1
    assert site.batches[0] == site.batches[1] == site.batches[2]
    assert len(site.seen) == 1
    assert len(sender) == 0


def test_it_waits_as_long_as_it_is_asked_to(site: Site) -> None:
    site.then(429, Retry_After="0.3")
    sender = reporter(site)
    log_in(sender, "ann")
    began = time.monotonic()
    sender.flush()
    assert time.monotonic() - began >= 0.3


def test_pauses_grow_up_to_a_bound_and_never_undercut_what_is_asked_for() -> None:
    retrying = Retrying(first_pause=1.0, longest_pause=8.0)
    for attempt, longest in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (5_000, 8.0)]:
        assert longest / 2 <= retrying.pause(attempt, asked_for=None) <= longest
    assert retrying.pause(1, asked_for=30.0) == 30.0


def test_who_cannot_be_reached_leaves_everything_with_the_sender(site: Site) -> None:
    sender = reporter(site, retrying=IMPATIENT)
    events = [log_in(sender, user) for user in ("ann", "ben")]
    site.then(503)
    with pytest.raises(UndeliveredError) as failure:
        sender.close()
    assert failure.value.events == events
    assert not isinstance(failure.value, RefusedError)
    assert len(sender) == 2
    with pytest.raises(ReporterClosedError):
        log_in(sender, "cid")
    # Closing once more tries them again.
    assert sender.close().accepted == 2
    assert list(site.seen.values()) == ["ann", "ben"]


def test_a_refused_request_is_told_at_once_and_keeps_its_events(site: Site) -> None:
    site.then(403, b'{"detail": "This key lacks the scope events:write: use one that has it."}')
    sender = reporter(site)
    event = log_in(sender, "ann")
    with pytest.raises(RefusedError, match="403: This key lacks the scope") as failure:
        sender.flush()
    assert (failure.value.status, failure.value.events) == (403, [event])
    assert len(site.batches) == 1
    kept = sender.take_waiting()
    assert (kept, len(sender)) == ([event], 0)
    again = reporter(site)
    again.add(kept[0])
    assert again.flush().accepted == 1


def test_an_exception_in_the_block_loses_no_event(site: Site) -> None:
    def work() -> None:
        with reporter(site) as sender:
            log_in(sender, "ann")
            raise KeyError("of the program itself")

    with pytest.raises(KeyError):
        work()
    assert list(site.seen.values()) == ["ann"]


def test_rejected_events_are_told_and_the_others_count(site: Site) -> None:
    site.invalid = {"ben"}
    told: list[Rejected] = []

    def tell(rejected: Rejected) -> None:
        told.append(rejected)
        raise RuntimeError("whoever is told may fail")

    sender = reporter(site, on_rejected=tell)
    _ann, ben, _cid = (log_in(sender, user) for user in ("ann", "ben", "cid"))
    report = sender.flush()
    assert (report.accepted, len(report.rejected), len(sender)) == (2, 1, 0)
    assert [(one.event, one.reason, one.message) for one in told] == [(ben, "invalid", "subject: no")]


def test_a_batch_that_is_too_large_is_halved_until_it_fits(site: Site) -> None:
    for _ in range(2):
        site.then(413)
    sender = reporter(site)
    for number in range(8):
        log_in(sender, f"user-{number}")
    assert sender.flush().accepted == 8
    assert [len(batch) for batch in site.batches] == [8, 4, 2, 2, 2, 2]


@pytest.mark.parametrize(
    "said",
    [b"<html>", b"[]", b"{}", b'{"accepted": 5, "duplicates": 0, "rejected": []}', b'{"accepted": 1}'],
)
def test_what_does_not_speak_of_the_events_takes_none_of_them(site: Site, said: bytes) -> None:
    site.then(200, said)
    sender = reporter(site, retrying=IMPATIENT)
    log_in(sender, "ann")
    with pytest.raises(UndeliveredError):
        sender.flush()
    assert len(sender) == 1
    assert sender.flush().accepted == 1


def test_the_key_goes_to_no_other_address(site: Site) -> None:
    site.then(307, Location="http://127.0.0.1:9/elsewhere")
    sender = reporter(site)
    log_in(sender, "ann")
    with pytest.raises(RefusedError):
        sender.flush()


def test_many_threads_report_and_nothing_is_lost_or_sent_twice(site: Site) -> None:
    for status in (503, 0, 429):
        site.then(status)
    with reporter(site, batch_events=10, in_background=True) as sender:

        def work(name: str) -> None:
            for number in range(50):
                log_in(sender, f"{name}-{number}", id=f"{name}-{number}")

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(site.seen) == 200
    sent = [event["id"] for batch in site.batches for event in batch]
    assert len(sent) - len(set(sent)) <= 30


def test_the_background_stops_when_it_is_refused_and_says_so(site: Site) -> None:
    site.then(401, b'{"detail": "Send a valid key"}')
    told: list[UndeliveredError] = []
    sender = reporter(site, batch_events=1, in_background=True, on_refused=told.append)
    event = log_in(sender, "ann")
    until = time.monotonic() + 5
    while not told and time.monotonic() < until:
        time.sleep(0.01)
    assert [(error.events, str(error)) for error in told] == [([event], "401: Send a valid key")]
    assert sender.close().accepted == 1


def test_whoever_closes_need_not_wait_for_a_long_pause_of_the_background(site: Site) -> None:
    site.then(503, Retry_After="60")
    sender = reporter(site, batch_events=1, in_background=True, retrying=Retrying(patience=120))
    log_in(sender, "ann")
    until = time.monotonic() + 5
    while not site.batches and time.monotonic() < until:
        time.sleep(0.01)
    began = time.monotonic()
    assert sender.close().accepted == 1
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"address": "billing.example.com"}, "address"),
        ({"address": "http://billing.example.com"}, "address"),
        ({"key": "sbk x"}, "key"),
        ({"key": "sbk_\n"}, "key"),
        ({"batch_events": 0}, "batch_events"),
        ({"batch_events": 10_001}, "batch_events"),
        ({"batch_bytes": 0}, "batch_bytes"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_sent(wrong: dict[str, Any], named: str) -> None:
    settings: dict[str, Any] = {"address": "https://billing.example.com", "key": KEY, "source": "/platform"} | wrong
    with pytest.raises(ValueError, match=f"^{named}: "):
        Reporter(settings.pop("address"), settings.pop("key"), **settings)


def test_a_time_without_a_zone_and_what_is_no_json_are_refused_where_they_are_reported(site: Site) -> None:
    sender = reporter(site)
    with pytest.raises(ValueError, match=r"^time: "):
        log_in(sender, "ann", time=datetime(2026, 1, 20))  # noqa: DTZ001
    with pytest.raises(TypeError):
        sender.report("api.requested", subject="x", data={"count": object()})
    with pytest.raises(ValueError, match="JSON"):
        sender.report("api.requested", subject="x", data={"count": float("nan")})
    assert len(sender) == 0
