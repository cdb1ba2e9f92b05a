"""Why a line's quantity is what it is, for those who work on the organization (BR-77)."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from invoices.models import Invoice
from invoices.services.simulation.play import perform
from invoices.services.simulation.reading import read_story

STORY = Path(__file__).parent.parent / "scenarios" / "01-ramp-over-a-leap-day.yaml"
VIEWS = ["invoices_invoice_line", "invoices_invoice_evidence"]


@pytest.fixture
def invoice(db: None) -> Invoice:
    return Invoice.objects.get(subscription=perform(read_story(STORY).story), number="INV-000003")


def url_of(invoice: Invoice, view: str = "invoices_invoice_line", number: int = 2) -> str:
    return reverse(f"admin:{view}", args=[invoice.pk, number])


def test_each_line_of_a_document_leads_to_its_explanation(as_superuser: Client, invoice: Invoice) -> None:
    page = as_superuser.get(reverse("admin:invoices_invoice_change", args=[invoice.pk])).content.decode()

    for number in (1, 2):
        assert f'href="{url_of(invoice, number=number)}"' in page


def test_the_page_shows_the_same_as_the_customers(as_lead: Client, invoice: Invoice) -> None:
    page = as_lead.get(url_of(invoice)).content.decode()

    for words in ("why this quantity of PureCloud 1?", "BR-20", "5 − 3 = 2; 2 × $66.00 = $132.00", ">ida<"):
        assert words in page
    assert f'href="{url_of(invoice, "invoices_invoice_evidence")}"' in page


def test_the_file_is_called_by_number_and_line(as_lead: Client, invoice: Invoice) -> None:
    response = as_lead.get(url_of(invoice, "invoices_invoice_evidence"))

    assert response["Content-Disposition"] == 'attachment; filename="INV-000003-line-2.csv"'
    assert "no-store" in response["Cache-Control"]
    assert len(b"".join(response.streaming_content).splitlines()) == 6


@pytest.mark.parametrize("view", VIEWS)
def test_a_line_that_is_not_there_is_not_found(view: str, as_lead: Client, invoice: Invoice) -> None:
    assert as_lead.get(url_of(invoice, view, number=3)).status_code == 404
    assert as_lead.get(reverse(f"admin:{view}", args=[987654321, 1])).status_code == 404
