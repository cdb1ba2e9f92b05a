"""Reads CSV: UTF-8 with or without a mark, separated by commas, semicolons or tabs, line breaks inside quotes."""

import csv
import io
from collections.abc import Iterator

from subscriptions.domain.price_list.columns import count_known
from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.domain.price_list.table import Row
from subscriptions.services.price_imports.unreadable import UnreadableFileError

SEPARATORS = (",", ";", "\t")


def read_text(content: bytes) -> Iterator[Row]:
    """
    Yield the rows of a CSV file with the line on which each begins.

    :raises UnreadableFileError: if it is no UTF-8, or a quotation mark has no end
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError([Fault(problem=Problem.NOT_UTF8, line=line)]) from None
    return _rows(text, _separator(text))


def _separator(text: str) -> str:
    """Return the separator by which the first row names the most columns, or has the most cells."""

    def named(separator: str) -> tuple[int, int]:
        try:
            first = next((row.cells for row in _rows(text, separator) if not row.is_blank), ())
        except UnreadableFileError:
            # A quotation mark that ends before something that is no separator.
            return -1, 0
        return count_known(first), len(first)

    return max(SEPARATORS, key=named)


def _rows(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield Row(line, [cell.strip() for cell in cells])
            line = reader.line_num + 1
    except csv.Error:
        raise UnreadableFileError([Fault(problem=Problem.BROKEN_QUOTES, line=line)]) from None
