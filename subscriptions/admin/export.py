"""What a list of the admin shows, as a file: every row of it, each column as a program reads it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import strip_tags
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import override

from subscriptions.exports.csv_file import Value
from subscriptions.exports.report import Report
from subscriptions.selectors.clock import database_now
from subscriptions.views.downloads import hand_out

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.contrib.admin.views.main import ChangeList

    AnyAdmin = ModelAdmin[Any]
else:
    AnyAdmin = object

SELECTION = "action_checkbox"
ROWS_AT_ONCE = 1000
LONGEST_SHEET_NAME = 31


class ExportsRows(AnyAdmin):
    """Hands out the rows that a list shows, as filtered, searched and ordered; only the person's own."""

    # What stands in a file for a column that the page shows formatted: the row's own values, each in a column.
    export_columns: Mapping[str, Sequence[str]] = {}

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        export = path(
            "export.<str:ending>", self.admin_site.admin_view(self.export_view), name=f"{page_name(self)}_export"
        )
        return [export, *super().get_urls()]

    def export_view(self, request: HttpRequest, ending: str) -> HttpResponseBase:
        """Hand out the list at this address as CSV or XLSX."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        back = reverse(f"admin:{page_name(self)}_changelist")
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{back}?e=1")
        with override("en"):
            name = slugify(str(self.opts.verbose_name_plural))
        return hand_out(
            request,
            _report(self, changelist, name=name),
            ending=ending,
            name=f"{name}-{database_now().date()}",
            back=f"{back}?{request.GET.urlencode()}",
        )


def page_name(admin: AnyAdmin) -> str:
    """Return how a list is named in addresses: `invoices_invoice`."""
    return f"{admin.opts.app_label}_{admin.opts.model_name}"


def _report(admin: ExportsRows, changelist: "ChangeList", *, name: str) -> Report:
    shown = [column for column in changelist.list_display if column != SELECTION]
    columns = [value for column in shown for value in admin.export_columns.get(str(column), [column])]
    return Report(
        name=name[:LONGEST_SHEET_NAME],
        columns=[_heading(admin, column) for column in columns],
        rows=_rows(admin, changelist, columns),
    )


def _rows(admin: ExportsRows, changelist: "ChangeList", columns: Sequence[Any]) -> Iterator[Sequence[Value]]:
    # How a column is read is found out once, not for each of a million rows.
    readers = [_reader(admin, column) for column in columns]
    for row in changelist.queryset.iterator(chunk_size=ROWS_AT_ONCE):
        yield [_plain(read(row)) for read in readers]


def _heading(admin: ExportsRows, column: Any) -> str:
    if (admin.model is not None and hasattr(admin.model, str(column))) or hasattr(admin, str(column)):
        return capfirst(str(label_for_field(column, admin.model, model_admin=admin)))
    return capfirst(str(column).rpartition("__")[2].replace("_", " "))


def _reader(admin: ExportsRows, column: Any) -> Callable[[Any], Any]:
    if column == "__str__":
        # The page has a method of that name, too.
        return str
    if callable(column):
        return cast("Callable[[Any], Any]", column)
    try:
        field: Any = admin.opts.get_field(column)
    except FieldDoesNotExist:
        if hasattr(admin, column):
            return cast("Callable[[Any], Any]", getattr(admin, column))
        return methodcaller(column) if callable(getattr(admin.model, column, None)) else attrgetter(column)
    if getattr(field, "flatchoices", None):
        words, read = dict(field.flatchoices), attrgetter(field.attname)
        return lambda row: words.get(read(row), read(row))
    return attrgetter(field.name)


def _plain(value: Any) -> Value:
    match value:
        case None:
            return None
        case bool():
            return _("Yes") if value else _("No")
        case int() | Decimal():
            return Decimal(value)
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case (_key, words):
            # A badge.
            return str(words)
        case _:
            return strip_tags(str(value)) if hasattr(value, "__html__") else str(value)
