"""What stands on every paper: who writes, to whom, facts and links; and the size of the sheet."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from subscriptions.documents.text import printable, printable_lines
from subscriptions.domain.formatting import country_name

# Where office paper is Letter (Unicode CLDR); A4 everywhere else.
LETTER_COUNTRIES = frozenset({"BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who issues or who is billed: name, address lines down to the country, tax ids."""

    name: str
    address: tuple[str, ...]
    tax_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page worth knowing, printed as text."""

    label: str
    url: str


def describe_party(frozen: dict[str, Any], tax_ids: Sequence[str], language: str) -> Party:
    """Return a party from the copy that a document keeps of it."""
    address = printable_lines(frozen["address"])
    country = country_name(frozen["country"], language)
    if not address or address[-1].casefold() != country.casefold():
        address = (*address, country)
    return Party(
        name=printable(frozen["legal_name"]),
        address=address,
        tax_ids=tuple(text for text in map(printable, tax_ids) if text),
    )


def paper_of(country: str) -> str:
    """Return the size of sheet that offices of a country print on: `letter` or `a4`."""
    return "letter" if country.upper() in LETTER_COUNTRIES else "a4"


def logo_url(svg: str) -> str:
    """Return an SVG source as a `data:` URL, nothing if there is none."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg.strip() else ""
