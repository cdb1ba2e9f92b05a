"""Drafts: totals are sums of rounded lines, and a negative one is turned into a credit note (BR-32, BR-73, BR-74)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.charge import Charge, ChargeKind, line_order
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.tax import TaxRate
from invoices.domain.tax_treatment import TaxFacts
from subscriptions.domain.catalog import TaxCategory
from tests.domain.lines import a_charge, authority

DATED = date(2026, 2, 15)


def a_line(quantity: str, amount: str, currency: str = "USD", **changes: object) -> Charge:
    return a_charge(quantity=Decimal(quantity), amount=Money(amount, currency), **changes)


def drafted(
    *lines: Charge, rates: tuple[TaxRate, ...] = (), currency: str = "USD", net_days: int = 30
) -> InvoiceDraft | None:
    return draft_invoice(lines, currency=currency, dated=DATED, net_days=net_days, tax_rates=rates)


def test_nothing_due_is_no_document():
    assert drafted() is None
    assert drafted(rates=(authority("10"),)) is None


def test_an_invoice_adds_up_its_lines_and_taxes():
    draft = drafted(a_line("3", "450.00"), a_line("1", "0.05"), rates=(authority("6.25"), authority("1", name="City")))
    assert not draft.is_credit_note
    assert draft.subtotal == Money("450.05", "USD")
    assert [tax.amount for tax in draft.taxes] == [Money("28.13", "USD"), Money("4.50", "USD")]
    assert draft.tax == Money("32.63", "USD")
    assert draft.total == Money("482.68", "USD")


def test_an_invoice_is_due_after_the_net_days():
    assert drafted(a_line("1", "1.00")).due_date == date(2026, 3, 17)
    assert drafted(a_line("1", "1.00"), net_days=45).due_date == date(2026, 4, 1)
    assert drafted(a_line("1", "1.00")).invoice_date == DATED


def test_a_draft_says_its_currency_and_what_decided_how_it_is_taxed():
    facts = TaxFacts(
        issuer_country="JP",
        issuer_vat_number="",
        customer_country="JP",
        customer_vat_number="",
        vat_number_check="",
        exemption="E-1",
    )
    draft = draft_invoice(
        [a_line("1", "100", "JPY")], currency="JPY", dated=DATED, net_days=30, tax_rates=(), tax_facts=facts
    )
    assert (draft.currency, draft.tax_facts) == ("JPY", facts)


def test_arrears_and_the_advance_stand_on_one_document_in_the_order_of_kinds():
    draft = drafted(a_line("2", "190.00"), a_line("3", "225.00", kind=ChargeKind.PREPAY))
    assert [line.kind for line in draft.lines] == [ChargeKind.PREPAY, ChargeKind.OVERAGE]
    assert draft.total == Money("415.00", "USD")


@pytest.mark.parametrize("amounts", [["0.00"], ["5.00", "-5.00"]])
def test_a_total_of_0_is_an_invoice(amounts):
    draft = drafted(*(a_line("1", amount) for amount in amounts), rates=(authority("10"),))
    assert not draft.is_credit_note
    assert draft.total == Money("0.00", "USD")


def test_a_negative_total_is_a_credit_note_with_every_sign_turned_round():
    draft = drafted(
        a_line("-4", "-400.00", kind=ChargeKind.ADJUSTMENT, corrects=ChargeKind.OVERAGE),
        a_line("1", "100.00"),
        rates=(authority("10"),),
    )
    assert draft.is_credit_note
    assert [(line.quantity, line.amount.amount) for line in draft.lines] == [
        (Decimal(-1), Decimal("-100.00")),
        (Decimal(4), Decimal("400.00")),
    ]
    assert [line.unit_price for line in draft.lines] == [Decimal("150.00"), Decimal("150.00")]
    assert [tax.amount.amount for tax in draft.taxes] == [Decimal("30.00")]
    assert (draft.subtotal.amount, draft.tax.amount, draft.total.amount) == (300, 30, 330)
    assert draft.due_date == date(2026, 3, 17)


def test_a_negative_subtotal_alone_makes_a_credit_note_only_if_tax_does_not_outweigh_it():
    draft = drafted(
        a_line("1", "100.00", tax_category=TaxCategory.TELECOM),
        a_line("-1", "-105.00"),
        rates=(authority("10", categories=frozenset({TaxCategory.TELECOM})),),
    )
    assert not draft.is_credit_note
    assert (draft.subtotal.amount, draft.tax.amount, draft.total.amount) == (-5, 10, 5)


def test_nothing_is_added_across_currencies():
    with pytest.raises(ValueError, match="must be in USD"):
        drafted(a_line("1", "1.00"), a_line("1", "100", "JPY"))


lines = st.lists(
    st.builds(
        a_charge,
        kind=st.sampled_from(ChargeKind),
        quantity=st.decimals(-100, 100, places=1),
        amount=st.decimals(-(10**4), 10**4, places=2).map(lambda amount: Money(amount, "USD")),
        tax_category=st.sampled_from(TaxCategory),
    ),
    min_size=1,
    max_size=8,
)
rates = st.lists(
    st.builds(
        TaxRate,
        authority=st.sampled_from(["State", "City"]),
        rate=st.decimals(0, 25, places=3),
        taxable=st.decimals(0, 100, places=1),
        categories=st.frozensets(st.sampled_from(TaxCategory)),
    ),
    max_size=3,
)


@given(lines=lines, rates=rates)
def test_a_total_is_the_sum_of_its_lines_and_taxes_and_never_negative(lines, rates):
    draft = draft_invoice(lines, currency="USD", dated=DATED, net_days=30, tax_rates=rates)
    assert draft.subtotal.amount == sum(line.amount.amount for line in draft.lines)
    assert draft.tax.amount == sum(tax.amount.amount for tax in draft.taxes)
    assert draft.total == draft.subtotal + draft.tax
    assert draft.total.amount >= 0
    assert [tax.rate for tax in draft.taxes] == [
        rate for rate in rates if any(line.tax_category in rate.categories for line in lines)
    ]
    sign = -1 if draft.is_credit_note else 1
    assert [(line.quantity, line.amount) for line in draft.lines] == [
        (sign * line.quantity, sign * line.amount) for line in sorted(lines, key=line_order)
    ]
    assert draft.is_credit_note is (sign * draft.total.amount < 0)


@given(lines=lines, rates=rates)
def test_the_opposite_of_an_invoice_is_a_credit_note_of_the_same_figures(lines, rates):
    opposite = [replace(line, quantity=-line.quantity, amount=-line.amount) for line in lines]
    first, second = (
        draft_invoice(charges, currency="USD", dated=DATED, net_days=30, tax_rates=rates)
        for charges in (lines, opposite)
    )
    assert first.total == second.total
    if first.total:
        assert first.is_credit_note is not second.is_credit_note
        assert first.lines == second.lines
        assert first.taxes == second.taxes
