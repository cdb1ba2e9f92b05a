"""What staff see of a document's PDF and e-invoice: the file, or why it waits; and how an organization gets them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from invoices.models import DocumentBalance, EInvoiceFile, Invoice, RenderedPdf
from subscriptions.models import Organization
from tests.admin.rows import Customer
from tests.factories.e_invoices import FILE

BADGE = re.compile(r">\s*Failed\s*<")


def page_of(invoice: Invoice) -> str:
    return reverse("admin:invoices_invoice_change", args=[invoice.pk])


def file_of(invoice: Invoice) -> str:
    return reverse("admin:invoices_invoice_e_invoice", args=[invoice.pk])


def test_the_file_is_there_for_staff_too(as_csm: Client, acme: Customer) -> None:
    invoice = acme.invoice
    EInvoiceFile.objects.create(
        invoice=invoice,
        organization=invoice.organization,
        content=FILE,
        sha256="0" * 64,
        stored_at=invoice.issued_at,
    )
    assert f'href="{file_of(invoice)}"' in as_csm.get(page_of(invoice)).content.decode()
    answer = as_csm.get(file_of(invoice))
    assert (answer.content, answer["Content-Type"]) == (FILE, "application/xml; charset=utf-8")
    assert answer["Content-Disposition"] == f'attachment; filename="{invoice.number}-factur-x.xml"'


def test_a_document_without_one_says_so(as_csm: Client, acme: Customer) -> None:
    assert file_of(acme.invoice) not in as_csm.get(page_of(acme.invoice)).content.decode()
    answer = as_csm.get(file_of(acme.invoice), follow=True)
    assert answer.redirect_chain == [(page_of(acme.invoice), 302)]
    assert "This document has no e-invoice file" in answer.content.decode()


def test_it_is_not_there_for_another_csm(client: Client, acme: Customer, csm_of_others: Client) -> None:
    assert csm_of_others.get(file_of(acme.invoice)).status_code == 404


@pytest.fixture
def csm_of_others(django_user_model) -> Client:
    browser = Client()
    browser.force_login(django_user_model.objects.create_user("elsewhere", password="x", is_staff=True))
    return browser


def test_the_page_says_why_a_pdf_waits(as_csm: Client, acme: Customer) -> None:
    copy = Invoice.objects.get(pk=acme.invoice.pk)
    copy.pk, copy.sequence, copy.number = None, 99, "RE-99"
    copy.save()
    DocumentBalance.objects.create(document=copy, organization=copy.organization, open=copy.total)
    waiting = RenderedPdf.objects.create(
        invoice=copy,
        organization=copy.organization,
        next_attempt_at=copy.issued_at,
        last_error="EInvoiceError: BR-CO-10",
    )
    page = as_csm.get(page_of(copy)).content.decode()
    assert (
        "It could not be made, is tried again by itself, and nothing is mailed before: EInvoiceError: BR-CO-10" in page
    )
    assert BADGE.search(as_csm.get(reverse("admin:invoices_invoice_changelist")).content.decode())
    RenderedPdf.objects.filter(pk=waiting.pk).update(last_error="")
    assert not BADGE.search(as_csm.get(reverse("admin:invoices_invoice_changelist")).content.decode())
    assert "Being made" in as_csm.get(page_of(copy)).content.decode()


def test_an_organization_is_set_to_get_them(as_lead: Client, acme: Customer) -> None:
    assert Organization.objects.get(pk=acme.organization.pk).e_invoicing == "by_country"
    form = as_lead.get(reverse("admin:subscriptions_organization_change", args=[acme.organization.pk]))
    assert "Leitweg-ID" in form.content.decode()
    assert "By country: in the European Union" in form.content.decode()
