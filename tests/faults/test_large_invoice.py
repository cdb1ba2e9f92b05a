"""F43: an invoice of a hundred thousand lines closes in time; its PDF adds them up, and a file has each of them."""

import csv
import io
import re
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from invoices.documents.section import LINES_SHOWN
from invoices.models import Invoice, RenderedPdf
from invoices.services.rendering import render_pending_pdfs
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription, VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from tests.admin.rows import make_lead
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_subscription
from tests.factories.usage import an_event, report

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 1, 15, 12, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 12, tzinfo=UTC)
CLOSED_WITHIN_SECONDS = 60
"""Of processor time: what else the machine does is not the test's."""


def called_everywhere(places: int) -> Subscription:
    """Return an agreement under which one call went to each of so many destinations."""
    deck = VoiceRateDeck.objects.create(name="Voice", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2020, 1, 1))
    VoiceRate.objects.bulk_create(
        VoiceRate(
            version=version,
            direction="outbound",
            prefix=f"+33{number:07}",
            destination=f"Place {number}",
            per_minute=Decimal("0.05"),
        )
        for number in range(places)
    )
    subscription = a_subscription(rate_deck=deck)
    close_due_cycles(now=BEGIN)
    for first in range(0, places, 5_000):
        calls = range(first, min(first + 5_000, places))
        report(subscription.organization, *(a_call(number) for number in calls))
    return subscription


def a_call(number: int) -> dict[str, object]:
    data = {"direction": "outbound", "remote": f"+33{number:07}99", "seconds": 60}
    call_id, at = f"call-{number}", BEGIN + timedelta(days=1, seconds=number)
    return an_event(id=call_id, type="call.completed", subject=call_id, time=at.isoformat(), data=data)


@pytest.mark.parametrize("places", [LINES_SHOWN + 1, pytest.param(100_000, marks=pytest.mark.long)])
def test_f43_a_great_many_lines_are_billed_in_time_and_added_up_on_paper(places: int) -> None:
    subscription = called_everywhere(places)
    began = time.process_time()
    close_due_cycles(now=CUTOFF)
    took = time.process_time() - began

    invoice: Invoice = subscription.invoices.get()
    assert invoice.lines.count() == places
    assert invoice.total == places * Decimal("0.05")
    assert took < CLOSED_WITHIN_SECONDS

    assert render_pending_pdfs(now=CUTOFF, limit=1).rendered == 1
    pages = PdfReader(io.BytesIO(bytes(RenderedPdf.objects.get().content))).pages
    text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
    assert len(pages) == 1
    assert f"This document has {places:,} lines." in text
    assert f"{places:,} lines" in text
    assert f"${invoice.total:,.2f}" in text

    client = Client()
    client.force_login(make_lead("lead"))
    page = client.get(reverse("invoice_detail", args=[subscription.organization.code, invoice.number]))
    annex = reverse("invoice_lines_csv", args=[subscription.organization.code, invoice.number])
    assert annex in page.content.decode()
    assert len(page.content) < 100_000
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get(annex).streaming_content).decode())))
    assert [row["line"] for row in rows] == [str(number) for number in range(1, places + 1)]
    assert sum(Decimal(row["amount"]) for row in rows) == invoice.subtotal
    assert_the_books_hold()


def test_f43_up_to_the_bound_each_line_is_shown() -> None:
    subscription = called_everywhere(12)
    close_due_cycles(now=CUTOFF)
    client = Client()
    client.force_login(make_lead("lead"))
    invoice = subscription.invoices.get()
    page = client.get(reverse("invoice_detail", args=[subscription.organization.code, invoice.number]))
    assert page.content.decode().count("Why?") == 12
    assert "lines.csv" not in page.content.decode()
