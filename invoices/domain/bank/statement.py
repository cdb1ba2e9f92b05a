"""One movement on a bank account, whatever file it was read from, and what may be wrong with a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_LINES = 20_000
LONGEST_TEXT = 2_000
"""Characters of what a payer wrote that are kept; a bank hands on a few hundred."""
LONGEST_NAME = 200
LONGEST_REFERENCE = 90
"""Short enough for the reference of a payment."""
FAULTS_SHOWN = 50


class Direction(StrEnum):
    """Which way money went."""

    IN = "in"
    OUT = "out"
    BOUNCED = "bounced"
    """The bank took back what had come in."""
    RETURNED = "returned"
    """What we had paid came back: no customer's payment."""
    BATCH = "batch"
    """Several payments in one sum, and the file does not say how much each is."""


class StatementProblem(StrEnum):
    """Why a file, or a line of it, cannot be read."""

    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    EMPTY = "empty"
    NEEDS_FORMAT = "needs_format"
    ENCODING = "encoding"
    BROKEN_QUOTES = "broken_quotes"
    NO_COLUMN = "no_column"
    NO_DATE = "no_date"
    NO_AMOUNT = "no_amount"
    NO_CURRENCY = "no_currency"
    FRACTIONS = "fractions"
    NO_DIRECTION = "no_direction"
    DECLARES = "declares"
    """A document type or entities, which could grow or read files."""
    BROKEN_XML = "broken_xml"
    OTHER_MESSAGE = "other_message"
    NO_ACCOUNT = "no_account"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFault:
    """What is wrong: on which line of the file (0: the whole of it), in which column, and what stands there."""

    problem: StatementProblem
    line: int = 0
    column: str = ""
    found: str = ""


class UnreadableStatementError(Exception):
    """A file of which nothing is kept, because a part of it cannot be read."""

    def __init__(self, faults: Sequence[StatementFault]) -> None:
        """Keep what is wrong with it, the first faults only."""
        super().__init__(", ".join(fault.problem for fault in faults[:FAULTS_SHOWN]))
        self.faults = list(faults[:FAULTS_SHOWN])


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """
    One movement; `amount` is positive, `account` is ours, `place` is its line or entry in the file, counted from 1.

    `creditor_reference` is the structured one that a payer copied from an invoice (ISO 11649), if there was one.
    """

    place: int
    account: str
    booked_on: date
    amount: Decimal
    currency: str
    direction: Direction
    payer_name: str = ""
    payer_account: str = ""
    text: str = ""
    creditor_reference: str = ""
    bank_reference: str = ""


def tidy(text: str | None, *, at_most: int = LONGEST_NAME) -> str:
    """Return a text on one line without the characters that nobody sees, and not longer than is kept."""
    kept = "".join(character if character.isprintable() else " " for character in text or "")
    return " ".join(kept.split())[:at_most]


def compact(account: str | None) -> str:
    """Return an account number as programs compare it: `DE02 1203…` and `de021203…` are the same."""
    return "".join(character for character in (account or "").upper() if character.isalnum())[:LONGEST_REFERENCE]
