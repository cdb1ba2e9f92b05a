"""Calls matched to the rate deck and rounded to its increment; pricing them is the invoice's business (BR-42)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

from subscriptions.domain.period import Window
from subscriptions.domain.rate_deck import Rate, RateDeck
from usage.domain.calls import Calls
from usage.domain.events import Call
from usage.domain.instants import Numbers, microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceUse:
    """The calls of one direction, destination and rate: how many of each adjusted duration in seconds."""

    rate: Rate
    calls: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedCalls:
    """The calls of a period by rate, and those for which the deck has none."""

    rated: Sequence[VoiceUse]
    unrated: Sequence[Call]


def match_calls(calls: Calls, *, deck: RateDeck | None, period: Window) -> MatchedCalls:
    """
    Return the calls that ended in the period by rate; without a deck an organization buys no voice (BR-42).

    Rates that differ in prefix only share one entry: an invoice line is told by direction, destination and rate.
    """
    if deck is None:
        return MatchedCalls(rated=(), unrated=())
    inside = (calls.ended >= microseconds(period.start)) & (calls.ended < microseconds(period.end))
    place = deck.match_all(directions=calls.direction, remotes=calls.remote)
    adjusted = -(-calls.seconds // deck.increment_seconds) * deck.increment_seconds
    rated = np.flatnonzero(inside & (place >= 0))
    return MatchedCalls(
        rated=_by_rate(place[rated], adjusted[rated], deck),
        unrated=calls.at(np.flatnonzero(inside & (place < 0)).tolist()),
    )


def _by_rate(place: Numbers, adjusted: Numbers, deck: RateDeck) -> list[VoiceUse]:
    """Return the use of each rate, in the order of direction, destination and price."""
    used: defaultdict[int, list[Rate]] = defaultdict(list)
    for at in np.flatnonzero(np.bincount(place, minlength=len(deck.rates))).tolist():
        used[int(deck.shown_as[at])].append(deck.rates[at])
    length = int(adjusted.max(initial=0)) + 1
    pairs, counts = np.unique(deck.shown_as[place] * length + adjusted, return_counts=True)
    entries = sorted(used)
    begins = np.searchsorted(pairs, np.array(entries, np.int64) * length)
    # What comes before the first of them is no entry's.
    durations, calls = np.split(pairs % length, begins)[1:], np.split(counts, begins)[1:]
    # The first prefix stands for all that share an entry.
    return [
        VoiceUse(
            rate=min(used[entry], key=attrgetter("prefix")),
            calls=dict(zip(own.tolist(), of_each.tolist(), strict=True)),
        )
        for entry, own, of_each in zip(entries, durations, calls, strict=True)
    ]
