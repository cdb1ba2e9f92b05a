"""Amounts and tax by rate, as a qualified invoice in Japan has them (BR-78)."""

from decimal import Decimal

import pytest

from invoices.domain.qualified import ChargedTax, TaxedAt, taxed_by_rate


def a_tax(rate, revenue, tax, taxable="100"):
    return ChargedTax(
        rate=Decimal(rate),
        taxable=Decimal(taxable),
        revenue=None if revenue is None else Decimal(revenue),
        tax=Decimal(tax),
    )


def by_rate(*charged, slack="0"):
    found = taxed_by_rate(charged, currency="JPY", slack=Decimal(slack))
    return None if found is None else [(str(row.rate), str(row.revenue), str(row.tax)) for row in found]


@pytest.mark.parametrize(
    ("label", "charged", "rows"),
    [
        ("one rate", [a_tax("10", "744560", "74456")], [("10", "744560", "74456")]),
        (
            "two rates, the highest first",
            [a_tax("8", "1000", "80"), a_tax("10", "744560", "74456")],
            [("10", "744560", "74456"), ("8", "1000", "80")],
        ),
        ("half a yen, rounded once", [a_tax("10", "1005", "101")], [("10", "1005", "101")]),
        (
            "two authorities at one rate that come to what one would",
            [a_tax("10", "1000", "100"), a_tax("10", "50", "5")],
            [("10", "1050", "105")],
        ),
        # 5 yen at 10 % is 1 yen, twice; 10 yen at 10 % is 1 yen.
        ("two authorities at one rate, each rounded", [a_tax("10", "5", "1"), a_tax("10", "5", "1")], None),
        ("a tax on a share", [a_tax("10", "1000", "50", taxable="50")], None),
        ("a revenue that was not kept", [a_tax("10", None, "100")], None),
    ],
)
def test_amounts_stand_by_rate_with_the_tax_rounded_once_for_each(label, charged, rows):
    assert by_rate(*charged) == rows, label


def test_what_is_credited_by_hand_may_be_a_yen_away():
    assert by_rate(a_tax("10", "5", "0")) is None
    assert by_rate(a_tax("10", "5", "0"), slack="1") == [("10", "5", "0")]


def test_a_row_is_a_rate_with_its_amounts():
    (row,) = taxed_by_rate([a_tax("10", "10", "1")], currency="JPY", slack=Decimal(0))
    assert row == TaxedAt(rate=Decimal(10), revenue=Decimal(10), tax=Decimal(1))
