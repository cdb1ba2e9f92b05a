"""What a file for other programs holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from subscriptions.exports.csv_file import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A file to be: what it is called, its columns, and its rows, which are made as they are read."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Value]]
