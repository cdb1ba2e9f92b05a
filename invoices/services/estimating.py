"""
Answers a question about what would be invoiced: at once where it reads little, else by a worker, with the latest answer
kept meanwhile.

An answer is worked out at most once a minute for all who ask, and nothing is ever issued from it.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Generic, TypeVar

import msgspec
from django.db.models import Q
from moneyed import Money

from invoices.choices import EstimateKind
from invoices.domain.decision import Decision
from invoices.domain.what_if import Comparison, WhatIf
from invoices.models import BillingCycle, Estimate
from invoices.services import previewing, what_if
from invoices.services.previewing import Preview, next_cycle, preview_cycle, without_people
from invoices.services.what_if import compare_periods, list_closed_cycles
from subscriptions.models import Subscription

logger = logging.getLogger(__name__)

EVENTS_AT_ONCE = 30_000
"""A page reads so many events itself, about a second's work; more are left to the worker."""

FRESH_FOR = timedelta(minutes=1)
"""An answer is not worked out again before it is this old."""

CLAIM_LAPSES_AFTER = timedelta(minutes=30)
"""A worker that took a question and has not answered by then has died: longer than a task may run."""

KEPT_FOR = timedelta(days=7)
"""An answer that nobody asked for again is thrown away."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """
    What is known of a question: the latest answer, if there is one, and whether a newer one is being worked out.

    `failed` tells that the last attempt did not succeed.
    """

    value: T | None
    as_of: datetime | None
    is_awaited: bool = False
    failed: bool = False


def ask_for_preview(
    subscription: Subscription, cycle: BillingCycle, *, now: datetime, at_once: int | None = None
) -> Answer[Preview]:
    """
    Return what the next cycle of an agreement would issue; of a large organization as of the latest estimate.

    `at_once` is how many events may be read for it now, if fewer than usual.
    """
    if not previewing.is_heavy(cycle, as_of=now, at_most=EVENTS_AT_ONCE if at_once is None else at_once):
        return _at_once(lambda: preview_cycle(cycle, as_of=now), now)
    return _ask(subscription, EstimateKind.PREVIEW, {"index": cycle.index}, Preview, now)


def ask_for_closing(cycle: BillingCycle, *, supposing: Sequence[Decision] = (), now: datetime) -> Answer[Preview]:
    """Return what a held cycle would issue if it were closed now, under decisions that nobody has made yet (BR-72)."""
    if not previewing.is_heavy(cycle, as_of=now, at_most=EVENTS_AT_ONCE):
        return _at_once(lambda: preview_cycle(cycle, as_of=now, supposing=supposing), now)
    question = {"index": cycle.index} | ({"supposing": msgspec.to_builtins(supposing)} if supposing else {})
    return _ask(cycle.subscription, EstimateKind.PREVIEW, question, Preview, now)


def ask_what_if(subscription: Subscription, question: WhatIf, *, now: datetime) -> Answer[Comparison]:
    """Return the last closed periods beside what they would have cost; of many events as the latest estimate has it."""
    cycles = list_closed_cycles(subscription, periods=question.periods)
    if not what_if.is_heavy(cycles, at_most=EVENTS_AT_ONCE):
        return _at_once(lambda: compare_periods(subscription, question), now)
    # Closed periods change by corrections only: the last of them names the state that is compared.
    asked = msgspec.to_builtins(question, str_keys=True, order="deterministic") | {"closed": cycles[-1].index}
    return _ask(subscription, EstimateKind.WHAT_IF, asked, Comparison, now)


def _at_once(work_out: Callable[[], T | None], now: datetime) -> Answer[T]:
    """Return the answer; a failure of our own code is told and logged, as that of a close is."""
    try:
        return Answer(value=work_out(), as_of=now)
    except Exception:
        logger.exception("A question could not be answered")
        return Answer(value=None, as_of=None, failed=True)


def _ask(
    subscription: Subscription, kind: EstimateKind, question: Mapping[str, Any], shape: type[T], now: datetime
) -> Answer[T]:
    """Return the kept answer; have the question answered if there is none, or an old one."""
    digest = sha256(msgspec.json.encode(question, order="deterministic")).hexdigest()
    row, _ = Estimate.objects.get_or_create(
        subscription=subscription,
        kind=kind,
        digest=digest,
        defaults={"organization_id": subscription.organization_id, "question": question, "wanted_at": now},
    )
    value = _restored(row, shape)
    latest = max(filter(None, (row.answered_at, row.failed_at)), default=None)
    is_unreadable = value is None and row.answer is not None
    if row.wanted_at is None and (latest is None or latest <= now - FRESH_FOR or is_unreadable):
        Estimate.objects.filter(pk=row.pk, wanted_at__isnull=True).update(wanted_at=now)
        row.wanted_at = now
    return Answer(
        value=value,
        as_of=row.answered_at,
        is_awaited=row.wanted_at is not None,
        failed=row.failed_at is not None,
    )


def _restored(row: Estimate, shape: type[T]) -> T | None:
    """Return the kept answer; none where an earlier version of our code kept it in another shape."""
    try:
        return None if row.answer is None else restore(row.answer, shape)
    except msgspec.ValidationError:
        return None


def work_out_estimates(*, now: datetime) -> int:
    """Answer every question that somebody waits for, each by one worker; return how many were."""
    Estimate.objects.filter(wanted_at__isnull=True).filter(
        Q(answered_at__lt=now - KEPT_FOR) | Q(answered_at__isnull=True, failed_at__lt=now - KEPT_FOR)
    ).delete()
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lte=now - CLAIM_LAPSES_AFTER)
    wanted = Estimate.objects.filter(free, wanted_at__isnull=False).order_by("wanted_at", "pk")
    done = 0
    for pk in list(wanted.values_list("pk", flat=True)):
        # Whoever changes the row first has it; on SQLite too, where no row can be locked for minutes.
        if Estimate.objects.filter(free, pk=pk, wanted_at__isnull=False).update(claimed_at=now):
            _work_out(Estimate.objects.select_related("subscription__organization").get(pk=pk), now)
            done += 1
    return done


def _work_out(row: Estimate, now: datetime) -> None:
    try:
        answer = _answer(row, now)
    except Exception:
        logger.exception("Estimate %s could not be worked out", row.pk)
        Estimate.objects.filter(pk=row.pk).update(wanted_at=None, claimed_at=None, failed_at=now)
        return
    if answer is None:
        # The period has closed meanwhile: nobody can ask this any more.
        Estimate.objects.filter(pk=row.pk).delete()
        return
    Estimate.objects.filter(pk=row.pk).update(
        wanted_at=None, claimed_at=None, failed_at=None, answered_at=now, answer=answer
    )


def _answer(row: Estimate, now: datetime) -> Any:
    if row.kind == EstimateKind.PREVIEW:
        cycle = next_cycle(row.subscription)
        if cycle is None or cycle.index != row.question["index"]:
            return None
        supposing = msgspec.convert(row.question.get("supposing", []), list[Decision])
        return keep(without_people(preview_cycle(cycle, as_of=now, supposing=supposing)))
    asked = {name: value for name, value in row.question.items() if name != "closed"}
    comparison = compare_periods(row.subscription, msgspec.convert(asked, WhatIf))
    return comparison and keep(comparison)


def keep(value: object) -> Any:
    """Return an answer as JSON; exact numbers are text."""
    return msgspec.to_builtins(value, enc_hook=_as_text, str_keys=True, order="deterministic")


def restore(kept: Any, shape: type[T]) -> T:
    """Return an answer as it was."""
    return msgspec.convert(kept, shape, str_keys=True, dec_hook=_from_text)


def _as_text(value: object) -> str:
    if isinstance(value, Money):
        return f"{value.currency} {value.amount}"
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _from_text(kind: type, value: Any) -> Any:
    if kind is Money:
        currency, amount = value.split(" ")
        return Money(amount, currency)
    raise TypeError(f"{kind.__name__} cannot be restored")
