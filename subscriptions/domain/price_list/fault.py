"""What can be wrong with a file and its rows."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """Why a file, a row or a cell is refused."""

    # The file
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    NOT_UTF8 = "not_utf8"
    OLD_SPREADSHEET = "old_spreadsheet"
    UNREADABLE = "unreadable"
    SEVERAL_SHEETS = "several_sheets"
    BROKEN_QUOTES = "broken_quotes"
    # Its columns
    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    CELL_WITHOUT_COLUMN = "cell_without_column"
    # A cell
    MISSING = "missing"
    FORMULA = "formula"
    ERROR_CELL = "error_cell"
    DECIMAL_COMMA = "decimal_comma"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    TOO_PRECISE = "too_precise"
    TOO_GREAT = "too_great"
    UNKNOWN_PRODUCT = "unknown_product"
    NOT_IN_A_BOOK = "not_in_a_book"
    NO_SETUP = "no_setup"
    UNKNOWN_DIRECTION = "unknown_direction"
    NOT_A_PREFIX = "not_a_prefix"
    TOO_LONG = "too_long"
    SEVERAL_LINES = "several_lines"
    UNKNOWN_CATEGORY = "unknown_category"
    AMBIGUOUS_AUTHORITY = "ambiguous_authority"
    REPEATED_ROW = "repeated_row"
    # What is in force
    STANDS = "stands"
    OTHER_DAY = "other_day"
    COVERED = "covered"
    IN_USE = "in_use"
    INCREMENT_STANDS = "increment_stands"
    # Ourselves
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    One reason to refuse a file: where, what stands there, and why.

    `line` is None for what concerns the whole file. `detail` completes the words, such as the line of the first row.
    """

    problem: Problem
    line: int | None = None
    column: str = ""
    value: str = ""
    detail: str = ""
