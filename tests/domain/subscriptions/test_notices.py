"""What is unusual is pointed out and not refused: terms (BR-03), where to pay, a missing VAT number (BR-79)."""

from datetime import date

import pytest

from subscriptions.domain.notices import agreement_notices, issuer_notices

TODAY = date(2026, 11, 26)
USUAL = {"net_days": 30, "cutoff_hours": 6, "currency": "USD", "paid_in": {"USD", "EUR"}}


def test_the_usual_terms_are_not_worth_a_word():
    assert list(agreement_notices(**USUAL)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"net_days": 45}, [("net_days", "45")]),
        ({"net_days": 0}, [("net_days", "0")]),
        ({"cutoff_hours": 48}, [("cutoff_hours", "48")]),
        ({"cutoff_hours": 0}, [("cutoff_hours", "0")]),
        ({"currency": "JPY"}, [("no_bank_account", "JPY")]),
        (
            {"net_days": 29, "cutoff_hours": 7, "paid_in": ()},
            [("net_days", "29"), ("cutoff_hours", "7"), ("no_bank_account", "USD")],
        ),
    ],
)
def test_other_terms_are_pointed_out(changes, told):
    assert [(notice.code, notice.subject) for notice in agreement_notices(**USUAL | changes)] == told


@pytest.mark.parametrize(
    ("label", "country", "tax_ids", "invoices_in", "paid_in", "told"),
    [
        ("all is there", "NL", ["VAT NL004495445B01"], {"EUR"}, {"EUR", "GBP"}, []),
        (
            "no account",
            "US",
            [],
            {"USD", "AUD", "JPY"},
            {"USD"},
            [("no_bank_account", "AUD"), ("no_bank_account", "JPY")],
        ),
        ("no VAT number", "NL", ["KvK 68140027"], {"EUR"}, {"EUR"}, [("no_vat_number", "NL")]),
        ("another country's", "NL", ["VAT DE136695976"], set(), set(), [("no_vat_number", "NL")]),
        ("outside the union", "GB", [], set(), set(), []),
        ("registered in Japan", "JP", ["登録番号 T7123456789012"], set(), set(), []),
        ("not registered in Japan", "JP", ["7123456789012"], set(), set(), [("no_registration_number", "JP")]),
    ],
)
def test_what_an_issuing_entitys_documents_lack_is_pointed_out(label, country, tax_ids, invoices_in, paid_in, told):
    found = issuer_notices(country=country, tax_ids=tax_ids, invoices_in=invoices_in, paid_in=paid_in, on=TODAY)
    assert [(notice.code, notice.subject) for notice in found] == told
