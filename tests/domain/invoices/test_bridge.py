"""What leads from one document to the next: reasons a person understands, which add up to the difference exactly."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.bridge import Bill, Cause, Part, bridge
from invoices.domain.charge import Charge, ChargeKind, Service, charged_amount
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import zero
from tests.domain.lines import a_charge

MAY = Service(start=date(2026, 5, 15), last_day=date(2026, 6, 14))


def usd(amount: str) -> Money:
    return Money(amount, "USD")


def charged(quantity: str, price: str = "150.00", *, months: int = 1, **fields: object) -> Charge:
    """Return a charge of a quantity at a price, an overage of PureCloud 1 unless told otherwise."""
    amount = charged_amount(quantity=Decimal(quantity), unit_price=Decimal(price), months=months, currency="USD")
    own = {"quantity": Decimal(quantity), "unit_price": Decimal(price), "amount": amount, "months": months}
    return a_charge(**own | fields)


def bill(*charges: Charge, tax: str = "0") -> Bill:
    return Bill(charges=charges, tax=usd(tax))


def told(before: Bill, after: Bill) -> list[tuple[str, str, str]]:
    """Return cause, change and amount of each part, as text."""
    return [
        (part.cause.value, "" if part.change is None else str(part.change), str(part.amount.amount))
        for part in bridge(before=before, after=after)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(bill(charged("3")), bill(charged("3")), [], id="nothing has changed"),
        pytest.param(
            bill(charged("3")), bill(charged("15")), [("quantity", "12", "1800.00")], id="12 seats more over it"
        ),
        pytest.param(bill(charged("3")), bill(charged("1")), [("quantity", "-2", "-300.00")], id="2 seats fewer"),
        pytest.param(
            bill(charged("3")), bill(charged("3", "160.00")), [("price", "", "30.00")], id="a new price alone"
        ),
        pytest.param(
            bill(charged("3")),
            bill(charged("5", "160.00")),
            [("quantity", "2", "300.00"), ("price", "", "50.00")],
            id="more at the old price, then all at the new one",
        ),
        pytest.param(
            bill(charged("2", "100.00", months=12, kind=ChargeKind.PREPAY)),
            bill(charged("2", "100.00", months=9, kind=ChargeKind.PREPAY)),
            [("months", "-3", "-600.00")],
            id="in advance for fewer months",
        ),
        pytest.param(bill(), bill(charged("2")), [("added", "2", "300.00")], id="charged for the first time"),
        pytest.param(bill(charged("2")), bill(), [("ended", "-2", "-300.00")], id="charged no longer"),
        pytest.param(
            bill(),
            bill(charged("-1", kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE)),
            [("corrected", "1", "-150.00")],
            id="one late correction",
        ),
        pytest.param(
            bill(charged("1", kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE)),
            bill(
                charged("2", kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE),
                charged("1", "20.00", kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.FAIR_USE),
            ),
            [("corrected", "2", "320.00"), ("corrected_before", "1", "-150.00")],
            id="a correction is not a change of another",
        ),
        pytest.param(bill(tax="10.00"), bill(tax="12.50"), [("tax", "", "2.50")], id="tax"),
        pytest.param(
            bill(charged("10", "0.02", kind=ChargeKind.VOICE, destination="France", direction="outbound")),
            bill(
                charged("10", "0.02", kind=ChargeKind.VOICE, destination="France", direction="outbound"),
                charged("30", "0.05", kind=ChargeKind.VOICE, destination="Spain", direction="outbound"),
            ),
            [("mixed", "30", "1.50")],
            id="calls are told together, in minutes",
        ),
        pytest.param(
            bill(charged("4", "2.00", kind=ChargeKind.NUMBER, amount=usd("8.00"), days=31, period_days=31)),
            bill(charged("5", "2.00", kind=ChargeKind.NUMBER, amount=usd("6.45"), days=20, period_days=31)),
            [("mixed", "", "-1.55")],
            id="numbers for a part of the period",
        ),
        pytest.param(
            bill(charged("2", kind=ChargeKind.PREPAY), charged("3")),
            bill(charged("3", kind=ChargeKind.PREPAY), charged("1")),
            [("quantity", "1", "150.00"), ("quantity", "-2", "-300.00")],
            id="a commitment and what exceeds it are two things",
        ),
    ],
)
def test_the_reasons_for_a_difference(before, after, expected):
    assert told(before, after) == expected


def test_a_new_price_says_what_it_is_and_from_which_day():
    [part] = bridge(before=bill(charged("3")), after=bill(charged("3", "160.00", service=MAY)))

    assert part == Part(
        cause=Cause.PRICE,
        amount=usd("30.00"),
        kind=ChargeKind.OVERAGE,
        product="purecloud-1",
        price=Decimal("160.00"),
        since=date(2026, 5, 15),
    )


def test_two_currencies_are_not_compared():
    with pytest.raises(ValueError, match="two currencies"):
        bridge(before=bill(), after=Bill(charges=[], tax=zero("JPY")))


amounts = st.decimals(-(10**5), 10**5, places=2).map(lambda amount: Money(amount, "USD"))
any_charge = st.builds(
    lambda exact, **fields: _exact(a_charge(**fields)) if exact else a_charge(**fields),
    exact=st.booleans(),
    kind=st.sampled_from(ChargeKind),
    product=st.sampled_from(["purecloud-1", "data-storage"]),
    quantity=st.decimals(-100, 100, places=1),
    unit_price=st.decimals(0, 300, places=3),
    amount=amounts,
    months=st.integers(1, 12),
    days=st.sampled_from([None, 20]),
    tax_category=st.sampled_from(TaxCategory),
)
bills = st.builds(Bill, charges=st.lists(any_charge, max_size=8), tax=amounts)


def _exact(charge: Charge) -> Charge:
    amount = charged_amount(
        quantity=charge.quantity, unit_price=charge.unit_price, months=charge.months, currency="USD"
    )
    return replace(charge, amount=amount)


@given(before=bills, after=bills)
def test_the_parts_are_the_difference_and_none_of_them_is_nothing(before, after):
    parts = bridge(before=before, after=after)

    assert sum((part.amount for part in parts), start=before.total) == after.total
    assert all(part.amount for part in parts)


@given(found=bills)
def test_from_a_document_to_its_like_there_is_nothing_to_tell(found):
    charges = [charge for charge in found.charges if charge.kind is not ChargeKind.ADJUSTMENT]
    same = replace(found, charges=charges)

    assert bridge(before=same, after=same) == []
