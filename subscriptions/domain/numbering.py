"""What a document number looks like (BR-75)."""

import re

DIGITS = 6


def document_number(*, prefix: str, sequence: int) -> str:
    """Return the printed number of the document with this place in its series: `INV-000042`."""
    return f"{prefix}{sequence:0{DIGITS}d}"


def place_in_series(number: str, *, prefix: str) -> int | None:
    """Return the place that a number would have in the series with this prefix, None if it is none of it."""
    found = re.fullmatch(rf"{re.escape(prefix)}0*([0-9]{{1,12}})", number.strip(), re.IGNORECASE | re.ASCII)
    return int(found[1]) if found else None
