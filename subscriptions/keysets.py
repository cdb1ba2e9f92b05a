"""Long lists read page by page: from where the last page ended, without counting or skipping rows."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import Http404

Row = TypeVar("Row", bound=Model)

CURSORS = ("after", "before")
"""The parameters of an address that say where a page begins or ends."""

LARGEST_NUMBER = 2**63
"""From here on a database has no integers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SortKey:
    """
    A column that a list is ordered by, or a path to one.

    `parse` reads its value back from an address. Where it may be empty, empty comes after everything: so PostgreSQL
    keeps it in an index.
    """

    path: str
    parse: Callable[[str], object]
    descending: bool = False
    nullable: bool = False

    def order(self, *, backwards: bool) -> OrderBy:
        """Return how a query is ordered by it."""
        last = True if self.nullable else None
        if self.descending != backwards:
            return F(self.path).desc(nulls_first=last)
        return F(self.path).asc(nulls_last=last)

    def beyond(self, value: object, *, backwards: bool) -> Q:
        """Return what comes after a value."""
        if self.descending != backwards:
            return Q(**{f"{self.path}__isnull": False}) if value is None else Q(**{f"{self.path}__lt": value})
        if value is None:
            return Q(pk__in=[])
        empty = Q(**{f"{self.path}__isnull": True}) if self.nullable else Q()
        return Q(**{f"{self.path}__gt": value}) | empty

    def same(self, value: object) -> Q:
        """Return what has the value."""
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def read(self, row: Model) -> object:
        """Return the value that a row has."""
        found: Any = row
        for name in self.path.split("__"):
            found = getattr(found, name, None)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[Row]):
    """Some rows of a list, and the cursors that lead to the rows around them, empty at either end."""

    rows: Sequence[Row]
    before: str
    after: str


def read_slice(queryset: QuerySet[Row], query: Mapping[str, str], *, keys: Sequence[SortKey], size: int) -> Slice[Row]:
    """
    Return the rows that an address asks for by `after` or `before`, else the first ones.

    The last of the keys tells rows apart that are otherwise equal.

    :raises Http404: if the address was not made by us
    """
    backwards = "before" in query
    cursor = query.get("before") if backwards else query.get("after")
    rows = queryset.order_by(*(key.order(backwards=backwards) for key in keys))
    if cursor is not None:
        rows = rows.filter(_beyond(keys, _read(cursor, keys), backwards=backwards))
    found = list(rows[: size + 1])
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    has_before, has_after = (more, True) if backwards else (cursor is not None, more)
    return Slice(
        rows=shown,
        before=_cursor(shown[0], keys) if shown and has_before else "",
        after=_cursor(shown[-1], keys) if shown and has_after else "",
    )


def _beyond(keys: Sequence[SortKey], values: Sequence[object], *, backwards: bool) -> Any:
    if len(keys) > 1 and len({key.descending for key in keys}) == 1 and not any(key.nullable for key in keys):
        # Compared as rows: an index over the columns is entered at the very row, however many are equal in the first.
        compared = TupleLessThan if keys[0].descending != backwards else TupleGreaterThan
        return compared(Tuple(*(F(key.path) for key in keys)), tuple(values))
    # The first column's bound is implied by the rest; it is what an index on the column can use.
    beyond, same, bound = Q(pk__in=[]), Q(), Q()
    if not keys[0].nullable:
        bound = keys[0].beyond(values[0], backwards=backwards) | keys[0].same(values[0])
    for key, value in zip(keys, values, strict=True):
        beyond |= same & key.beyond(value, backwards=backwards)
        same &= key.same(value)
    return bound & beyond


def _cursor(row: Model, keys: Sequence[SortKey]) -> str:
    return json.dumps([_written(key.read(row)) for key in keys], ensure_ascii=False, separators=(",", ":"))


def _written(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(cursor: str, keys: Sequence[SortKey]) -> list[object]:
    try:
        texts = json.loads(cursor)
        if not isinstance(texts, list) or len(texts) != len(keys):
            raise Http404
        return [_parsed(key, text) for key, text in zip(keys, texts, strict=True)]
    except (ValueError, ValidationError) as error:
        raise Http404 from error


def _parsed(key: SortKey, text: object) -> object:
    if text is None and key.nullable:
        return None
    if not isinstance(text, str) or "\x00" in text:
        raise Http404
    value = key.parse(text)
    if isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
        raise Http404
    return value
