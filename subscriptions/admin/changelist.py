"""The lists of the admin: read in the order of an index, page by page, never counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, QuerySet
from django.db.models.options import Options
from django.http import HttpRequest

from subscriptions.keysets import CURSORS, SortKey, read_slice
from subscriptions.tables import instant

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList


class KeysetChangeList(ChangeList):
    """A list that is read from where the last page ended: the last page costs what the first one does."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Return the rows as filtered, searched and ordered; whatever is chosen anew begins on the first page."""
        for name in CURSORS:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        """Read one page."""
        page = read_slice(self.queryset, request.GET.dict(), keys=self._keys(), size=self.list_per_page)
        self.result_list = page.rows
        # Of a count the page only needs to know whether there is anything; two that are equal are not shown.
        self.result_count = self.full_result_count = len(page.rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(page.rows)
        self.can_show_all = self.multi_page = False
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.previous_query = self.get_query_string({"before": page.before}) if page.before else ""
        self.next_query = self.get_query_string({"after": page.after}) if page.after else ""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Return the order that was asked for, else the list's own; not one after the other, as Django would."""
        return list(super().get_ordering(request, queryset.order_by()))

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what a column is ordered by; nothing, if its list cannot be."""
        if self.sortable_by is not None and field_name not in self.sortable_by:
            return None
        return super().get_ordering_field(field_name)

    def _get_deterministic_ordering(self, ordering: Sequence[Any]) -> list[Any]:
        if {"pk", "-pk"} & {str(order) for order in ordering}:
            return list(ordering)
        found = super()._get_deterministic_ordering(ordering)  # type: ignore[misc]
        if len(found) > len(ordering) and ordering and not str(ordering[-1]).startswith("-"):
            # In the direction of the column before it: so one index serves both.
            found[-1] = "pk"
        return list(found)

    def _keys(self) -> list[SortKey]:
        return [sort_key(str(order), self.queryset) for order in self.queryset.query.order_by]


def sort_key(order: str, queryset: QuerySet[Any]) -> SortKey:
    """Return an ordering of Django's, `-issued_at`, as a key."""
    path = order.removeprefix("-")
    field, is_optional = _field_of(path, queryset)
    return SortKey(
        path=field.attname if field.name == path and field.is_relation else path,
        parse=instant if field.get_internal_type() == "DateTimeField" else _reader(field),
        descending=order.startswith("-"),
        nullable=is_optional,
    )


def is_read_in_order(opts: "Options[Any]", order: str) -> bool:
    """Tell whether the database keeps a table in this order: by the key, or by an index that the column leads."""
    try:
        column = order.removeprefix("-")
        field: Any = opts.pk if column == "pk" else opts.get_field(column)
    except FieldDoesNotExist:
        return False
    if not isinstance(field, Field) or field.is_relation:
        return False
    return (
        field.primary_key
        or field.unique
        or bool(getattr(field, "db_index", False))
        or field.name in _leading_columns(opts)
    )


def _leading_columns(opts: "Options[Any]") -> set[str]:
    indexes: Sequence[Any] = [*opts.indexes, *opts.constraints]
    return {
        index.fields[0].removeprefix("-")
        for index in indexes
        # An index of some rows serves no list of all of them.
        if getattr(index, "fields", ()) and index.condition is None
    }


def _field_of(path: str, queryset: QuerySet[Any]) -> tuple[Any, bool]:
    """Return the field at the end of a path, and whether it may be empty."""
    if path in queryset.query.annotations:
        return queryset.query.annotations[path].output_field, True
    if path == "pk":
        return queryset.query.get_meta().pk, False
    fields = get_fields_from_path(queryset.model, path)
    return fields[-1], any(field.null for field in fields)


def _reader(field: Any) -> Any:
    def read(text: str) -> object:
        value = field.to_python(text)
        if value is None or isinstance(value, datetime):
            raise ValueError("a value that was not written by us")
        return value

    return read
