"""Which issued documents get an e-invoice with their PDF, and what becomes of one that would not be right."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pypdf import PdfReader

from invoices.domain.e_invoice.values import EInvoiceError
from invoices.models import EInvoiceFile, Invoice, RenderedPdf
from invoices.services import rendering
from invoices.services.delivering import deliver_documents
from invoices.services.e_invoicing import find_e_invoice
from invoices.services.rendering import render_pending_pdfs
from subscriptions.domain.e_invoicing import EInvoicing
from subscriptions.models import BillingContact, OutgoingMail
from subscriptions.pdf import Hybrid
from subscriptions.services import rendering as queue
from subscriptions.services.rendering import RenderingResult
from tests.factories.documents import FROZEN, ISSUED_AT, a_line, a_subscription, a_tax, an_invoice, issue
from tests.factories.e_invoices import GERMAN

NOW = ISSUED_AT + timedelta(minutes=1)


@pytest.fixture
def subscription(db):
    return a_subscription()


@pytest.fixture
def engine(monkeypatch):
    """Stand in for WeasyPrint and the library: quick, and each says what it was given."""
    monkeypatch.setattr(queue, "renderer_name", lambda: "Fake 1.0")
    monkeypatch.setattr(rendering, "render_pdf", lambda document: b"PDF alone")
    monkeypatch.setattr(rendering, "render_hybrid", lambda _document, one: Hybrid(pdf=b"PDF", file=_xml(one)))


def _xml(e_invoice):
    return f"<{e_invoice.number} {e_invoice.totals.payable}/>".encode()


def issued(subscription, *, tax="345.80", frozen=None, **more) -> Invoice:
    lines = [a_line("usage", "purecloud-3", "PureCloud 3", "13", "140", "1820")]
    taxes = [a_tax("Umsatzsteuer", "19", tax, revenue="1820")]
    own = GERMAN if frozen is None else frozen
    invoice = an_invoice(lines, taxes, currency="EUR", number="RE-7", frozen=own, **more)
    return issue(invoice, lines, taxes, subscription=subscription)


def set_to(subscription, setting):
    subscription.organization.e_invoicing = setting.value
    subscription.organization.save()


def test_a_german_invoice_gets_its_file_with_its_pdf_for_good(subscription, engine):
    invoice = issued(subscription)
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=1)
    file = EInvoiceFile.objects.get()
    assert (bytes(file.content), file.organization_id) == (b"<RE-7 2165.80/>", invoice.organization_id)
    assert (file.sha256, file.stored_at) == (hashlib.sha256(b"<RE-7 2165.80/>").hexdigest(), NOW)
    assert bytes(RenderedPdf.objects.get().content) == b"PDF"
    with pytest.raises(IntegrityError), transaction.atomic():
        EInvoiceFile.objects.update(content=b"<else/>")
    assert bytes(EInvoiceFile.objects.get().content) == b"<RE-7 2165.80/>"


@pytest.mark.parametrize(
    ("setting", "frozen", "gets_it"),
    [
        (EInvoicing.BY_COUNTRY, GERMAN, True),
        (EInvoicing.NEVER, GERMAN, False),
        # The organization may have moved since: the country is the one on the document.
        (EInvoicing.BY_COUNTRY, {}, False),
        (EInvoicing.ALWAYS, {}, True),
    ],
)
def test_who_gets_one_is_set_for_the_organization(subscription, engine, setting, frozen, gets_it):
    set_to(subscription, setting)
    issued(subscription, frozen=FROZEN | frozen)
    assert render_pending_pdfs(now=NOW, limit=10).rendered == 1
    assert EInvoiceFile.objects.exists() is gets_it


def test_one_that_would_not_be_right_waits_with_its_reason_and_is_not_mailed(subscription, engine):
    BillingContact.objects.create(organization=subscription.organization, name="Jörg", email="j@struessmann.example")
    issued(subscription, tax="345.81")
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(failed=1)
    pdf = RenderedPdf.objects.get()
    assert (pdf.content, pdf.rendered_at, pdf.attempts) == (None, None, 1)
    assert pdf.last_error == (
        "EInvoiceError: The e-invoice would break rules of EN 16931: BR-CO-17: the tax on 1820.00 at 19 % is 345.81, "
        "not 345.80; BR-S-09: the tax on 1820.00 at 19 % is 345.81, not 345.80. The PDF waits. To send it without an "
        "e-invoice, set e-invoices to “Never” on the organization's page."
    )
    assert not EInvoiceFile.objects.exists()
    assert deliver_documents(now=NOW, limit=10) == 0
    assert not OutgoingMail.objects.exists()


def test_whoever_decides_that_it_goes_without_lets_it_go_at_the_next_attempt(subscription, engine):
    issued(subscription, tax="345.81")
    render_pending_pdfs(now=NOW, limit=10)
    set_to(subscription, EInvoicing.NEVER)
    again = RenderedPdf.objects.get().next_attempt_at
    assert render_pending_pdfs(now=again, limit=10) == RenderingResult(rendered=1)
    assert (bytes(RenderedPdf.objects.get().content), RenderedPdf.objects.get().last_error) == (b"PDF alone", "")
    assert not EInvoiceFile.objects.exists()


def test_a_pdf_that_was_made_before_stays_as_it_is(subscription, engine):
    issued(subscription, frozen={})
    render_pending_pdfs(now=NOW, limit=10)
    set_to(subscription, EInvoicing.ALWAYS)
    assert render_pending_pdfs(now=NOW + timedelta(days=1), limit=10) == RenderingResult()
    assert bytes(RenderedPdf.objects.get().content) == b"PDF alone"


def test_each_broken_rule_is_named(subscription):
    invoice = issued(subscription, frozen=GERMAN | {"issuer": GERMAN["issuer"] | {"legal_name": "", "tax_ids": []}})
    with pytest.raises(EInvoiceError, match=r"BR-06: .*; BR-CO-26: .*; BR-S-02: .*Never"):
        find_e_invoice(invoice)


def test_the_whole_way_by_the_real_engine(subscription):
    issued(subscription)
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=1)
    reader = PdfReader(io.BytesIO(bytes(RenderedPdf.objects.get().content)))
    assert reader.attachments["factur-x.xml"] == [bytes(EInvoiceFile.objects.get().content)]
