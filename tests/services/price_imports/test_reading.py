"""Files are read as people save them: any separator, any spreadsheet; and what cannot be read says why."""

import io
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.domain.price_list.table import Table, Unusable
from subscriptions.services.price_imports import reading, spreadsheet
from subscriptions.services.price_imports.reading import read_table
from subscriptions.services.price_imports.unreadable import UnreadableFileError
from tests.services.price_imports.files import a_csv, a_workbook, saved

SHEET = "xl/worksheets/sheet1.xml"
BOOK = a_workbook({"Prices": [["product", "price"], ["purecloud-1", 75]]})


def read(content: bytes) -> tuple[list[object], list[tuple[int, list[object]]]]:
    table: Table = read_table(content)
    return list(table.header.cells), [(row.line, list(row.cells)) for row in table.rows]


def refused(content: bytes) -> Fault:
    with pytest.raises(UnreadableFileError) as error:
        read_table(content)
    [fault] = error.value.faults
    return fault


@pytest.mark.parametrize("separator", [",", ";", "\t"], ids=["commas", "semicolons", "tabs"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_text_is_read_whatever_separates_it(separator: str, mark: bytes, ending: str) -> None:
    lines = [["product", "price"], ["purecloud-1", "75"], ["größe", " 1.5 "]]
    content = mark + ending.join(separator.join(line) for line in lines).encode()
    assert read(content) == (["product", "price"], [(2, ["purecloud-1", "75"]), (3, ["größe", "1.5"])])


def test_a_separator_is_not_taken_from_what_stands_in_quotes() -> None:
    header, rows = read(a_csv('"product";"price"', '"a,b,c,d";1'))
    assert (header, rows) == (["product", "price"], [(2, ["a,b,c,d", "1"])])


def test_lines_are_counted_through_line_breaks_in_quotes_and_blank_lines() -> None:
    _header, rows = read(a_csv("destination,price", '"France', 'Mobile",1', "", ",,", '"say ""hi""",2'))
    assert rows == [(2, ["France\nMobile", "1"]), (6, ['say "hi"', "2"])]


@pytest.mark.parametrize(
    ("content", "problem", "line"),
    [
        (b"", Problem.EMPTY_FILE, None),
        (b"\n \n\n", Problem.EMPTY_FILE, None),
        ("product,price\nGröße,1\n".encode("cp1252"), Problem.NOT_UTF8, 2),
        ("product,price\n".encode("utf-16"), Problem.NOT_UTF8, 1),
        (b'product,price\na,1\n"b,2\n', Problem.BROKEN_QUOTES, 3),
        (b'product,price\n"a"b,1\n', Problem.BROKEN_QUOTES, 2),
        (b"product,price\n" + b"x" * 200_000 + b",1\n", Problem.BROKEN_QUOTES, 2),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, Problem.OLD_SPREADSHEET, None),
        (b"PK\x03\x04 and nothing more", Problem.UNREADABLE, None),
        (BOOK[: len(BOOK) // 2], Problem.UNREADABLE, None),
    ],
    ids=["empty", "blank", "latin", "utf-16", "unclosed", "half quoted", "endless", "xls", "no zip", "cut off"],
)
def test_what_cannot_be_read_says_why(content: bytes, problem: Problem, line: int | None) -> None:
    fault = refused(content)
    assert (fault.problem, fault.line) == (problem, line)


def test_a_spreadsheet_is_read_as_it_is_seen() -> None:
    rows = [
        ["product", "price", None, "day"],
        ["a", 0.04700000000001, None, date(2026, 1, 5)],
        [],
        [" b ", 75, "stray", datetime(2026, 1, 5, 8, 30)],  # noqa: DTZ001 - a spreadsheet knows no zone
        [33, 75.0, True],
        ["c", Decimal("1.5")],
        ["'=d", "0.1"],
    ]
    header, read_rows = read(a_workbook({"Prices": rows}))
    assert header == ["product", "price", "", "day"]
    assert read_rows == [
        (2, ["a", "0.047", "", "2026-01-05"]),
        (4, ["b", "75", "stray", "2026-01-05 08:30:00"]),
        (5, ["33", "75", "TRUE"]),
        (6, ["c", "1.5"]),
        (7, ["'=d", "0.1"]),
    ]


def test_a_number_formatted_as_a_percentage_is_read_as_one() -> None:
    book = Workbook()
    book.active.append(["authority", "rate"])
    book.active.append(["Texas", 0.0825])
    book.active["B2"].number_format = "0.00%"
    assert read(saved(book))[1] == [(2, ["Texas", "8.25%"])]


def test_formulas_and_errors_are_not_taken_for_values() -> None:
    book = Workbook()
    book.active.append(["product", "price"])
    book.active.append(["a", "=B3*2"])
    book.active.append(["b", "#REF!"])
    book.active["B3"].data_type = "e"
    assert read(saved(book))[1] == [
        (2, ["a", Unusable(Problem.FORMULA, "=B3*2")]),
        (3, ["b", Unusable(Problem.ERROR_CELL, "#REF!")]),
    ]


def test_hidden_and_empty_sheets_are_ignored() -> None:
    sheets = {"Old": [["product"], ["a"]], "Notes": [], "New": [["product"], ["b"]]}
    assert read(a_workbook(sheets, hidden=["Old"]))[1] == [(2, ["b"])]


def test_of_several_visible_sheets_none_is_guessed() -> None:
    fault = refused(a_workbook({"Old": [["product"]], "New": [["product"]], "Empty": []}))
    assert (fault.problem, fault.detail) == (Problem.SEVERAL_SHEETS, "Old, New")


def test_a_workbook_without_a_filled_sheet_is_empty() -> None:
    assert refused(a_workbook({"Sheet": []})).problem is Problem.EMPTY_FILE


def rewritten(
    content: bytes, name: str, change: Callable[[bytes], bytes], more: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a workbook with one of its parts changed, and others added."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, change(old.read(part)) if part == name else old.read(part))
        for part, written in (more or {}).items():
            new.writestr(part, written)
    return file.getvalue()


def test_what_unpacks_to_far_more_than_a_list_is_refused_before_it_is_unpacked() -> None:
    bomb = rewritten(BOOK, SHEET, lambda part: part + b" " * spreadsheet.MAX_UNPACKED_BYTES)
    assert len(bomb) < reading.MAX_FILE_BYTES
    assert refused(bomb).problem is Problem.TOO_LARGE


def test_entities_that_multiply_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{k + 1} "{f"&l{k};" * 10}">' for k in range(9))
    doctype = f"<!DOCTYPE worksheet [<!ENTITY l0 'ha'>{laughs}]>".encode()
    bomb = rewritten(BOOK, SHEET, lambda part: doctype + part.replace(b"product", b"&l9;"))
    assert refused(bomb).problem is Problem.UNREADABLE


def test_text_that_a_spreadsheet_keeps_apart_from_its_cells_is_read() -> None:
    types = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    shared = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>product</t></si></sst>'
    book = rewritten(
        BOOK,
        "[Content_Types].xml",
        lambda part: part.replace(
            b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % types
        ),
    )
    book = rewritten(
        book,
        SHEET,
        lambda part: part.replace(b't="inlineStr"><is><t>product</t></is></c>', b't="s"><v>0</v></c>'),
        more={"xl/sharedStrings.xml": shared},
    )
    assert read(book) == (["product", "price"], [(2, ["purecloud-1", "75"])])


def test_a_cell_at_the_far_end_of_a_sheet_costs_nothing() -> None:
    far = rewritten(
        BOOK,
        SHEET,
        lambda part: part.replace(
            b"</sheetData>",
            b'<row r="3"><c r="XFD3"><v>1</v></c></row><row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
            b"</sheetData>",
        ),
    )
    assert read(far)[1] == [(2, ["purecloud-1", "75"])]


def test_more_rows_than_a_list_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    assert len(read_table(a_csv("product", "a", "", "b")).rows) == 2
    assert refused(a_csv("product", "a", "b", "c")).problem is Problem.TOO_MANY_ROWS


def test_more_bytes_than_a_file_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 10)
    assert refused(b"x" * 11).problem is Problem.TOO_LARGE


def test_the_reader_says_how_far_it_is() -> None:
    heard: list[int] = []
    read_table(a_csv("product", *(f"p-{number}" for number in range(12_000))), watch=heard.append)
    assert heard == [5000, 10_000, 12_000]
