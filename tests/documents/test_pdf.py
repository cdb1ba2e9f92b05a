"""The PDF of a document: its pages, its text, and what it may not reach."""

import builtins
import io
import os
import re
import socket
import subprocess
import sys
from decimal import Decimal

import pypdf
import pytest
from pypdf import PdfReader

from invoices.documents import build_invoice_document
from invoices.pdf import render_pdf
from subscriptions.pdf import PdfUnavailable, engine, renderer_name
from tests.factories.documents import BILL_TO, ISSUER, a_line, a_tax, an_invoice

LETTER, A4 = (612.0, 792.0), (595.28, 841.89)

USUAL = [
    a_line("overage", "purecloud-3", "PureCloud 3", "13", "140", "1820"),
    a_line("prepay", "purecloud-3", "PureCloud 3", "80", "120", "9600"),
]
TAXES = [a_tax("Commonwealth of Massachusetts", "6.25", "713.75")]


def pdf_of(lines, taxes=(), **invoice) -> bytes:
    row = an_invoice(lines, taxes, **invoice)
    return render_pdf(build_invoice_document(invoice=row, lines=lines, taxes=taxes, language=row.frozen["language"]))


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text_of(content: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in read(content).pages))


def size_of(page: pypdf.PageObject) -> tuple[float, float]:
    return round(float(page.mediabox.width), 2), round(float(page.mediabox.height), 2)


def many_calls(count):
    return [
        a_line(
            "voice", "voice", "Voice", "37.4", "0.0259", "0.97", direction="outbound", destination=f"Destination {n:03}"
        )
        for n in range(count)
    ]


def test_a_usual_invoice_is_one_page_that_says_everything():
    content = pdf_of(USUAL, TAXES, frozen={"notes": ["Thank you for the early order."]})
    reader = read(content)
    text = text_of(content)
    assert len(reader.pages) == 1
    assert size_of(reader.pages[0]) == LETTER
    for said in (
        "Invoice INV-000147",
        "Amount due $12,133.75",
        "due Mar 17, 2026",
        "Service period Jan 15, 2026 – Feb 14, 2026 (11:59:59 PM Eastern)",
        "Payable in US Dollar (USD)",
        "Payment terms Net 30",
        "PO number PO-2026-0417",
        "Bill to Harbor Light Insurance Group",
        "Core services Description Service dates Quantity Rate Amount",
        "PureCloud 3 – overage above the commitment Jan 15 – Feb 14, 2026 13 $140.00 $1,820.00",
        "Core services – Prepay $9,600.00",
        "Subtotal $11,420.00",
        "Commonwealth of Massachusetts 6.25% $713.75",
        "Total $12,133.75",
        "Remit to First Pacific Bank",
        "Reference INV-000147",
        "invoices@northwind.example",
        "https://northwind.example/sla",
        "Thank you for the early order.",
        "Page 1 of 1",
    ):
        assert said in text


def test_the_same_document_gives_the_same_bytes():
    assert pdf_of(USUAL, TAXES) == pdf_of(USUAL, TAXES)


def test_another_process_gives_the_same_bytes():
    program = (
        "import django; django.setup()\n"
        "from tests.documents.test_pdf import USUAL, TAXES, pdf_of\n"
        "import hashlib; print(hashlib.sha256(pdf_of(USUAL, TAXES)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_every_page_of_a_long_invoice_has_its_head_and_its_number():
    reader = read(pdf_of([*USUAL, *many_calls(80)], TAXES))
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]
    count = len(pages)
    assert count >= 3
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {count}" in text
        assert "Invoice INV-000147" in text
    for text in pages[1:-1]:
        assert "Telco services Description Service dates Quantity Rate Amount" in text
    together = " ".join(pages)
    for number in range(80):
        assert together.count(f"Voice – outbound to Destination {number:03} Jan 15") == 1


@pytest.mark.parametrize("calls", [9, 14, 19, 24])
def test_no_heading_and_no_total_stands_alone(calls):
    reader = read(pdf_of([*USUAL, *many_calls(calls)], TAXES))
    for page in reader.pages:
        text = re.sub(r"\s+", " ", page.extract_text())
        charges = len(re.findall(r"2026 [\d,.]+(?: min)? \$", text))
        assert charges >= text.count("Description Service dates Quantity Rate Amount")
        if "Total $" in text or "Telco services $" in text:
            assert charges >= 2


def test_a_japanese_customer_gets_a4_with_every_character_readable():
    bill_to = BILL_TO | {"legal_name": "株式会社みなと", "address": "神奈川県横浜市西区みなとみらい", "country": "JP"}
    lines = [a_line("usage", "any", "Any", "58", "14500", "841000")]
    content = pdf_of(lines, currency="JPY", frozen={"bill_to": bill_to, "time_zone": "Asia/Tokyo"})
    assert size_of(read(content).pages[0]) == A4
    text = text_of(content)
    for said in ("株式会社みなと", "神奈川県横浜市西区みなとみらい", "¥841,000", "11:59:59 PM Japan Time"):
        assert said in text
    fonts = {font for page in read(content).pages for font in fonts_of(page)}
    assert any("CJK" in font for font in fonts), fonts


def fonts_of(page: pypdf.PageObject) -> list[str]:
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()]


def test_a_credit_note_credits_and_asks_for_nothing():
    text = text_of(pdf_of(USUAL[:1], document_type="credit_note", number="CN-000009"))
    assert "Credit note CN-000009" in text
    assert "Amount credited $1,820.00" in text
    assert "Remit to" not in text
    assert "Amount due" not in text


def test_reverse_charge_is_noted_with_both_numbers():
    notes = ["Reverse charge: VAT due by the recipient", "VAT numbers: supplier DE136695976, recipient FR61954506077"]
    issuer = ISSUER | {"country": "DE", "tax_ids": ["USt-IdNr. DE136695976"], "bank": None}
    bill_to = BILL_TO | {"country": "FR", "tax_id": "FR61954506077"}
    frozen = {"issuer": issuer, "bill_to": bill_to, "notes": notes, "tax": {"treatment": "reverse_charge"}}
    text = text_of(pdf_of(USUAL, currency="EUR", frozen=frozen))
    for said in (
        *notes,
        "USt-IdNr. DE136695976",
        "Tax ID FR61954506077",
        "Tax reverse charge €0.00",
        "Remit to Please ask payments@northwind.example for our bank account in Euro (EUR).",
    ):
        assert said in text


@pytest.mark.parametrize(
    ("currency", "language", "figures"),
    [
        ("CAD", "en", ["CA$0.000125", "CA$1,392,000.00", "80 × 12 months"]),
        ("AUD", "de", ["0,000125 AU$", "1.392.000,00 AU$", "80 × 12 months"]),
        ("EUR", "fr", ["0,000125 €", "1 392 000,00 €", "80 × 12 months"]),
        ("BRL", "pt-br", ["R$ 0,000125", "R$ 1.392.000,00", "80 × 12 months"]),
        ("JPY", "ja", ["￥0.000125", "￥1,392,000", "80 × 12か月"]),
    ],
)
def test_no_figure_of_any_currency_is_broken_in_two(currency, language, figures):
    lines = [
        a_line("fair_use", "api-requests", "API requests", "323992", "0.000125", "40"),
        a_line("prepay", "purecloud-2", "PureCloud 2", "80", "1450", "1392000", months=12),
    ]
    text = text_of(
        pdf_of(lines, currency=currency, frozen={"language": language, "bill_to": BILL_TO | {"country": "DE"}})
    )
    for figure in figures:
        assert figure in text


@pytest.mark.parametrize(
    ("currency", "language", "amount", "figures"),
    [
        ("CAD", "en", "-123456789.12", ["-CA$123,456,789.12", "-CA$129,012,344.63"]),
        ("EUR", "fr", "123456789.12", ["123 456 789,12 €", "129 012 344,63 €"]),
        ("BRL", "pt-br", "-123456789.12", ["-R$ 123.456.789,12", "-R$ 129.012.344,63"]),
        ("JPY", "ja", "987654321012", ["￥987,654,321,012", "￥1,032,098,765,458"]),
    ],
)
def test_no_amount_is_too_long_for_its_column(currency, language, amount, figures):
    lines = [a_line("usage", "purecloud-2", "PureCloud 2", "1", "1", amount)]
    tax = (Decimal(amount) * Decimal("0.045")).quantize(Decimal(1 if currency == "JPY" else "0.01"), "ROUND_HALF_UP")
    text = text_of(pdf_of(lines, [a_tax("VAT", "4.5", str(tax))], currency=currency, frozen={"language": language}))
    # With the line, below its section and before tax; at the top and at the end.
    assert [text.count(re.sub(r"\s", " ", figure)) for figure in figures] == [3, 2]


def test_a_long_list_of_taxes_stands_with_its_total():
    name = "Regional Transportation Authority of the Metropolitan Area, telecommunications infrastructure surcharge"
    taxes = [a_tax(f"{name} {k}", "1.862345", "713.75", "64.9", revenue="11420") for k in range(8)]
    text = text_of(pdf_of(USUAL, taxes))
    for k in range(8):
        assert f"{name} {k} 1.862345% of 64.9% of $11,420.00 $713.75" in text


def test_a_credit_note_by_hand_names_its_invoice_and_no_quantity_where_only_the_price_was_lowered():
    lines = [
        a_line("credit", "purecloud-3", "PureCloud 3", "2", "140.00", "280.00", corrects="overage"),
        a_line("credit", "communicate", "Communicate", "0", "22.00", "15.00", corrects="usage"),
    ]
    frozen = {"credits": {"number": "INV-000099", "invoice_date": "2026-01-15"}}
    text = text_of(pdf_of(lines, document_type="credit_note", number="CN-000004", frozen=frozen))

    assert "Credits invoice INV-000099 of Jan 15, 2026" in text
    assert "PureCloud 3 – overage above the commitment Jan 15 – Feb 14, 2026 2 $140.00 $280.00" in text
    assert "Communicate Jan 15 – Feb 14, 2026 – $22.00 $15.00" in text
    assert "Credited $295.00" in text


def test_a_final_invoice_prints_the_open_balance_below_its_total():
    text = text_of(pdf_of(USUAL, TAXES, frozen={"open_balance": "-100.00"}))

    assert (
        "Total $12,133.75 Open balance of earlier invoices -$100.00 Open balance with this document $12,033.75" in text
    )
    assert "Open balance" not in text_of(pdf_of(USUAL, TAXES))


def test_the_file_says_what_it_is_and_is_tagged_and_archivable():
    reader = read(pdf_of(USUAL))
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice INV-000147"
    assert reader.metadata.author == "Northwind Cloud, Inc."
    assert reader.metadata["/CreationDate"] == "D:20260215110430Z"
    catalog = reader.trailer["/Root"]
    assert catalog["/Lang"] == "en"
    assert catalog["/MarkInfo"]["/Marked"]
    xmp = catalog["/Metadata"].get_object().get_data().decode()
    assert re.search(r'part(?:>|=")3', xmp)
    assert re.search(r'conformance(?:>|=")A', xmp)


def objects_of(content: bytes):
    """Yield every object of a file that has entries."""
    reader = read(content)
    for number in range(1, reader.trailer["/Size"]):
        found = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        if isinstance(found, dict):
            yield found


def test_whoever_opens_it_in_thirty_years_needs_nothing_that_is_not_in_it():
    bill_to = BILL_TO | {"legal_name": "株式会社みなと", "address": "Straße Ελλάδα"}
    content = pdf_of(USUAL, TAXES, frozen={"bill_to": bill_to})
    objects = list(objects_of(content))
    fonts = [one for one in objects if one.get("/Type") == "/FontDescriptor"]
    assert len(fonts) >= 3
    assert all({"/FontFile2", "/FontFile3"} & one.keys() for one in fonts)
    (intent,) = read(content).trailer["/Root"]["/OutputIntents"]
    assert (intent["/S"], intent["/DestOutputProfile"]["/N"]) == ("/GTS_PDFA1", 3)
    assert "DeviceCMYK" not in str(objects)


def test_nothing_in_it_runs_or_is_locked():
    content = pdf_of(USUAL, TAXES)
    reader = read(content)
    assert not reader.is_encrypted
    assert {"/OpenAction", "/AA", "/AcroForm"}.isdisjoint(reader.trailer["/Root"])
    actions = {"/JavaScript", "/Launch", "/GoToR", "/SubmitForm", "/ImportData"}
    assert actions.isdisjoint(str(one.get("/S")) for one in objects_of(content))


def test_every_mark_in_it_has_its_place_for_a_screen_reader():
    catalog = read(pdf_of(USUAL, TAXES)).trailer["/Root"]
    kinds = {str(one["/S"]) for one in objects_of(pdf_of(USUAL, TAXES)) if one.get("/Type") == "/StructElem"}
    assert "/StructTreeRoot" in catalog
    assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= kinds


HOSTILE = (
    '<script>alert(1)</script>{{ document.total }}{% debug %}"\'<img src="file:///etc/passwd">'
    "<style>@import url(http://127.0.0.1:9/)</style></td></table>&amp;"
)


def test_a_hostile_name_is_only_text():
    lines = [a_line("usage", "any", HOSTILE, "1", "1", "1")]
    frozen = {
        "bill_to": BILL_TO | {"legal_name": HOSTILE, "address": HOSTILE},
        "po_number": HOSTILE,
        "notes": [HOSTILE],
    }
    content = pdf_of(lines, [a_tax(HOSTILE, "1", "1")], frozen=frozen)
    text = re.sub(r"\s", "", text_of(content))
    assert text.count(re.sub(r"\s", "", HOSTILE)) == 6
    assert "root:" not in text


def test_a_name_as_long_as_it_may_be_stays_on_the_page():
    name = ("Llanfairpwllgwyngyll" * 15)[:200]
    content = pdf_of(USUAL, frozen={"bill_to": BILL_TO | {"legal_name": name}, "issuer": ISSUER | {"legal_name": name}})
    assert name in re.sub(r"\s", "", text_of(content))
    assert len(read(content).pages) <= 2


def test_a_logo_is_drawn():
    logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#0b6e5f"/></svg>'
    content = pdf_of(USUAL, frozen={"issuer": ISSUER | {"logo_svg": logo}})
    assert content != pdf_of(USUAL)
    # Without the wordmark the name is part of the letterhead.
    assert "Northwind Cloud, Inc. · 548 Market Street" in text_of(content)


@pytest.fixture
def canary(tmp_path):
    """Return the addresses of a file and of a listening port that no document may touch."""
    file = tmp_path / "canary.svg"
    file.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text id="a">canary</text></svg>')
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        port = listener.getsockname()[1]
        yield {"file": file.as_uri(), "http": f"http://127.0.0.1:{port}/a.svg", "reached": lambda: was_called(listener)}


def was_called(listener: socket.socket) -> bool:
    try:
        listener.accept()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize("address", ["file", "http"])
@pytest.mark.parametrize(
    "element",
    ['<image href="{url}" width="9" height="9"/>', "<style>@font-face {{ font-family: X; src: url({url}) }}</style>"],
)
def test_a_logo_that_reaches_out_renders_nothing(canary, element, address):
    with pytest.raises(engine.ForbiddenResource):
        pdf_with_logo(element.format(url=canary[address]))
    assert not canary["reached"]()


@pytest.mark.parametrize(
    "element",
    [
        '<use href="{url}#a"/>',
        "<style>@import url({url});</style>",
        '<rect width="9" height="9" fill="url({url}#a)"/>',
        "<script>fetch('{url}')</script>",
        '<foreignObject><img src="{url}"/></foreignObject>',
    ],
)
def test_a_logo_reaches_nothing_by_any_other_way(canary, element):
    text = text_of(pdf_with_logo(element.format(url=canary["file"]) + element.format(url=canary["http"])))
    assert "Total $11,420.00" in text
    assert "canary" not in text
    assert not canary["reached"]()


def test_a_font_that_a_logo_declares_does_not_reach_the_next_document():
    before = pdf_of(USUAL)
    pdf_with_logo(
        "<style>@font-face { font-family: Inter; font-weight: 600; src: url(font:Inter-Regular.ttf) }</style>"
    )
    assert pdf_of(USUAL) == before


def test_an_entity_in_a_logo_reads_no_file(canary):
    logo = (
        f'<!DOCTYPE svg [<!ENTITY file SYSTEM "{canary["file"]}">]><svg xmlns="http://www.w3.org/2000/svg">&file;</svg>'
    )
    assert "canary" not in text_of(pdf_of(USUAL, frozen={"issuer": ISSUER | {"logo_svg": logo}}))


def pdf_with_logo(content: str) -> bytes:
    logo = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{content}</svg>'
    return pdf_of(USUAL, frozen={"issuer": ISSUER | {"logo_svg": logo}})


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1/",
        "https://example.com/",
        "ftp://127.0.0.1/",
        "font:../../../../etc/passwd",
        "font:Inter-Black.ttf",
        "//127.0.0.1/",
        "/etc/passwd",
        "FILE:/etc/passwd",
    ],
)
def test_the_fetcher_opens_nothing_but_our_fonts(url):
    fetcher = engine.OurFontsOnly()
    with pytest.raises(engine.ForbiddenResource):
        fetcher.fetch(url)
    assert fetcher.refused == [url]


def test_the_fetcher_knows_our_fonts():
    for url in engine.FONTS:
        assert engine.OurFontsOnly().fetch(url).read(4) == b"\x00\x01\x00\x00"


def test_the_renderer_names_its_version():
    assert re.fullmatch(r"WeasyPrint \d+\.\d+.*", renderer_name())


def test_without_pango_the_message_says_what_to_install(monkeypatch):
    # What WeasyPrint's import does where a system library is missing.
    monkeypatch.delitem(sys.modules, "subscriptions.pdf.engine")
    monkeypatch.delattr("subscriptions.pdf.engine")
    monkeypatch.setattr("builtins.__import__", import_without_pango)
    with pytest.raises(PdfUnavailable, match=r"apt-get install .*libpangoft2-1\.0-0.*brew install pango"):
        pdf_of(USUAL)


REAL_IMPORT = builtins.__import__


def import_without_pango(name, *args, **kwargs):
    if name == "weasyprint":
        raise OSError("cannot load library 'libpango-1.0-0'")
    return REAL_IMPORT(name, *args, **kwargs)
