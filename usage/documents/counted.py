"""What a close counted, read back from its snapshot (BR-77), and what a worker did, from a live count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from usage.domain.call_ports import CallPorts
from usage.domain.concurrent import Peak
from usage.domain.fair_use import FairUse
from usage.domain.numbers import PhoneNumbers
from usage.domain.so_far import SoFar
from usage.domain.voice import VoiceUse
from usage.models import LiveCount, UsageSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The quantities of a period as they were stored; the people behind them have rows of their own."""

    billable: Mapping[str, Decimal]
    peak: Peak | None
    add_on_holders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fair_use: Mapping[str, FairUse] = field(default_factory=dict)
    call_ports: CallPorts | None = None
    voice: Sequence[VoiceUse] = ()
    numbers: PhoneNumbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The quantities of a period without the evidence behind them, which may be long."""

    billable: Mapping[str, Decimal]
    fair_use: Mapping[str, FairUse]


def get_figures(billable: Any, fair_use: Any) -> Figures:
    """Return two parts of a snapshot's quantities as the meters made them."""
    return msgspec.convert({"billable": billable, "fair_use": fair_use or {}}, Figures, dec_hook=_from_text)


def get_counted(snapshot: UsageSnapshot) -> Counted:
    """Return the quantities of a snapshot as the meters made them; exact numbers were stored as text."""
    return msgspec.convert(snapshot.quantities, Counted, str_keys=True, dec_hook=_from_text)


def get_so_far(live: LiveCount) -> SoFar:
    """
    Return the figures of a live count as they were counted.

    :raises msgspec.ValidationError: if an earlier version of our code kept them in another shape
    """
    return msgspec.convert(live.figures, SoFar, str_keys=True, dec_hook=_from_text)


def _from_text(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return Fraction(value)
    raise TypeError(f"{kind.__name__} has no place in a snapshot")
