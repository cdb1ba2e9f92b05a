"""A bank's CSV file is read by its own layout, whole or not at all (BR-80, BR-83)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.bank.csv_statement import read_amount, read_csv_statement
from invoices.domain.bank.layout import DATE_FORMATS, Layout, Signs
from invoices.domain.bank.statement import Direction, StatementProblem, UnreadableStatementError

US = Layout(
    account="021000021-7781",
    date_column="Date",
    amount_column="Amount",
    currency="USD",
    payer_column="Payer",
    text_column="Memo",
    reference_column="Ref",
)
GERMAN = Layout(
    account="DE02 1203 0000 0000 2020 51",
    date_column="Buchungstag",
    date_format="%d.%m.%Y",
    amount_column="Betrag",
    signs=Signs.INDICATOR,
    indicator_column="S/H",
    credit_word="H",
    currency_column="Währung",
    payer_column="Name",
    payer_account_column="IBAN",
    text_column="Zweck 1 + Zweck 2",
    delimiter=";",
    decimal_mark=",",
    encoding="cp1252",
    header_lines=3,
)


def problems(content: bytes, layout: Layout) -> list[tuple[StatementProblem, int, str]]:
    with pytest.raises(UnreadableStatementError) as refused:
        read_csv_statement(content, layout)
    return [(fault.problem, fault.line, fault.column) for fault in refused.value.faults]


def test_a_plain_file():
    content = (
        b"\xef\xbb\xbfDate,Amount,Payer,Memo,Ref\r\n"
        b'2026-03-02,"1,200.50",Harbor Light,INV-000001,R1\r\n2026-03-03,-9.00,Bank,Fee,R2\r\n'
    )
    first, second = read_csv_statement(content, US)

    assert (first.booked_on, first.amount, first.currency, first.direction) == (
        date(2026, 3, 2),
        Decimal("1200.50"),
        "USD",
        Direction.IN,
    )
    assert (first.payer_name, first.text, first.bank_reference, first.account) == (
        "Harbor Light",
        "INV-000001",
        "R1",
        "0210000217781",
    )
    assert (second.direction, second.amount, second.place) == (Direction.OUT, Decimal(9), 3)


def test_a_german_file_with_lines_above_two_texts_and_a_total_below():
    text = (
        "Kontoauszug;;;;;;;\nKonto DE02;;;;;;;\n"
        "Buchungstag;Betrag;S/H;Währung;Name;IBAN;Zweck 1;Zweck 2\n"
        "02.03.2026;1.234,56;H;EUR;Müller & Söhne;de89 3704 0044;RE INV-0000;42 danke\n"
        "03.03.2026;7,00;S;EUR;Bank;;Entgelt;\n"
        ";1.227,56;;EUR;Summe;;;\n"
    )
    came, went = read_csv_statement(text.encode("cp1252"), GERMAN)

    assert (came.amount, came.direction, came.payer_name) == (Decimal("1234.56"), Direction.IN, "Müller & Söhne")
    assert (came.payer_account, came.text, came.place) == ("DE8937040044", "RE INV-0000 42 danke", 4)
    assert (went.amount, went.direction) == (Decimal(7), Direction.OUT)


def test_columns_by_number_of_their_own_for_in_and_out():
    layout = replace(
        US,
        date_column="1",
        signs=Signs.COLUMNS,
        amount_column="",
        credit_column="3",
        debit_column="2",
        payer_column="4",
        text_column="",
        reference_column="",
        header_lines=0,
    )
    lines = read_csv_statement(b"2026-03-02,,10.00,A\n2026-03-02,-4.00,,B\n2026-03-02,4.00,,C\n", layout)

    assert [(line.direction, line.amount) for line in lines] == [
        (Direction.IN, 10),
        (Direction.OUT, 4),
        (Direction.OUT, 4),
    ]
    assert problems(b"2026-03-02,1,2,A\n", layout) == [(StatementProblem.NO_DIRECTION, 1, "2")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"Date,Amount,Payer,Memo\n", [(StatementProblem.NO_COLUMN, 1, "Ref")]),
        (b"Date,Amount,Payer,Memo,Ref\n", [(StatementProblem.EMPTY, 0, "")]),
        (b"Date,Amount,Payer,Memo,Ref\n03/02/2026,1,A,B,C\n", [(StatementProblem.NO_DATE, 2, "Date")]),
        (b"Date,Amount,Payer,Memo,Ref\n0001-02-01,1,A,B,C\n", [(StatementProblem.NO_DATE, 2, "Date")]),
        (b'Date,Amount,Payer,Memo,Ref\n2026-03-02,"1.234,56",A,B,C\n', [(StatementProblem.NO_AMOUNT, 2, "Amount")]),
        (b"Date,Amount,Payer,Memo,Ref\n2026-03-02,1.005,A,B,C\n", [(StatementProblem.FRACTIONS, 2, "Amount")]),
        (b'Date,Amount,Payer,Memo,Ref\n2026-03-02,1,"A,B,C\n', [(StatementProblem.BROKEN_QUOTES, 2, "")]),
        (b"Date,Amount,Payer,Memo,Ref\n2026-03-02,1,\xff,B,C\n", [(StatementProblem.ENCODING, 0, "")]),
        (
            b"Date,Amount,Payer,Memo,Ref\nx,1,A,B,C\n2026-03-02,1,A,B,C\n2026-03-02,y,A,B,C\n",
            [(StatementProblem.NO_DATE, 2, "Date"), (StatementProblem.NO_AMOUNT, 4, "Amount")],
        ),
    ],
)
def test_what_cannot_be_read_says_where(content, found):
    assert problems(content, US) == found


def test_a_yen_has_no_smaller_part():
    content = b"Date,Amount,Payer,Memo,Ref\n2026-03-02,100.50,A,B,C\n"
    assert problems(content, replace(US, currency="JPY")) == [(StatementProblem.FRACTIONS, 2, "Amount")]


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("1,234.56", ".", "1234.56"),
        ("1.234,56", ",", "1234.56"),
        ("1 234,56", ",", "1234.56"),
        ("1’234.56", ".", "1234.56"),
        ("+12", ".", "12"),
        ("-12.00", ".", "-12"),
        ("12.00-", ".", "-12"),
        ("(12.00)", ".", "-12"),
        (".50", ".", "0.50"),
        ("12,34.56", ".", None),
        ("1,234,56", ".", None),
        ("1e5", ".", None),
        ("", ".", None),
        ("-", ".", None),
        ("١٢", ".", None),
        ("NaN", ".", None),
        ("9" * 16, ".", None),
    ],
)
def test_amounts_as_banks_write_them(text, mark, amount):
    assert read_amount(text, decimal_mark=mark) == (None if amount is None else Decimal(amount))


@given(cents=st.integers(-(10**12), 10**12), mark=st.sampled_from(".,"))
def test_an_amount_written_with_groups_is_read_back(cents, mark):
    written = f"{Decimal(cents).scaleb(-2):,.2f}"
    if mark == ",":
        written = written.translate(str.maketrans(",.", ".,"))
    assert read_amount(written, decimal_mark=mark) == Decimal(cents).scaleb(-2)


@pytest.mark.parametrize(("pattern", "written"), DATE_FORMATS.items())
def test_each_way_to_write_a_day_is_shown_by_the_last_of_march(pattern, written):
    content = f"Date,Amount,Payer,Memo,Ref\n{written},1,A,B,C\n".encode()
    (line,) = read_csv_statement(content, replace(US, date_format=pattern))
    assert line.booked_on == date(2026, 3, 31)


@given(content=st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused(content):
    try:
        lines = read_csv_statement(b"Date,Amount,Payer,Memo,Ref\n" + content, US)
    except UnreadableStatementError:
        return
    assert lines
    assert all(line.amount > 0 for line in lines)
