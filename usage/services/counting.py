"""Counts a period's usage, for a close, a preview or the live view, and stores what a close counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import msgspec

from subscriptions.domain.period import BillingPeriod, Window
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import ContractTerms
from usage.domain.bearing import bearing_on
from usage.domain.columns import UsageColumns
from usage.domain.snapshot import UsageCount, count_usage
from usage.models import UsageSnapshot
from usage.selectors.columns import Asked, AskedPeriod, get_usage_columns, iterate_usage_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCount:
    """A period of an organization that is to be counted with what was received by an instant."""

    organization_id: int
    terms: ContractTerms
    window: Window
    received_until: datetime
    deck: RateDeck | None

    @property
    def period(self) -> AskedPeriod:
        """Return the events that its meters read."""
        bearing = bearing_on(self.window, terms=self.terms, deck=self.deck)
        asked = Asked(organization_id=self.organization_id, kinds=bearing.kinds, received_until=self.received_until)
        return AskedPeriod(asked=asked, window=self.window, calls=bearing.calls)


def read_together(to_count: Sequence[ToCount]) -> Iterator[UsageColumns | None]:
    """Yield what `count_period` counts of each of some periods, None of one that is read by itself: it is large."""
    return iterate_usage_columns([one.period for one in to_count])


def count_period(
    *,
    organization_id: int,
    terms: ContractTerms,
    period: BillingPeriod,
    window: Window,
    received_until: datetime,
    deck: RateDeck | None,
    peak_tier: str | None = None,
    read: UsageColumns | None = None,
) -> UsageCount:
    """
    Return what an organization used in a period, as far as it was reported by an instant (BR-20 to BR-24).

    `peak_tier` is the license at which a person decided that the peak is billed (BR-21); `read` is what was read of the
    period together with others.
    """
    if read is None:
        to_count = ToCount(
            organization_id=organization_id, terms=terms, window=window, received_until=received_until, deck=deck
        )
        read = get_usage_columns(to_count.period)
    return count_usage(read, terms=terms, period=period, window=window, deck=deck, peak_tier=peak_tier)


def snapshot_of(count: UsageCount, *, organization_id: int, received_until: datetime) -> UsageSnapshot:
    """Return a count as a snapshot that is not stored."""
    return UsageSnapshot(
        organization_id=organization_id,
        starts_at=count.window.start,
        ends_at=count.window.end,
        cutoff_at=received_until,
        quantities=_quantities(count),
    )


def _quantities(count: UsageCount) -> Any:
    """Return everything counted but the people, who have rows of their own, as JSON; exact numbers are text."""
    counted = {
        "billable": count.billable,
        "peak": count.peak,
        "add_on_holders": count.add_on_holders,
        "fair_use": count.fair_use,
        "call_ports": count.call_ports,
        "voice": count.calls.rated,
        "unrated_calls": [call.call_id for call in count.calls.unrated],
        "numbers": count.numbers,
    }
    return as_json(counted)


def as_json(counted: object) -> Any:
    """Return something counted as JSON; exact numbers are text."""
    return msgspec.to_builtins(counted, enc_hook=_as_text, str_keys=True, order="deterministic")


def _as_text(value: object) -> str:
    if isinstance(value, Fraction):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a snapshot")
