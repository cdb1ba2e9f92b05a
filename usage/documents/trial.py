"""What a trial's admin sees: what a trial is, when it ends, what happens then, and the storage that is used (BR-19)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions.domain.formatting import format_day
from subscriptions.domain.trial import (
    INCLUDED_GIGABYTES,
    REMOVED_AFTER_WARNING,
    TrialFacts,
    TrialState,
    TrialStep,
    days_left,
    end_of,
    next_step,
    removal_at,
    removal_cause,
    state_at,
)
from usage.documents.gauge import Gauge, gauge_of
from usage.documents.reader import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPage:
    """
    A trial in words; texts that do not apply are empty.

    `remaining` is how long it runs, `ended` when it ended, `removal` the day from which its data goes, `begins` the day
    on which the agreement begins that it has by now.
    """

    state: str
    remaining: str
    ends: str
    ended: str
    removal: str
    begins: str
    may_be_ended: bool
    stored: str
    included: str
    is_over: bool
    gauge: Gauge


def build_trial_page(
    facts: TrialFacts, *, gigabytes: Decimal | None, begins: date | None, now: datetime, reader: Reader
) -> TrialPage:
    """Return a trial as it is at an instant, with the latest reading of its storage, if there is one."""
    state, end, removal = state_at(facts, at=now), end_of(facts), _removal(facts, now)
    stored = gigabytes or Decimal(0)
    return TrialPage(
        state=state.value,
        remaining=_remaining(days_left(facts, at=now)) if state is TrialState.RUNNING else "",
        ends=_moment(end, reader) if end and state is TrialState.RUNNING else "",
        ended=_moment(end, reader) if end and state is TrialState.SUSPENDED else "",
        removal=_day(removal, reader) if removal else "",
        begins=format_day(begins, reader.language) if begins else "",
        may_be_ended=state is TrialState.RUNNING,
        stored=reader.quantity(stored.quantize(Decimal("0.1"))),
        included=reader.quantity(INCLUDED_GIGABYTES),
        is_over=stored > INCLUDED_GIGABYTES,
        gauge=gauge_of(stored, INCLUDED_GIGABYTES),
    )


def _removal(facts: TrialFacts, now: datetime) -> datetime | None:
    """Return the first instant at which the data may go, if it is to go: before a warning left, 14 days from now."""
    if next_step(facts, at=now) is TrialStep.WITHDRAW:
        return None
    if facts.warned_at is not None:
        return removal_at(facts) or now + REMOVED_AFTER_WARNING
    return now + REMOVED_AFTER_WARNING if removal_cause(facts, at=now) else None


def _remaining(days: int | None) -> str:
    if days is None:
        return _("It has no end.")
    return ngettext("%(days)s day is left.", "%(days)s days are left.", days) % {"days": days}


def _moment(instant: datetime, reader: Reader) -> str:
    return _("%(day)s at %(clock)s %(zone)s") % {
        "day": _day(instant, reader),
        "clock": reader.clock(instant),
        "zone": reader.zone,
    }


def _day(instant: datetime, reader: Reader) -> str:
    return format_day(reader.date(instant), reader.language)
