"""Which reminder of a past-due invoice is due when (BR-82)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class Tone(StrEnum):
    """How a reminder speaks."""

    FRIENDLY = "friendly"
    FIRM = "firm"
    FINAL = "final"


class Withdrawal(StrEnum):
    """Why a reminder that was queued is not sent any more."""

    SETTLED = "settled"
    CHANGED = "changed"
    PROMISED = "promised"
    STOPPED = "stopped"
    PARKED = "parked"
    TOGETHER = "together"
    """Another invoice in the same mail is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a schedule: its place, from 1, the days after the due date, and how it speaks."""

    level: int
    after_days: int
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """The next reminder of an invoice, and the day on which it goes out if nothing is paid until then."""

    step: Step
    on: date


def steps_of(schedule: Iterable[int]) -> tuple[Step, ...]:
    """Return the steps of a schedule, in its order: the first is friendly, the last of several is final (BR-82)."""
    days = sorted(set(schedule))
    return tuple(
        Step(level=place, after_days=after, tone=_tone(place, of=len(days)))
        for place, after in enumerate(days, start=1)
    )


def step_to_send(schedule: Iterable[int], *, due_date: date, reached: int, on: date) -> Step | None:
    """
    Return the reminder to send on a day: the latest step that is due, never one at or before the step reached (BR-82).

    `reached` is after how many days the last one that was sent was due, 0 if none was. So whoever was not reminded for
    months gets one mail, not one for each step that was missed.
    """
    past_due = (on - due_date).days
    due = [step for step in steps_of(schedule) if step.after_days <= past_due]
    return due[-1] if due and due[-1].after_days > reached else None


def withdrawal_of(
    *, told: Decimal, left: Decimal, is_promised: bool, is_stopped: bool, is_parked: bool
) -> Withdrawal | None:
    """
    Return why a reminder that was not sent yet is not to be sent any more; None: it still holds (BR-82).

    `told` is what was open when it was written, `left` what is open now.
    """
    if not left:
        return Withdrawal.SETTLED
    if is_parked:
        return Withdrawal.PARKED
    if is_stopped:
        return Withdrawal.STOPPED
    if is_promised:
        return Withdrawal.PROMISED
    return Withdrawal.CHANGED if left != told else None


def next_reminder(
    schedule: Sequence[int], *, due_date: date, reached: int, on: date, paused_until: date | None = None
) -> Coming | None:
    """
    Return what comes next from a day on, after a pause if there is one; None if the last step was reached (BR-82).

    `paused_until` is the last day of the pause.
    """
    start = on if paused_until is None else max(on, paused_until + timedelta(days=1))
    now_due = step_to_send(schedule, due_date=due_date, reached=reached, on=start)
    if now_due is not None:
        return Coming(step=now_due, on=start)
    for step in steps_of(schedule):
        day = due_date + timedelta(days=step.after_days)
        if step.after_days > reached and day > start:
            return Coming(step=step, on=day)
    return None


def due_dates_by_step(schedule: Iterable[int], *, on: date) -> Iterator[tuple[Step, date | None, date]]:
    """Yield each step with the first and the last due date of the invoices for which it is the latest due on a day."""
    steps = steps_of(schedule)
    for place, step in enumerate(steps):
        following = steps[place + 1] if place + 1 < len(steps) else None
        first = None if following is None else on - timedelta(days=following.after_days - 1)
        yield step, first, on - timedelta(days=step.after_days)


def _tone(place: int, *, of: int) -> Tone:
    if place == 1:
        return Tone.FRIENDLY
    return Tone.FINAL if place == of else Tone.FIRM
