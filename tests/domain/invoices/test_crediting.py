"""Credit notes by hand: never more than is left of an invoice, and its tax back to the cent (BR-76, BR-78)."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.charge import Charge, ChargeKind
from invoices.domain.crediting import (
    CreditDraft,
    CreditedPart,
    Given,
    InvoiceLeft,
    Refusal,
    UncreditableError,
    draft_credit,
    draft_full_credit,
    left_of,
)
from invoices.domain.tax import TaxRate, taxes_on
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import exponent
from tests.domain.lines import a_charge, authority

APRIL_2 = date(2026, 4, 2)
# Three seats, a telephone line, and something that an earlier correction gave back.
SEATS = a_charge(quantity=Decimal(3), amount=Money("450.00", "USD"))
CALLS = a_charge(
    kind=ChargeKind.VOICE,
    quantity=Decimal("38.4"),
    unit_price=Decimal("0.0119"),
    amount=Money("0.46", "USD"),
    tax_category=TaxCategory.TELECOM,
)
REDUCTION = a_charge(
    kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE, quantity=Decimal(-1), amount=Money("-150.00", "USD")
)
TEN_PERCENT = authority("10")


def left(*lines: Charge, given: list[Given] = (), rates: list[TaxRate] = (TEN_PERCENT,)) -> InvoiceLeft:
    return left_of(lines, credited=given, tax_rates=list(rates), currency="USD")


def units(position: int, quantity: str) -> CreditedPart:
    return CreditedPart(position=position, quantity=Decimal(quantity))


def off(position: int, amount: str) -> CreditedPart:
    return CreditedPart(position=position, amount=Decimal(amount))


def credit(of: InvoiceLeft, *parts: CreditedPart) -> CreditDraft:
    return draft_credit(of, parts=parts, key="credit|7|1", dated=APRIL_2, net_days=30)


def figures(draft: CreditDraft) -> tuple:
    document = draft.document
    lines = [(str(line.quantity), str(line.amount.amount)) for line in document.lines]
    return lines, str(document.tax.amount), str(document.total.amount)


@pytest.mark.parametrize(
    ("label", "parts", "lines", "tax", "total"),
    [
        ("one seat of three", [units(0, "1")], [("1", "150.00")], "15.00", "165.00"),
        ("a third of a seat", [units(0, "0.333333")], [("0.333333", "50.00")], "5.00", "55.00"),
        ("an amount off the price", [off(0, "20.50")], [("0", "20.50")], "2.05", "22.55"),
        ("two lines", [units(0, "3"), off(1, "0.46")], [("3", "450.00"), ("0", "0.46")], "45.05", "495.51"),
        ("lines in the invoice's order", [off(1, "0.40"), units(0, "1")], [("1", "150.00"), ("0", "0.40")], "15.04",
         "165.44"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_parts_are_credited_at_the_price_and_tax_of_the_invoice(label, parts, lines, tax, total):
    assert figures(credit(left(SEATS, CALLS), *parts)) == (lines, tax, total)


def test_units_are_worth_what_is_left_of_their_price():
    after_a_reduction = left(SEATS, given=[Given(position=0, quantity=Decimal(0), amount=Money("90.00", "USD"))])

    assert figures(credit(after_a_reduction, units(0, "1")))[0] == [("1", "120.00")]
    assert figures(credit(after_a_reduction, units(0, "3")))[0] == [("3", "360.00")]


def test_the_whole_takes_back_what_was_reduced_as_well():
    draft = draft_full_credit(left(SEATS, REDUCTION), key="k", dated=APRIL_2, net_days=30)

    assert figures(draft) == ([("3", "450.00"), ("-1", "-150.00")], "30.00", "330.00")


def test_a_credit_note_says_what_it_credits_and_is_due_as_an_invoice_would_be():
    document = credit(left(SEATS), units(0, "1")).document

    (line,) = document.lines
    assert (line.kind, line.corrects, line.unit_price) == (ChargeKind.CREDIT, ChargeKind.OVERAGE, Decimal("150.00"))
    assert line.key("") == "credit|7|1|0"
    assert document.is_credit_note
    assert (document.invoice_date, document.due_date) == (APRIL_2, date(2026, 5, 2))


def test_only_authorities_of_what_is_credited_are_named():
    on_telecom = authority("8", categories=frozenset({TaxCategory.TELECOM}), name="Telecom")

    document = credit(left(SEATS, CALLS, rates=[TEN_PERCENT, on_telecom]), units(0, "1")).document

    assert [(row.rate.authority, str(row.amount.amount)) for row in document.taxes] == [("State sales", "15.00")]


@pytest.mark.parametrize(
    ("label", "parts", "refusal"),
    [
        ("nothing", [], Refusal.NOTHING_ASKED),
        ("a line that is not there", [units(5, "1")], Refusal.NO_SUCH_LINE),
        ("a line before the first", [units(-1, "1")], Refusal.NO_SUCH_LINE),
        ("a line that gave something back", [units(2, "1")], Refusal.NOTHING_LEFT),
        ("no units", [units(0, "0")], Refusal.NOT_ABOVE_ZERO),
        ("a negative amount", [off(0, "-1")], Refusal.NOT_ABOVE_ZERO),
        ("a unit too many", [units(0, "3.000001")], Refusal.MORE_THAN_LEFT),
        ("a cent too much", [off(0, "450.01")], Refusal.MORE_THAN_LEFT),
        ("a part of a cent", [off(0, "0.005")], Refusal.TOO_FINE),
        ("so little that it is nothing", [units(1, "0.000001")], Refusal.COMES_TO_NOTHING),
        ("units and an amount", [CreditedPart(position=0, quantity=Decimal(1), amount=Decimal(1))], Refusal.BOTH),
        ("a line twice", [units(0, "1"), off(0, "1")], Refusal.BOTH),
        ("neither", [CreditedPart(position=0)], Refusal.BOTH),
        # The invoice came to 450.46 - 150.00; all of its first line would be more than it charged.
        ("more than the invoice charged", [units(0, "3")], Refusal.MORE_THAN_THE_INVOICE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_credited_is_refused(label, parts, refusal):
    with pytest.raises(UncreditableError) as refused:
        credit(left(SEATS, CALLS, REDUCTION), *parts)

    assert refused.value.refusal is refusal


def test_of_an_invoice_that_is_used_up_nothing_is_left():
    used_up = left(SEATS, given=[Given(position=0, quantity=Decimal(3), amount=Money("450.00", "USD"))])

    assert used_up.total == Money("0.00", "USD")
    with pytest.raises(UncreditableError, match="nothing_left"):
        draft_full_credit(used_up, key="k", dated=APRIL_2, net_days=30)


CURRENCIES = st.sampled_from(["USD", "JPY"])
RATES = st.lists(
    st.tuples(
        st.decimals(0, 30, places=3), st.decimals(0, 100, places=1), st.sets(st.sampled_from(TaxCategory), min_size=1)
    ),
    max_size=3,
)


@given(st.data())
def test_however_an_invoice_is_divided_the_parts_add_up_to_it_and_its_tax(data):
    currency = data.draw(CURRENCIES)
    cent = Decimal(1).scaleb(-exponent(currency))
    amounts = data.draw(st.lists(st.integers(1, 100_000), min_size=1, max_size=4))
    lines = [
        a_charge(
            quantity=data.draw(st.decimals(1, 500, places=2)),
            amount=Money(amount * cent, currency),
            tax_category=data.draw(st.sampled_from(TaxCategory)),
        )
        for amount in amounts
    ]
    rates = [
        TaxRate(authority=str(place), rate=rate, taxable=taxable, categories=frozenset(categories))
        for place, (rate, taxable, categories) in enumerate(data.draw(RATES))
    ]
    charged = {tax.rate.authority: tax.amount for tax in taxes_on(lines, rates=rates, currency=currency)}
    given_so_far: list[Given] = []
    given_back = {name: Money(0, currency) for name in charged}
    totals = []

    def remember(draft: CreditDraft) -> None:
        for position, line in zip(draft.positions, draft.document.lines, strict=True):
            given_so_far.append(Given(position=position, quantity=line.quantity, amount=line.amount))
        for tax in draft.document.taxes:
            assert tax.amount >= Money(0, currency)
            given_back[tax.rate.authority] += tax.amount
        totals.append(draft.document.total)

    for place in range(data.draw(st.integers(0, 6))):
        rest = left_of(lines, credited=given_so_far, tax_rates=rates, currency=currency)
        position = data.draw(st.sampled_from(range(len(lines))))
        line = rest.lines[position]
        if not line.may_be_credited:
            continue
        share = data.draw(st.integers(1, 100))
        part = (
            CreditedPart(position=position, quantity=line.quantity * share / 100)
            if line.quantity and data.draw(st.booleans())
            else CreditedPart(position=position, amount=-(-line.amount.amount / cent * share // 100) * cent)
        )
        # A few millionths of a unit may come to less than half a cent, and are refused.
        with suppress(UncreditableError):
            remember(draft_credit(rest, parts=[part], key=f"k{place}", dated=APRIL_2, net_days=0))

    rest = left_of(lines, credited=given_so_far, tax_rates=rates, currency=currency)
    if any(line.amount.amount or line.quantity for line in rest.lines) and rest.total.amount:
        remember(draft_full_credit(rest, key="last", dated=APRIL_2, net_days=0))

    assert given_back == charged
    whole = sum(amounts) * cent + sum(tax.amount for tax in charged.values())
    assert sum((total.amount for total in totals), start=Decimal(0)) == whole
