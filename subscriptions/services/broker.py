"""Speaks to the broker as a request may: briefly. What is to do stands in the database, whatever it answers."""

import contextlib
from collections.abc import Iterator
from typing import Any

from celery import current_app
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

PATIENCE_SECONDS = 0.5
"""For each step of speaking to Redis, of which there may be two: a person waits for the page."""

BRIEFLY = {
    "socket_timeout": PATIENCE_SECONDS,
    "socket_connect_timeout": PATIENCE_SECONDS,
    # Left alone it would try again for seconds: whoever waits for the next tick waits a minute at most.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "connect_retries_timeout": PATIENCE_SECONDS,
}

BROKER_ERRORS = (KombuError, RedisError, OSError)
"""A broker that is away, hangs, is full, or refuses."""


def send(task: str) -> None:
    """
    Wake a worker for a task, once.

    :raises KombuError, RedisError, OSError: if the broker does not take it (`BROKER_ERRORS`)
    """
    with _connection() as connection:
        current_app.send_task(task, connection=connection, retry=False)


def broker_answers() -> bool:
    """Tell whether the broker answers and takes what is sent, within a second: one that is full does not."""
    with contextlib.suppress(*BROKER_ERRORS), _connection() as connection:
        channel: Any = connection.default_channel
        channel.queue_declare(current_app.conf.task_default_queue)
        if _is_redis():
            channel.client.set("seatbill-health", 1, ex=60)
        return True
    return False


def broker_evicts() -> bool:
    """Tell whether Redis, once it is full, would throw away what was sent; False where it does not say."""
    with contextlib.suppress(*BROKER_ERRORS), _connection() as connection:
        channel: Any = connection.default_channel
        return _is_redis() and channel.client.config_get("maxmemory-policy")["maxmemory-policy"] != "noeviction"
    return False


@contextlib.contextmanager
def _connection() -> Iterator[Connection]:
    options = {**current_app.conf.broker_transport_options, **(BRIEFLY if _is_redis() else {})}
    connection = Connection(current_app.conf.broker_url, transport_options=options)
    try:
        yield connection
    finally:
        connection.release()


def _is_redis() -> bool:
    return str(current_app.conf.broker_url).startswith("redis")
