"""Files that pages hand out, to staff and customers alike."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from subscriptions.exports.csv_file import Value, csv_lines
from subscriptions.exports.report import Report
from subscriptions.exports.xlsx_file import xlsx_file

SPREADSHEET_ROWS = 100_000
"""A spreadsheet is whole before it is handed out: of more rows the person would wait, and Excel cuts at a million."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyRowsError(Exception):
    """A report has more rows than a spreadsheet is made of while a person waits."""


def hand_out(request: HttpRequest, report: Report, *, ending: str, name: str, back: str) -> HttpResponseBase:
    """
    Hand out a report as CSV or XLSX; where it is too long for a spreadsheet, go `back` and say so.

    `name` is the file's, without its ending.

    :raises Http404: if there is no such kind of file
    """
    if ending == "csv":
        return csv_response(csv_lines(report.columns, report.rows), name=name)
    if ending != "xlsx":
        raise Http404
    try:
        file = xlsx_file(report.columns, _at_most(SPREADSHEET_ROWS, report), title=report.name)
    except TooManyRowsError:
        words = _("A spreadsheet holds up to %(rows)s rows, and this has more. Download it as CSV: it is whole.")
        messages.error(request, words % {"rows": number_format(SPREADSHEET_ROWS, force_grouping=True)})
        return redirect(back)
    return xlsx_response(file, name=name)


def csv_response(lines: Iterator[str], *, name: str) -> StreamingHttpResponse:
    """Hand out CSV line by line; `name` is the file's, without its ending."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(file: BinaryIO, *, name: str) -> FileResponse:
    """Hand out a spreadsheet piece by piece, and close it; `name` is the file's, without its ending."""
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _at_most(rows: int, report: Report) -> Iterator[Sequence[Value]]:
    for place, row in enumerate(report.rows):
        if place == rows:
            raise TooManyRowsError
        yield row
