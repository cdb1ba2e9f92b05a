"""Files that the admin hands out."""

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_response(lines: Iterator[str], *, name: str) -> StreamingHttpResponse:
    """Hand out CSV line by line; `name` is the file's, without its ending."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "no-store"
    return response


def xlsx_response(content: bytes, *, name: str) -> HttpResponse:
    """Hand out a spreadsheet; `name` is the file's, without its ending."""
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    response["Cache-Control"] = "no-store"
    return response
