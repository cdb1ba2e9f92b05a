"""Ours beside what the old system billed, its invoices in a file, and the boundary at which real billing begins."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.moving_in.boundary import Boundary
from invoices.domain.moving_in.old_invoices import COLUMNS, KnownThings, read_old_invoices
from invoices.domain.moving_in.rows import OldProblem
from invoices.domain.moving_in.side_by_side import (
    Billed,
    ComparedPeriod,
    Obstacle,
    Reason,
    SideLine,
    Standing,
    Verdict,
    lay_side_by_side,
    obstacles,
)
from subscriptions.domain.price_list.table import Row, Table, Unusable

MARCH, MARCH_31, APRIL = date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)
CENT = Decimal("0.01")


def line(key=1, **fields):
    own = {
        "billed": Billed.ARREARS,
        "product": "purecloud-3",
        "description": "",
        "first_day": MARCH,
        "last_day": MARCH_31,
        "quantity": Decimal(12),
        "unit_price": Decimal("140.00"),
        "amount": Decimal("1680.00"),
    }
    return SideLine(key=key, **own | fields)


def beside(ours, old):
    return lay_side_by_side(ours, old, minor_unit=CENT).matches


# --- One line beside another ------------------------------------------------------------------------------------------

SAME = line()


@pytest.mark.parametrize(
    ("old", "reasons", "quantity", "price", "amount"),
    [
        pytest.param(line(), [], "0", "0", "0", id="they agree"),
        pytest.param(
            line(quantity=Decimal(14), amount=Decimal("1960.00")),
            ["quantity"],
            "-2",
            "0",
            "-280.00",
            id="14 against 12",
        ),
        pytest.param(
            line(unit_price=Decimal("135.00"), amount=Decimal("1620.00")), ["price"], "0", "5.00", "60.00", id="price"
        ),
        pytest.param(
            line(quantity=Decimal(10), unit_price=Decimal(168)), ["quantity", "price"], "2", "-28", "0", id="both"
        ),
        pytest.param(line(amount=Decimal("1680.01")), ["rounding"], "0", "0", "-0.01", id="one cent is rounding"),
        pytest.param(line(amount=Decimal("1680.02")), ["amount"], "0", "0", "-0.02", id="two cents are not"),
        pytest.param(line(last_day=date(2026, 3, 30)), ["period"], "0", "0", "0", id="other days"),
        pytest.param(line(billed=None), [], "0", "0", "0", id="the old system does not say the kind"),
        pytest.param(line(product="", description="Seats"), [], "0", "0", "0", id="by the amount alone"),
    ],
)
def test_how_two_lines_differ(old, reasons, quantity, price, amount):
    (match,) = beside([SAME], [old])
    assert match.reasons == [Reason(reason) for reason in reasons]
    assert (match.quantity, match.unit_price, match.amount) == (Decimal(quantity), Decimal(price), Decimal(amount))


@pytest.mark.parametrize(
    "old",
    [
        pytest.param(line(billed=Billed.ADVANCE), id="the other kind"),
        pytest.param(line(product="purecloud-1"), id="another product, for the same amount"),
        pytest.param(line(product="", description="Seats", amount=Decimal(7)), id="nothing in common"),
    ],
)
def test_lines_about_different_things_are_not_matched(old):
    assert {tuple(match.reasons) for match in beside([SAME], [old])} == {(Reason.ONLY_HERE,), (Reason.ONLY_OLD,)}


def test_of_several_those_that_agree_belong_together():
    ours = [line(1, amount=Decimal(10)), line(2, amount=Decimal(20))]
    old = [line(7, amount=Decimal(20)), line(8, amount=Decimal(11))]
    assert {match.key for match in beside(ours, old)} == {(2, 7), (1, 8)}


def test_destinations_are_matched_by_their_names():
    ours = [line(1, product="voice", description="France"), line(2, product="voice", description="Germany")]
    old = [
        line(7, product="voice", description="GERMANY", quantity=Decimal(1)),
        line(8, product="voice", description="France", quantity=Decimal(3)),
    ]
    assert {match.key for match in beside(ours, old)} == {(1, 8), (2, 7)}


amounts = st.decimals(min_value=-1000, max_value=1000, places=2)
lines = st.builds(
    SideLine,
    key=st.just(0),
    billed=st.sampled_from([None, *Billed]),
    product=st.sampled_from(["", "purecloud-1", "purecloud-3"]),
    description=st.sampled_from(["", "Seats", "seats ", "Calls"]),
    first_day=st.sampled_from([MARCH, date(2026, 3, 15)]),
    last_day=st.just(MARCH_31),
    quantity=amounts,
    unit_price=amounts,
    amount=amounts,
)


def numbered(found):
    return [SideLine(**{name: getattr(row, name) for name in row.__slots__} | {"key": key}) for key, row in found]


sides = st.lists(lines, max_size=12).map(lambda rows: numbered(enumerate(rows, start=1)))


@given(ours=sides, old=sides)
def test_each_line_stands_in_one_match_and_the_differences_sum_to_the_whole(ours, old):
    found = lay_side_by_side(ours, old, minor_unit=CENT)
    assert Counter(match.ours.key for match in found.matches if match.ours) == Counter(row.key for row in ours)
    assert Counter(match.old.key for match in found.matches if match.old) == Counter(row.key for row in old)
    difference = sum((row.amount for row in ours), start=Decimal(0)) - sum(row.amount for row in old)
    assert sum(match.amount for match in found.matches) == difference == found.difference
    assert all(match.amount == 0 for match in found.matches if not match.reasons)


@given(ours=sides)
def test_what_is_the_same_agrees(ours):
    assert not any(match.reasons for match in lay_side_by_side(ours, ours, minor_unit=CENT).matches)


@given(ours=sides, old=sides)
def test_the_order_of_the_lines_decides_nothing_about_the_total(ours, old):
    one, other = (lay_side_by_side(ours[::step], old[::step], minor_unit=CENT) for step in (1, -1))
    assert (one.ours, one.old, one.difference) == (other.ours, other.old, other.difference)


# --- Periods, and whether one may go live -----------------------------------------------------------------------------

OTHER = line(quantity=Decimal(10), amount=Decimal(1400))
KEY = (1, 1)


def period(old, verdicts=None, ours=(SAME,)):
    matches = lay_side_by_side(ours, old, minor_unit=CENT)
    return ComparedPeriod(first_day=MARCH, sides=matches, verdicts=verdicts or {})


AGREES, OPEN, NOT_BILLED = period([SAME]), period([OTHER]), period([])
ACCEPTED, OLD_RIGHT = period([OTHER], {KEY: Verdict.OURS}), period([OTHER], {KEY: Verdict.OLD})
UNCLEAR = period([OTHER], {KEY: Verdict.UNCLEAR})


@pytest.mark.parametrize(
    ("compared", "standing"),
    [
        (AGREES, Standing.AGREES),
        (period([], ours=[]), Standing.AGREES),
        (OPEN, Standing.OPEN),
        (UNCLEAR, Standing.OPEN),
        (ACCEPTED, Standing.ACCEPTED),
        (OLD_RIGHT, Standing.OLD_RIGHT),
        (NOT_BILLED, Standing.NOT_BILLED),
        (period([OTHER], {(1, 2): Verdict.OURS}), Standing.OPEN),
    ],
)
def test_how_a_period_stands(compared, standing):
    assert compared.standing is standing


@pytest.mark.parametrize(
    ("label", "periods", "expected"),
    [
        ("nothing closed", [], [Obstacle.NOTHING_CLOSED]),
        ("nothing imported", [NOT_BILLED], [Obstacle.NOTHING_COMPARED]),
        ("all agree", [AGREES, ACCEPTED], []),
        ("the last is not imported yet", [AGREES, NOT_BILLED], []),
        ("one is open", [OPEN, AGREES], [Obstacle.OPEN]),
        ("the old system was right at last", [AGREES, OLD_RIGHT], [Obstacle.OLD_RIGHT]),
        ("it was mended since", [OLD_RIGHT, AGREES], []),
    ],
)
def test_what_keeps_it_from_going_live(label, periods, expected):
    assert obstacles(periods) == expected, label


# --- The boundary -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("boundary", "start", "opening", "keeps", "opens"),
    [
        (Boundary(), MARCH, False, True, False),
        (Boundary(), MARCH, True, True, False),
        (Boundary(live_from=APRIL), MARCH, False, True, False),
        (Boundary(live_from=MARCH), MARCH, False, False, True),
        (Boundary(live_from=MARCH), MARCH, True, False, True),
        (Boundary(live_from=MARCH, ahead_is_billed=True), MARCH, True, True, False),
        (Boundary(live_from=MARCH, ahead_is_billed=True), MARCH, False, False, False),
        (Boundary(live_from=MARCH, ahead_is_billed=True), APRIL, True, False, False),
    ],
)
def test_whose_a_close_or_an_opening_is(boundary, start, opening, keeps, opens):
    assert (boundary.keeps(start, is_opening=opening), boundary.opens(start)) == (keeps, opens)


# --- A file of old invoices -------------------------------------------------------------------------------------------

KNOWN = KnownThings(organizations={"acme", "umbra"}, in_shadow={"acme"}, products={"purecloud-3"})
RIGHT = {
    "organization": "acme",
    "invoice": "OLD-1",
    "currency": "usd",
    "first_day": "2026-03-01",
    "last_day": "2026-03-31",
    "kind": "Arrears",
    "product": "purecloud-3",
    "description": "",
    "quantity": "12",
    "unit_price": "140",
    "amount": "1680.00",
    "tax": "",
}


def table(*rows, header=COLUMNS):
    cells = [Row(number, [row.get(name, "") for name in COLUMNS]) for number, row in enumerate(rows, start=2)]
    return Table(header=Row(1, header), rows=cells)


def read(*rows, known=KNOWN, **more):
    return read_old_invoices(table(*rows, **more), known)


def test_rows_of_a_number_are_one_invoice():
    found = read(
        RIGHT, RIGHT | {"product": "", "description": "Storage", "quantity": "-1", "amount": "-3.5", "kind": ""}
    )
    (bill,) = found.bills
    assert (bill.organization, bill.number, bill.currency, bill.line) == ("acme", "OLD-1", "USD", 2)
    first, second = bill.charges
    assert (first.kind, first.quantity, first.amount, first.last_day) == (Billed.ARREARS, 12, 1680, MARCH_31)
    assert (second.kind, second.description, second.amount, second.tax) == (None, "Storage", Decimal("-3.5"), 0)


@pytest.mark.parametrize(
    ("mistake", "column", "problem"),
    [
        ({"organization": ""}, "organization", OldProblem.MISSING),
        ({"organization": "nobody"}, "organization", OldProblem.UNKNOWN_ORGANIZATION),
        ({"organization": "umbra"}, "organization", OldProblem.NOT_IN_SHADOW),
        ({"invoice": ""}, "invoice", OldProblem.MISSING),
        ({"invoice": "x" * 51}, "invoice", OldProblem.TOO_LONG),
        ({"invoice": "a\x00b"}, "invoice", OldProblem.MISLEADING),
        ({"currency": "CHF"}, "currency", OldProblem.UNKNOWN_CURRENCY),
        ({"first_day": "03/01/2026"}, "first_day", OldProblem.NOT_A_DAY),
        ({"first_day": "2026-02-30"}, "first_day", OldProblem.NOT_A_DAY),
        ({"last_day": "2026-02-28"}, "last_day", OldProblem.ENDS_BEFORE_IT_BEGINS),
        ({"kind": "later"}, "kind", OldProblem.UNKNOWN_KIND),
        ({"product": "purecloud-9"}, "product", OldProblem.UNKNOWN_PRODUCT),
        ({"product": ""}, "description", OldProblem.NOTHING_NAMED),
        ({"quantity": "1,234"}, "quantity", OldProblem.NOT_A_NUMBER),
        ({"quantity": "NaN"}, "quantity", OldProblem.NOT_A_NUMBER),
        ({"quantity": Unusable(None, "=1+1")}, "quantity", OldProblem.UNUSABLE),
        ({"unit_price": "1e99"}, "unit_price", OldProblem.NOT_A_NUMBER),
        ({"amount": "1.005"}, "amount", OldProblem.TOO_FINE),
        ({"currency": "JPY", "amount": "1.5"}, "amount", OldProblem.TOO_FINE),
        ({"amount": ""}, "amount", OldProblem.MISSING),
    ],
)
def test_a_mistake_names_its_line_and_column(mistake, column, problem):
    found = read(RIGHT, RIGHT | {"invoice": "OLD-2"} | mistake)
    assert [(fault.line, fault.column, fault.problem) for fault in found.faults] == [(3, column, problem)]
    assert found.bills == ()


def test_all_mistakes_are_named():
    found = read(
        RIGHT | {"quantity": "a", "amount": "b"},
        RIGHT | {"currency": "EUR"},
        RIGHT | {"currency": "EUR", "invoice": "OLD-3"},
    )
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, "quantity"), (2, "amount")]
    found = read(RIGHT, RIGHT | {"currency": "EUR"})
    assert [(fault.line, fault.problem) for fault in found.faults] == [(3, OldProblem.TWO_CURRENCIES)]


def test_a_header_names_the_columns():
    found = read(RIGHT, header=["organization", "Invoice", "colour", "invoice"])
    problems = Counter(fault.problem for fault in found.faults)
    assert problems == {
        OldProblem.UNKNOWN_COLUMN: 1,
        OldProblem.REPEATED_COLUMN: 1,
        OldProblem.MISSING_COLUMN: 6,
    }


def test_a_file_without_rows_is_refused():
    assert [fault.problem for fault in read().faults] == [OldProblem.NO_ROWS]


def test_what_was_kept_before_is_passed_over_and_never_changed():
    (bill,) = read(RIGHT).bills
    known = KnownThings(
        organizations=KNOWN.organizations,
        in_shadow=KNOWN.in_shadow,
        products=KNOWN.products,
        kept={("acme", "OLD-1"): bill},
    )
    again = read(RIGHT, RIGHT | {"invoice": "OLD-2"}, known=known)
    assert ([one.number for one in again.bills], again.kept_before) == (["OLD-2"], 1)
    other = read(RIGHT | {"amount": "1700"}, known=known)
    assert [(fault.line, fault.column, fault.problem) for fault in other.faults] == [
        (2, "invoice", OldProblem.KNOWN_OTHERWISE)
    ]
