"""What the page of a report is made of: parts, one for each currency, with figures, a chart and tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from babel.dates import format_skeleton
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from invoices.documents.columns_chart import ColumnsChart
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.admin.roles import works_on_all
from subscriptions.domain.formatting import currency_name
from subscriptions.exports.report import Report
from subscriptions.views.downloads import hand_out

Row = TypeVar("Row")

ROWS_SHOWN = 200
"""So many rows of a long table are shown; the file has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure or a word, with the address of the rows behind it, and a remark below it."""

    text: Any
    url: str = ""
    remark: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The head of a column."""

    label: Any
    is_number: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells, the first of which says what a row is; `last` adds them up, `note` says what is left out."""

    caption: Any
    columns: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    last: Sequence[Cell] = ()
    note: Any = ""
    anchor: str = ""

    @property
    def body(self) -> list[list[tuple[Heading, Cell]]]:
        """Return the rows, each cell with the head of its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]

    @property
    def foot(self) -> list[tuple[Heading, Cell]]:
        """Return the last row in the same way; empty where there is none."""
        return list(zip(self.columns, self.last, strict=True)) if self.last else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that stands out, what it is, and the rows behind it."""

    number: Any
    words: Any
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a report says in one currency."""

    title: Any
    figures: Sequence[Figure] = ()
    chart: ColumnsChart | None = None
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file of a report."""

    label: Any
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The page of a report: `how` names the template that says how it is counted, `empty` is for no rows."""

    title: Any
    intro: Any
    how: str
    form: forms.Form
    parts: Sequence[Part]
    downloads: Sequence[Download]
    empty: Any


View = Callable[..., HttpResponseBase]


def for_staff(view: View) -> View:
    """Let the staff in, at an address of the admin."""
    return admin.site.admin_view(view)


def for_leads(view: View) -> View:
    """Let leads in, at an address of the admin."""

    def only_leads(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not works_on_all(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return for_staff(only_leads)


def show(request: HttpRequest, page: ReportPage) -> HttpResponse:
    """Show a report."""
    context = {
        **admin.site.each_context(request),
        "title": page.title,
        "report": page,
        "how": f"admin/seatbill/finance/how/{page.how}.html",
    }
    return TemplateResponse(request, "admin/seatbill/finance/report.html", context)


def hand_out_report(
    request: HttpRequest, *, form: forms.Form, page: str, ending: str, report: Callable[[], Report], day: date
) -> HttpResponseBase:
    """Hand a report out as CSV or XLSX; where what is asked for makes no sense, the page says so."""
    if ending not in {"csv", "xlsx"}:
        raise Http404
    back = f"{reverse(page)}?{request.GET.urlencode()}"
    if not form.is_valid():
        return HttpResponseRedirect(back)
    made = report()
    return hand_out(request, made, ending=ending, name=f"{made.name}-{day}", back=back)


def downloads_of(request: HttpRequest, names: Mapping[str, Any]) -> list[Download]:
    """Return the files at these addresses, each as CSV and XLSX, of what the page shows."""
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return [
        Download(label=f"{words} ({ending.upper()})", url=reverse(name, args=[ending]) + query)
        for name, words in names.items()
        for ending in ("csv", "xlsx")
    ]


def address(name: str, **query: str) -> str:
    """Return the address of a page, with what it is asked."""
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


def shown_month(month: date) -> str:
    """Write a month as people do: `Mar 2026`."""
    return str(format_skeleton("yMMM", month, locale=current_language()))


def shown_unless_zero(amount: Any, currency: str) -> str:
    """Write an amount, and a dash for nothing: a table of noughts hides what is there."""
    return shown_money(amount, currency) if amount else "–"


def since_first(rows: Sequence[Row], is_something: Callable[[Row], object]) -> Sequence[Row]:
    """Leave out the first rows in which there is nothing yet; of none with something, all but the last."""
    first = next((place for place, row in enumerate(rows) if is_something(row)), len(rows) - 1)
    return rows[first:]


def titled(currency: str) -> str:
    """Return the name of a currency, as the title of a part."""
    return currency_name(currency, current_language())


def cut(rows: Sequence[Sequence[Cell]]) -> tuple[Sequence[Sequence[Cell]], Any]:
    """Return as many rows as are shown, and a sentence if that is not all of them."""
    if len(rows) <= ROWS_SHOWN:
        return rows, ""
    words = _("The first %(shown)s of %(all)s rows are shown. The file has all of them.")
    return rows[:ROWS_SHOWN], words % {"shown": ROWS_SHOWN, "all": len(rows)}
