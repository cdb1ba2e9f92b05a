"""What keeps a cycle from closing until a person has mended it (BR-72)."""

from dataclasses import dataclass
from enum import StrEnum

UNEXPECTED = "unexpected_error"
"""The reason of a cycle that is held because our own code failed on it: everyone else's run goes on."""


class BlockCode(StrEnum):
    """Why an invoice would be wrong, in the order in which reasons are listed."""

    TIER_ABOVE_AGREEMENT = "tier_above_agreement"
    UNPRICED_PRODUCT = "unpriced_product"
    UNRATED_CALL = "unrated_call"
    WRONG_CURRENCY = "wrong_currency"
    PERIOD_APART = "period_apart"
    ADVANCE_OFF = "advance_off"
    SEATS_UNSEEN = "seats_unseen"
    ARREARS_JUMP = "arrears_jump"
    CREDIT_OF_NOTHING = "credit_of_nothing"
    TOO_MANY_LINES = "too_many_lines"


BOUNDS = frozenset(
    {
        BlockCode.WRONG_CURRENCY,
        BlockCode.PERIOD_APART,
        BlockCode.ADVANCE_OFF,
        BlockCode.SEATS_UNSEEN,
        BlockCode.ARREARS_JUMP,
        BlockCode.CREDIT_OF_NOTHING,
        BlockCode.TOO_MANY_LINES,
    }
)
"""The reasons that are safety bounds: nothing is to be mended, two people look whether the invoice is right."""

BLOCK_ORDER = {code: position for position, code in enumerate(BlockCode)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """
    One reason to hold a cycle: its code and what it is about; a document says it in words, and what to mend.

    `words` are by what name the sentence needs what else: days in ISO 8601, products and directions by their codes.
    """

    code: BlockCode
    subject: str
    words: tuple[tuple[str, str], ...] = ()
