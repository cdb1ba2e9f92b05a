"""The real web server under attack: killed at any moment, sent bodies that never end, trickle in or are monstrous."""

import json
import random
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event

import pytest

from billingsite.serving import free_port
from subscriptions.selectors.clock import database_now
from tests.factories.usage import an_event, an_organization, as_json
from tests.faults.processes import Process, start_site, wait_for_other_backends_to_end
from tests.together import wait_until
from usage.models import EventIdentity, UsageEvent
from usage.services.keys import create_key

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

HOST = "127.0.0.1"
PATH = "/api/v1/events"
BATCH = "application/cloudevents-batch+json"
MIB = 1024 * 1024


@pytest.fixture
def port() -> int:
    return free_port(8200)


@pytest.fixture
def sites(port: int, tmp_path: Path) -> Iterator["Sites"]:
    started = Sites(port, tmp_path)
    yield started
    started.kill()
    wait_for_other_backends_to_end()


class Sites:
    """The one site of a test, which may be killed and started again."""

    def __init__(self, port: int, var: Path) -> None:
        self._port, self._var = port, var
        self._running: list[Process] = []

    def start(self, **variables: str) -> Process:
        self._running.append(start_site(self._var, port=self._port, **variables))
        return self._running[-1]

    def kill(self) -> None:
        while self._running:
            self._running.pop().kill()


@pytest.fixture
def secret() -> str:
    _key, secret = create_key(organization=an_organization(), name="test", created_by=None, now=database_now())
    return secret


def post(port: int, secret: str, body: bytes, **headers: str) -> tuple[int, dict]:
    """Send a batch on a connection of its own; raises OSError or HTTPException where no answer comes."""
    head = {"Authorization": f"Bearer {secret}", "Content-Type": BATCH, **headers}
    with closing(HTTPConnection(HOST, port, timeout=300)) as site:
        site.request("POST", PATH, body, head)
        answer = site.getresponse()
        return answer.status, json.loads(answer.read())


def events(sender: str, first: int, last: int) -> bytes:
    return as_json(*(an_event(id=f"{sender}-{n}", subject=f"{sender}-{n}") for n in range(first, last)))


# --- Killed ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kills", [3, pytest.param(25, marks=pytest.mark.long)])
def test_what_was_acknowledged_outlives_a_killed_server_and_what_is_sent_again_counts_once(sites, port, secret, kills):
    """Three senders report without pause and send again whatever was not answered, while the server is killed."""
    sites.start()
    enough, acknowledged = Event(), {sender: set() for sender in "abc"}

    def report(sender: str) -> int:
        unanswered, at = 0, 0
        while not enough.is_set():
            body = events(sender, at, at + 200)
            while not enough.is_set():
                try:
                    status, answer = post(port, secret, body)
                except (OSError, HTTPException):
                    unanswered += 1
                    time.sleep(0.02)
                    continue
                assert (status, answer["rejected"], answer["accepted"] + answer["duplicates"]) == (200, [], 200)
                acknowledged[sender].update(f"{sender}-{n}" for n in range(at, at + 200))
                break
            at += 200
        return unanswered

    def wait_for_another_answer() -> None:
        before = sum(map(len, acknowledged.values()))
        wait_until(lambda: sum(map(len, acknowledged.values())) > before, about="another batch is acknowledged")

    chance = random.Random(7)
    with ThreadPoolExecutor(3) as pool:
        senders = [pool.submit(report, sender) for sender in acknowledged]
        try:
            for _kill in range(kills):
                wait_for_another_answer()
                time.sleep(chance.uniform(0, 0.5))
                sites.kill()
                sites.start()
            wait_for_another_answer()
        finally:
            enough.set()
        unanswered = sum(sender.result() for sender in senders)
    sites.kill()
    wait_for_other_backends_to_end()

    assert unanswered >= kills, "it was never killed while somebody waited for an answer"
    stored = list(UsageEvent.objects.values_list("event_id", flat=True))
    told = set().union(*acknowledged.values())
    assert len(told) > 400
    assert told <= set(stored)
    assert len(stored) == len(set(stored)) == EventIdentity.objects.count()
    # Of batches that were never answered all events are there, or none.
    assert len(stored) % 200 == 0


# --- Bodies that do not end ------------------------------------------------------------------------------------------


def open_request(port: int, secret: str, length: str) -> socket.socket:
    connected = socket.create_connection((HOST, port), timeout=30)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {secret}\r\nContent-Type: {BATCH}\r\n{length}"
    )
    connected.sendall(f"{head}\r\n\r\n".encode())
    return connected


def trickle(port: int, secret: str) -> str:
    """Send a byte now and then until an answer comes; return its first line."""
    with closing(open_request(port, secret, "Content-Length: 100000")) as connected:
        connected.settimeout(0.3)
        for _ in range(60):
            connected.sendall(b"[")
            try:
                return connected.recv(4096).decode().splitlines()[0]
            except TimeoutError:
                continue
    return "no answer"


def test_a_body_that_trickles_in_is_cut_off_and_keeps_nobody_else_waiting(sites, port, secret):
    sites.start(MAX_BODY_SECONDS="2", GRANIAN_BLOCKING_THREADS="4")
    with ThreadPoolExecutor(8) as pool:
        begin = time.monotonic()
        slow = [pool.submit(trickle, port, secret) for _ in range(8)]
        # Twice as many as the server has threads hold them all; then they are let go.
        status, answer = post(port, secret, events("a", 0, 5))
        took = time.monotonic() - begin
        assert [one.result() for one in slow] == ["HTTP/1.1 408 Request Timeout"] * 8
    assert (status, answer["accepted"]) == (200, 5)
    assert took < 20
    assert UsageEvent.objects.count() == 5


def test_a_body_without_a_length_is_taken_and_one_without_end_is_refused(sites, port, secret):
    sites.start(MAX_BATCH_BYTES="100000")
    with closing(open_request(port, secret, "Transfer-Encoding: chunked")) as connected:
        body = events("a", 0, 3)
        connected.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        assert b'"accepted": 3' in read_all(connected)
    with closing(open_request(port, secret, "Transfer-Encoding: chunked")) as connected:
        for _ in range(101):
            connected.sendall(b"3e8\r\n" + b" " * 1000 + b"\r\n")
        answer = read_all(connected)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"Send at most 100000 bytes at once." in answer


def read_all(connected: socket.socket) -> bytes:
    connected.settimeout(30)
    answer = b""
    while b"}" not in answer:
        part = connected.recv(4096)
        if not part:
            break
        answer += part
    return answer


def test_a_sender_that_hangs_up_in_the_middle_leaves_nothing(sites, port, secret):
    sites.start()
    body = events("a", 0, 50)
    with closing(open_request(port, secret, f"Content-Length: {len(body)}")) as connected:
        connected.sendall(body[: len(body) // 2])
    assert post(port, secret, events("b", 0, 1))[0] == 200
    assert UsageEvent.objects.count() == 1


# --- Bodies that are monstrous ---------------------------------------------------------------------------------------


def monsters(round_: int) -> list[tuple[bytes, int]]:
    """Return bodies that are dear to read, and how each is answered."""
    long_text = "x" * MIB
    keys = {f"key-{n}": n for n in range(100_000)}
    return [
        (events(f"good-{round_}", 0, 10_000), 200),
        (as_json(*(an_event(id=f"{round_}-{n}", time="never") for n in range(2_000))), 200),
        (as_json(an_event(id=f"keys-{round_}", extension=keys)), 200),
        (as_json(*(an_event(id=f"{round_}-{n}", subject=long_text) for n in range(12))), 200),
        (b"[" * (15 * MIB), 400),
        (b"[" + b'{"a":' * 500_000 + b"1" + b"}" * 500_000 + b"]", 400),
        (b'["' + b"\\u0000" * (2 * MIB) + b'"]', 200),
        (b"\x1f\x8b" + random.Random(round_).randbytes(8 * MIB), 400),
        (b"[" + b" " * (17 * MIB) + b"]", 413),
        (b"[" + b"1," * 2_000_000 + b"1]", 413),
    ]


def answer_to(port: int, secret: str, body: bytes) -> int:
    try:
        return post(port, secret, body)[0]
    except (BrokenPipeError, ConnectionResetError):
        # It answered by the length that was announced, and reads no more.
        assert len(body) > 16 * MIB
        return 413


def memory_of(site: Process) -> float:
    """Return the MiB that a server and its workers hold."""
    pids = re.findall(r"\d+", Path(f"/proc/{site.pid}/task/{site.pid}/children").read_text())
    lines = [Path(f"/proc/{pid}/status").read_text() for pid in [str(site.pid), *pids]]
    return sum(int(re.search(r"VmRSS:\s+(\d+)", text)[1]) for text in lines) / 1024


@pytest.mark.long
def test_the_memory_of_a_server_that_is_sent_monsters_levels_off(sites, port, secret):
    site = sites.start(INGESTION_EVENTS_PER_SECOND="0", GRANIAN_BLOCKING_THREADS="4")
    held = []
    for round_ in range(8):
        for body, expected in monsters(round_):
            assert answer_to(port, secret, body) == expected
        held.append(memory_of(site))
    # The first rounds fill pools and caches; from then on nothing is kept of what was sent.
    assert max(held[4:]) <= max(held[:4]) * 1.1, held
    assert max(held) < 1024, held
