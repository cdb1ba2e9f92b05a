"""An issued document as its programs read it, and the PDF that carries it: they say the same (BR-76, BR-78, BR-79)."""

import io
import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree
from pypdf import PdfReader

from invoices.documents import build_invoice_document
from invoices.documents.e_invoice import build_e_invoice
from invoices.documents.section import LINES_SHOWN
from invoices.domain.e_invoice.figures import net_of
from invoices.domain.e_invoice.rules import broken_rules
from invoices.domain.e_invoice.values import EInvoiceError, VatCategory
from invoices.pdf import render_hybrid, render_pdf
from invoices.pdf.cross_industry import cross_industry_invoice
from subscriptions.domain.money import plain
from tests.factories.documents import ISSUER, a_line, a_tax
from tests.factories.e_invoices import FRENCH_BUYER, GERMAN_ISSUER, NINETEEN, e_invoice_of, issued_rows

NAMESPACES = {
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
REVERSE = {
    "bill_to": FRENCH_BUYER,
    "notes": ["Reverse charge: VAT due by the recipient, Article 196, Directive 2006/112/EC", "VAT numbers: …"],
    "tax": {
        "treatment": "reverse_charge",
        "issuer_vat_number": "DE136695976",
        "customer_vat_number": "FR61954506077",
    },
}
AMERICAN = ISSUER | {"bank": {"bank_name": "First Harbor Bank", "details": [["Account", "0042 7719 03"]]}}
BY_HAND = {"credits": {"number": "RE-0099", "invoice_date": "2026-01-15"}}

LUMP = [a_line("one_time", "onboarding", "Onboarding", "1", "500", "500")]


def xml_of(e_invoice):
    """Return the written file, which was checked against its schema."""
    assert [str(broken) for broken in broken_rules(e_invoice)] == []
    return etree.fromstring(cross_industry_invoice(e_invoice))


def texts(xml, path):
    return [element.text for element in xml.findall(f".//{path}", NAMESPACES)]


def text(xml, path):
    (found,) = texts(xml, path)
    return found


KINDS = {
    "at home, every kind of line": {},
    "reverse charge": {"rates": [], "frozen": REVERSE},
    "exempt": {
        "rates": [],
        "frozen": {"tax": {"treatment": "exempt"}, "notes": ["No tax is charged: exemption certificate 7."]},
    },
    "nobody taxes it": {"rates": []},
    "out of the union": {"rates": [], "frozen": {"bill_to": FRENCH_BUYER | {"country": "US", "tax_id": "04-2719938"}}},
    "from outside of the union": {"rates": [], "currency": "USD", "frozen": {"issuer": AMERICAN}},
    "two rates": {
        "rates": [
            NINETEEN.__class__(
                authority=name, rate=Decimal(rate), taxable=Decimal(100), categories=frozenset({category})
            )
            for name, rate, category in (("Umsatzsteuer", 19, "software"), ("ermäßigt", 7, "hardware"))
        ],
        "lines": [
            a_line("usage", "purecloud-3", "PureCloud 3", "13", "140", "1820", tax_category="software"),
            a_line("hardware", "phone", "Phone", "2", "99", "198", tax_category="hardware"),
            a_line("one_time", "book", "Book", "1", "5", "5", tax_category="service"),
        ],
    },
    "issued before rates were kept": {
        "rates": None,
        "lines": LUMP,
        "taxes": [a_tax("Umsatzsteuer", "19", "95", revenue="500")],
    },
    "credited by hand, a cent off the rate": {
        "document_type": "credit_note",
        "lines": [a_line("credit", "communicate", "Communicate", "0", "22.00", "15.00", corrects="usage")],
        "taxes": [a_tax("Umsatzsteuer", "19", "2.84", revenue="15")],
        "frozen": BY_HAND,
    },
    "credited by a close": {
        "document_type": "credit_note",
        "lines": [a_line("adjustment", "purecloud-3", "PureCloud 3", "1", "140", "140", corrects="overage")],
    },
    "an order, of no period": {"lines": LUMP, "frozen": {"period": None}},
    "nothing to pay": {"lines": [a_line("usage", "any", "Any", "3", "0", "0")]},
    "in yen": {
        "currency": "JPY",
        "rates": [],
        "lines": [a_line("usage", "any", "Any", "58", "14500", "841000")],
        "frozen": {"issuer": AMERICAN},
    },
    "no bank account in the currency": {"frozen": {"issuer": GERMAN_ISSUER | {"bank": None}}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_invoice_of_every_kind_keeps_the_rules_and_fits_the_schema(kind):
    xml_of(e_invoice_of(**KINDS[kind]))


def test_it_says_who_sells_what_to_whom_and_what_for():
    xml = xml_of(e_invoice_of())
    seller, buyer = (xml.find(f".//ram:{name}TradeParty", NAMESPACES) for name in ("Seller", "Buyer"))
    assert text(xml, "rsm:ExchangedDocument/ram:ID") == "RE-0147"
    assert text(xml, "rsm:ExchangedDocument/ram:TypeCode") == "380"
    assert text(xml, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID") == "urn:cen.eu:en16931:2017"
    assert text(xml, "ram:BuyerReference") == "04011000-12345-34"
    assert text(xml, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID") == "PO-2026-0417"
    assert text(seller, "ram:Name") == "Nordwind Cloud GmbH"
    assert text(seller, "ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']") == "DE136695976"
    assert text(seller, "ram:SpecifiedLegalOrganization/ram:ID") == "HRB 148221"
    assert text(buyer, "ram:SpecifiedTaxRegistration/ram:ID[@schemeID='VA']") == "DE811904471"
    assert text(buyer, "ram:PostalTradeAddress/ram:LineOne") == "Kreditorenbuchhaltung"
    parts = ("PostcodeCode", "CityName", "CountryID")
    assert [text(buyer, f"ram:PostalTradeAddress/ram:{part}") for part in parts] == ["23552", "Lübeck", "DE"]


def test_it_says_where_and_when_to_pay():
    xml = xml_of(e_invoice_of())
    means = xml.find(".//ram:SpecifiedTradeSettlementPaymentMeans", NAMESPACES)
    assert text(means, "ram:TypeCode") == "58"
    assert text(means, "ram:IBANID") == "DE89370400440532013000"
    assert text(means, "ram:BICID") == "COBADEFF"
    assert text(xml, "ram:PaymentReference") == "RE-0147"
    assert text(xml, "ram:SpecifiedTradePaymentTerms/ram:Description") == "Net 30"
    assert text(xml, "ram:DueDateDateTime/udt:DateTimeString") == "20260317"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("at home, every kind of line", "58"),
        ("from outside of the union", "30"),
        ("no bank account in the currency", "1"),
    ],
)
def test_the_means_of_payment_are_those_of_the_account(kind, code):
    assert text(xml_of(e_invoice_of(**KINDS[kind])), "ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode") == code


def test_tax_at_home_stands_by_rate_with_its_basis():
    (tax,) = e_invoice_of().taxes
    assert (tax.vat.category, tax.vat.rate, tax.basis, tax.tax) == ("S", 19, Decimal("22065.40"), Decimal("4192.43"))


def test_under_reverse_charge_both_numbers_and_the_note_stand_in_it():
    xml = xml_of(e_invoice_of(**KINDS["reverse charge"]))
    tax = xml.find(".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax", NAMESPACES)
    assert [text(tax, f"ram:{name}") for name in ("CategoryCode", "RateApplicablePercent", "CalculatedAmount")] == [
        "AE",
        "0",
        "0.00",
    ]
    assert text(tax, "ram:ExemptionReason").startswith("Reverse charge: VAT due by the recipient")
    assert text(tax, "ram:ExemptionReasonCode") == "VATEX-EU-AE"
    assert texts(xml, "ram:ID[@schemeID='VA']") == ["DE136695976", "FR61954506077"]


def test_what_is_not_taxed_says_why():
    (exempt,) = e_invoice_of(**KINDS["exempt"]).taxes
    (outside,) = e_invoice_of(**KINDS["out of the union"]).taxes
    (unnamed,) = e_invoice_of(**KINDS["nobody taxes it"]).taxes
    assert (exempt.vat.category, exempt.reason) == (VatCategory.EXEMPT, "No tax is charged: exemption certificate 7.")
    assert (outside.vat.category, outside.reason_code, outside.vat.rate) == (VatCategory.OUTSIDE, "VATEX-EU-O", None)
    assert (unnamed.vat.category, unnamed.vat.rate, unnamed.reason) == (VatCategory.ZERO, 0, "")


def test_each_line_is_taxed_at_the_rate_of_its_own_category_of_revenue():
    e_invoice = e_invoice_of(**KINDS["two rates"])
    assert {item.name: (item.vat.category.value, item.vat.rate) for item in e_invoice.items} == {
        "PureCloud 3": ("S", 19),
        "Phone": ("S", 7),
        "Book": ("Z", 0),
    }
    assert sorted((row.vat.rate, row.basis, row.tax) for row in e_invoice.taxes) == [
        (0, Decimal(5), Decimal(0)),
        (7, Decimal(198), Decimal("13.86")),
        (19, Decimal(1820), Decimal("345.80")),
    ]


def test_a_credit_note_by_hand_names_the_invoice_it_gives_back_and_no_account():
    xml = xml_of(e_invoice_of(**KINDS["credited by hand, a cent off the rate"]))
    assert text(xml, "rsm:ExchangedDocument/ram:TypeCode") == "381"
    assert text(xml, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == "RE-0099"
    assert text(xml, "ram:InvoiceReferencedDocument/ram:FormattedIssueDateTime/qdt:DateTimeString") == "20260115"
    (means,) = xml.findall(".//ram:SpecifiedTradeSettlementPaymentMeans", NAMESPACES)
    assert [(part.tag.split("}")[1], part.text) for part in means] == [("TypeCode", "1")]
    assert text(xml, "ram:DuePayableAmount") == "17.84"
    # Only an amount was taken off: there is no quantity to tell of.
    assert texts(xml, "ram:AssociatedDocumentLineDocument/ram:IncludedNote") == []


def test_an_invoice_whose_tax_is_a_cent_off_is_not_right():
    wrong = e_invoice_of(LUMP, taxes=[a_tax("Umsatzsteuer", "19", "95.01", revenue="500")])
    assert [broken.rule for broken in broken_rules(wrong)] == ["BR-CO-17", "BR-S-09"]


def test_a_tax_whose_lines_nobody_knows_cannot_be_stated():
    with pytest.raises(EInvoiceError, match="Nothing says which lines Umsatzsteuer taxes"):
        e_invoice_of(LUMP, rates=[], taxes=[a_tax("Umsatzsteuer", "19", "95")])


def test_every_figure_of_the_file_is_the_one_on_paper():
    rows = issued_rows()
    e_invoice, xml = build_e_invoice(rows), xml_of(build_e_invoice(rows))
    document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=rows.taxes, language="en")
    on_paper = [line for section in document.sections for line in section.lines]
    assert [(item.number, item.name, item.description) for item in e_invoice.items] == [
        (str(line.number), line.description, line.remark) for line in on_paper
    ]
    assert [f"{item.net:,}" for item in e_invoice.items] == [line.amount.replace("€", "") for line in on_paper]
    assert f"€{e_invoice.totals.payable:,}" == document.total
    assert text(xml, "ram:GrandTotalAmount") == plain(rows.invoice.total)
    assert texts(xml, "ram:LineID") == [str(line.number) for line in on_paper]


def test_a_line_says_for_which_days_and_what_its_own_figures_do_not():
    xml = xml_of(e_invoice_of())
    notes = dict(
        zip(texts(xml, "ram:LineID"), xml.findall(".//ram:AssociatedDocumentLineDocument", NAMESPACES), strict=True)
    )
    assert text(notes["2"], "ram:Content") == "8 × 12 months at 101,50\xa0€"
    assert texts(notes["4"], "ram:Content") == []
    periods = xml.findall(".//ram:SpecifiedLineTradeSettlement/ram:BillingSpecifiedPeriod", NAMESPACES)
    assert texts(periods[-1], "udt:DateTimeString") == ["20260115", "20260214"]


HEADER = "ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod"
DELIVERED = "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString"


@pytest.mark.parametrize(
    ("label", "lines", "frozen", "covered", "delivered"),
    [
        ("arrears and an advance", None, {}, ["20260115", "20260314"], ["20260214"]),
        ("an order, of no period", LUMP, {"period": None}, ["20260115", "20260214"], ["20260214"]),
        (
            "an advance alone",
            [
                a_line(
                    "prepay", "any", "Any", "1", "1", "1", service_start=date(2026, 6, 1), service_end=date(2026, 6, 30)
                )
            ],
            {"period": {"start": "2026-06-01", "last_day": "2026-06-30"}},
            ["20260601", "20260630"],
            [],
        ),
    ],
)
def test_it_covers_the_dates_of_all_its_lines_and_says_when_its_period_was_over(
    label, lines, frozen, covered, delivered
):
    xml = xml_of(e_invoice_of(lines, frozen=frozen))
    assert texts(xml.find(f".//{HEADER}", NAMESPACES), "udt:DateTimeString") == covered, label
    assert texts(xml, DELIVERED) == delivered, label


def test_what_is_outside_the_tax_has_no_rate_on_its_lines_and_0_in_its_breakdown():
    xml = xml_of(e_invoice_of(LUMP, **KINDS["out of the union"]))
    assert texts(xml, "ram:SpecifiedLineTradeSettlement//ram:RateApplicablePercent") == []
    assert texts(xml, "ram:ApplicableHeaderTradeSettlement//ram:RateApplicablePercent") == ["0"]


@pytest.mark.parametrize(("country", "code"), [("XK", "1A"), ("IC", "ES"), ("FR", "FR")])
def test_a_country_is_named_by_the_code_that_the_standard_has(country, code):
    xml = xml_of(e_invoice_of(LUMP, frozen={"bill_to": FRENCH_BUYER | {"country": country}}))
    assert text(xml, "ram:BuyerTradeParty//ram:CountryID") == code


def test_of_many_lines_those_stand_together_that_do_on_paper():
    calls = [
        a_line("voice", "voice", "Voice", "1", "0.0259", "0.03", direction="outbound", destination=f"Place {place}")
        for place in range(LINES_SHOWN + 1)
    ]
    (item,) = e_invoice_of(calls).items
    assert (item.net, item.figures.quantity, item.note) == (Decimal("30.03"), 1, "1.001 min")
    assert net_of(item.figures, currency="EUR") == item.net


def test_a_hostile_name_is_only_text():
    hostile = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;\x00\ud7ff]]>'
    e_invoice = e_invoice_of([a_line("usage", "any", hostile, "1", "1", "1")], frozen={"po_number": hostile})
    xml = xml_of(e_invoice)
    assert text(xml, "ram:SpecifiedTradeProduct/ram:Name").startswith('<!DOCTYPE x [<!ENTITY e SYSTEM "file:')
    assert "root:" not in etree.tostring(xml, encoding="unicode")


# The PDF that carries it


@pytest.fixture(scope="module")
def hybrid():
    rows = issued_rows()
    document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=rows.taxes, language="de")
    return render_hybrid(document, build_e_invoice(rows))


def catalog_of(content):
    return PdfReader(io.BytesIO(content)).trailer["/Root"]


def test_the_pdf_carries_the_file_under_its_name_as_an_alternative(hybrid):
    reader = PdfReader(io.BytesIO(hybrid.pdf))
    assert list(reader.attachments) == ["factur-x.xml"]
    assert reader.attachments["factur-x.xml"] == [hybrid.file]
    (attached,) = reader.trailer["/Root"]["/AF"]
    assert attached.get_object()["/AFRelationship"] == "/Alternative"
    assert attached.get_object()["/UF"] == "factur-x.xml"
    stream = attached.get_object()["/EF"]["/F"].get_object()
    assert (stream["/Subtype"], stream["/Params"]["/ModDate"]) == ("/text/xml", "D:20260215110430Z")


def test_the_pdf_announces_the_file_in_its_one_description(hybrid):
    xmp = catalog_of(hybrid.pdf)["/Metadata"].get_object().get_data()
    rdf = etree.fromstring(xmp[xmp.index(b"<x:xmpmeta") : xmp.index(b"<?xpacket end")])
    names = {"rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "pdfaid": "http://www.aiim.org/pdfa/ns/id/"}
    names["fx"] = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
    names["pdfaSchema"] = "http://www.aiim.org/pdfa/ns/schema#"
    assert len(rdf.findall("rdf:RDF", names)) == 1
    told = {name: rdf.findtext(f".//fx:{name}", namespaces=names) for name in ("DocumentType", "DocumentFileName")}
    assert told == {"DocumentType": "INVOICE", "DocumentFileName": "factur-x.xml"}
    assert rdf.findtext(".//fx:ConformanceLevel", namespaces=names) == "EN 16931"
    assert rdf.findtext(".//fx:Version", namespaces=names) == "1.0"
    assert rdf.findtext(".//pdfaSchema:prefix", namespaces=names) == "fx"
    assert b"<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>" in hybrid.pdf, "for readers that only look for it"
    description = rdf.find(".//rdf:Description[@pdfaid:part]", names)
    assert description.get(f"{{{names['pdfaid']}}}part") == "3"


def test_the_pages_are_those_of_the_pdf_without_it(hybrid):
    rows = issued_rows()
    document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=rows.taxes, language="de")
    alone = PdfReader(io.BytesIO(render_pdf(document)))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(hybrid.pdf)).pages]
    assert pages == [page.extract_text() for page in alone.pages]
    assert "/AF" not in alone.trailer["/Root"]
    together = re.sub(r"\s+", " ", " ".join(pages))
    for said in ("26.257,83 €", "04011000-12345-34", "DE89 3704 0044 0532 0130 00", "For your banking app"):
        assert said in together


def test_the_same_document_gives_the_same_bytes_once_more(hybrid):
    rows = issued_rows()
    document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=rows.taxes, language="de")
    assert render_hybrid(document, build_e_invoice(rows)) == hybrid


def test_a_file_that_does_not_fit_its_schema_is_not_made():
    rows = issued_rows()
    document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=rows.taxes, language="de")
    with pytest.raises(EInvoiceError, match="does not fit its schema"):
        render_hybrid(document, replace(build_e_invoice(rows), items=[]))


def test_nobody_but_the_process_that_renders_loads_the_library():
    program = (
        "import django; django.setup()\n"
        "import sys, invoices.services.rendering, invoices.services.sweeping, billingsite.celery\n"
        "print('drafthorse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"
