"""Tells which of several rows with a first day each is in force on a day."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import date
from operator import itemgetter
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def find_in_force(
    asked: Iterable[tuple[Name, date]], rows: Iterable[tuple[Name, date, int]]
) -> dict[tuple[Name, date], int]:
    """Return which of the rows, given with their first days in order, is in force for each name and day asked for."""
    by_name: defaultdict[Name, list[tuple[date, int]]] = defaultdict(list)
    for name, effective_date, row_id in rows:
        by_name[name].append((effective_date, row_id))
    found: dict[tuple[Name, date], int] = {}
    for name, day in asked:
        place = bisect_right(by_name[name], day, key=itemgetter(0))
        if place:
            found[name, day] = by_name[name][place - 1][1]
    return found
