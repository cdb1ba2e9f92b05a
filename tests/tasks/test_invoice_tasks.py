"""Celery only wakes people up: its tasks ask the database what is due, and by the database's clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billingsite.celery import app
from invoices import tasks
from invoices.models import BillingCycle, Invoice, NumberSeries, TooLateUsage
from invoices.services import estimating
from invoices.services.sweeping import close_due_cycles
from subscriptions.selectors.clock import database_now
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import logged_in, report

pytestmark = pytest.mark.django_db


def test_every_beat_wakes_a_task_that_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert scheduled <= app.tasks.keys()
    assert {
        "invoices.close_due_cycles",
        "invoices.list_too_late_usage",
        "invoices.render_pending_pdfs",
        "invoices.deliver_documents",
        "invoices.match_waiting_lines",
        "usage.prepare_event_partitions",
    } <= scheduled


def test_what_is_scheduled_runs_at_intervals_and_not_by_a_local_clock():
    intervals = [entry["schedule"] for entry in app.conf.beat_schedule.values()]

    assert all(isinstance(interval, float | timedelta) for interval in intervals)
    assert app.conf.timezone == "UTC"


def test_the_sweep_goes_at_least_every_minute():
    sweeps = [
        entry["schedule"] for entry in app.conf.beat_schedule.values() if entry["task"] == "invoices.close_due_cycles"
    ]

    assert sweeps
    assert all(interval <= 60.0 for interval in sweeps)


def test_a_task_that_is_lost_with_its_worker_is_given_to_another():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]


def test_a_tick_opens_and_closes_what_is_due_by_the_databases_clock(billing_today):
    begun, future = billing_today

    tasks.close_due_cycles()

    assert begun.cycles.get().state == "open"
    assert begun.invoices.count() == 1
    assert not future.cycles.exists()


def test_the_same_tick_delivered_twice_does_nothing_more(billing_today):
    tasks.close_due_cycles()
    before = contents()

    tasks.close_due_cycles()

    assert contents() == before
    assert (Invoice.objects.count(), BillingCycle.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "task",
    [tasks.close_due_cycles, tasks.render_pending_pdfs, tasks.deliver_documents, tasks.work_out_estimates],
    ids=lambda task: task.name,
)
def test_a_message_from_a_newer_version_with_more_to_say_is_still_understood(task):
    task(shard=3, of=8)


def test_a_tick_works_out_what_somebody_waits_for(billing_today, monkeypatch):
    begun, _future = billing_today
    tasks.close_due_cycles()
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", -1)
    cycle = begun.cycles.get()
    assert estimating.ask_for_preview(begun, cycle, now=database_now()).value is None

    tasks.work_out_estimates()

    assert estimating.ask_for_preview(begun, cycle, now=database_now()).value is not None


@pytest.fixture
def billing_today(db):
    """Return an agreement that began yesterday and one that begins in three days, by the database's clock."""
    today = database_now().date()
    return (
        a_prepaid_subscription(an_organization("begun"), effective_date=today - timedelta(days=1)),
        a_subscription(an_organization("future"), effective_date=today + timedelta(days=3)),
    )


def test_a_tick_lists_what_came_too_late_by_the_databases_clock():
    subscription = a_subscription(last_service_date=date(2026, 2, 14), cancelled_on=date(2026, 1, 20))
    close_due_cycles(now=datetime(2026, 2, 15, 11, tzinfo=UTC))
    report(subscription.organization, logged_in("ann", "2026-01-20T14:00:00Z", received="2026-02-16T00:00:00Z"))

    tasks.list_too_late_usage()
    tasks.list_too_late_usage()

    assert [(row.cycle.index, row.events) for row in TooLateUsage.objects.all()] == [(0, 1)]


def test_what_is_wrong_with_the_books_stands_in_the_log(caplog):
    a_prepaid_subscription(an_organization("sound"))
    close_due_cycles(now=database_now())
    tasks.verify_books()
    assert caplog.messages == []

    NumberSeries.objects.update(last_number=9)
    tasks.verify_books()
    assert [message for message in caplog.messages if "numbers were given" in message]
