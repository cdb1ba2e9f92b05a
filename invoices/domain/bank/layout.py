"""How one bank writes its CSV files: which column is what, and how dates, amounts and directions are written."""

from dataclasses import dataclass
from enum import StrEnum

DATE_FORMATS = {
    "%Y-%m-%d": "2026-03-31",
    "%d.%m.%Y": "31.03.2026",
    "%d.%m.%y": "31.03.26",
    "%d/%m/%Y": "31/03/2026",
    "%m/%d/%Y": "03/31/2026",
    "%m/%d/%y": "03/31/26",
    "%d-%m-%Y": "31-03-2026",
    "%Y/%m/%d": "2026/03/31",
    "%Y.%m.%d": "2026.03.31",
    "%Y%m%d": "20260331",
}
"""How a day may be written, each with the last day of March 2026."""

ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252 (ISO 8859-1)",
    "utf-16": "UTF-16",
    "cp932": "Shift JIS",
    "iso8859-15": "ISO 8859-15",
}

JOINS = " + "
"""Between the columns that together are the text of a payer."""


class Signs(StrEnum):
    """How a file says which way money went."""

    SIGNED = "signed"
    """One column of amounts; what went out is negative."""
    REVERSED = "reversed"
    """One column of amounts; what came in is negative."""
    COLUMNS = "columns"
    """One column for what came in, another one for what went out."""
    INDICATOR = "indicator"
    """A column with a word, such as C or D, says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    How a file is to be read. A column is named by its heading, or by its number counted from 1.

    `header_lines` are skipped, the last of them is the headings. `currency` holds where no column says it.
    """

    account: str
    date_column: str
    date_format: str = "%Y-%m-%d"
    amount_column: str = ""
    signs: Signs = Signs.SIGNED
    credit_column: str = ""
    debit_column: str = ""
    indicator_column: str = ""
    credit_word: str = ""
    currency_column: str = ""
    currency: str = ""
    payer_column: str = ""
    payer_account_column: str = ""
    text_column: str = ""
    reference_column: str = ""
    delimiter: str = ","
    decimal_mark: str = "."
    encoding: str = "utf-8-sig"
    header_lines: int = 1
