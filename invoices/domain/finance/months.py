"""Calendar months, each named by its first day."""

from collections.abc import Iterator
from datetime import date, timedelta


def month_of(day: date) -> date:
    """Return the month that holds a day."""
    return day.replace(day=1)


def month_after(month: date, count: int = 1) -> date:
    """Return the month so many months later, or earlier where `count` is negative."""
    place = month.year * 12 + month.month - 1 + count
    return date(place // 12, place % 12 + 1, 1)


def last_day_of(month: date) -> date:
    """Return the inclusive last day of a month."""
    return month_after(month) - timedelta(days=1)


def months_from(first: date, last: date) -> Iterator[date]:
    """Yield the months from one to another, both inclusive; none if they stand the wrong way round."""
    month = first
    while month <= last:
        yield month
        month = month_after(month)


def months_between(first: date, last: date) -> int:
    """Return how many months the second one lies after the first."""
    return (last.year - first.year) * 12 + last.month - first.month
