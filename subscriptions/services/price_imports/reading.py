"""Reads files of either kind as a table: CSV by its text, XLSX by its cells; what cannot be read says what to do."""

from collections.abc import Callable, Iterator, Sequence

from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.domain.price_list.table import Row, Table
from subscriptions.services.price_imports.spreadsheet import read_spreadsheet
from subscriptions.services.price_imports.text import read_text
from subscriptions.services.price_imports.unreadable import UnreadableFileError

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_ROWS = 100_000

_ZIP = b"PK\x03\x04"
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_WATCHED_EVERY = 5000

Watch = Callable[[int], None]


def read_table(content: bytes, *, watch: Watch = lambda _rows: None) -> Table:
    """
    Return the rows of a file; `watch` is told from time to time how many were read.

    What kind of file it is tells its content, not its name.

    :raises UnreadableFileError: with every fault that keeps it from being read
    """
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableFileError([Fault(problem=Problem.TOO_LARGE, detail=f"{MAX_FILE_BYTES // 1024**2} MB")])
    if content.startswith(_COMPOUND_FILE):
        raise UnreadableFileError([Fault(problem=Problem.OLD_SPREADSHEET)])
    rows = read_spreadsheet(content) if content.startswith(_ZIP) else read_text(content)
    header, *below = _bounded(rows, watch)
    return Table(header=header, rows=below)


def _bounded(rows: Iterator[Row], watch: Watch) -> Sequence[Row]:
    """Return the rows that are not blank, the header first."""
    read: list[Row] = []
    for row in rows:
        if row.is_blank:
            continue
        if len(read) > MAX_ROWS:
            raise UnreadableFileError([Fault(problem=Problem.TOO_MANY_ROWS, detail=f"{MAX_ROWS:,}")])
        read.append(row)
        if len(read) % _WATCHED_EVERY == 0:
            watch(len(read))
    if not read:
        raise UnreadableFileError([Fault(problem=Problem.EMPTY_FILE)])
    watch(len(read) - 1)
    return read
