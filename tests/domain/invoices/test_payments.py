"""How a sum is spread over open invoices (BR-80), and how old what is open is (BR-82)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.ageing import Age, Standing, age_on, aged, standing
from invoices.domain.ledger import Account, payment_postings
from invoices.domain.payments import OpenItem, PaymentFault, Share, faults, less, oldest_due_first
from subscriptions.domain.money import round_money

MARCH = date(2026, 3, 17)
AMOUNTS = st.decimals(min_value="0.01", max_value="10000", places=2)


def an_item(pk: int, left: str, due: date = MARCH) -> OpenItem:
    return OpenItem(document_id=pk, number=f"INV-{pk}", due_date=due, open=Decimal(left))


def shares(**parts: str) -> list[Share]:
    return [Share(document_id=int(name[1:]), amount=Decimal(amount)) for name, amount in parts.items()]


@pytest.mark.parametrize(
    ("case", "amount", "expected"),
    [
        ("all of it", "300.00", shares(_2="100.00", _1="200.00")),
        ("a part", "150.00", shares(_2="100.00", _1="50.00")),
        ("less than the oldest", "30.00", shares(_2="30.00")),
        ("more than is open", "350.00", shares(_2="100.00", _1="200.00")),
    ],
)
def test_what_has_been_due_longest_is_paid_first(case, amount, expected):
    items = [an_item(1, "200.00", MARCH), an_item(2, "100.00", MARCH - timedelta(days=31))]

    assert oldest_due_first(Decimal(amount), items) == expected


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, st.integers(0, 99)), max_size=8))
def test_no_share_exceeds_its_invoice_nor_all_of_them_the_sum(amount, open_ones):
    items = [an_item(pk, str(left), MARCH + timedelta(days=due)) for pk, (left, due) in enumerate(open_ones, start=1)]

    spread = oldest_due_first(amount, items)

    assert faults(spread, available=amount, items=items) == {}
    total = sum((item.open for item in items), start=Decimal(0))
    assert sum((share.amount for share in spread), start=Decimal(0)) == min(amount, total)


@pytest.mark.parametrize(
    ("case", "chosen", "found"),
    [
        ("as it should be", shares(_1="200.00"), {}),
        ("more than is open", shares(_1="200.01"), {1: PaymentFault.MORE_THAN_OPEN}),
        ("nothing", shares(_1="0.00"), {1: PaymentFault.MORE_THAN_OPEN}),
        ("less than nothing", shares(_1="-1.00"), {1: PaymentFault.MORE_THAN_OPEN}),
        ("not open", shares(_9="1.00"), {9: PaymentFault.NOT_OPEN}),
        ("more than there is", shares(_1="200.00", _2="100.00"), {0: PaymentFault.MORE_THAN_THERE_IS}),
        (
            "several at once",
            shares(_1="300.00", _9="1.00"),
            {1: PaymentFault.MORE_THAN_OPEN, 9: PaymentFault.NOT_OPEN, 0: PaymentFault.MORE_THAN_THERE_IS},
        ),
    ],
)
def test_shares_that_a_person_chose_are_checked_all_at_once(case, chosen, found):
    items = [an_item(1, "200.00"), an_item(2, "100.00")]

    assert faults(chosen, available=Decimal("250.00"), items=items) == found


@pytest.mark.parametrize(
    ("case", "days", "age"),
    [
        ("not due yet", -5, Age.CURRENT),
        ("on the due date", 0, Age.CURRENT),
        ("a day past it", 1, Age.UP_TO_30),
        ("30 days", 30, Age.UP_TO_30),
        ("31 days", 31, Age.UP_TO_60),
        ("60 days", 60, Age.UP_TO_60),
        ("61 days", 61, Age.UP_TO_90),
        ("90 days", 90, Age.UP_TO_90),
        ("91 days", 91, Age.OVER_90),
    ],
)
def test_how_old_an_open_amount_is(case, days, age):
    assert age_on(MARCH, on=MARCH + timedelta(days=days)) is age


def test_open_amounts_are_added_up_by_age():
    items = [an_item(1, "200.00"), an_item(2, "100.00", MARCH - timedelta(days=40)), an_item(3, "1.50")]

    found = aged(items, on=MARCH)

    assert found.amounts[Age.CURRENT] == Decimal("201.50")
    assert found.amounts[Age.UP_TO_60] == found.past_due == Decimal("100.00")


@pytest.mark.parametrize(
    ("case", "is_credit_note", "left", "days", "expected"),
    [
        ("nothing left", False, "0.00", 99, Standing.PAID),
        ("not due", False, "1.00", 0, Standing.OPEN),
        ("past due", False, "1.00", 1, Standing.PAST_DUE),
        ("a credit", True, "1.00", 99, Standing.CREDIT),
        ("a credit used up", True, "0.00", 99, Standing.USED),
    ],
)
def test_how_a_document_stands(case, is_credit_note, left, days, expected):
    on = MARCH + timedelta(days=days)

    assert standing(is_credit_note=is_credit_note, open_amount=Decimal(left), due_date=MARCH, on=on) is expected


@given(AMOUNTS, st.one_of(st.just(Decimal(0)), AMOUNTS))
def test_a_payment_and_its_reversal_undo_each_other(amount, tax):
    money, withheld = round_money(amount, "USD"), round_money(tax, "USD")
    paid, reversed_ = (payment_postings(money, withheld=withheld, is_reversal=flag) for flag in (False, True))

    assert sum(paid.values(), start=0 * money) == 0 * money
    assert {account: -entry for account, entry in paid.items()} == reversed_
    assert (paid[Account.RECEIVABLE], paid[Account.CASH]) == (-money - withheld, money)
    assert paid.get(Account.WITHHOLDING_TAX, 0 * money) == withheld
    assert all(paid.values())


def test_withheld_tax_has_to_pay_invoices():
    items = [an_item(1, "200.00")]
    arguments = {"available": Decimal("250.00"), "items": items, "withheld": Decimal("50.00")}

    assert faults(shares(_1="50.00"), **arguments) == {}
    assert faults(shares(_1="49.99"), **arguments) == {0: PaymentFault.WITHHELD_OF_NOTHING}


@given(st.lists(AMOUNTS, min_size=1, max_size=5), AMOUNTS)
def test_what_is_paid_is_open_no_more(lefts, amount):
    items = [an_item(pk, str(left)) for pk, left in enumerate(lefts, start=1)]
    rest = less(items, oldest_due_first(amount, items))

    assert sum(item.open for item in rest) == max(sum(lefts) - amount, Decimal(0))
    assert all(item.open > 0 for item in rest)
