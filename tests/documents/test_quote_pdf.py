"""The PDF of a quote: who, what, for how much, until when, and how to accept it (BR-52)."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from subscriptions.documents.quote import get_quote_document
from subscriptions.pdf import render_pdf
from subscriptions.services.quote_pdfs import TEMPLATE
from tests.documents.test_pdf import A4, HOSTILE, LETTER, fonts_of, read, size_of, text_of
from tests.factories.quotes import ENABLEMENT, ONE_TIER, TELEPHONES, a_draft, an_agreement_draft, issued
from tests.factories.subscriptions import a_list_price, a_subscription, an_issuer, an_organization


def pdf_of(quote) -> bytes:
    return render_pdf(get_quote_document(issued(quote)), template=TEMPLATE)


def test_a_quote_says_everything(db):
    issuer = an_issuer(
        sales_email="sales@northwind.example",
        terms_url="https://northwind.example/terms",
        tax_ids=["EIN 94-3287110"],
    )
    prices = {
        **ONE_TIER,
        "communicate": {"commitment": "20", "price": "22"},
        "did-number": {"price": "1.50", "setup_price": "5"},
    }
    quote = an_agreement_draft(
        issuing_entity=issuer,
        prices=prices,
        items=[ENABLEMENT, TELEPHONES],
        allowances={("purecloud-3", "basic-ivr"): "4000"},
        notes="We look forward to it.",
    )
    content = pdf_of(quote)
    assert size_of(read(content).pages[0]) == LETTER
    text = text_of(content)
    for said in (
        "Quote Q-000001",
        "EIN 94-3287110",
        "Prepared for Lantern Foods, Inc.",
        "Quote date Feb 2, 2026",
        "valid until Mar 4, 2026",
        "Payable in US Dollar (USD)",
        "Payment terms Net 30",
        "Agreement Annual, billed monthly in advance · Named users",
        "Licenses and add-ons Description Commitment Price a month Overage price A month",
        "PureCloud 3 80 $140.00 $150.00 $11,200.00",
        "Communicate 20 $22.00 $22.00 $440.00",
        "Usage and numbers Description Setup, once Price Direct-dial number $5.00 $1.50",
        "One-time services Description Quantity Price Amount Enablement 1 $2,500.00 $2,500.00",
        "Hardware Description Quantity Price Amount Telephone 10 $129.90 $1,299.00",
        "Services, once this quote is accepted $2,500.00",
        "Licenses in advance, Mar 1 – 31, 2026 $11,640.00",
        "Due at signing $14,140.00",
        "Each month in advance, from Apr 1, 2026 $11,640.00",
        "Hardware, as it ships $1,299.00",
        "All prices are net of tax",
        "Annual, billed monthly in advance, 12 months from Mar 1, 2026. It renews",
        "Each PureCloud 3 brings 4,000 Basic IVR minutes a month.",
        "We look forward to it.",
        "sign this quote and send it to sales@northwind.example by Mar 4, 2026",
        "names Q-000001",
        "https://northwind.example/terms",
        "Accepted for Lantern Foods, Inc. Name Position Date PO number Signature",
    ):
        assert said in text
    assert "/Lang" in read(content).trailer["/Root"]
    assert read(content).metadata.title == "Quote Q-000001"


@pytest.mark.parametrize(
    ("label", "terms", "said", "unsaid"),
    [
        (
            "a ramp",
            {"ramp_months": 3},
            [
                "Due at signing $0.00",
                "Each month in advance, from Jun 1, 2026 $11,200.00",
                "12 months from Jun 1, 2026, after a ramp of 3 months from Mar 1, 2026.",
                "Until May 31, 2026 nothing is charged in advance",
            ],
            ["Licenses in advance"],
        ),
        (
            "a free ramp",
            {"ramp_months": 1, "edition": "2025"},
            ["Until Mar 31, 2026 licenses and add-ons are free"],
            [],
        ),
        (
            "a prepaid year",
            {"commercial_model": "PREPAY"},
            ["12 months PureCloud 3 80 $140.00 $150.00 $134,400.00", "Licenses in advance, Mar 1, 2026 – Feb 28, 2027"],
            ["Each month in advance"],
        ),
        (
            "month to month",
            {"commercial_model": "MONTH_TO_MONTH", "prices": {"purecloud-3": {"price": "140"}}},
            ["Description Price a month PureCloud 3 $140.00", "from Mar 1, 2026 until it is cancelled"],
            ["Commitment", "It renews"],
        ),
        (
            "by the hour",
            {"licensing_model": "hourly"},
            ["PureCloud 3 – by the hour 80 h $140.00"],
            ["works in shifts"],
        ),
        (
            "a free month, month to month",
            {
                "commercial_model": "MONTH_TO_MONTH",
                "prices": {"purecloud-3": {"price": "140"}, "toll-free-number": {}},
                "ramp_months": 1,
                "edition": "2025",
            },
            ["Until Mar 31, 2026 licenses and add-ons are free", "each period $10.00 $2.00"],
            [],
        ),
        ("in shifts", {"licensing_model": "concurrent", "multi_shift": True}, ["that it works in shifts"], []),
        (
            "at the list price",
            {"prices": {"purecloud-1": {"commitment": "3"}}},
            ["PureCloud 1 – list price at the start of each period 3 $80.00 $80.00 $240.00"],
            [],
        ),
    ],
)
def test_an_agreement_in_words(db, label, terms, said, unsaid):
    a_list_price("purecloud-1", "80")
    number = a_list_price("toll-free-number", "2")
    number.setup_price = Decimal(10)
    number.save()
    text = text_of(pdf_of(an_agreement_draft(**terms)))
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []


def test_items_alone_need_no_terms(db):
    organization = an_organization()
    a_subscription(organization)
    text = text_of(pdf_of(a_draft(organization, items=[ENABLEMENT])))
    assert "Due at signing $2,500.00" in text
    assert "The agreement" not in text
    assert "Payment terms" not in text


def test_a_japanese_customer_gets_a4_yen_and_japanese_dates(db):
    organization = an_organization(
        legal_name="株式会社星空通信販売", address="京都府京都市中京区", country="JP", language="ja"
    )
    content = pdf_of(
        an_agreement_draft(
            organization,
            currency="JPY",
            time_zone="Asia/Tokyo",
            prices={"purecloud-2": {"commitment": "48", "price": "14800.5"}},
        )
    )
    assert size_of(read(content).pages[0]) == A4
    text = text_of(content)
    for said in ("株式会社星空通信販売", "京都府京都市中京区", "￥710,424", "2026年2月3日", "2026年3月5日", "日本時間"):
        assert said in text
    assert any("CJK" in font for page in read(content).pages for font in fonts_of(page))
    assert read(content).trailer["/Root"]["/Lang"] == "ja"


def test_the_language_of_the_quote_is_the_organizations_unless_it_says_otherwise(db):
    organization = an_organization(language="ja")
    assert issued(an_agreement_draft(organization)).frozen["language"] == "ja"
    assert issued(an_agreement_draft(organization, language="en")).frozen["language"] == "en"


def test_many_lines_and_long_names_stay_on_the_page(db):
    organization = an_organization(legal_name=("Llanfairpwllgwyngyll" * 15)[:200])
    items = [(f"service-{n}", "one_time", "1234567", "1234.567891") for n in range(70)]
    reader = read(pdf_of(an_agreement_draft(organization, items=items, currency="BRL", notes="Note " * 500)))
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]
    assert len(pages) >= 3
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in text
    together = " ".join(pages)
    for number in range(70):
        assert together.count(f"Service-{number} 1,234,567 R$1,234.567891 R$1,524,156,777.49") == 1
    assert together.count("How to accept") == 1
    assert organization.legal_name in re.sub(r"\s", "", together)


def test_a_hostile_name_is_only_text(db):
    organization = an_organization(legal_name=HOSTILE, address=HOSTILE)
    text = re.sub(r"\s", "", text_of(pdf_of(an_agreement_draft(organization, notes=HOSTILE))))
    assert text.count(re.sub(r"\s", "", HOSTILE)) >= 3
    assert "root:" not in text


def test_the_same_quote_gives_the_same_bytes(db):
    quote = issued(an_agreement_draft(), on=datetime(2026, 2, 2, 15, tzinfo=UTC))
    first, second = (render_pdf(get_quote_document(quote), template=TEMPLATE) for _ in range(2))
    assert first == second
    assert get_quote_document(quote).valid_until == f"{date(2026, 3, 4):%b %-d, %Y}"
