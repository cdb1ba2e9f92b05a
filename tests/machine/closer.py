"""The sweeps: in time, late, twice, by hand, in the wrong order, or struck down in the middle."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.db import OperationalError, connection

from invoices.models import BillingCycle, Invoice
from invoices.services.closing import Outcome, Step, close_cycle_now
from invoices.services.issuing import line_columns
from invoices.services.orders import invoice_due_orders
from invoices.services.sweeping import DuePreview, close_due_cycles, preview_due, sweep
from tests.invariants.cycles import assert_nothing_is_overdue
from tests.machine.world import World

A_MOMENT = timedelta(seconds=1)
"""What is received after a close is received later than its cut-off: a close takes its time."""
WAYS = ("sweep", "foreseen", "twice", "one by one", "by hand", "went back", "as of")
FAILPOINTS = (
    "invoices.services.closing.claim_cycles",
    "invoices.services.closing.lay_groundwork",
    "invoices.services.closing.plan_from",
    "invoices.services.closing.snapshot_of",
    "invoices.services.closing.save_people",
    "invoices.services.closing.snapshot_of_inputs",
    "invoices.services.closing.store_cycles",
    "invoices.services.closing.issue_invoices",
    "invoices.services.closing.make_following_cycle",
    "invoices.services.issuing._unnumbered",
    "invoices.services.issuing.document_lines",
    "invoices.services.issuing.document_taxes",
    "invoices.services.issuing._number",
    "invoices.services.issuing.post_documents",
    "invoices.services.orders.save_inputs",
)


class KilledError(BaseException):
    """The process is gone: nobody catches this but the test."""


FAULTS: tuple[type[BaseException], ...] = (KilledError, OperationalError, ZeroDivisionError)


def let_it_fall_due(world: World, *, way: str) -> None:
    """Sweep in one of the ways; whatever is due afterwards is closed or held, and nothing failed."""
    now = world.now
    foreseen = _foresee(now) if way == "foreseen" else None
    invoice_due_orders(now=now)
    steps = list(_sweep(world, way))
    assert [step for step in steps if step.outcome is Outcome.FAILED] == [], "our own code failed; the log says how"
    if way not in {"went back", "as of"}:
        assert_nothing_is_overdue(now)
    if foreseen is not None:
        _assert_it_came_as_foreseen(foreseen, steps)
    world.now += A_MOMENT


def strike_down(world: World, *, failpoint: str, fault: type[BaseException], after: bool, call: int) -> None:
    """Sweep and fail at a call of a function, before or after it did its work."""
    logging.disable(logging.ERROR)  # what is made to fail need not be read about
    with _failing(failpoint, fault, after=after, call=call), suppress(*FAULTS):
        invoice_due_orders(now=world.now)
        close_due_cycles(now=world.now)
    logging.disable(logging.NOTSET)
    world.now += A_MOMENT


def _sweep(world: World, way: str) -> Iterator[Step]:
    now = world.now
    if way == "went back":
        yield from close_due_cycles(now=now - timedelta(days=3))
    elif way == "as of":
        yield from sweep(due_by=now - timedelta(days=3), now=now, organization_id=None)
    elif way == "one by one":
        for organization in reversed(world.organizations):
            yield from close_due_cycles(now=now, organization_id=organization.pk)
    elif way == "by hand":
        for cycle_id in BillingCycle.objects.exclude(state="closed").order_by("-pk").values_list("pk", flat=True):
            yield close_cycle_now(cycle_id=cycle_id, now=now)
        yield from close_due_cycles(now=now)
    else:
        yield from close_due_cycles(now=now)
    if way == "twice":
        with _writing_nothing():
            assert close_due_cycles(now=now) == []


def _foresee(now: datetime) -> list[DuePreview]:
    """Return what a dry run says; it writes nothing."""
    with _writing_nothing():
        return list(preview_due(due_by=now, now=now, organization_id=None))


@contextmanager
def _writing_nothing() -> Iterator[None]:
    """Fail at the first statement that would write."""

    def refuse_to_write(execute: Any, sql: str, *rest: Any) -> Any:
        assert not sql.startswith(("INSERT", "UPDATE", "DELETE")), sql
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse_to_write):
        yield


def _assert_it_came_as_foreseen(foreseen: Sequence[DuePreview], steps: Sequence[Step]) -> None:
    """Assert that the first step of each agreement is what the dry run said just before."""
    tried = BillingCycle.objects.in_bulk([step.cycle_id for step in steps])
    came: dict[int, Step] = {}
    for step in steps:
        if step.outcome is not Outcome.NOT_DUE:
            came.setdefault(tried[step.cycle_id].subscription_id, step)
    said = {one.cycle.subscription_id: one for one in foreseen}
    assert said.keys() == came.keys(), f"a dry run sees what falls due, and nothing else: {said}, {came}"
    for subscription_id, one in said.items():
        step = came[subscription_id]
        assert (step.outcome is Outcome.HELD) == bool(one.preview.blocks)
        if not one.preview.blocks:
            assert _issued(step.invoice) == _planned(one)


def _planned(foreseen: DuePreview) -> Any:
    draft = foreseen.preview.draft
    return draft and (draft.total.amount, draft.due_date, [_shown(line_columns(line)) for line in draft.lines])


def _issued(invoice: Invoice | None) -> Any:
    if invoice is None:
        return None
    lines = invoice.lines.order_by("position").values("kind", "product", "amount", "service_start", "service_end")
    return invoice.total, invoice.due_date, [_shown(line) for line in lines]


def _shown(line: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(line[name] for name in ("kind", "product", "amount", "service_start", "service_end"))


@contextmanager
def _failing(failpoint: str, fault: type[BaseException], *, after: bool, call: int) -> Iterator[None]:
    calls = 0

    def fail_at_last(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls != call:
            return original(*args, **kwargs)
        if after:
            original(*args, **kwargs)
        raise fault("struck down")

    patcher = patch(failpoint, fail_at_last)
    original, _ = patcher.get_original()
    with patcher:
        yield
