"""What a camera reads off the printed page of an invoice: the code for banking apps (BR-79, EPC069-12)."""

import pypdfium2
import pytest
import zxingcpp

from invoices.documents import build_invoice_document
from invoices.pdf import render_pdf
from subscriptions.domain.credit_transfer import CODE_LENGTH
from tests.factories.documents import a_line
from tests.factories.e_invoices import GERMAN, GERMAN_ISSUER, issued_rows

DOTS_PER_INCH = 200
"""About what a telephone sees of a sheet of paper."""


def codes_on(**changed):
    """Return the codes that are on the pages of an invoice."""
    rows = issued_rows([a_line("usage", "any", "Any", "1", "100", "100")], **changed)
    document = build_invoice_document(invoice=rows.invoice, lines=rows.lines, taxes=rows.taxes, language="de")
    pages = pypdfium2.PdfDocument(render_pdf(document))
    pictures = [page.render(scale=DOTS_PER_INCH / 72).to_pil() for page in pages]
    return [code for picture in pictures for code in zxingcpp.read_barcodes(picture)]


def issuer(*, name, bank):
    return {"frozen": {"issuer": GERMAN_ISSUER | {"legal_name": name, "bank": {"bank_name": "Bank", "details": bank}}}}


@pytest.mark.parametrize(
    ("label", "changed", "lines"),
    [
        (
            "as printed",
            {},
            ["COBADEFF", "Nordwind Cloud GmbH", "DE89370400440532013000", "EUR119.00", "", "", "RE-0147"],
        ),
        (
            "the longest name, of letters that take three bytes each",
            issuer(name="株" * 90, bank=[["IBAN", "MT84 MALT 0110 0001 2345 MTLC AST0 01S"]]),
            ["", "株" * 70, "MT84MALT011000012345MTLCAST001S", "EUR119.00", "", "", "RE-0147"],
        ),
        (
            "a bank outside of the economic area",
            issuer(name="Züri AG", bank=[["IBAN", "CH93 0076 2011 6238 5295 7"], ["BIC", "UBSWCHZH80A"]]),
            ["UBSWCHZH80A", "Züri AG", "CH9300762011623852957", "EUR119.00", "", "", "RE-0147"],
        ),
    ],
)
def test_it_is_read_off_the_page_line_by_line(label, changed, lines):
    (code,) = codes_on(**changed)
    assert (code.format.name, code.ec_level) == ("QRCode", "M"), label
    assert code.text.split("\n") == ["BCD", "002", "1", "SCT", *lines], label
    assert len(code.text.encode()) <= CODE_LENGTH


def test_it_is_not_on_what_nobody_pays_in_euros():
    assert codes_on(currency="CHF") == []
    assert codes_on(document_type="credit_note") == []
    assert codes_on(frozen={"issuer": GERMAN["issuer"] | {"bank": None}}) == []
