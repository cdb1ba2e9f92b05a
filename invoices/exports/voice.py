"""The calls of a period with what each costs (BR-42)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from invoices.domain.charges.voice import call_amount
from subscriptions.domain.money import round_half_up
from subscriptions.domain.rate_deck import Rate, RateDeck
from subscriptions.exports.csv_file import Value
from subscriptions.exports.report import Report
from usage.domain.events import Call, Direction
from usage.exports.reports import DECIMALS, instant_utc

COLUMNS = (
    "call_id",
    "origin",
    "destination",
    "usage_group",
    "call_type",
    "direction",
    "start_utc",
    "end_utc",
    "duration_seconds",
    "adjusted_duration_seconds",
    "adjusted_duration_minutes",
    "rate_per_minute",
    "total_cost",
    "currency",
    "rate_sheet",
)
UNRATED = (None,) * 6
"""What the columns from the adjusted duration on hold for a call without a rate."""


def voice_usage(calls: Iterable[Call], *, deck: RateDeck | None, currency: str, rate_sheet: str) -> Report:
    """
    Return the calls that ended in a period, one row each, in order.

    The organization's own end of a call is not reported: of origin and destination that one is empty, as are the rate
    and what follows from it of a call that the deck does not rate.
    """
    return Report(name="voice-usage", columns=COLUMNS, rows=_rows(calls, deck, currency, rate_sheet))


def _rows(calls: Iterable[Call], deck: RateDeck | None, currency: str, rate_sheet: str) -> Iterator[Sequence[Value]]:
    for call in calls:
        is_outbound = call.direction is Direction.OUTBOUND
        rate = None if deck is None else deck.match(direction=call.direction.name.lower(), remote=call.remote)
        yield (
            call.call_id,
            None if is_outbound else call.remote,
            call.remote if is_outbound else None,
            None if rate is None else rate.destination,
            call.direction.name.lower().replace("_", "-"),
            "outbound" if is_outbound else "inbound",
            instant_utc(call.at - timedelta(seconds=call.seconds)),
            instant_utc(call.at),
            Decimal(call.seconds),
            *(UNRATED if deck is None or rate is None else (*_priced(call, rate, deck), currency, rate_sheet)),
        )


def _priced(call: Call, rate: Rate, deck: RateDeck) -> Sequence[Value]:
    adjusted = deck.adjusted_seconds(call.seconds)
    return (
        Decimal(adjusted),
        round_half_up(Fraction(adjusted, 60), DECIMALS),
        rate.per_minute,
        call_amount(adjusted_seconds=adjusted, per_minute=rate.per_minute),
    )
