"""Whether beat, workers and broker live can be told: by a load balancer, a monitor, a lead, and on the staff's home."""

from datetime import datetime, timedelta

import pytest
from celery import signals
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from billingsite import heartbeats, machinery
from invoices import tasks as invoice_tasks
from invoices.models import Invoice
from invoices.services import machinery as invoices_machinery
from subscriptions import tasks
from subscriptions.models import Heartbeat, Living
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.heartbeats import SILENT_AFTER, Silence, get_signs
from subscriptions.services.heartbeats import record_heartbeat
from tests.admin.rows import make_lead, make_staff
from tests.factories.documents import a_subscription

pytestmark = pytest.mark.django_db

WORKER = f"{Living.WORKER}:celery@one"


@pytest.fixture
def now() -> datetime:
    return database_now()


@pytest.fixture
def lead() -> Client:
    return client_of("lead")


@pytest.fixture
def ready_for_next_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have next month's partition, which no transaction can make."""
    monkeypatch.setattr(invoices_machinery, "has_partition_for_next_month", lambda now: True)


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(make_lead(role) if role == "lead" else make_staff(role))
    return client


def all_live(at: datetime) -> None:
    for name in (Living.BEAT, Living.TICK, WORKER):
        record_heartbeat(name, now=at)


def test_who_was_just_seen_is_not_silent(now: datetime) -> None:
    all_live(now - SILENT_AFTER)
    assert get_signs().silent(now=now) == []


@pytest.mark.parametrize(
    ("gone", "silent"),
    [
        ([], []),
        ([Living.BEAT], [Silence.BEAT]),
        ([WORKER], [Silence.WORKERS]),
        ([Living.BEAT, WORKER, Living.TICK], [Silence.BEAT, Silence.WORKERS]),
        # A worker that hears nothing, or a broker that passes nothing on: both are there, and nothing arrives.
        ([Living.TICK], [Silence.TICKS]),
    ],
    ids=str,
)
@pytest.mark.parametrize("never", [True, False], ids=["never seen", "seen long ago"])
def test_each_that_is_gone_is_told_from_the_others(gone, silent, never: bool, now: datetime) -> None:
    all_live(now)
    for name in gone:
        if never:
            Heartbeat.objects.filter(name=name).delete()
        else:
            record_heartbeat(name, now=now - SILENT_AFTER - timedelta(seconds=1))
    assert get_signs().silent(now=now) == silent


def test_one_worker_that_lives_is_enough(now: datetime) -> None:
    all_live(now)
    record_heartbeat(f"{Living.WORKER}:celery@two", now=now - timedelta(hours=2))
    assert get_signs().silent(now=now) == []


def test_beat_writes_when_it_sends_the_tick_and_a_worker_when_it_carries_it_out() -> None:
    signals.before_task_publish.send(sender=heartbeats.TICK)
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {Living.BEAT}

    tasks.tick()
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {Living.BEAT, Living.TICK}


def test_the_tick_forgets_workers_that_were_taken_away(now: datetime) -> None:
    record_heartbeat(WORKER, now=now - timedelta(days=2))
    tasks.tick()
    assert not Heartbeat.objects.filter(name=WORKER).exists()


# --- Health ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "head"])
def test_health_tells_anybody_whether_the_site_can_serve(method: str) -> None:
    response = getattr(Client(), method)("/health")
    assert response.status_code == 200
    assert response.content == (b'{"status": "ok"}' if method == "get" else b"")


def test_health_is_degraded_where_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def cursor(self) -> object:
            raise OperationalError("server closed the connection unexpectedly")

        def close(self) -> None:
            pass

    monkeypatch.setattr(machinery, "connection", Away())
    response = Client().get("/health")
    assert (response.status_code, response.json()) == (503, {"status": "degraded"})


def test_health_needs_no_https_and_nothing_else_changes(settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client().get("/health").status_code == 200
    assert Client().get("/health/detail").status_code == 301


@pytest.mark.usefixtures("ready_for_next_month")
def test_a_lead_is_told_each_part(lead: Client, now: datetime) -> None:
    all_live(now)
    invoice_tasks.verify_books()

    told = lead.get("/health/detail").json()

    assert (told["status"], told["silent"], told["broker"], told["books_faults"]) == ("ok", [], "ok", 0)
    assert list(told["workers"]) == ["celery@one"]
    assert told["oldest_due_cycle"] is None


def test_a_lead_is_told_what_is_gone(lead: Client) -> None:
    told = lead.get("/health/detail").json()
    assert (told["status"], told["silent"]) == ("degraded", ["beat", "workers"])
    assert told["books_verified"] is None


# --- Metrics ---------------------------------------------------------------------------------------------------------


def test_metrics_are_for_who_has_the_token(settings: LazySettings, now: datetime) -> None:
    all_live(now - timedelta(seconds=20))
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 302
    settings.METRICS_TOKEN = "a-long-secret"
    assert Client().get("/metrics", headers={"Authorization": "Bearer a-long-secre"}).status_code == 302

    response = Client().get("/metrics", headers={"Authorization": "Bearer a-long-secret"})

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    figures = dict(
        line.rsplit(" ", 1) for line in response.content.decode().splitlines() if line and not line.startswith("#")
    )
    assert figures["seatbill_documents_issued_total"] == str(Invoice.objects.count())
    assert figures['seatbill_silent{of="beat"}'] == "0"
    assert 19 < float(figures['seatbill_seconds_since{of="beat"}']) < 60


@pytest.mark.parametrize("path", ["/metrics", "/health/detail"])
def test_what_they_cost_does_not_grow_with_what_there_is(path: str, lead: Client) -> None:
    def statements() -> int:
        count = 0

        def counting(execute, *args):
            nonlocal count
            count += 1
            return execute(*args)

        with connection.execute_wrapper(counting):
            assert lead.get(path).status_code == 200
        return count

    # The first request of a session writes down when it began.
    statements()
    before = statements()
    a_subscription()
    assert statements() == before < 30


# --- What staff see --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["lead", "csm"])
def test_the_home_says_who_is_silent_and_what_to_do(role: str, now: datetime) -> None:
    client = client_of(role)
    page = client.get(reverse("admin:index")).content.decode()
    assert "the beat has been silent for more than 3 minutes" in page
    assert "celery -A billingsite worker" in page
    assert (reverse("machinery") in page) is (role == "lead")

    all_live(now)
    assert "silent" not in client.get(reverse("admin:index")).content.decode().partition('class="workbench')[2]


def test_the_page_shows_a_lead_how_everything_is(lead: Client, now: datetime) -> None:
    all_live(now)
    record_heartbeat(Living.BOOKS, now=now, outcome={"faults": 2})

    page = lead.get(reverse("machinery")).content.decode()

    assert "The machinery needs somebody" in page
    assert "2 faults were found in the books." in page
    assert "Worker celery@one" in page


@pytest.mark.usefixtures("ready_for_next_month")
def test_the_page_is_calm_where_all_is_well(lead: Client, now: datetime) -> None:
    all_live(now)
    invoice_tasks.verify_books()
    page = lead.get(reverse("machinery")).content.decode()
    assert "The machinery runs" in page
    assert 'role="alert"' not in page.partition('class="workbench')[2]
