"""F14, F15, F17, F18: every task may come twice, at once, late, or by a clock that is wrong."""

from datetime import timedelta

import pytest
import time_machine
from celery import current_app, signals

from billingsite.celery import app
from billingsite.checks import check_machinery
from invoices import tasks
from invoices.models import Invoice
from subscriptions.models import BillingContact
from subscriptions.selectors.clock import database_now
from tests.books import assert_the_books_hold, contents
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.faults.processes import Brood

BOOKMARKS = {"subscriptions.Heartbeat", "invoices.TooLateCheck", "invoices.ExpectedBill"}
"""How far something was looked through, and who lives: they move with every tick and bill nothing."""


@pytest.mark.postgresql
@pytest.mark.usefixtures("committed_db")
def test_f15_every_task_may_be_delivered_twice_at_once_and_again(brood: Brood) -> None:
    late = database_now().date() - timedelta(days=70)
    for number in range(3):
        subscription = a_prepaid_subscription(an_organization(f"org-{number}"), effective_date=late)
        BillingContact.objects.create(
            organization=subscription.organization, name="Ann", email="ann@example.com", language="en"
        )
    names = [entry["task"] for entry in app.conf.beat_schedule.values()]
    now = database_now().isoformat()
    for name in names:
        for process in [brood.begin(name, now=now) for _ in range(2)]:
            assert process.outcome == "done"
    first = {label: rows for label, rows in contents().items() if label not in BOOKMARKS}
    assert Invoice.objects.count() == 9
    assert_the_books_hold()

    for name in reversed(names):
        assert brood.begin(name, now=now).outcome == "done"

    assert {label: rows for label, rows in contents().items() if label not in BOOKMARKS} == first
    assert_the_books_hold()


@pytest.mark.django_db
@pytest.mark.parametrize("off_by", [timedelta(days=1), timedelta(hours=-1), timedelta(minutes=10)], ids=str)
def test_f18_what_is_due_is_decided_by_the_databases_clock_alone(off_by: timedelta) -> None:
    now = database_now()
    begins_tomorrow = a_prepaid_subscription(
        an_organization("tomorrow"), effective_date=(now + timedelta(days=2)).date(), time_zone="UTC"
    )
    began = a_prepaid_subscription(an_organization("began"), effective_date=now.date(), time_zone="UTC")

    with time_machine.travel(now + off_by, tick=True):
        tasks.close_due_cycles()
        assert abs(database_now() - now) < timedelta(minutes=5)

    assert not begins_tomorrow.cycles.exists()
    assert began.cycles.get().state == "open"
    assert abs(began.invoices.get().issued_at - now) < timedelta(minutes=5)
    assert_the_books_hold()


def test_f17_the_settings_lose_and_double_nothing() -> None:
    assert check_machinery(None) == []


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("task_acks_late", False, "seatbill.E001"),
        ("task_reject_on_worker_lost", False, "seatbill.E002"),
        ("worker_prefetch_multiplier", 4, "seatbill.E003"),
        ("accept_content", ["json", "pickle"], "seatbill.E004"),
        ("timezone", "America/New_York", "seatbill.E007"),
        ("worker_soft_shutdown_timeout", 0, "seatbill.E009"),
        ("task_time_limit", None, "seatbill.E010"),
    ],
)
def test_f17_a_setting_that_would_is_refused_at_the_start(name, value, fault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(current_app.conf, name, value)

    assert fault in {found.id for found in check_machinery(None)}


@pytest.mark.parametrize("signal", [signals.worker_init, signals.beat_init], ids=["worker", "beat"])
def test_f17_neither_beat_nor_a_worker_starts_with_such_a_setting(signal, monkeypatch: pytest.MonkeyPatch) -> None:
    signal.send(sender=None)
    monkeypatch.setitem(current_app.conf, "task_acks_late", False)

    with pytest.raises(SystemExit, match="task_acks_late is False"):
        signal.send(sender=None)


def test_f17_a_task_may_not_outlast_the_visibility_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1/0")
    well = {"unacked_restore_interval": 10, "unacked_restore_throttle": 1, "socket_timeout": 5}
    monkeypatch.setitem(app.conf, "broker_transport_options", well | {"visibility_timeout": 3600})
    assert check_machinery(None) == []

    monkeypatch.setitem(app.conf, "broker_transport_options", {"visibility_timeout": 3000})

    assert {found.id for found in check_machinery(None)} == {f"seatbill.E{number:03}" for number in (20, 21, 22, 23)}


@pytest.mark.django_db
def test_f14_three_months_without_a_tick_are_caught_up_in_order() -> None:
    late = database_now().date() - timedelta(days=100)
    subscription = a_prepaid_subscription(effective_date=late, time_zone="UTC")

    tasks.close_due_cycles()

    documents = list(subscription.invoices.order_by("sequence"))
    periods = [document.frozen["period"]["start"] for document in documents]
    assert len(documents) == subscription.cycles.filter(state="closed").count() + 1 == 4
    assert periods == sorted(periods)
    assert_the_books_hold()
