"""Hands out a report as CSV, or as a spreadsheet if one holds it."""

from collections.abc import Iterator, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from subscriptions.exports.csv_file import Value, csv_lines
from subscriptions.exports.xlsx_file import xlsx_file
from usage.exports.reports import Report

SPREADSHEET_ROWS = 100_000
"""A spreadsheet is made before it is handed out: of more rows the person would wait, and Excel cuts at a million."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDINGS = ("csv", "xlsx")


class TooManyRowsError(Exception):
    """A report has more rows than a spreadsheet is made of while a person waits."""


def hand_out(request: HttpRequest, report: Report, *, ending: str, name: str, back: str) -> HttpResponseBase:
    """
    Return a report as a file; where it is too long for a spreadsheet, go `back` and say so.

    :raises Http404: if there is no such kind of file
    """
    if ending not in ENDINGS:
        raise Http404
    if ending == "csv":
        return _attached(StreamingHttpResponse(csv_lines(report.columns, report.rows)), "text/csv; charset=utf-8", name)
    try:
        content = xlsx_file(report.columns, _at_most(SPREADSHEET_ROWS, report), title=report.name)
    except TooManyRowsError:
        messages.error(request, _("This report has too many rows for a spreadsheet. Download it as CSV: it is whole."))
        return redirect(back)
    return _attached(HttpResponse(content), XLSX, name)


def _at_most(rows: int, report: Report) -> Iterator[Sequence[Value]]:
    for place, row in enumerate(report.rows):
        if place == rows:
            raise TooManyRowsError
        yield row


def _attached(response: HttpResponseBase, kind: str, name: str) -> HttpResponseBase:
    response["Content-Type"] = kind
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
