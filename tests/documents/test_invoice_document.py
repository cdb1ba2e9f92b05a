"""What stands on an invoice, section by section, before it becomes a page."""

from datetime import date

import pytest

from invoices.documents import InvoiceDocument, SectionKey, TaxRow, build_invoice_document
from subscriptions.documents import Fact
from tests.factories.documents import BILL_TO, FROZEN, ISSUER, a_line, a_tax, an_invoice

NEXT_PERIOD = {"service_start": date(2026, 2, 15), "service_end": date(2026, 3, 14)}


def document_of(lines, taxes=(), *, language="en", **invoice) -> InvoiceDocument:
    return build_invoice_document(
        invoice=an_invoice(lines, taxes, **invoice), lines=lines, taxes=taxes, language=language
    )


def only_line(line, **invoice):
    (section,) = document_of([line], **invoice).sections
    return section.lines[0]


ONE = a_line("usage", "purecloud-3", "PureCloud 3", "13", "140", "1820")


def test_the_top_says_what_is_owed_when_and_on_which_terms():
    document = document_of([ONE])
    assert (document.title, document.number) == ("Invoice", "INV-000147")
    assert (document.amount_label, document.total, document.due_date) == ("Amount due", "$1,820.00", "Mar 17, 2026")
    assert document.facts == (
        Fact(label="Invoice date", value="Feb 15, 2026"),
        Fact(label="Due date", value="Mar 17, 2026"),
        Fact(label="Payment terms", value="Net 30"),
        Fact(label="Payable in", value="US Dollar (USD)"),
        Fact(label="PO number", value="PO-2026-0417"),
        Fact(label="Service period", value="Jan 15, 2026 – Feb 14, 2026 (11:59:59 PM Eastern)"),
        Fact(label="Agreement", value="Annual, billed monthly in advance · Named users"),
    )


def test_an_order_has_no_service_period_and_no_purchase_order_means_no_row():
    document = document_of([ONE], frozen={"period": None, "po_number": ""})
    assert {"Service period", "PO number"}.isdisjoint({fact.label for fact in document.facts})


def test_net_zero_is_due_on_receipt():
    assert Fact(label="Payment terms", value="Due on receipt") in document_of([ONE], frozen={"net_days": 0}).facts


def test_both_parties_are_as_they_were_frozen():
    document = document_of([ONE])
    assert document.issuer.address == ("548 Market Street, Suite 1200", "San Francisco, CA 94104", "United States")
    assert document.issuer.tax_ids == ("EIN 94-3287110",)
    assert document.bill_to.name == "Harbor Light Insurance Group"
    assert document.bill_to.address[-1] == "United States"
    assert document.bill_to.tax_ids == ("Tax ID 04-2719938",)


def test_a_country_that_the_address_names_is_not_named_twice():
    bill_to = BILL_TO | {"address": "1 Main Street\nOttawa\nCANADA", "country": "CA"}
    assert document_of([ONE], frozen={"bill_to": bill_to}).bill_to.address == ("1 Main Street", "Ottawa", "CANADA")


@pytest.mark.parametrize(
    ("country", "paper"),
    [("US", "letter"), ("CA", "letter"), ("MX", "letter"), ("us", "letter"), ("JP", "a4"), ("GB", "a4")],
)
def test_the_paper_is_the_one_the_reader_has(country, paper):
    assert document_of([ONE], frozen={"bill_to": BILL_TO | {"country": country}}).paper == paper


def test_lines_stand_in_their_sections_with_what_these_come_to():
    lines = [
        a_line("prepay", "purecloud-3", "PureCloud 3", "80", "120", "9600", **NEXT_PERIOD),
        a_line("usage", "communicate", "Communicate", "4", "22.5", "90"),
        a_line("overage", "purecloud-3", "PureCloud 3", "13", "140", "1820"),
        a_line("fair_use", "data-storage", "Data storage", "100", "0.25", "25"),
        a_line("fair_use", "byoc-cloud", "BYOC Cloud", "10", "0.1", "1"),
        a_line("call_ports", "call-ports", "Call ports", "30", "1", "30"),
        a_line("voice", "voice", "Voice", "1", "1", "1", direction="outbound", destination="Japan"),
        a_line("number_setup", "did-number", "DID number", "2", "1.5", "3"),
        a_line("number", "did-number", "DID number", "2", "1", "0.97", days=15, period_days=31),
        a_line("one_time", "onboarding", "Onboarding", "1", "500", "500"),
        a_line("hardware", "phone", "Phone", "2", "99", "198"),
        a_line("adjustment", "purecloud-3", "PureCloud 3", "-1", "140", "-140", corrects="overage"),
    ]
    sections = document_of(lines).sections
    assert [(section.key, section.title, len(section.lines), section.subtotal) for section in sections] == [
        (SectionKey.CORE, "Core services", 3, "$1,935.00"),
        (SectionKey.PREPAY, "Core services – Prepay", 1, "$9,600.00"),
        (SectionKey.TELCO, "Telco services", 5, "$35.97"),
        (SectionKey.ONE_TIME, "One-time charges", 2, "$698.00"),
        (SectionKey.ADJUSTMENTS, "Adjustments", 1, "-$140.00"),
    ]


def test_a_line_says_for_when_how_much_and_at_which_rate():
    line = only_line(
        a_line("voice", "voice", "Voice", "12845.4", "0.0119", "152.86", direction="outbound", destination="Japan")
    )
    assert line.service == "Jan 15 – Feb 14, 2026"
    assert (line.quantity, line.rate, line.amount) == ("12,845.4 min", "$0.0119", "$152.86")


@pytest.mark.parametrize(
    ("kind", "more", "remark"),
    [
        ("usage", {}, ""),
        ("prepay", {}, "commitment"),
        ("overage", {}, "overage above the commitment"),
        ("fair_use", {}, "above the fair-use allotment"),
        ("call_ports", {}, "above the included call ports"),
        ("number_setup", {}, "one-time setup"),
        ("number", {"days": 15, "period_days": 31}, "15 of 31 days"),
        ("voice", {"direction": "outbound", "destination": "Japan – Mobile"}, "outbound to Japan – Mobile"),
        ("voice", {"direction": "inbound", "destination": "Japan"}, "inbound from Japan"),
        ("voice", {"direction": "toll_free", "destination": "Canada"}, "toll-free from Canada"),
        ("voice", {"direction": "outbound", "destination": "100 %(place)s %s"}, "outbound to 100 %(place)s %s"),
        ("adjustment", {"corrects": "usage"}, "correction: use in the period"),
        ("adjustment", {"corrects": "overage"}, "correction: overage above the commitment"),
        (
            "adjustment",
            {"corrects": "voice", "direction": "inbound", "destination": "Japan"},
            "correction: inbound from Japan",
        ),
    ],
)
def test_a_remark_says_what_of_the_product_is_charged(kind, more, remark):
    assert only_line(a_line(kind, "any", "Any", "1", "1", "1", **more)).remark == remark


@pytest.mark.parametrize(
    ("kind", "product", "months", "licensing", "quantity"),
    [
        ("prepay", "purecloud-3", 12, "named", "80 × 12 months"),
        ("prepay", "purecloud-3", 1, "named", "80"),
        ("usage", "purecloud-3", 1, "hourly", "80 h"),
        ("usage", "communicate", 1, "hourly", "80"),
        ("fair_use", "data-storage", 1, "named", "80 GB"),
        ("fair_use", "basic-ivr", 1, "named", "80 min"),
        ("call_ports", "call-ports", 1, "named", "80 port-hours"),
        ("number", "did-number", 1, "named", "80"),
    ],
)
def test_a_quantity_names_its_unit_and_its_months(kind, product, months, licensing, quantity):
    line = a_line(kind, product, "Any", "80", "1", "80", months=months)
    assert only_line(line, frozen={"licensing_model": licensing}).quantity == quantity


def test_taxes_stand_by_authority_with_what_they_are_a_part_of():
    taxes = [a_tax("Massachusetts", "6.25", "113.75"), a_tax("Boston, telecom", "1.862", "0.01", taxable="64.9")]
    assert document_of([ONE], taxes).taxes == (
        TaxRow(authority="Massachusetts", basis="6.25%", amount="$113.75"),
        TaxRow(authority="Boston, telecom", basis="1.862% of 64.9%", amount="$0.01"),
    )


def test_the_revenue_at_each_rate_is_named_as_a_qualified_invoice_in_japan_needs_it():
    taxes = [
        a_tax("消費税", "10", "84100", revenue="841000"),
        a_tax("軽減税率", "8", "0", revenue="0"),
        a_tax("Boston", "1.862", "10", taxable="64.9", revenue="841"),
    ]
    line = a_line("usage", "any", "Any", "58", "14500", "841000")
    assert [row.basis for row in document_of([line], taxes, currency="JPY").taxes] == [
        "10% of ¥841,000",
        "8% of ¥0",
        "1.862% of 64.9% of ¥841",
    ]


def test_a_tax_of_nothing_has_its_line():
    taxes = [a_tax("City", "0", "0", revenue="1820")]
    assert document_of([ONE], taxes).taxes == (TaxRow(authority="City", basis="0% of $1,820.00", amount="$0.00"),)


@pytest.mark.parametrize(
    ("tax", "basis"),
    [
        ({}, ""),
        ({"treatment": "taxed"}, ""),
        ({"treatment": "exempt"}, "exempt"),
        ({"treatment": "reverse_charge"}, "reverse charge"),
    ],
)
def test_an_untaxed_document_says_so_and_why(tax, basis):
    taxes = document_of([ONE], frozen={"tax": tax}).taxes
    assert taxes == (TaxRow(authority="Tax", basis=basis, amount="$0.00"),)


def test_a_document_of_before_the_treatment_was_kept_is_read_too():
    assert "tax" not in FROZEN
    assert document_of([ONE]).taxes == (TaxRow(authority="Tax", basis="", amount="$0.00"),)


def test_totals_are_those_of_the_books():
    document = document_of([ONE], [a_tax("Massachusetts", "6.25", "113.75")])
    assert (document.subtotal, document.total) == ("$1,820.00", "$1,933.75")


def test_yen_have_no_decimals():
    document = document_of([a_line("usage", "any", "Any", "58", "14500.000000", "841000.00")], currency="JPY")
    (section,) = document.sections
    assert (section.lines[0].rate, section.subtotal, document.total) == ("¥14,500", "¥841,000", "¥841,000")


def test_a_credit_note_says_what_is_credited_and_asks_for_no_payment():
    document = document_of([ONE], document_type="credit_note", number="CN-000009")
    assert (document.title, document.amount_label, document.total) == ("Credit note", "Amount credited", "$1,820.00")
    assert document.is_credit_note
    assert document.facts[:2] == (
        Fact(label="Date", value="Feb 15, 2026"),
        Fact(label="Currency", value="US Dollar (USD)"),
    )
    assert document.contacts[0].label == "This credit note"
    assert {"Due date", "Payment terms"}.isdisjoint({fact.label for fact in document.facts})
    assert document.remit_to is None


def test_where_to_pay_and_whom_to_ask():
    document = document_of([ONE])
    assert document.remit_to is not None
    assert document.remit_to.bank_name == "First Pacific Bank"
    assert Fact(label="Routing (ACH)", value="021000021") in document.remit_to.details
    assert [contact.value for contact in document.contacts] == [
        "invoices@northwind.example",
        "payments@northwind.example",
        "sales@northwind.example",
        "hardware@northwind.example",
    ]
    assert [link.url for link in document.links] == ["https://northwind.example/terms", "https://northwind.example/sla"]


@pytest.mark.parametrize(
    ("addresses", "note"),
    [
        ({}, "Please ask payments@northwind.example for our bank account in Euro (EUR)."),
        ({"collections_email": ""}, "Please ask invoices@northwind.example for our bank account in Euro (EUR)."),
        ({"collections_email": "", "invoicing_email": ""}, "Please ask us for our bank account in Euro (EUR)."),
    ],
)
def test_without_a_bank_account_in_the_currency_it_says_whom_to_ask(addresses, note):
    issuer = ISSUER | {"bank": None} | addresses
    document = document_of([ONE], currency="EUR", frozen={"issuer": issuer})
    assert (document.remit_to, document.payment_note) == (None, note)


def test_where_nothing_is_to_be_paid_nobody_is_asked():
    issuer = ISSUER | {"bank": None}
    nothing = a_line("usage", "any", "Any", "1", "0", "0")
    assert document_of([ONE], document_type="credit_note", frozen={"issuer": issuer}).payment_note == ""
    assert document_of([nothing], frozen={"issuer": issuer}).payment_note == ""
    assert document_of([ONE]).payment_note == ""


def test_what_the_issuer_does_not_have_is_left_out():
    bare = ISSUER | dict.fromkeys(
        ["invoicing_email", "collections_email", "sales_email", "hardware_email", "terms_url", "service_level_url"], ""
    )
    document = document_of([ONE], frozen={"issuer": bare | {"bank": None}})
    assert (document.remit_to, document.contacts, document.links, document.logo) == (None, (), (), "")


def test_figures_are_in_the_readers_language_and_names_stay_as_they_were_frozen():
    document = document_of(
        [ONE], language="ja", frozen={"bill_to": BILL_TO | {"legal_name": "株式会社みなと", "country": "JP"}}
    )
    assert document.invoice_date == "2026年2月15日"
    assert document.bill_to.name == "株式会社みなと"
    assert document.bill_to.address[-1] == "日本"


def test_no_name_can_turn_the_figures_beside_it_round():
    line = only_line(a_line("usage", "any", "Gold\u202e00.9$\x00\x1b[1m\nseats\u2067", "1", "1", "1"))
    assert line.description == "Gold00.9$[1m seats"


def test_what_changes_later_does_not_reach_the_document():
    assert document_of([ONE], frozen={}) == document_of([ONE], frozen=FROZEN)
