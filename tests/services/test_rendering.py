"""The sweep that renders what has been issued: each document once, a failed one again later."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from invoices.models import Invoice, RenderedPdf
from invoices.services import rendering
from invoices.services.rendering import render_pending_pdfs
from subscriptions.choices import PdfState
from subscriptions.domain.retry import retry_delay
from subscriptions.pdf import PdfUnavailable
from subscriptions.selectors.attention import list_by_pdf
from subscriptions.selectors.clock import database_now
from subscriptions.services import rendering as queue
from subscriptions.services.rendering import RenderingResult
from tests.factories.documents import ISSUED_AT, a_line, a_subscription, a_tax, an_invoice, issue

NOW = ISSUED_AT + timedelta(minutes=1)


@pytest.fixture
def subscription(db):
    return a_subscription()


@pytest.fixture
def engine(monkeypatch):
    """Stand in for WeasyPrint: quick, and broken for the numbers it is told."""
    return FakeEngine(monkeypatch)


class FakeEngine:
    def __init__(self, monkeypatch):
        self.rendered: list[str] = []
        self.broken: set[str] = set()
        monkeypatch.setattr(rendering, "render_pdf", self.render)
        monkeypatch.setattr(queue, "renderer_name", lambda: "Fake 1.0")

    def render(self, document):
        self.rendered.append(document.number)
        if document.number in self.broken:
            raise ValueError(f"{document.number} cannot be drawn")
        return f"PDF of {document.number}: {document.total}".encode()


def issued(subscription, sequence=1, **more) -> Invoice:
    lines = [a_line("usage", "purecloud-3", "PureCloud 3", "13", "140", "1820")]
    taxes = [a_tax("Massachusetts", "6.25", "113.75")]
    invoice = an_invoice(lines, taxes, sequence=sequence, number=f"INV-{sequence}", **more)
    return issue(invoice, lines, taxes, subscription=subscription)


def test_a_pending_document_is_stored_with_its_hash_and_its_renderer(subscription):
    invoice = issued(subscription)
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=1)
    pdf = RenderedPdf.objects.get(pk=invoice.pk)
    content = bytes(pdf.content)
    assert content.startswith(b"%PDF-")
    assert pdf.sha256 == hashlib.sha256(content).hexdigest()
    assert pdf.renderer.startswith("WeasyPrint ")
    assert (pdf.rendered_at, pdf.attempts, pdf.last_error) == (NOW, 1, "")


def test_a_second_run_renders_nothing(subscription, engine):
    issued(subscription)
    render_pending_pdfs(now=NOW, limit=10)
    before = RenderedPdf.objects.values().get()
    assert render_pending_pdfs(now=NOW + timedelta(days=1), limit=10) == RenderingResult()
    assert engine.rendered == ["INV-1"]
    assert RenderedPdf.objects.values().get() == before


def test_rendering_reads_the_frozen_language(subscription, engine, monkeypatch):
    languages = []
    monkeypatch.setattr(rendering, "render_pdf", lambda document: languages.append(document.language) or b"PDF")
    issued(subscription, frozen={"language": "ja"})
    render_pending_pdfs(now=NOW, limit=10)
    assert languages == ["ja"]


def test_one_failing_document_does_not_stop_the_others(subscription, engine):
    for sequence in (1, 2, 3):
        issued(subscription, sequence)
    engine.broken = {"INV-2"}
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=2, failed=1)
    pending = RenderedPdf.objects.get(rendered_at=None)
    assert (pending.invoice.number, pending.content, pending.sha256) == ("INV-2", None, "")
    assert pending.last_error == "ValueError: INV-2 cannot be drawn"


def test_a_failed_document_is_tried_again_later_until_it_succeeds(subscription, engine):
    invoice = issued(subscription)
    engine.broken = {"INV-1"}
    now = NOW
    for attempts in range(1, 15):
        assert render_pending_pdfs(now=now, limit=10) == RenderingResult(failed=1)
        assert render_pending_pdfs(now=now, limit=10) == RenderingResult()
        pdf = RenderedPdf.objects.get(pk=invoice.pk)
        assert (pdf.attempts, pdf.next_attempt_at) == (attempts, now + retry_delay(attempts))
        assert render_pending_pdfs(now=pdf.next_attempt_at - timedelta(seconds=1), limit=10) == RenderingResult()
        now = pdf.next_attempt_at
    engine.broken = set()
    assert render_pending_pdfs(now=now, limit=10) == RenderingResult(rendered=1)
    assert RenderedPdf.objects.get(pk=invoice.pk).last_error == ""


def test_a_worker_that_died_while_rendering_is_followed_by_another_try(subscription, engine, monkeypatch):
    invoice = issued(subscription)

    def die(document):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(rendering, "render_pdf", die)
        with pytest.raises(KeyboardInterrupt):
            render_pending_pdfs(now=NOW, limit=10)
    pdf = RenderedPdf.objects.get(pk=invoice.pk)
    assert (pdf.attempts, pdf.last_error) == (1, "Rendering began and did not end.")
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult()
    assert render_pending_pdfs(now=pdf.next_attempt_at, limit=10) == RenderingResult(rendered=1)


def test_a_document_that_is_being_rendered_has_not_failed(subscription, engine, monkeypatch):
    issued(subscription)
    now = database_now()

    def in_state(state: PdfState) -> int:
        return list_by_pdf(Invoice.objects.all(), RenderedPdf.objects.all(), state).count()

    def look(document):
        return f"{in_state(PdfState.WAITING)} waiting, {in_state(PdfState.FAILED)} failed".encode()

    with monkeypatch.context() as looking:
        looking.setattr(rendering, "render_pdf", look)
        render_pending_pdfs(now=now, limit=1)
    assert bytes(RenderedPdf.objects.get().content) == b"1 waiting, 0 failed"

    # It began so long ago that it is due again: whoever was at it has died.
    issued(subscription, 2)
    RenderedPdf.objects.filter(rendered_at=None).update(
        last_error="Rendering began and did not end.", next_attempt_at=now - timedelta(seconds=1)
    )
    assert (in_state(PdfState.WAITING), in_state(PdfState.FAILED)) == (0, 1)


def test_a_sweep_takes_no_more_than_it_may_and_the_longest_due_first(subscription, engine):
    for sequence in (1, 2, 3):
        issued(subscription, sequence, issued_at=ISSUED_AT - timedelta(minutes=sequence))
    assert render_pending_pdfs(now=NOW, limit=2) == RenderingResult(rendered=2)
    assert engine.rendered == ["INV-3", "INV-2"]


def test_where_pdfs_cannot_be_made_each_document_says_so_and_stays_due(subscription, engine, monkeypatch, caplog):
    issued(subscription)

    def unavailable():
        raise PdfUnavailable("Install Pango.")

    with monkeypatch.context() as without_pango:
        without_pango.setattr(queue, "renderer_name", unavailable)
        for _ in range(3):
            assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(unavailable="Install Pango.")
    pdf = RenderedPdf.objects.get()
    assert (pdf.last_error, pdf.attempts, pdf.next_attempt_at) == ("Install Pango.", 0, ISSUED_AT)
    assert [record.message for record in caplog.records] == ["Install Pango."]
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=1)


def test_rendering_leaves_the_books_as_they_are(subscription, engine):
    invoice = issued(subscription)
    engine.broken = {"INV-1"}

    def books():
        return (
            Invoice.objects.values().get(pk=invoice.pk),
            list(invoice.lines.values()),
            list(invoice.taxes.values()),
        )

    before = books()
    render_pending_pdfs(now=NOW, limit=10)
    engine.broken = set()
    render_pending_pdfs(now=NOW + timedelta(days=1), limit=10)
    assert books() == before


@pytest.mark.postgresql
def test_a_document_that_another_worker_is_claiming_is_passed_by(committed_db, engine):
    subscription = a_subscription()
    first, second = issued(subscription, 1), issued(subscription, 2)
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM invoices_renderedpdf WHERE invoice_id = %s FOR UPDATE", [first.pk])
        assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=1)
        other.rollback()
    finally:
        other.close()
    assert engine.rendered == [second.number]
    assert render_pending_pdfs(now=NOW, limit=10) == RenderingResult(rendered=1)


def test_no_transaction_is_open_while_a_document_renders(transactional_db, engine, monkeypatch):
    issued(a_subscription())
    open_while_rendering = []

    def look(document):
        open_while_rendering.append(connection.in_atomic_block or not transaction.get_autocommit())
        return b"PDF"

    monkeypatch.setattr(rendering, "render_pdf", look)
    render_pending_pdfs(now=NOW, limit=10)
    assert open_while_rendering == [False]
