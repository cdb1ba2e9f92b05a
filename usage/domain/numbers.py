"""Phone numbers: how often they were set up and on how many days they were active (BR-43)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from subscriptions.domain.period import BillingPeriod, Window, local_date
from usage.domain.events import NumberFact
from usage.domain.intervals import NEVER, first_from, instants_by_key


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberUse:
    """So many numbers of a product were active on so many days of the period."""

    product: str
    days: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumbers:
    """The activations of each product in the period, and its numbers by days active."""

    activated: Mapping[str, int]
    active: Sequence[NumberUse]


def phone_numbers(
    activations: Sequence[NumberFact],
    releases: Sequence[NumberFact],
    *,
    period: BillingPeriod,
    window: Window,
    time_zone: str,
) -> PhoneNumbers:
    """Return set-ups and numbers by days active (BR-43)."""
    days = days_active(activations, releases, period=period, window=window, time_zone=time_zone)
    by_days = Counter((product, len(active)) for (_, product), active in days.items() if active)
    return PhoneNumbers(
        activated=dict(Counter(fact.product for fact in activations if fact.at in window)),
        active=[
            NumberUse(product=product, days=active_days, quantity=quantity)
            for (product, active_days), quantity in sorted(by_days.items())
        ],
    )


def days_active(
    activations: Sequence[NumberFact],
    releases: Sequence[NumberFact],
    *,
    period: BillingPeriod,
    window: Window,
    time_zone: str,
) -> Mapping[tuple[str, str], set[date]]:
    """
    Return the local days of the period on which each number of a product was active.

    The day of activation counts, the day of release does not (BR-43).
    """
    released = instants_by_key(((fact.number, fact.product), fact.at) for fact in releases)
    days: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    for fact in activations:
        if fact.at >= window.end:
            continue
        end = first_from(released.get((fact.number, fact.product), ()), fact.at)
        first = max(local_date(fact.at, time_zone=time_zone), period.start)
        after = period.end if end == NEVER else min(local_date(end, time_zone=time_zone), period.end)
        days[fact.number, fact.product].update(first + timedelta(days=n) for n in range((after - first).days))
    return days
