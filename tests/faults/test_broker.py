"""F5 to F8, F13: a broker that is away, hangs, forgets or is full, and ticks that come twice, cost time alone."""

import http.client
import json
import signal
import time
from datetime import timedelta

import pytest
from celery import current_app
from kombu import Connection

from invoices.models import Invoice
from subscriptions.models import Heartbeat, Living, Subscription
from subscriptions.selectors.clock import database_now
from subscriptions.services.broker import broker_answers, broker_evicts
from subscriptions.services.price_imports.waking import TASK, wake_worker
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.usage import an_event
from tests.faults.due import due_now
from tests.faults.processes import Process, start_beat, start_site, start_worker, wait_until
from tests.faults.servers import Redis, free_port
from usage.models import UsageEvent
from usage.services.keys import create_key

NO_LONGER_THAN_SECONDS = 2.0


@pytest.fixture
def broker_of_the_site(own_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Redis:
    """Let this process, as the site does, send to the test's own Redis."""
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)  # it would win
    monkeypatch.setitem(current_app.conf, "broker_url", own_redis.url)
    monkeypatch.setitem(current_app.conf, "broker_transport_options", {"socket_timeout": 5})
    return own_redis


@pytest.mark.parametrize("state", ["down", "hanging", "full"])
def test_f5_f8_a_request_neither_fails_nor_waits_for_a_broker(state: str, broker_of_the_site: Redis, caplog) -> None:
    if state == "down":
        broker_of_the_site.kill()
    elif state == "hanging":
        broker_of_the_site.process.send_signal(signal.SIGSTOP)
    else:
        broker_of_the_site.client().config_set("maxmemory-policy", "noeviction")
        broker_of_the_site.client().config_set("maxmemory", "1mb")

    took = seconds_of(wake_worker)

    assert "No worker was woken" in caplog.text
    assert took < NO_LONGER_THAN_SECONDS
    began = time.monotonic()
    assert not broker_answers()
    assert time.monotonic() - began < NO_LONGER_THAN_SECONDS


def test_f5_where_the_broker_is_well_the_task_is_sent_and_it_is_said_to_answer(broker_of_the_site: Redis) -> None:
    wake_worker()

    assert broker_answers()
    (message,) = broker_of_the_site.client().lrange("celery", 0, -1)
    assert json.loads(message)["headers"]["task"] == TASK


def test_f8_a_redis_that_would_throw_messages_away_is_told_from_one_that_refuses_them(
    broker_of_the_site: Redis,
) -> None:
    assert not broker_evicts()
    broker_of_the_site.client().config_set("maxmemory-policy", "allkeys-lru")
    assert broker_evicts()
    broker_of_the_site.kill()
    assert not broker_evicts()


def seconds_of(work) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.mark.postgresql
def test_f5_the_site_takes_events_without_a_broker(start: list[Process], tmp_path, own_redis: Redis) -> None:
    organization = an_organization()
    _, secret = create_key(organization=organization, name="test", created_by=None, now=database_now())
    own_redis.kill()
    port = free_port()
    start.append(start_site(tmp_path, port=port, CELERY_BROKER_URL=own_redis.url))
    assert status_of(port, "GET", "/health") == 200

    event = an_event(time=(database_now() - timedelta(hours=1)).isoformat())
    key = {"Authorization": f"Bearer {secret}", "Content-Type": "application/cloudevents+json"}
    began = time.monotonic()
    status = status_of(port, "POST", "/api/v1/events", json.dumps(event), key)

    assert status in {200, 202}
    assert time.monotonic() - began < 10
    assert UsageEvent.objects.filter(organization=organization).count() == 1
    assert status_of(port, "HEAD", "/health") == 200


def status_of(port: int, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> int:
    site = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        site.request(method, path, body, headers or {})
        return site.getresponse().status
    except OSError:
        return 0
    finally:
        site.close()


@pytest.mark.postgresql
def test_f6_f7_f8_a_worker_goes_on_after_redis_was_killed_emptied_and_full(
    start: list[Process], tmp_path, own_redis: Redis
) -> None:
    process = start_worker(tmp_path, broker=own_redis.url, prefix="")
    start.append(process)
    bills_something_new("before", process)

    own_redis.kill()
    time.sleep(3)
    own_redis.start()
    bills_something_new("F6 after it was killed and started again", process)

    own_redis.client().flushall()
    bills_something_new("F7 after it was emptied", process)

    own_redis.client().delete("_kombu.binding.celery")
    bills_something_new("F7 after its bindings were deleted", process)

    # It fills up while the worker has something to take and to give back.
    send_many_ticks(own_redis)
    own_redis.client().config_set("maxmemory", "1mb")
    time.sleep(5)
    own_redis.client().config_set("maxmemory", "0")
    bills_something_new("F8 after it was full", process)

    assert process.is_running()
    process.stop()
    assert {subscription.invoices.count() for subscription in Subscription.objects.all()} == {1}
    assert_the_books_hold()


def send_many_ticks(redis: Redis) -> None:
    """Queue work that takes a worker a few seconds."""
    with Connection(redis.url) as connection:
        for _ in range(300):
            current_app.send_task("subscriptions.tick", connection=connection)


def bills_something_new(about: str, process: Process) -> None:
    """Let something fall due, and return once the worker has billed it."""
    code = f"org-{time.monotonic_ns()}"
    a_prepaid_subscription(an_organization(code), effective_date=database_now().date() - timedelta(days=1))
    wait_until(lambda: Invoice.objects.filter(organization__code=code).exists(), about=about, while_running=process)


@pytest.mark.postgresql
@pytest.mark.parametrize("beats", [2, pytest.param(5, marks=pytest.mark.long)])
def test_f13_several_beats_do_no_more_than_one(beats: int, start: list[Process], tmp_path, own_redis: Redis) -> None:
    late = database_now().date() - timedelta(days=100)
    for number in range(3):
        a_prepaid_subscription(an_organization(f"org-{number}"), effective_date=late)
    start += [start_beat(tmp_path, broker=own_redis.url, prefix="") for _ in range(beats)]
    start += [start_worker(tmp_path, broker=own_redis.url, prefix="", beat=False) for _ in range(2)]

    def all_have_sent() -> bool:
        return start[0].count_in_log("Sending due task close-due-cycles") >= beats

    wait_until(lambda: all_have_sent() and not due_now(), about="all is closed", while_running=start[-1])
    time.sleep(2)

    for subscription in Subscription.objects.all():
        assert subscription.invoices.count() == subscription.cycles.filter(state="closed").count() + 1
    assert set(Heartbeat.objects.values_list("name", flat=True)) >= {Living.BEAT, Living.TICK}
    assert Heartbeat.objects.filter(name__startswith=f"{Living.WORKER}:").count() == 2
    assert_the_books_hold()
