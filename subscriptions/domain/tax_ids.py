"""
Tax numbers: whether one can be right, by the check digits of its country, and how a VAT number is written (BR-78).

Nobody is asked: a number that passes was not mistyped, which does not prove that it was given to anyone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from importlib import import_module

import stdnum
from stdnum import get_cc_module
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as british_vat
from stdnum.jp import cn as corporate_number
from stdnum.util import NumberValidationModule

from subscriptions.domain.european_union import vat_prefix, vat_state

CHECKED_BY = f"python-stdnum {stdnum.__version__}"
"""Name and version of what knows the check digits."""

VAT_NUMBER_SHAPES: Mapping[str, str] = {
    "AT": "ATU99999999",
    "BE": "BE0999999999",
    "BG": "BG999999999",
    "CY": "CY99999999L",
    "CZ": "CZ99999999",
    "DE": "DE999999999",
    "DK": "DK99999999",
    "EE": "EE999999999",
    "ES": "ESX9999999X",
    "FI": "FI99999999",
    "FR": "FRXX999999999",
    "GB": "GB999999999",
    "GR": "EL999999999",
    "HR": "HR99999999999",
    "HU": "HU99999999",
    "IE": "IE9999999LL",
    "IT": "IT99999999999",
    "LT": "LT999999999",
    "LU": "LU99999999",
    "LV": "LV99999999999",
    "MT": "MT99999999",
    "NL": "NL999999999B99",
    "PL": "PL9999999999",
    "PT": "PT999999999",
    "RO": "RO9999999999",
    "SE": "SE999999999901",
    "SI": "SI99999999",
    "SK": "SK9999999999",
}
"""What a VAT number of each state looks like: 9 is a digit, L a letter, X either."""

_KINDS: Mapping[str, tuple[str, ...]] = {
    "US": ("us.ein", "us.tin"),
    "BR": ("br.cnpj", "br.cpf"),
    "CH": ("ch.vat", "ch.uid"),
}
"""Where a business may have numbers of several kinds, or the library names none of them the country's VAT number."""

_REGISTERED = re.compile(r"(?<![A-Z0-9])T[0-9]{13}$")


class TaxIdVerdict(StrEnum):
    """What the check digits of a tax number say."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    """Nothing here checks the numbers of this country."""


def check_tax_id(tax_id: str, *, country: str, on: date) -> TaxIdVerdict:
    """Tell whether a tax number can be one of the country; in the union it is a VAT number, with or without prefix."""
    if vat_state(country, on=on) is not None:
        return TaxIdVerdict.VALID if vat_number(tax_id, country=country, on=on) else TaxIdVerdict.INVALID
    modules = list(_modules(country))
    if not modules:
        return TaxIdVerdict.UNKNOWN
    spellings = _spellings(tax_id, country)
    is_valid = any(module.is_valid(spelling) for module in modules for spelling in spellings)
    return TaxIdVerdict.VALID if is_valid else TaxIdVerdict.INVALID


def vat_number(tax_id: str, *, country: str, on: date) -> str:
    """
    Return the VAT number, as it is printed, that a tax number of a country in the union is; empty if it is none.

    The prefix may be missing; Greece's is `EL`, as its numbers bear, not its country code.
    """
    state = vat_state(country, on=on)
    if state is None:
        return ""
    prefix = vat_prefix(state)
    number = "".join(character for character in tax_id.upper() if character.isalnum())
    bare = next((number.removeprefix(own) for own in (prefix, state) if number.startswith(own)), number)
    try:
        return f"{prefix}{british_vat.validate(bare)}" if state == "GB" else vat.validate(prefix + bare)
    except ValidationError:
        return ""


def find_vat_number(tax_ids: Iterable[str], *, country: str, on: date) -> str:
    """Return the first VAT number of a country among tax ids as they are printed, such as `VAT DE136695976`."""
    candidates = (words for tax_id in tax_ids for words in _endings(tax_id))
    numbers = (vat_number(words, country=country, on=on) for words in candidates)
    return next((number for number in numbers if number), "")


def registration_number(tax_id: str) -> str:
    """
    Return the number under which Japan's tax office registers an issuer of qualified invoices, `T` and 13 digits.

    Empty if a tax id, as it is printed, does not end with one, or its check digit does not agree.
    """
    found = _REGISTERED.search(_bare(tax_id))
    return found[0] if found is not None and corporate_number.is_valid(found[0][1:]) else ""


def find_registration_number(tax_ids: Iterable[str]) -> str:
    """Return the first registration number among tax ids as they are printed, such as `登録番号 T7123456789012`."""
    return next((number for number in map(registration_number, tax_ids) if number), "")


def looks_registered(tax_id: str) -> bool:
    """Tell whether a tax id ends with what is written like a registration number in Japan, right or wrong."""
    return _REGISTERED.search(_bare(tax_id)) is not None


def vat_number_shape(country: str, *, on: date) -> str:
    """Return what a VAT number of a country looks like, empty outside the union: 9 a digit, L a letter, X either."""
    state = vat_state(country, on=on)
    return "" if state is None else VAT_NUMBER_SHAPES[state]


def _modules(country: str) -> Iterator[NumberValidationModule]:
    """Yield what checks the numbers of a country outside the union, the usual kind first."""
    kinds = _KINDS.get(country.upper())
    if kinds is not None:
        yield from (import_module(f"stdnum.{kind}") for kind in kinds)
    elif (module := get_cc_module(country, "vat")) is not None:
        yield module


def _spellings(tax_id: str, country: str) -> list[str]:
    """Return a number as typed and without its name, such as `ABN 83 914 571 673`; `T` is how Japan registers one."""
    spellings = list(_endings(tax_id))
    if country.upper() == "JP":
        spellings += [spelling.upper().removeprefix("T") for spelling in spellings]
    return spellings


def _bare(number: str) -> str:
    """Return a number without what is written between its digits; full-width ones are digits, too."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", number)).upper()


def _endings(tax_id: str) -> Iterator[str]:
    """Yield a text, and what is left of it without its first words."""
    words = tax_id.split()
    yield from (" ".join(words[start:]) for start in range(len(words)))
