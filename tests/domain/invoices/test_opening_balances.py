"""A file with what is open in the old system: read row by row, and all that is wrong is named (ADR 43)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.bank.numbers import find_old_numbers
from invoices.domain.moving_in.opening_balances import (
    COLUMNS,
    Issuer,
    KnownBalances,
    OldTotal,
    OpeningKind,
    read_opening_balances,
    sums_of,
)
from invoices.domain.moving_in.rows import OldProblem
from subscriptions.domain.numbering import document_number, place_in_series
from subscriptions.domain.price_list.table import Row, Table, Unusable

TODAY = date(2026, 3, 1)
NORTHBEAM = Issuer(key=1, series=[("INV-", 41), ("CN-", 3)])
KNOWN = KnownBalances(
    organizations={"acme", "sister", "settled", "new"},
    moving_in={"acme", "sister", "new"},
    issuers={"acme": NORTHBEAM, "sister": NORTHBEAM},
    kept={("acme", OpeningKind.INVOICE, "OLD-9")},
    taken={(1, "INV-000041")},
    old={("acme", "OLD-1"): OldTotal(currency="USD", total=Decimal(100))},
    today=TODAY,
)
RIGHT = {
    "organization": "acme",
    "kind": "invoice",
    "number": "OLD-1",
    "date": "2026-01-31",
    "due_date": "2026-02-28",
    "currency": "USD",
    "amount": "99.50",
}
CREDIT = RIGHT | {"kind": "credit", "number": "PAY-1", "due_date": ""}


def read(*rows, header=COLUMNS):
    cells = [Row(number, [row.get(name, "") for name in header]) for number, row in enumerate(rows, start=2)]
    return read_opening_balances(Table(header=Row(1, header), rows=cells), KNOWN)


def told(*rows, header=COLUMNS):
    return [(fault.problem, fault.line, fault.column) for fault in read(*rows, header=header).faults]


def test_an_open_invoice_and_a_credit_are_read():
    found = read(RIGHT, CREDIT | {"currency": "eur"}).openings
    assert [(one.kind, one.number, one.due_date, one.currency, one.amount) for one in found] == [
        (OpeningKind.INVOICE, "OLD-1", date(2026, 2, 28), "USD", Decimal("99.50")),
        (OpeningKind.CREDIT, "PAY-1", None, "EUR", Decimal("99.50")),
    ]


def test_without_a_kind_it_is_an_open_invoice():
    header = [name for name in COLUMNS if name != "kind"]
    assert [one.kind for one in read(RIGHT, header=header).openings] == [OpeningKind.INVOICE]


@pytest.mark.parametrize(
    ("label", "row", "problem", "column"),
    [
        ("nobody", RIGHT | {"organization": "who"}, OldProblem.UNKNOWN_ORGANIZATION, "organization"),
        ("not moving in", RIGHT | {"organization": "settled"}, OldProblem.NOT_IN_SHADOW, "organization"),
        ("without an agreement", RIGHT | {"organization": "new"}, OldProblem.NO_AGREEMENT, "organization"),
        ("no number", RIGHT | {"number": " "}, OldProblem.MISSING, "number"),
        ("another kind", RIGHT | {"kind": "debit"}, OldProblem.UNKNOWN_OPENING, "kind"),
        ("no day", RIGHT | {"date": "31.01.2026"}, OldProblem.NOT_A_DAY, "date"),
        ("no such day", RIGHT | {"date": "2026-02-30"}, OldProblem.NOT_A_DAY, "date"),
        ("a day to come", RIGHT | {"date": "2026-03-02", "due_date": "2026-04-01"}, OldProblem.YET_TO_COME, "date"),
        ("without a due date", RIGHT | {"due_date": ""}, OldProblem.MISSING, "due_date"),
        ("due before", RIGHT | {"due_date": "2026-01-30"}, OldProblem.DUE_BEFORE_ITS_DATE, "due_date"),
        ("a credit that is due", CREDIT | {"due_date": "2026-03-01"}, OldProblem.CREDIT_IS_NOT_DUE, "due_date"),
        ("no currency", RIGHT | {"currency": "XXX"}, OldProblem.UNKNOWN_CURRENCY, "currency"),
        ("a comma", RIGHT | {"amount": "99,50"}, OldProblem.NOT_A_NUMBER, "amount"),
        ("not a number", RIGHT | {"amount": "NaN"}, OldProblem.NOT_A_NUMBER, "amount"),
        ("without end", RIGHT | {"amount": "1e9"}, OldProblem.NOT_A_NUMBER, "amount"),
        ("too fine", RIGHT | {"amount": "0.001"}, OldProblem.TOO_FINE, "amount"),
        ("half a yen", CREDIT | {"currency": "JPY"}, OldProblem.TOO_FINE, "amount"),
        ("nothing", RIGHT | {"amount": "0"}, OldProblem.NOT_POSITIVE, "amount"),
        ("less than nothing", RIGHT | {"amount": "-5"}, OldProblem.NOT_POSITIVE, "amount"),
        ("entered before", RIGHT | {"number": "OLD-9"}, OldProblem.KEPT_BEFORE, "number"),
        ("ours", RIGHT | {"number": "INV-000041"}, OldProblem.NUMBER_IS_OURS, "number"),
        ("due never", RIGHT | {"due_date": "9999-12-31"}, OldProblem.DUE_TOO_FAR, "due_date"),
        ("a credit note of ours soon", RIGHT | {"number": "cn-4"}, OldProblem.NUMBER_WILL_BE_OURS, "number"),
        ("ours soon", RIGHT | {"number": "INV-000042"}, OldProblem.NUMBER_WILL_BE_OURS, "number"),
        ("more than it came to", RIGHT | {"amount": "100.01"}, OldProblem.MORE_THAN_BILLED, "amount"),
        ("another currency than it", RIGHT | {"currency": "EUR"}, OldProblem.OTHER_CURRENCY, "currency"),
        ("a formula", RIGHT | {"amount": Unusable(None, "=1+1")}, OldProblem.UNUSABLE, "amount"),
        ("what cannot be seen", RIGHT | {"number": "OLD\u0000-1"}, OldProblem.MISLEADING, "number"),
        ("endless", RIGHT | {"number": "9" * 51}, OldProblem.TOO_LONG, "number"),
    ],
)
def test_what_is_wrong_names_row_and_column(label, row, problem, column):
    assert told(CREDIT, row) == [(problem, 3, column)], label


def test_all_that_is_wrong_is_named():
    faults = told(RIGHT | {"amount": "x", "currency": "y", "date": "z"}, CREDIT | {"organization": ""})
    assert {(line, column) for _problem, line, column in faults} == {
        (2, "amount"),
        (2, "currency"),
        (2, "date"),
        (3, "organization"),
    }


def test_one_issuer_gives_no_number_twice_whosever_it_is():
    assert told(RIGHT, RIGHT | {"organization": "sister"}) == [(OldProblem.REPEATED_NUMBER, 3, "number")]
    # A credit's reference is its organization's own.
    assert told(CREDIT, CREDIT | {"organization": "sister"}) == []


def test_a_file_without_its_columns_is_not_read():
    assert told(RIGHT, header=("organization", "number", "paid")) == [
        (OldProblem.UNKNOWN_COLUMN, 1, "paid"),
        *((OldProblem.MISSING_COLUMN, 1, name) for name in ("date", "currency", "amount")),
    ]
    assert told() == [(OldProblem.NO_ROWS, None, "")]


CELLS = st.one_of(st.text(max_size=20), st.sampled_from([*RIGHT.values(), "=HYPERLINK(1)", "0", "-1", "9999-12-31"]))


@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, CELLS)), max_size=6))
def test_whatever_a_file_says_it_is_read_or_refused(rows):
    found = read(*rows)
    assert not (found.openings and found.faults)
    for one in found.openings:
        assert one.amount > 0
        assert (one.due_date is None) == (one.kind is OpeningKind.CREDIT)


# --- Sums and numbers -------------------------------------------------------------------------------------------------


def test_nothing_is_added_across_currencies():
    sums = sums_of(
        [
            (OpeningKind.INVOICE, "USD", Decimal(10)),
            (OpeningKind.INVOICE, "EUR", Decimal(1)),
            (OpeningKind.CREDIT, "USD", Decimal(3)),
            (OpeningKind.INVOICE, "USD", Decimal("0.50")),
        ]
    )
    assert (sums.invoices, sums.credits) == (3, 1)
    assert (sums.owed, sums.left) == ({"EUR": Decimal(1), "USD": Decimal("10.50")}, {"USD": Decimal(3)})
    assert sums.key == "3 1 EUR1 USD10.5 USD3"
    assert sums_of([]).key == ""


@given(sequence=st.integers(min_value=1, max_value=10**11))
def test_a_number_has_its_place_in_its_series(sequence):
    number = document_number(prefix="INV-", sequence=sequence)
    assert place_in_series(number, prefix="INV-") == sequence
    assert place_in_series(number, prefix="CN-") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Invoice 2026/0417, thanks", ["2026/0417"]),
        ("RE: old-17 and OLD-18.", ["OLD-17", "OLD-18"]),
        ("Paid in 2026 on 12-03", []),
        ("Kunde 40712", ["40712"]),
        ("a1", []),
    ],
)
def test_words_that_may_be_old_numbers(text, found):
    assert find_old_numbers(text) == found
