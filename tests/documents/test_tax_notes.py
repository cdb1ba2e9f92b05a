"""What a document says about the tax it does not charge, in English and in its own language (BR-78)."""

from dataclasses import replace
from datetime import date

import pytest

from invoices.documents import notes
from invoices.documents.notes import tax_notes
from invoices.domain.draft import InvoiceDraft, draft_invoice
from invoices.domain.tax_treatment import TaxFacts
from tests.domain.lines import a_charge

FACTS = TaxFacts(
    issuer_country="DE",
    issuer_vat_number="DE136695976",
    customer_country="FR",
    customer_vat_number="FR61954506077",
    vat_number_check="python-stdnum 2.2",
    exemption=None,
)
NOTE = "Reverse charge: VAT due by the recipient, Article 196, Directive 2006/112/EC"


def a_draft(**changes: object) -> InvoiceDraft:
    facts = replace(FACTS, **changes)
    dated = date(2026, 2, 15)
    draft = draft_invoice([a_charge()], currency="USD", dated=dated, net_days=30, tax_rates=[], tax_facts=facts)
    assert draft is not None
    return draft


@pytest.mark.parametrize(
    ("label", "changes", "said"),
    [
        ("reverse charge", {}, [NOTE, "VAT numbers: supplier DE136695976, recipient FR61954506077"]),
        ("the supplier has none", {"issuer_vat_number": ""}, [NOTE, "VAT number of the recipient: FR61954506077"]),
        ("exempt", {"exemption": "ME-4471"}, ["No tax is charged: exemption certificate ME-4471."]),
        ("taxed", {"customer_country": "DE"}, []),
    ],
)
def test_the_notes_say_who_owes_the_tax_and_why(label, changes, said):
    assert tax_notes(a_draft(**changes), language="en") == said


def test_nothing_is_said_where_nothing_is_known():
    assert tax_notes(replace(a_draft(), tax_facts=None), language="en") == []


def test_reverse_charge_is_noted_in_english_and_in_the_language_of_the_document(monkeypatch):
    def translated(words: str) -> str:
        return words if notes.translation.get_language() == "en" else f"[{words}]"

    monkeypatch.setattr(notes, "_", translated)
    assert tax_notes(a_draft(), language="ja") == [
        NOTE,
        f"[{NOTE}]",
        "[VAT numbers: supplier DE136695976, recipient FR61954506077]",
    ]
