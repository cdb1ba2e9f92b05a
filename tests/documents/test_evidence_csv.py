"""Evidence as a file: everything in it, nothing in it that a spreadsheet would run."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from invoices.documents.explanation import Column, Evidence, LineExplanation, evidence_table
from invoices.documents.section import DocumentLine
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import evidence_file_name


def an_explanation(*rows: tuple, columns: int = 1) -> LineExplanation:
    line = DocumentLine(
        number=1, description="PureCloud 1", remark="", service="", quantity="1", rate="$1.00", amount="$1.00"
    )
    return LineExplanation(
        line=line,
        language="en",
        time_zone="America/New_York",
        zone="Eastern",
        rules=["BR-20"],
        words=[],
        facts=[],
        arithmetic="",
        evidence=Evidence(
            title="People", columns=[Column(name=f"C{place}") for place in range(columns)], source=lambda: iter(rows)
        ),
    )


def written(explanation: LineExplanation) -> list[list[str]]:
    return list(csv.reader(evidence_csv(explanation)))[1:]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+4930111", "'+4930111"),
        ("-1+2", "'-1+2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("ann", "ann"),
        ("a=1", "a=1"),
        ("", ""),
        ('say "no", or\nleave', 'say "no", or\nleave'),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_stays_text(text, cell):
    assert written(an_explanation((text,))) == [[cell]]


def test_a_name_of_a_column_is_guarded_too():
    explanation = an_explanation()
    risky = Evidence(title="", columns=[Column(name="=1")], source=lambda: iter(()))

    lines = list(evidence_csv(_with(explanation, risky)))

    assert lines == ["'=1\r\n"]


def _with(explanation: LineExplanation, evidence: Evidence) -> LineExplanation:
    return replace(explanation, evidence=evidence)


def test_figures_and_instants_are_written_for_programs():
    at = datetime(2026, 7, 1, 3, 30, tzinfo=UTC)
    row = (
        -1,
        Decimal("0.0330"),
        Decimal("-2.50"),
        at,
        date(2026, 7, 1),
        timedelta(hours=30, minutes=5, seconds=9),
        None,
    )

    assert written(an_explanation(row, columns=7)) == [
        ["-1", "0.033", "-2.5", "2026-06-30T23:30:00-04:00", "2026-07-01", "30:05:09", ""]
    ]


def test_the_page_writes_the_same_cells_for_people():
    at = datetime(2026, 7, 1, 3, 30, tzinfo=UTC)
    row = (1234, Decimal("0.0330"), at, date(2026, 7, 1), timedelta(hours=30, minutes=5), None, "a\u202eb\x07")

    table = evidence_table(an_explanation(row, columns=7), limit=5)

    assert [cell.text for cell in table.rows[0]] == [
        "1,234",
        "0.033",
        "Jun 30, 2026, 11:30 PM",
        "Jul 1, 2026",
        "30 h 05 min",
        "–",
        "ab",
    ]


def test_no_more_rows_are_read_than_are_shown():
    read = []

    def rows():
        for number in range(1000):
            read.append(number)
            yield (number,)

    evidence = Evidence(title="", columns=[Column(name="N")], source=rows)

    table = evidence_table(_with(an_explanation(), evidence), limit=200)

    assert (len(table.rows), table.has_more, len(read)) == (200, True, 201)


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("INV-000042", "INV-000042-line-3.csv"),
        ("../../etc/passwd", "etc-passwd-line-3.csv"),
        ("2026/ACME #1", "2026-ACME-1-line-3.csv"),
        ('a"\r\nSet-Cookie: x', "a-Set-Cookie-x-line-3.csv"),
        ("=1", "1-line-3.csv"),
        ("", "invoice-line-3.csv"),
    ],
)
def test_a_file_is_called_by_number_and_place_alone(number, name):
    assert evidence_file_name(number=number, line=3) == name
