"""F19 to F21: what hangs, eats memory or finds no room on the disk costs itself an attempt, and nobody else."""

import gc
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from invoices.models import Invoice, RenderedPdf
from invoices.services.rendering import render_pending_pdfs
from subscriptions.models import Subscription
from subscriptions.pdf import engine, limits
from subscriptions.pdf.limits import RenderingLimitError, within_limits
from tests.factories.documents import ISSUED_AT, a_line, a_subscription, a_tax, an_invoice, issue
from tests.factories.usage import an_event, an_organization, as_json
from tests.faults.refusing import DISK_FULL, refusing
from tests.together import PATIENCE
from usage.models import UsageEvent
from usage.services.keys import create_key

NOW = ISSUED_AT + timedelta(minutes=1)


def hang() -> bytes:
    while True:
        time.sleep(1)


def eat() -> bytes:
    return b"".join(bytearray(64 << 20) for _ in range(64))


def test_f21_what_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(RenderingLimitError, match="more than 1 seconds"):
        within_limits(hang)
    assert time.monotonic() - began < PATIENCE


def test_f21_what_eats_memory_is_refused_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MEGABYTES", 256)
    with pytest.raises(RenderingLimitError, match="256 MB"):
        within_limits(eat)


def test_f21_what_renders_within_the_limits_is_handed_over_whole_with_what_it_raises() -> None:
    assert within_limits(lambda: b"%PDF" * 1_000_000) == b"%PDF" * 1_000_000

    def fail() -> bytes:
        raise engine.ForbiddenResource("The document asks for file:///etc/passwd")

    with pytest.raises(engine.ForbiddenResource, match="passwd"):
        within_limits(fail)


def test_f21_a_child_never_walks_through_what_its_parent_has() -> None:
    assert not within_limits(gc.isenabled)
    assert gc.isenabled()


@pytest.mark.django_db
def test_f21_a_document_that_hangs_fails_alone_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    subscription = a_subscription()
    stuck, fine = issued(subscription, 1), issued(subscription, 2)
    original = engine.render

    def render(document: object, **how: str) -> bytes:
        return hang() if document.number == stuck.number else original(document, **how)

    monkeypatch.setattr(engine, "render", render)
    monkeypatch.setattr(limits, "SECONDS", 20)

    result = render_pending_pdfs(now=NOW, limit=10)

    assert (result.rendered, result.failed) == (1, 1)
    assert RenderedPdf.objects.get(pk=fine.pk).rendered_at
    row = RenderedPdf.objects.get(pk=stuck.pk)
    assert "given up" in row.last_error
    assert NOW < row.next_attempt_at <= NOW + timedelta(minutes=5)


@pytest.mark.postgresql
@pytest.mark.usefixtures("committed_db")
def test_f19_a_pdf_that_finds_no_room_is_made_once_there_is_some() -> None:
    invoice = issued(a_subscription(), 1)
    number, total = invoice.number, invoice.total
    with (
        refusing("invoices_renderedpdf", code=DISK_FULL, times=1_000),
        pytest.raises(OperationalError, match="refused"),
    ):
        render_pending_pdfs(now=NOW, limit=10)
    invoice.refresh_from_db()
    assert (invoice.number, invoice.total) == (number, total)
    assert RenderedPdf.objects.get().content is None

    assert render_pending_pdfs(now=NOW + timedelta(minutes=5), limit=10).rendered == 1
    assert bytes(RenderedPdf.objects.get().content).endswith(b"%%EOF\n")


def issued(subscription: Subscription, sequence: int) -> Invoice:
    lines, taxes = (
        [a_line("overage", "purecloud-3", "PureCloud 3", "13", "140", "1820")],
        [a_tax("Boston", "6.25", "1")],
    )
    document = an_invoice(lines, taxes, sequence=sequence, number=f"INV-{sequence:06}")
    return issue(document, lines, taxes, subscription=subscription)


@pytest.mark.django_db(transaction=True)
def test_f20_events_that_find_no_room_are_not_acknowledged_and_taken_once_there_is_some(client) -> None:
    _, secret = create_key(organization=an_organization(), name="test", created_by=None, now=NOW)
    batch = as_json(*(an_event(id=f"e-{number}", source="/" + "x" * 200) for number in range(500)))

    def post() -> int:
        return client.post(
            "/api/v1/events",
            batch,
            content_type="application/cloudevents-batch+json",
            headers={"Authorization": f"Bearer {secret}"},
        ).status_code

    if connection.vendor == "postgresql":
        with refusing("usage_usageevent", code=DISK_FULL, times=1_000):
            assert post() == 503
    else:
        with connection.cursor() as cursor:
            # What other tests have left free would be room.
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
        assert post() == 503
    assert not UsageEvent.objects.exists()

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert post() == 200
    assert UsageEvent.objects.count() == 500
