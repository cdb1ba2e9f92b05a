"""Whether a document is taxed: by certificates, and by where seller and buyer are (BR-78)."""

from dataclasses import replace
from datetime import date

import pytest

from invoices.domain.tax_treatment import TaxFacts, TaxTreatment, charged_rates, treatment_of
from tests.domain.lines import authority

DATED = date(2026, 2, 15)
GERMAN_TO_FRENCH = TaxFacts(
    issuer_country="DE",
    issuer_vat_number="DE136695976",
    customer_country="FR",
    customer_vat_number="FR61954506077",
    vat_number_check="python-stdnum 2.2",
    exemption=None,
)


@pytest.mark.parametrize(
    ("label", "changes", "dated", "treatment"),
    [
        ("another member state", {}, DATED, TaxTreatment.REVERSE_CHARGE),
        ("the same member state", {"customer_country": "DE"}, DATED, TaxTreatment.TAXED),
        ("no valid VAT number", {"customer_vat_number": ""}, DATED, TaxTreatment.TAXED),
        ("the seller is no member", {"issuer_country": "US"}, DATED, TaxTreatment.TAXED),
        ("the buyer is no member", {"customer_country": "CH"}, DATED, TaxTreatment.TAXED),
        ("Monaco is under French tax", {"issuer_country": "FR", "customer_country": "MC"}, DATED, TaxTreatment.TAXED),
        ("and so abroad for a German", {"customer_country": "MC"}, DATED, TaxTreatment.REVERSE_CHARGE),
        ("Britain in 2020", {"customer_country": "GB"}, date(2020, 12, 31), TaxTreatment.REVERSE_CHARGE),
        ("Britain in 2021", {"customer_country": "GB"}, date(2021, 1, 1), TaxTreatment.TAXED),
        ("the seller's number is not needed", {"issuer_vat_number": ""}, DATED, TaxTreatment.REVERSE_CHARGE),
        ("a certificate comes first", {"exemption": "X-1"}, DATED, TaxTreatment.EXEMPT),
        ("a certificate at home", {"exemption": "X-1", "customer_country": "DE"}, DATED, TaxTreatment.EXEMPT),
        ("a certificate whose number is empty", {"exemption": ""}, DATED, TaxTreatment.EXEMPT),
    ],
)
def test_who_owes_the_tax(label, changes, dated, treatment):
    assert treatment_of(replace(GERMAN_TO_FRENCH, **changes), on=dated) is treatment


@pytest.mark.parametrize(
    ("changes", "charged"),
    [({}, 0), ({"exemption": "X-1"}, 0), ({"customer_country": "DE"}, 2)],
)
def test_all_rates_of_an_organization_are_charged_or_none(changes, charged):
    rates = [authority("19"), authority("5", name="City")]
    assert charged_rates(rates, facts=replace(GERMAN_TO_FRENCH, **changes), on=DATED) == rates[:charged]
