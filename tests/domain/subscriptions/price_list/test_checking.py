"""Every row of a file is checked, and every fault named with its line, column and value (BR-31, BR-42, BR-78)."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.price_list.checking import Catalog, check_table
from subscriptions.domain.price_list.entry import Entry, ListKind
from subscriptions.domain.price_list.fault import Problem
from subscriptions.domain.price_list.table import Cell, Unusable
from tests.domain.subscriptions.price_list.tables import BOOK, DECK, TAXES, a_table

CATALOG = Catalog(
    products={
        "purecloud-1": ProductKind.LICENSE,
        "did-number": ProductKind.NUMBER,
        "telephone": ProductKind.HARDWARE,
        "voice": ProductKind.VOICE,
    },
    ambiguous_authorities=frozenset({"Springfield"}),
)


def faults(kind: ListKind, header: Sequence[Cell], *rows: Sequence[Cell]) -> list[tuple[int | None, str, str, Problem]]:
    checked = check_table(a_table(header, *rows), kind=kind, catalog=CATALOG)
    assert not (checked.entries and checked.faults)
    return [(fault.line, fault.column, fault.value, fault.problem) for fault in checked.faults]


def entries(kind: ListKind, header: Sequence[Cell], *rows: Sequence[Cell]) -> Sequence[Entry]:
    checked = check_table(a_table(header, *rows), kind=kind, catalog=CATALOG)
    assert not checked.faults
    return checked.entries


def test_prices_are_read_with_their_line() -> None:
    read = entries(ListKind.PRICE_BOOK, BOOK, ["purecloud-1", "75.5"], ["did-number", "1.25", "3"])
    assert read == [
        Entry(code="purecloud-1", price=Decimal("75.5")),
        Entry(code="did-number", price=Decimal("1.25"), extra=Decimal(3)),
    ]
    assert [entry.line for entry in read] == [2, 3]


def test_rates_are_read_whatever_way_the_direction_is_written() -> None:
    rows = [
        [direction, f"'+{k}", " Spain ", "0.01"] for k, direction in enumerate(["Outbound", "TOLL FREE", "toll-free"])
    ]
    read = entries(ListKind.RATE_DECK, DECK, *rows)
    assert [entry.direction for entry in read] == ["outbound", "toll_free", "toll_free"]
    assert {entry.words for entry in read} == {"Spain"}
    assert [entry.code for entry in read] == ["+0", "+1", "+2"]


def test_taxes_are_read_and_tax_everything_unless_told_otherwise() -> None:
    read = entries(
        ListKind.TAX_RATES, TAXES, ["Texas", "8.25%", "80", "telecom; Software"], ["Utah", "4.85", "", "service"]
    )
    assert read == [
        Entry(code="Texas", price=Decimal("8.25"), extra=Decimal(80), words="software, telecom"),
        Entry(code="Utah", price=Decimal("4.85"), extra=Decimal(100), words="service"),
    ]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["PRODUCT", " Unit  Price ", "Setup-Price"], ListKind.PRICE_BOOK),
        (["List_Price", "SKU"], ListKind.PRICE_BOOK),
        (["Dial Code", "Country", "Rate per minute", "Direction"], ListKind.RATE_DECK),
        (["Jurisdiction", "Tax\nrate", "Category"], ListKind.TAX_RATES),
    ],
)
def test_columns_are_known_by_several_names_in_any_order(header: list[str], kind: ListKind) -> None:
    assert faults(kind, header) == [(None, "", "", Problem.EMPTY_FILE)]


def test_everything_wrong_with_a_header_is_named() -> None:
    assert faults(ListKind.PRICE_BOOK, ["product", "Product code", "prise", ""], ["purecloud-1", "", "1"]) == [
        (1, "product", "Product code", Problem.REPEATED_COLUMN),
        (1, "prise", "prise", Problem.UNKNOWN_COLUMN),
        (1, "price", "", Problem.MISSING_COLUMN),
    ]


def test_every_fault_of_every_row_is_named() -> None:
    rows = [
        ["nobody", "-5", "1"],
        ["purecloud-1", "0,047", "3"],
        ["voice", "1"],
        ["", ""],
        ["telephone", "129.90"],
        ["purecloud-1", "1", "", "stray"],
        ["did-number", "1", "x"],
    ]
    assert faults(ListKind.PRICE_BOOK, BOOK, *rows) == [
        (2, "product", "nobody", Problem.UNKNOWN_PRODUCT),
        (2, "price", "-5", Problem.NEGATIVE),
        (3, "price", "0,047", Problem.DECIMAL_COMMA),
        (3, "setup_price", "3", Problem.NO_SETUP),
        (4, "product", "voice", Problem.NOT_IN_A_BOOK),
        (5, "product", "", Problem.MISSING),
        (5, "price", "", Problem.MISSING),
        (7, "", "stray", Problem.CELL_WITHOUT_COLUMN),
        (7, "product", "purecloud-1", Problem.REPEATED_ROW),
        (8, "setup_price", "x", Problem.NOT_A_NUMBER),
    ]


def test_what_stands_in_a_column_without_a_name_is_named() -> None:
    header = ["product", "price", "", "setup_price"]
    assert faults(ListKind.PRICE_BOOK, header, ["purecloud-1", "1", "stray"]) == [
        (2, "", "stray", Problem.CELL_WITHOUT_COLUMN)
    ]


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        (["sideways", "+33", "France", "1"], "direction", Problem.UNKNOWN_DIRECTION),
        (["", "+33", "France", "1"], "direction", Problem.MISSING),
        (["inbound", "33", "France", "1"], "prefix", Problem.NOT_A_PREFIX),
        (["inbound", "0033", "France", "1"], "prefix", Problem.NOT_A_PREFIX),
        (["inbound", "+3 3", "France", "1"], "prefix", Problem.NOT_A_PREFIX),
        (["inbound", "+٣", "France", "1"], "prefix", Problem.NOT_A_PREFIX),
        (["inbound", "+1234567890123456", "France", "1"], "prefix", Problem.NOT_A_PREFIX),
        (["inbound", "", "France", "1"], "prefix", Problem.MISSING),
        (["inbound", "+33", " ", "1"], "destination", Problem.MISSING),
        (["inbound", "+33", "x" * 201, "1"], "destination", Problem.TOO_LONG),
        (["inbound", "+33", "France\nMobile", "1"], "destination", Problem.SEVERAL_LINES),
        (["inbound", "+33", "France\x00", "1"], "destination", Problem.SEVERAL_LINES),
        (["inbound", "+33", "France", ""], "per_minute", Problem.MISSING),
        (["inbound", "+33", "France"], "per_minute", Problem.MISSING),
        (["inbound", "+33", "France", Unusable(Problem.FORMULA, "=A1")], "per_minute", Problem.FORMULA),
        (["inbound", "+33", "France", Unusable(Problem.ERROR_CELL, "#REF!")], "per_minute", Problem.ERROR_CELL),
    ],
)
def test_what_is_wrong_with_a_rate_names_the_column(row: Sequence[Cell], column: str, problem: Problem) -> None:
    good = ["outbound", "+34", "Spain", "0.01"]
    [(line, at, _value, found)] = faults(ListKind.RATE_DECK, DECK, good, row)
    assert (line, at, found) == (3, column, problem)


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        (["Springfield", "1", "", "software"], "authority", Problem.AMBIGUOUS_AUTHORITY),
        (["x" * 201, "1", "", "software"], "authority", Problem.TOO_LONG),
        (["Texas", "1000", "", "software"], "rate", Problem.TOO_GREAT),
        (["Texas", "1", "101", "software"], "taxable", Problem.TOO_GREAT),
        (["Texas", "1", "", "software, coffee"], "categories", Problem.UNKNOWN_CATEGORY),
        (["Texas", "1", "", ""], "categories", Problem.MISSING),
    ],
)
def test_what_is_wrong_with_a_tax_names_the_column(row: list[str], column: str, problem: Problem) -> None:
    [(line, at, _value, found)] = faults(ListKind.TAX_RATES, TAXES, row)
    assert (line, at, found) == (2, column, problem)


def test_a_repeated_row_names_both_lines_even_if_one_of_them_has_other_faults() -> None:
    rows = [["purecloud-1", "x"], ["purecloud-1", "1"], ["purecloud-1", "2"]]
    checked = check_table(a_table(BOOK, *rows), kind=ListKind.PRICE_BOOK, catalog=CATALOG)
    repeated = [fault for fault in checked.faults if fault.problem is Problem.REPEATED_ROW]
    assert [(fault.line, fault.detail) for fault in repeated] == [(3, "2"), (4, "2")]


def test_a_prefix_has_one_rate_for_each_direction() -> None:
    assert len(entries(ListKind.RATE_DECK, DECK, ["inbound", "+1", "US", "1"], ["outbound", "+1", "US", "2"])) == 2
    assert faults(ListKind.RATE_DECK, DECK, ["inbound", "+1", "US", "1"], ["Inbound", "'+1", "USA", "1"]) == [
        (3, "prefix", "+1", Problem.REPEATED_ROW)
    ]


def test_a_long_value_is_cut_where_it_is_reported() -> None:
    [(_line, _column, value, _problem)] = faults(ListKind.PRICE_BOOK, BOOK, ["n" * 500, "1"])
    assert value == "n" * 100
