"""Phone numbers that belong to nobody: the ranges that each country keeps for films and books, where it has one."""

from collections.abc import Sequence
from random import Random

_AREAS_US = ("207", "215", "267", "302", "406", "484", "610", "717", "856", "860")

FICTIONAL: dict[str, Sequence[tuple[str, int]]] = {
    "US": tuple((f"+1{area}55501", 2) for area in _AREAS_US),
    "GB": (("+441632960", 3), ("+441134960", 3), ("+447700900", 3)),
    "DE": (("+493023125", 3), ("+494066969", 3), ("+4917139200", 2)),
    "FR": (("+3319900", 4), ("+3326191", 4), ("+3363998", 4)),
    # Japan keeps none; no subscriber's number begins with a zero there.
    "JP": (("+8130", 7), ("+8160", 7)),
    "AU": (("+61255500", 3), ("+61370102", 3)),
}
"""By country: prefixes and how many digits follow."""


def remote_number(rng: Random, country: str) -> str:
    """Return a number of someone who calls or is called there."""
    prefix, digits = rng.choice(FICTIONAL[country])
    return f"{prefix}{rng.randrange(10**digits):0{digits}}"


def own_numbers(country: str, count: int, *, toll_free: bool) -> list[str]:
    """Return so many numbers in a row, as a carrier assigns them."""
    if toll_free:
        prefixes = {"US": "+1800555019", "GB": "+44808157099", "DE": "+4980000419", "FR": "+3380500417"}
        return [f"{prefixes.get(country, '+8180000041')}{place}" for place in range(count)]
    prefix, digits = FICTIONAL[country][0]
    return [f"{prefix}{place + 40:0{digits}}" for place in range(count)]
