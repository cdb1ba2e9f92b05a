"""Corrections: what a period costs now, less what has been invoiced for it (BR-74)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given as each
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.adjustments import CreditedByHand, Invoiced, adjustments
from invoices.domain.charge import Charge, ChargeIdentity, ChargeKind
from tests.domain.lines import a_charge


def overage(quantity: str, amount: str, product: str = "purecloud-1") -> Charge:
    return a_charge(product=product, quantity=Decimal(quantity), amount=Money(amount, "USD"))


def invoiced(*documents: Charge) -> dict[ChargeIdentity, Invoiced]:
    """Return what stands on documents so far, in the order of their issue."""
    found: dict[ChargeIdentity, Invoiced] = {}
    for charge in documents:
        before = found.get(charge.identity)
        found[charge.identity] = Invoiced(
            quantity=charge.quantity + (before.quantity if before else 0),
            amount=charge.amount.amount + (before.amount if before else 0),
            last=charge,
        )
    return found


def differences(corrected: list[Charge], *documents: Charge) -> list[tuple]:
    return [
        (str(line.kind), str(line.corrects), line.product, str(line.quantity), str(line.amount.amount))
        for line in adjustments(corrected, invoiced=invoiced(*documents))
    ]


@pytest.mark.parametrize(
    ("label", "corrected", "documents", "expected"),
    [
        ("nothing has changed", [overage("3", "450.00")], [overage("3", "450.00")], []),
        (
            "more was used",
            [overage("5", "750.00")],
            [overage("3", "450.00")],
            [("adjustment", "overage", "purecloud-1", "2", "300.00")],
        ),
        (
            "less was used",
            [overage("1", "150.00")],
            [overage("3", "450.00")],
            [("adjustment", "overage", "purecloud-1", "-2", "-300.00")],
        ),
        (
            "none was used after all",
            [],
            [overage("3", "450.00")],
            [("adjustment", "overage", "purecloud-1", "-3", "-450.00")],
        ),
        (
            "something nobody had been charged for",
            [overage("3", "450.00"), overage("1", "20.00", "communicate")],
            [overage("3", "450.00")],
            [("adjustment", "overage", "communicate", "1", "20.00")],
        ),
        (
            "the quantity alone",
            [overage("4", "450.00")],
            [overage("3", "450.00")],
            [("adjustment", "overage", "purecloud-1", "1", "0.00")],
        ),
        (
            "the amount alone",
            [overage("3", "450.01")],
            [overage("3", "450.00")],
            [("adjustment", "overage", "purecloud-1", "0", "0.01")],
        ),
        ("nothing at all", [], [], []),
    ],
)
def test_a_correction_is_the_difference_to_what_was_invoiced(label, corrected, documents, expected):
    assert differences(corrected, *documents) == expected


def test_earlier_corrections_are_part_of_what_was_invoiced():
    first = overage("3", "450.00")
    (earlier,) = adjustments([overage("5", "750.00")], invoiced=invoiced(first))
    assert differences([overage("5", "750.00")], first, earlier) == []
    assert differences([overage("4", "600.00")], first, earlier) == [
        ("adjustment", "overage", "purecloud-1", "-1", "-150.00")
    ]
    assert differences([], first, earlier) == [("adjustment", "overage", "purecloud-1", "-5", "-750.00")]


def test_a_number_with_other_days_is_another_charge():
    month = a_charge(kind=ChargeKind.NUMBER, product="did-number", days=31, period_days=31)
    part = replace(month, days=20, quantity=Decimal(1), amount=Money("0.65", "USD"))
    lines = adjustments([part], invoiced=invoiced(month))
    assert [(line.days, line.period_days, line.quantity, line.amount.amount) for line in lines] == [
        (20, 31, Decimal(1), Decimal("0.65")),
        (31, 31, Decimal(-3), Decimal("-450.00")),
    ]


def test_a_correction_keeps_what_the_corrected_line_says():
    voice = a_charge(
        kind=ChargeKind.VOICE,
        product="voice",
        destination="France",
        direction="outbound",
        unit_price=Decimal("0.0470"),
        quantity=Decimal("1.9"),
        amount=Money("0.09", "USD"),
    )
    (line,) = adjustments(
        [replace(voice, quantity=Decimal("2.9"), amount=Money("0.14", "USD"))], invoiced=invoiced(voice)
    )
    assert line == replace(
        voice,
        kind=ChargeKind.ADJUSTMENT,
        corrects=ChargeKind.VOICE,
        quantity=Decimal("1.0"),
        amount=Money("0.05", "USD"),
    )


amounts = st.integers(-1000, 1000).map(lambda cents: Money(Decimal(cents) / 100, "USD"))
charges = st.dictionaries(
    st.sampled_from(["purecloud-1", "purecloud-2", "communicate", "salesforce"]),
    st.tuples(st.integers(0, 9).map(Decimal), amounts),
).map(
    lambda by_product: [
        a_charge(product=product, quantity=quantity, amount=amount)
        for product, (quantity, amount) in by_product.items()
    ]
)


@each(versions=st.lists(charges, min_size=1, max_size=5))
def test_whatever_is_corrected_how_often_the_documents_add_up_to_what_the_period_costs(versions):
    documents = list(versions[0])
    for corrected in versions[1:]:
        lines = adjustments(corrected, invoiced=invoiced(*documents))
        assert all(line.quantity or line.amount for line in lines)
        documents += lines
        expected = {charge.product: (charge.quantity, charge.amount.amount) for charge in corrected}
        summed = {row.last.product: (row.quantity, row.amount) for row in invoiced(*documents).values()}
        assert {product: figures for product, figures in summed.items() if any(figures)} == {
            product: figures for product, figures in expected.items() if any(figures)
        }


# --- Beside what was credited by hand --------------------------------------------------------------------------------


def given(quantity: str, amount: str) -> list[CreditedByHand]:
    identity = overage("1", "150.00").identity
    return [CreditedByHand(identity=identity, quantity=Decimal(quantity), amount=Decimal(amount))]


@pytest.mark.parametrize(
    ("label", "right", "credited", "expected"),
    [
        ("as invoiced", ("3", "450.00"), given("1", "150.00"), []),
        ("more", ("4", "600.00"), given("1", "150.00"), [("1", "150.00")]),
        ("less by just that", ("2", "300.00"), given("1", "150.00"), []),
        ("less by less than that", ("2", "300.00"), given("2", "300.00"), []),
        ("less by more than that", ("1", "150.00"), given("1", "150.00"), [("-1", "-150.00")]),
        ("less than nothing is left", None, given("3", "450.00"), []),
        ("an amount off the price", ("2", "300.00"), given("0", "50.00"), [("-1", "-100.00")]),
        ("more of it for the same money", ("4", "450.00"), given("1", "150.00"), [("1", "0.00")]),
        ("less of it for more money", ("2", "450.50"), given("1", "150.00"), [("-1", "0.50")]),
        ("less by just that amount, off the price", ("2", "300.00"), given("0", "150.00"), []),
        ("more of it for less money", ("3.5", "300.00"), given("1", "50.00"), [("0.5", "-100.00")]),
        ("a reduction that was taken back", ("2", "300.00"), given("-1", "-150.00"), [("-1", "-150.00")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_credited_by_hand_is_neither_charged_nor_given_back_again(label, right, credited, expected):
    corrected = [overage(*right)] if right else []

    lines = adjustments(corrected, invoiced=invoiced(overage("3", "450.00")), credited=credited)

    assert [(str(line.quantity), str(line.amount.amount)) for line in lines] == expected


def test_the_credit_of_another_charge_changes_nothing():
    lines = adjustments(
        [overage("1", "20.00", "communicate")],
        invoiced=invoiced(overage("3", "60.00", "communicate")),
        credited=given("3", "450.00"),
    )

    assert [str(line.amount.amount) for line in lines] == ["-40.00"]


@each(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_nobody_is_billed_twice_nor_credited_twice(invoiced_seats, credited_seats, right_seats):
    """What is paid in the end is what is right, or what was invoiced less what a person gave back of it."""
    price = 150
    back = min(credited_seats, invoiced_seats)
    before = invoiced(overage(str(invoiced_seats), str(invoiced_seats * price)))
    corrected = [overage(str(right_seats), str(right_seats * price))]

    lines = adjustments(corrected, invoiced=before, credited=given(str(back), str(back * price)))

    paid = (invoiced_seats - back) * price + sum(line.amount.amount for line in lines)
    kept = invoiced_seats - back
    right = right_seats - back if right_seats > invoiced_seats else min(right_seats, kept)
    assert paid == right * price
