"""Months of events on PostgreSQL: a partition each, made ahead of time, so that old ones can be archived whole."""

import logging
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime

from dateutil.relativedelta import relativedelta
from django.db import DatabaseError, connection, transaction

logger = logging.getLogger(__name__)

PARENT = "usage_usageevent"
DEFAULT_PARTITION = f"{PARENT}_default"
MONTHS_AHEAD = 3
# What is older goes to the default partition: a key must not be able to make tables without end.
MONTHS_BACK = 60

_PARTITION_LOCK = 0x5EA8


def prepare_partitions(*, now: datetime) -> list[str]:
    """Make the partitions of this month and the next ones; return the names of those that were missing."""
    return ensure_partitions([now, now + relativedelta(months=MONTHS_AHEAD)], received=now)


def has_partition_for_next_month(*, now: datetime) -> bool:
    """Tell whether next month's events have a partition of their own; where there are no partitions, they need none."""
    if connection.vendor != "postgresql":
        return True
    return not _list_missing([_month_of(now) + relativedelta(months=1)])


def ensure_partitions(instants: Iterable[datetime], *, received: datetime) -> list[str]:
    """
    Make the missing partitions from the earliest to the latest of these instants; return their names.

    Call it outside a transaction. Months that are not plausible for events received then have none, and a month that
    cannot have one now (it has rows in the default partition already, or its tables are busy) does without: its
    events are stored in the default partition, and every query finds them there.
    """
    # In someone else's transaction the tables' locks would last until its end.
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return []
    this_month = _month_of(received)
    instants = list(instants)
    first = max(_month_of(min(instants)), this_month - relativedelta(months=MONTHS_BACK))
    last = min(_month_of(max(instants)), this_month + relativedelta(months=MONTHS_AHEAD))
    months = []
    while first <= last:
        months.append(first)
        first += relativedelta(months=1)
    return [_name(month) for month in _list_missing(months) if _create(month)]


def _month_of(instant: datetime) -> date:
    return instant.astimezone(UTC).date().replace(day=1)


def _name(month: date) -> str:
    return f"{PARENT}_y{month:%Y}m{month:%m}"


def _list_missing(months: list[date]) -> list[date]:
    if not months:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS names (name) WHERE to_regclass(name) IS NULL",
            [[_name(month) for month in months]],
        )
        missing = {name for (name,) in cursor.fetchall()}
    return [month for month in months if _name(month) in missing]


def _create(month: date) -> bool:
    name = _name(month)
    start = f"{month:%Y-%m-%d} 00:00:00+00"
    end = f"{month + relativedelta(months=1):%Y-%m-%d} 00:00:00+00"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Attaching waits for readers of the default partition, and everyone else would wait behind it.
            cursor.execute("SET LOCAL lock_timeout = '1s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_PARTITION_LOCK])
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is not None:
                return False
            # A row that comes between this and ATTACH makes ATTACH fail, which is the same answer, only louder.
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {DEFAULT_PARTITION} WHERE occurred_at >= %s AND occurred_at < %s)",  # noqa: S608
                [start, end],
            )
            if cursor.fetchone()[0]:
                return False
            # Made apart and attached: the parent stays open for reading and writing (only SHARE UPDATE EXCLUSIVE).
            cursor.execute(f"CREATE TABLE {name} (LIKE {PARENT} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
            cursor.execute(f"ALTER TABLE {PARENT} ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')")
            _guard(name)
    except DatabaseError as error:
        logger.warning("No partition %s for now, its events go to the default one: %s", name, error)
        return False
    return True


def guard_partitions() -> None:
    """Guard every partition that is there as the events themselves are."""
    for name in list_partitions():
        _guard(name)


def list_partitions() -> list[str]:
    """Return the tables that events lie in; none where they are one table."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [PARENT])
        return [name for (name,) in cursor.fetchall()]


def build_index(statement: str, *, name: str) -> None:
    """
    Build an index of the events in every partition, each while it is read and written; begun once more, it goes on.

    `statement` would build it in all of them at once. Call it outside a transaction.
    """
    with connection.cursor() as cursor:
        # From here on a partition that is attached brings its own.
        cursor.execute(_with(statement, "INDEX IF NOT EXISTS", name=name, table=f"ONLY {PARENT}"))
        for partition in _list_without_index(name):
            own = f"{partition}_{name.removeprefix('usage_event_')}"
            # One that was interrupted is there and holds nothing.
            cursor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {own}")
            cursor.execute(_with(statement, "INDEX CONCURRENTLY", name=own, table=partition))
            cursor.execute(f"ALTER INDEX {name} ATTACH PARTITION {own}")


def _with(statement: str, index: str, *, name: str, table: str) -> str:
    """Return the statement that builds an index in other words, for another table and under another name."""
    return re.sub(r'^CREATE INDEX "\w+" ON "\w+"', f"CREATE {index} {name} ON {table}", statement)


def _list_without_index(name: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass AND inhrelid NOT IN (
                SELECT indrelid FROM pg_index JOIN pg_inherits ON indexrelid = inhrelid
                WHERE inhparent = %s::regclass)
            ORDER BY 1""",
            [PARENT, name],
        )
        return [partition for (partition,) in cursor.fetchall()]


def _guard(partition: str) -> None:
    """Guard a partition as its parent is: PostgreSQL hands down only the triggers for each row, not for statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid), quote_ident(tgname), tgtype & 1 = 0 FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [PARENT],
        )
        for definition, name, is_for_statements in cursor.fetchall():
            if is_for_statements:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {partition}")
                cursor.execute(re.sub(rf"\bON (\w+\.)?{PARENT}\b", f"ON {partition}", definition))
            # Also in a session that plays a replica, where other triggers rest.
            cursor.execute(f"ALTER TABLE {partition} ENABLE ALWAYS TRIGGER {name}")
