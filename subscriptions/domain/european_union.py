"""Which state's value-added tax a country is under, as the European Union has grown and shrunk (BR-78)."""

from collections.abc import Mapping
from datetime import date

MEMBER_SINCE: Mapping[str, date] = {
    **dict.fromkeys(("AT", "BE", "DE", "DK", "ES", "FI", "FR", "GB"), date.min),
    **dict.fromkeys(("GR", "IE", "IT", "LU", "NL", "PT", "SE"), date.min),
    **dict.fromkeys(("CY", "CZ", "EE", "HU", "LT", "LV", "MT", "PL", "SI", "SK"), date(2004, 5, 1)),
    **dict.fromkeys(("BG", "RO"), date(2007, 1, 1)),
    "HR": date(2013, 7, 1),
}
"""The first day of each member state's membership, by ISO 3166-1 alpha-2 code."""

MEMBER_UNTIL: Mapping[str, date] = {"GB": date(2020, 12, 31)}
"""The last day on which the union's tax law held there: Britain left in January 2020, its transition ended later."""

UNDER_THE_TAX_OF: Mapping[str, str] = {"MC": "FR", "IM": "GB"}
"""Countries of their own that a member state's tax treats as a part of it."""

PREFIXES: Mapping[str, str] = {"GR": "EL"}
"""Where VAT numbers do not begin with the country's code."""


def vat_state(country: str, *, on: date) -> str | None:
    """Return the member state under whose VAT a country is on a day, None outside the union's VAT territory."""
    state = UNDER_THE_TAX_OF.get(country.upper(), country.upper())
    if state not in MEMBER_SINCE or on < MEMBER_SINCE[state] or on > MEMBER_UNTIL.get(state, date.max):
        return None
    return state


def vat_prefix(state: str) -> str:
    """Return the two letters with which the VAT numbers of a member state begin."""
    return PREFIXES.get(state, state)
