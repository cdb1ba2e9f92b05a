"""What an explanation consists of: the rule, the inputs, the arithmetic, and a table of evidence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from invoices.documents.section import DocumentLine
from subscriptions.documents import Fact

Cell = str | int | Decimal | date | datetime | timedelta | None
"""One entry of evidence as a value: how it is written depends on whether a person or a spreadsheet reads it."""

Row = Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of evidence: its name, and whether it holds figures, which stand flush right."""

    name: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    The people, calls or readings behind a quantity: a table whose rows are read only when it is iterated.

    It has none where they were not kept: a preview of a large organization is kept without its people.
    """

    title: str
    columns: Sequence[Column]
    source: Callable[[], Iterator[Row]]
    note: str = ""
    is_kept: bool = True

    def __iter__(self) -> Iterator[Row]:
        """Read the rows, one after the other; each time anew."""
        return self.source() if self.is_kept else iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Why a quantity is what it is, as one rule gives it: rule ids, words, inputs, arithmetic, evidence."""

    rules: Sequence[str]
    words: Sequence[str]
    facts: Sequence[Fact]
    arithmetic: str
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class LineExplanation:
    """The answer to "why this quantity?" for one line of an issued document, in one language (BR-77)."""

    line: DocumentLine
    language: str
    time_zone: str
    zone: str
    rules: Sequence[str]
    words: Sequence[str]
    facts: Sequence[Fact]
    arithmetic: str
    evidence: Evidence


def text_column(name: str) -> Column:
    """Return a column of names, days or instants."""
    return Column(name=name)


def figure_column(name: str) -> Column:
    """Return a column of figures."""
    return Column(name=name, is_figure=True)
