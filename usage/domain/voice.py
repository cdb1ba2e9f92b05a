"""Calls matched to the rate deck and rounded to its increment; pricing them is the invoice's business (BR-42)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from subscriptions.domain.period import Window
from subscriptions.domain.rate_deck import Rate, RateDeck
from usage.domain.events import Call


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


def match_calls(calls: Iterable[Call], *, deck: RateDeck | None, period: Window) -> MatchedCalls:
    """
    Return the calls that ended in the period by rate; without a deck an organization buys no voice (BR-42).

    Rates that differ in prefix only share one entry: an invoice line is told by direction, destination and rate.
    """
    if deck is None:
        return MatchedCalls(rated=(), unrated=())
    durations: dict[tuple[str, str, str], tuple[Rate, Counter[int]]] = {}
    unrated = []
    for call in calls:
        if call.at not in period:
            continue
        direction = call.direction.name.lower()
        rate = deck.match(direction=direction, remote=call.remote)
        if rate is None:
            unrated.append(call)
            continue
        key = (direction, rate.destination, f"{rate.per_minute.normalize():f}")
        known, counter = durations.setdefault(key, (rate, Counter()))
        counter[deck.adjusted_seconds(call.seconds)] += 1
        if rate.prefix < known.prefix:
            # The first prefix stands for all that share an entry, not the one whose call happened to come first.
            durations[key] = (rate, counter)
    rated = [
        VoiceUse(rate=rate, calls=dict(sorted(counter.items()))) for _, (rate, counter) in sorted(durations.items())
    ]
    return MatchedCalls(rated=rated, unrated=unrated)
