"""What keeps a cycle from closing until a person has mended it (BR-72)."""

from dataclasses import dataclass
from enum import StrEnum


class BlockCode(StrEnum):
    """Why an invoice would be wrong, in the order in which reasons are listed."""

    TIER_ABOVE_AGREEMENT = "tier_above_agreement"
    UNPRICED_PRODUCT = "unpriced_product"
    UNRATED_CALL = "unrated_call"


BLOCK_ORDER = {code: position for position, code in enumerate(BlockCode)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One reason to hold a cycle: what it is about, and what to mend, in words."""

    code: BlockCode
    subject: str
    message: str
