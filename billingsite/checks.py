"""The settings without which work could be lost or done twice: asserted by `manage.py check`, beat and every worker."""

from collections.abc import Iterator, Mapping
from typing import Any

from celery import Celery
from django.conf import settings
from django.core.checks import CheckMessage, Error

from billingsite.celery import app

LONGEST_WAIT_SECONDS = 60


def check_machinery(app_configs: object, **_: object) -> list[CheckMessage]:
    """Return an error for each setting of Celery, its broker or the database that would lose or double work."""
    return [
        Error(message, hint=hint, id=f"seatbill.E{number:03}")
        for number, message, hint in (*_celery(app), *_broker(app.conf), *_database(settings.DATABASES["default"]))
    ]


def check_gateway(app_configs: object, **_: object) -> list[CheckMessage]:
    """Return what keeps invoices from being paid online, though the settings say that they are."""
    chosen = settings.PAYMENT_GATEWAY
    if chosen not in {"stripe", "test", "none"}:
        hint = "Say stripe, test or none."
        return [Error(f"There is no payment gateway {chosen!r}.", hint=hint, id="seatbill.E040")]
    return [
        Error(
            f"Invoices are paid at Stripe, and {name} is not set.", hint="See docs/operations.md.", id="seatbill.E041"
        )
        for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
        if chosen == "stripe" and not getattr(settings, name)
    ]


def check_deployed_gateway(app_configs: object, **_: object) -> list[CheckMessage]:
    """Return an error for a gateway that pretends, where the site is served for real."""
    if settings.PAYMENT_GATEWAY != "test":
        return []
    hint = "Set the keys of Stripe, or PAYMENT_GATEWAY=none."
    return [Error("The built-in test gateway marks invoices as paid without any money.", hint=hint, id="seatbill.E042")]


def _celery(app: "Celery[Any]") -> Iterator[tuple[int, str, str]]:
    conf = app.conf
    for number, name, wanted in (
        (1, "task_acks_late", True),
        (2, "task_reject_on_worker_lost", True),
        (3, "worker_prefetch_multiplier", 1),
        (4, "accept_content", ["json"]),
        (5, "task_serializer", "json"),
        (6, "task_ignore_result", True),
        (7, "timezone", "UTC"),
        (8, "enable_utc", True),
    ):
        if conf[name] != wanted:
            yield number, f"Celery's {name} is {conf[name]!r}.", f"It must be {wanted!r}: see docs/operations.md."
    if not conf.worker_soft_shutdown_timeout:
        yield 9, "Celery's worker_soft_shutdown_timeout is 0.", "Give tasks some seconds to end."
    if not conf.task_time_limit:
        yield 10, "Celery's task_time_limit is not set.", "A task that hangs would keep its worker for ever."
    for name, task in app.tasks.items():
        if name.startswith("celery."):
            continue
        if not (task.acks_late and task.reject_on_worker_lost):
            yield 11, f"The task {name} is lost with its worker.", "Leave acks_late and reject_on_worker_lost on."
    for name, entry in conf.beat_schedule.items():
        options = entry.get("options", {})
        if options.get("eta") or options.get("countdown", 0) > LONGEST_WAIT_SECONDS:
            yield 12, f"The tick {name} waits in the broker.", "Long waits are repeated there: shorten its interval."


def _broker(conf: Any) -> Iterator[tuple[int, str, str]]:
    if not str(conf.broker_url or "").startswith("redis"):
        return
    options: Mapping[str, Any] = conf.broker_transport_options
    visibility = options.get("visibility_timeout", 0)
    limits = [conf.task_time_limit or 0]
    if max(limits) >= visibility / 2:
        yield (
            20,
            f"A task may take {max(limits)} s and is given to a second worker after {visibility} s.",
            "CELERY_TASK_TIME_LIMIT must be less than half of the visibility timeout.",
        )
    for number, name in ((21, "unacked_restore_interval"), (22, "unacked_restore_throttle"), (23, "socket_timeout")):
        if not options.get(name):
            yield number, f"The broker's {name} is not set.", "What a lost worker had taken would come back late."


def _database(database: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    options = database.get("OPTIONS", {})
    if database.get("ATOMIC_REQUESTS"):
        yield 30, "ATOMIC_REQUESTS is on.", "A request would hold its locks until it is answered."
    if database["ENGINE"].endswith("sqlite3"):
        pragmas = str(options.get("init_command", "")).lower()
        if options.get("transaction_mode") != "IMMEDIATE":
            yield 31, "SQLite's transaction_mode is not IMMEDIATE.", "A reader that turns writer would fail."
        if not all(pragma in pragmas for pragma in ("journal_mode=wal", "synchronous=full")):
            yield 32, "SQLite does not keep a full write-ahead log.", "What was acknowledged could be lost with power."
        if options.get("timeout", 0) < 20:
            yield 33, "SQLite waits less than 20 s for a lock.", "Raise its timeout."
