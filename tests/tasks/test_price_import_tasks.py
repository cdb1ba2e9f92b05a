"""What Celery wakes up for price lists, and what happens when it cannot be woken."""

import logging
from datetime import timedelta

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from billingsite.celery import app
from subscriptions.choices import ImportState
from subscriptions.models import PriceImport
from subscriptions.selectors.clock import database_now
from subscriptions.services.price_imports.uploads import store_upload
from subscriptions.services.price_imports.waking import wake_worker
from subscriptions.tasks import forget_old_price_imports, work_on_price_imports
from tests.services.price_imports.files import a_csv, for_book


@pytest.mark.django_db
def test_a_tick_reads_what_was_uploaded_and_another_forgets_what_is_old() -> None:
    content, now = a_csv("product,price", "purecloud-1,75"), database_now()
    row = store_upload(content, file_name="prices.csv", target=for_book(), uploaded_by=None, now=now)
    work_on_price_imports()
    row.refresh_from_db()
    assert row.state == ImportState.READY
    forget_old_price_imports()
    assert PriceImport.objects.count() == 1
    PriceImport.objects.update(uploaded_at=now - timedelta(days=2))
    forget_old_price_imports()
    assert PriceImport.objects.count() == 0


def test_the_beat_knows_the_tasks_by_their_names() -> None:
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {work_on_price_imports.name, forget_old_price_imports.name} <= scheduled


def test_a_worker_is_woken_by_the_name_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **_how: sent.append(name))
    wake_worker()
    assert sent == [work_on_price_imports.name]


@pytest.mark.parametrize("error", [OperationalError("no broker"), OSError("no folder")])
def test_without_a_broker_the_next_tick_does_it(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object, **_how: object) -> None:
        raise error

    monkeypatch.setattr(current_app, "send_task", fail)
    with caplog.at_level(logging.WARNING):
        wake_worker()
    assert "No worker was woken" in caplog.text
