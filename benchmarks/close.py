"""P4 and P5: closing one organization, against scanning its rows and against plain Python."""

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

from django.db import connection, transaction

from benchmarks.figures import Figure, Size, medians, seconds
from benchmarks.worlds.month import CLOSES_AT, Use, an_agreement, close_what_is_older, fill
from invoices.models import BillingCycle, InvoiceLine
from invoices.services.closing import Outcome, close_cycle_now
from tests.reference.reading import count_from_rows
from usage.domain.snapshot import UsageCount
from usage.models import SnapshotUser, UsageEvent

# What a close reads of sessions and calls, through the index by which it reads them, and nothing done with it.
_SCAN = """
    SELECT count(*), max(occurred_at), count(subject), count(session), sum(direction), count(remote), sum(amount)
    FROM usage_usageevent
    WHERE organization_id = %(organization)s AND kind IN (1, 2, 8) AND received_at <= %(received_until)s
        AND occurred_at >= %(start)s AND occurred_at < %(end)s"""


def measure(size: Size) -> Iterator[Figure]:
    """Close a month of 45,000 sessions and as many calls."""
    subscription = an_agreement("one")
    fill(subscription, Use(users=size.pick(500, 3), sessions=3, calls=3))
    cycle = close_what_is_older(subscription)
    scan = prepare_scan(cycle)
    plainly = patch.multiple(
        "invoices.services.planning",
        count_period=count_plainly,
        read_together=lambda to_count: iter([None] * len(to_count)),
    )
    answers: dict[str, Any] = {}

    def close(name: str, how: AbstractContextManager[Any]) -> Callable[[], float]:
        return lambda: closing(cycle, how, keep=lambda answer: answers.setdefault(name, answer))

    times = medians({"scan": scan, "close": close("close", nullcontext()), "plain": close("plain", plainly)})
    assert answers["close"] == answers["plain"], "The two ways differ."
    assert answers["close"][0], "Nothing was invoiced."
    took = {name: f"{spent * 1000:.0f} ms" for name, spent in times.items()}
    yield Figure(
        goal="P4",
        what=f"closing {UsageEvent.objects.count():,} events of one organization, against an index-only scan of them",
        value=times["close"] / times["scan"],
        at_most=5,
        remark=f"{took['close']} and {took['scan']}",
    )
    yield Figure(
        goal="P5",
        what="the same, against rows of the ORM counted in plain Python; one answer",
        value=times["plain"] / times["close"],
        at_least=15,
        remark=f"{took['plain']} and {took['close']}",
    )


def count_plainly(**asked: Any) -> UsageCount:
    """Count rows of the ORM in plain Python, which searches for garbage as it does by itself: a chunk keeps it off."""
    gc.enable()
    try:
        return count_from_rows(**asked)
    finally:
        gc.disable()


def prepare_scan(cycle: BillingCycle) -> Callable[[], float]:
    """Return what measures how long all sessions and calls of a period take to read, in the server, by one process."""
    asked = {
        "organization": cycle.organization_id,
        "received_until": cycle.cutoff_at,
        "start": cycle.starts_at,
        "end": cycle.ends_at,
    }

    def scan(statement: str) -> Any:
        with transaction.atomic(), connection.cursor() as cursor:
            # The planner would read the table: one organization has all of it.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(statement, asked)
            return cursor.fetchall()

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    plan = str(scan(f"EXPLAIN {_SCAN}"))
    assert "Index Only Scan" in plan, plan
    return lambda: seconds(lambda: scan(_SCAN))


def closing(cycle: BillingCycle, how: AbstractContextManager[Any], *, keep: Callable[[Any], Any] | None) -> float:
    """Return how long it takes to close a cycle, with every check that a commit makes; then undo it."""

    def close() -> None:
        step = close_cycle_now(cycle_id=cycle.pk, now=CLOSES_AT)
        assert step.outcome is Outcome.CLOSED, step
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with transaction.atomic(), how:
        spent = seconds(close)
        if keep is not None:
            keep(issued(cycle))
        transaction.set_rollback(True)
    return spent


def issued(cycle: BillingCycle) -> tuple[list[Any], list[Any]]:
    """Return what a close has issued: the lines, and everyone who was counted."""
    cycle = BillingCycle.objects.get(pk=cycle.pk)
    lines = InvoiceLine.objects.filter(invoice__cycle=cycle, invoice__terms_snapshot=cycle.terms_snapshot_id)
    people = SnapshotUser.objects.filter(snapshot=cycle.usage_snapshot_id).order_by("user")
    return (
        list(lines.order_by("position").values_list("kind", "product", "quantity", "amount")),
        list(people.values_list("user", "license", "first_login_at", "last_seen_at", "seconds")),
    )
