"""What a person decides about a cycle that is held, so that it may close before everything is mended (BR-21, BR-72)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from invoices.domain.block import BlockCode


class Choice(StrEnum):
    """What to do about a reason to hold."""

    ACCEPT_TIER = "accept_tier"
    """Bill the peak at the higher tier that somebody in the pool held."""
    BILL_AGREED_TIER = "bill_agreed_tier"
    """Bill the peak at the tier that was agreed."""
    LEAVE_OUT = "leave_out"
    """Bill everything but the doubtful charges; they follow as adjustments once they are mended."""


CHOICES: dict[BlockCode, Sequence[Choice]] = {
    BlockCode.TIER_ABOVE_AGREEMENT: (Choice.ACCEPT_TIER, Choice.BILL_AGREED_TIER, Choice.LEAVE_OUT),
    BlockCode.UNPRICED_PRODUCT: (Choice.LEAVE_OUT,),
    BlockCode.UNRATED_CALL: (Choice.LEAVE_OUT,),
}
"""Which choices a reason leaves; mending it needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One choice about all reasons of a code in a cycle."""

    code: BlockCode
    choice: Choice


def choice_of(decisions: Iterable[Decision], code: BlockCode) -> Choice | None:
    """Return what was decided about a reason, the latest decision if there are several; None if nothing was."""
    chosen = None
    for decision in decisions:
        chosen = decision.choice if decision.code is code else chosen
    return chosen


def decided_again(earlier: Sequence[Decision], later: Sequence[Decision]) -> list[Decision]:
    """Return all decisions that stand: of a code that was decided about again, only those that came later."""
    codes = {decision.code for decision in later}
    return [*(decision for decision in earlier if decision.code not in codes), *later]
