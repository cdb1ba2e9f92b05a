"""What every list of the site shares: how a table is drawn, and how a long one is read page by page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import django_tables2 as tables
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Model, QuerySet

from subscriptions.keysets import CURSORS, SortKey, read_slice

Row = TypeVar("Row", bound=Model)


NUMBER = {"td": {"class": "number"}, "th": {"class": "number"}}
"""Attributes of a column of figures, set flush right."""

DATE = {"td": {"class": "date"}}
"""Attributes of a column of dates or numbers that are names."""


class SiteTable(tables.Table):  # type: ignore[misc]
    """A table with a caption, in a region that the keyboard can scroll; `caption` says what it lists."""

    caption: Any = ""

    class Meta:
        template_name = "table.html"


class ForgivingPaginator(Paginator):  # type: ignore[type-arg]
    """Pages of a list that is already in memory; a page that does not exist is the nearest one that does."""

    def validate_number(self, number: Any) -> int:
        """Return the number of a page that exists."""
        try:
            return super().validate_number(number)
        except PageNotAnInteger:
            return 1
        except EmptyPage:
            return self.num_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysetPage(Generic[Row]):
    """Some rows of a list, and the query strings that lead to the rows around them, empty at either end."""

    rows: Sequence[Row]
    previous_query: str
    next_query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset:
    """
    Reads a list ordered by a column, and by id where that is equal, without counting or skipping rows.

    `descending` holds for both; `parse` reads the column's value back from an address.
    """

    column: str
    parse: Callable[[str], object]
    descending: bool = False
    size: int = 25

    def page(self, queryset: QuerySet[Row], query: Mapping[str, str]) -> KeysetPage[Row]:
        """
        Return the page that a query string asks for by `after` or `before`, else the first one.

        :raises Http404: if the address was not made by us
        """
        keys = [
            SortKey(path=self.column, parse=self.parse, descending=self.descending),
            SortKey(path="pk", parse=int, descending=self.descending),
        ]
        found = read_slice(queryset, query, keys=keys, size=self.size)
        kept = {name: value for name, value in query.items() if name not in CURSORS}
        return KeysetPage(
            rows=found.rows,
            previous_query=urlencode(kept | {"before": found.before}) if found.before else "",
            next_query=urlencode(kept | {"after": found.after}) if found.after else "",
        )


def text(value: str) -> str:
    """
    Return a text that came in an address.

    :raises ValueError: if a database could not hold it
    """
    if "\x00" in value:
        raise ValueError("a text with a NUL character")
    return value


def instant(value: str) -> datetime:
    """
    Return an instant that came in an address.

    :raises ValueError: if it is not one, or of no known zone
    """
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("an instant without a zone")
    return found
