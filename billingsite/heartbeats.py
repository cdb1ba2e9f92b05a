"""
How beat and workers show that they live, each by itself, so that one can tell which of them is gone.

Beat writes when it sends the minute's tick, whether or not a broker takes it. A worker writes from a thread of its own,
however busy its tasks are. The tick, once a worker carries it out, shows that one reaches the other.
"""

import logging
from threading import Event, Thread

from celery import signals

TICK = "subscriptions.tick"
EVERY_SECONDS = 30.0

logger = logging.getLogger(__name__)
_stopping = Event()


def connect() -> None:
    """Let beat and workers of this process write, and refuse to start where the settings would lose or double work."""
    signals.before_task_publish.connect(_beat_has_sent, sender=TICK, weak=False)
    signals.worker_ready.connect(_worker_is_ready, weak=False)
    signals.worker_shutting_down.connect(_worker_stops, weak=False)
    signals.worker_init.connect(_refuse_unsafe_settings, weak=False)
    signals.beat_init.connect(_refuse_unsafe_settings, weak=False)
    signals.task_prerun.connect(_task_begins, weak=False)
    signals.task_postrun.connect(_task_ends, weak=False)


def _beat_has_sent(**_: object) -> None:
    from subscriptions.models import Living  # noqa: PLC0415 - the apps are not ready when Celery is made

    _write(Living.BEAT)


def _worker_is_ready(sender: object, **_: object) -> None:
    from subscriptions.models import Living  # noqa: PLC0415 - the apps are not ready when Celery is made
    from subscriptions.services.broker import broker_evicts  # noqa: PLC0415

    if broker_evicts():
        logger.warning("Redis throws away messages once it is full: set its maxmemory-policy to noeviction.")
    name = f"{Living.WORKER}:{getattr(sender, 'hostname', 'worker')}"
    _stopping.clear()
    Thread(target=_keep_writing, args=[name], name="heartbeat", daemon=True).start()


def _keep_writing(name: str) -> None:
    _write(name)
    while not _stopping.wait(EVERY_SECONDS):
        _write(name)


def _worker_stops(**_: object) -> None:
    _stopping.set()


def _write(name: str) -> None:
    """Write a sign of life; a database that is away must not take down who is only telling that it lives."""
    from django.db import Error, connection  # noqa: PLC0415 - the apps are not ready when Celery is made

    from subscriptions.selectors.clock import database_now  # noqa: PLC0415
    from subscriptions.services.heartbeats import record_heartbeat  # noqa: PLC0415

    try:
        record_heartbeat(name, now=database_now())
    except Error as error:
        logger.warning("No sign of life of %s could be written: %s", name, error)
    finally:
        # Half a minute later a connection that was kept may be one that somebody has cut.
        if not connection.in_atomic_block:
            connection.close()


def _refuse_unsafe_settings(**_: object) -> None:
    from billingsite.checks import check_machinery  # noqa: PLC0415 - the apps are not ready when Celery is made

    faults = check_machinery(None)
    if faults:
        # Celery logs whatever else a receiver raises, and goes on.
        raise SystemExit("\n".join(f"{fault.id}: {fault.msg} {fault.hint or ''}" for fault in faults))


def _task_begins(task_id: str, **_: object) -> None:
    from billingsite.logs import about  # noqa: PLC0415 - the apps are not ready when Celery is made

    about.set(task_id)


def _task_ends(**_: object) -> None:
    from billingsite.logs import NOTHING, about  # noqa: PLC0415 - the apps are not ready when Celery is made

    about.set(NOTHING)
