"""Calls priced one by one and summed per direction, destination and rate (BR-42)."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from invoices.domain.block import Block, BlockCode
from invoices.domain.charge import Charge, ChargeKind, Service
from subscriptions.domain.catalog import VOICE, ProductKind, tax_category
from subscriptions.domain.money import round_half_up, round_money, whole_half_up
from usage.domain.events import Call
from usage.domain.voice import MatchedCalls, VoiceUse

CALL_DECIMALS = 4
"""A call's amount is rounded to so many decimals before calls are added up."""

MINUTE_DECIMALS = 6
"""A line's minutes are stored and printed with at most so many decimals."""


def call_amount(*, adjusted_seconds: int, per_minute: Decimal) -> Decimal:
    """Return what one call costs: adjusted minutes x price per minute, rounded half up to 4 decimals (BR-42)."""
    return calls_amount({adjusted_seconds: 1}, per_minute=per_minute)


def calls_amount(calls: Mapping[int, int], *, per_minute: Decimal) -> Decimal:
    """Return what calls cost together, so many of each adjusted duration; each is rounded before they are added up."""
    numerator, denominator = per_minute.as_integer_ratio()
    numerator, denominator = numerator * 10**CALL_DECIMALS, denominator * 60
    # In whole units of the last decimal: a decimal for each duration would take several times as long.
    units = sum(count * whole_half_up(seconds * numerator, denominator) for seconds, count in calls.items())
    return Decimal(units).scaleb(-CALL_DECIMALS)


def voice_charges(calls: MatchedCalls, *, service: Service, currency: str) -> list[Charge | Block]:
    """Return a charge per direction, destination and rate; the sum of its calls, rounded once (BR-32, BR-42)."""
    charges: list[Charge | Block] = [_charge(use, service, currency) for use in calls.rated]
    charges.extend(_unrated(call) for call in calls.unrated)
    return [charge for charge in charges if isinstance(charge, Block) or charge.quantity]


def _charge(use: VoiceUse, service: Service, currency: str) -> Charge:
    per_minute = use.rate.per_minute
    seconds = sum(seconds * count for seconds, count in use.calls.items())
    return Charge(
        kind=ChargeKind.VOICE,
        product=VOICE,
        # Increments that are no tenth of a minute leave minutes without end; a line keeps so many decimals of them.
        quantity=round_half_up(Fraction(seconds, 60), MINUTE_DECIMALS).normalize(),
        unit_price=per_minute,
        amount=round_money(calls_amount(use.calls, per_minute=per_minute), currency),
        service=service,
        tax_category=tax_category(VOICE, ProductKind.VOICE),
        destination=use.rate.destination,
        direction=use.rate.direction,
    )


def _unrated(call: Call) -> Block:
    return Block(
        code=BlockCode.UNRATED_CALL,
        subject=call.call_id,
        words=(("direction", call.direction.name.lower()), ("remote", call.remote)),
    )
