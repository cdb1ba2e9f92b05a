"""Why a line of a document is what it is, as the API tells it (BR-77)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Literal

from django.http import Http404
from ninja import Schema
from pydantic import Field

from invoices.documents.explanation import Cell, LineExplanation
from invoices.models import Invoice
from invoices.services.explaining import find_explanation
from subscriptions.api.values import instant_text, quantity

ROWS_OF_EVIDENCE = 200

LANGUAGES = Literal["en", "ja"]


class Fact(Schema):
    """Something that went into a line, with its name."""

    label: str
    value: str


class Evidence(Schema):
    """The people, calls or readings behind a quantity."""

    title: str
    columns: list[str]
    rows: list[list[str | None]] = Field(description="Each cell as a text: instants in RFC 3339, durations in seconds.")
    has_more: bool = Field(description="There are more rows than these; the portal has a file of all.")


class Explanation(Schema):
    """Why a line is what it is."""

    document: str
    line: int
    rules: list[str] = Field(description="By the ids of the billing rules.")
    words: list[str]
    facts: list[Fact]
    arithmetic: str
    evidence: Evidence


class ExplanationQuery(Schema):
    """How to explain."""

    language: LANGUAGES = Field(default="en", description="In which language.")


def explain(row: Invoice, number: int, *, language: str) -> Explanation:
    """
    Return why a line of a document is what it is (BR-77).

    :raises Http404: if it has no such line
    """
    found = find_explanation(row, number=number, language=language)
    if found is None:
        raise Http404
    return Explanation(
        document=row.number,
        line=number,
        rules=list(found.rules),
        words=list(found.words),
        facts=[Fact(label=fact.label, value=fact.value) for fact in found.facts],
        arithmetic=found.arithmetic,
        evidence=_evidence(found),
    )


def _evidence(found: LineExplanation) -> Evidence:
    rows = list(islice(found.evidence, ROWS_OF_EVIDENCE + 1))
    return Evidence(
        title=found.evidence.title,
        columns=[column.name for column in found.evidence.columns],
        rows=[[_cell(cell) for cell in row] for row in rows[:ROWS_OF_EVIDENCE]],
        has_more=len(rows) > ROWS_OF_EVIDENCE,
    )


def _cell(cell: Cell) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return instant_text(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return quantity(Decimal(str(cell.total_seconds())))
    return quantity(Decimal(cell))
