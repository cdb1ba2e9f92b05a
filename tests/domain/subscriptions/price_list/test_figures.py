"""Numbers in files: what is a price, what is a percentage, and what a spreadsheet's number shows."""

from decimal import Decimal

import pytest

from subscriptions.domain.cells import guarded, unguarded
from subscriptions.domain.price_list.fault import Problem
from subscriptions.domain.price_list.figures import FigureError, read_percentage, read_price
from subscriptions.domain.price_list.table import number_text


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("0", "0"),
        ("0.047", "0.047"),
        (".5", "0.5"),
        ("75.", "75"),
        ("+1.5", "1.5"),
        ("4.7E-05", "0.000047"),
        ("1e2", "100"),
        ("1.2000000000", "1.2"),
        ("99999999999999.999999", "99999999999999.999999"),
        ("-0", "0"),
    ],
)
def test_a_price_is_read_exactly(typed: str, price: str) -> None:
    assert read_price(typed) == Decimal(price)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("0,047", Problem.DECIMAL_COMMA),
        ("1,234", Problem.DECIMAL_COMMA),
        ("1.234,50", Problem.DECIMAL_COMMA),
        ("1,234.50", Problem.DECIMAL_COMMA),
        ("$5", Problem.NOT_A_NUMBER),
        ("5 USD", Problem.NOT_A_NUMBER),
        ("8.25%", Problem.NOT_A_NUMBER),
        ("NaN", Problem.NOT_A_NUMBER),
        ("Infinity", Problem.NOT_A_NUMBER),
        ("٣", Problem.NOT_A_NUMBER),
        ("1_000", Problem.NOT_A_NUMBER),
        ("1e999", Problem.NOT_A_NUMBER),
        ("0" * 41, Problem.NOT_A_NUMBER),
        ("=1+1", Problem.NOT_A_NUMBER),
        ("2026-01-05", Problem.NOT_A_NUMBER),
        ("-0.01", Problem.NEGATIVE),
        ("0.0000001", Problem.TOO_PRECISE),
        ("1e-7", Problem.TOO_PRECISE),
        ("100000000000000", Problem.TOO_GREAT),
        ("1e99", Problem.TOO_GREAT),
    ],
)
def test_what_is_no_price_says_why(typed: str, problem: Problem) -> None:
    with pytest.raises(FigureError) as error:
        read_price(typed)
    assert error.value.problem is problem


@pytest.mark.parametrize("typed", ["8.25", "8.25%", "8.25 %"])
def test_a_percentage_is_read_with_or_without_its_sign(typed: str) -> None:
    assert read_percentage(typed, at_most=100) == Decimal("8.25")


def test_a_share_is_at_most_all_of_it() -> None:
    assert read_percentage("100%", at_most=100) == 100
    with pytest.raises(FigureError) as error:
        read_percentage("100.000001", at_most=100)
    assert error.value.problem is Problem.TOO_GREAT


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (0.047, "0.047"),
        (0.04700000000001, "0.047"),
        (0.1 + 0.2, "0.3"),
        (0.0119, "0.0119"),
        (4.7e-05, "0.000047"),
        (75.0, "75"),
        (75, "75"),
        (33, "33"),
        (12345678.123456, "12345678.123456"),
        (-1.5, "-1.5"),
        (1e15, "1000000000000000"),
        (0.0471234, "0.0471234"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_is_what_its_spreadsheet_shows(stored: float, shown: str) -> None:
    assert number_text(stored) == shown


def test_a_number_shown_as_a_percentage_is_a_hundredth_of_it() -> None:
    assert number_text(0.0825, as_percent=True) == "8.25%"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("France", "France"),
        ("+33", "'+33"),
        ("=cmd()", "'=cmd()"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("'=x", "''=x"),
        ("''+x", "'''+x"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ("'", "'"),
        ("", ""),
    ],
)
def test_text_is_guarded_and_comes_back(text: str, written: str) -> None:
    assert guarded(text) == written
    assert unguarded(written) == text
