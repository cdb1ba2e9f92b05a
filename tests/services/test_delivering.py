"""Each issued document goes to the billing contacts by mail, once, with its PDF, in their language (BR-84)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from invoices.models import InvoiceDelivery, RenderedPdf
from invoices.services import delivering
from invoices.services.delivering import DeliveryError, deliver_documents, send_again
from subscriptions.models import BillingContact, OutgoingMail
from subscriptions.services.mailing import send_pending_mail
from tests.factories.documents import draft_and_issue
from tests.portal import rows

NOW = datetime(2026, 2, 15, 12, tzinfo=UTC)


@pytest.fixture
def agreement(db):
    return rows.make_subscription(rows.make_organization())


@pytest.fixture
def contact(agreement) -> BillingContact:
    return a_contact(agreement)


def a_contact(agreement, email: str = "finn@acme.example", **fields) -> BillingContact:
    own = {"organization": agreement.organization, "name": "Finn", "email": email}
    return BillingContact.objects.create(**own | fields)


def make_pdf(invoice, *, at: datetime = NOW) -> None:
    RenderedPdf.objects.filter(pk=invoice.pk).update(content=b"%PDF-1.7", sha256="0" * 64, rendered_at=at)


def deliver(now: datetime = NOW) -> int:
    return deliver_documents(now=now, limit=50)


def test_a_document_goes_to_every_contact_once_however_often_it_is_swept(agreement, contact):
    a_contact(agreement, "ann@acme.example", name="Ann")
    invoice = draft_and_issue(agreement, "100.00", dated=date(2026, 2, 15))
    make_pdf(invoice)

    assert [deliver(), deliver(), deliver(NOW + timedelta(days=30))] == [1, 0, 0]
    assert send_pending_mail(now=NOW, limit=10) == 2

    assert [message.to for message in mail.outbox] == [["finn@acme.example"], ["ann@acme.example"]]
    for message in mail.outbox:
        assert message.attachments == [(f"{invoice.number}.pdf", b"%PDF-1.7", "application/pdf")]


def test_the_mail_waits_for_the_pdf(agreement, contact):
    invoice = draft_and_issue(agreement, "100.00", dated=date(2026, 2, 15))

    assert deliver() == 0
    assert not OutgoingMail.objects.exists()
    make_pdf(invoice)
    assert deliver() == 1


def test_without_a_contact_it_waits_and_goes_out_once_there_is_one(agreement):
    invoice = draft_and_issue(agreement, "100.00", dated=date(2026, 2, 15))
    make_pdf(invoice)

    assert deliver() == 0
    assert InvoiceDelivery.objects.get(pk=invoice.pk).queued_at is None
    a_contact(agreement)
    assert deliver(NOW + timedelta(days=3)) == 1
    assert OutgoingMail.objects.get().recipient == "finn@acme.example"


def test_what_waits_for_a_contact_keeps_no_other_waiting(agreement, contact):
    rows.make_invoice(rows.make_subscription(rows.make_organization("beta", "Beta")), 1)
    rows.make_invoice(agreement, 2)

    assert deliver_documents(now=NOW, limit=1) == 1


@pytest.mark.parametrize(
    ("amount", "said", "not_said"),
    [
        (
            "100.00",
            [
                "Invoice INV-1 from Seat Cloud seat-us: $100.00",
                "Amount due: $100.00",
                "Due date: Mar 17, 2026",
                "http://127.0.0.1:8000/o/acme/invoices/INV-1/",
                "Please ask invoices@seat.example for our bank account in US Dollar (USD).",
                "This invoice: invoices@seat.example",
            ],
            ["credit"],
        ),
        (
            "-40.00",
            [
                "Credit note CN-1 from Seat Cloud seat-us: $40.00",
                "Amount credited: $40.00",
                "You have nothing to pay for it",
                "http://127.0.0.1:8000/o/acme/invoices/CN-1/",
            ],
            ["Due date", "bank account"],
        ),
    ],
    ids=["an invoice", "a credit note"],
)
def test_the_mail_says_what_its_reader_needs(amount, said, not_said, agreement, contact):
    entity = agreement.issuing_entity
    entity.invoice_prefix, entity.credit_note_prefix = "INV-", "CN-"
    entity.invoicing_email = "invoices@seat.example"
    entity.save()
    invoice = draft_and_issue(agreement, amount, dated=date(2026, 2, 15))
    make_pdf(invoice)

    deliver()

    sent = OutgoingMail.objects.get()
    text = f"{sent.subject}\n{sent.body}".replace(invoice.number, f"{invoice.number.split('-')[0]}-1")
    for words in said:
        assert words in text
    for words in not_said:
        assert words not in text


def test_the_mail_names_the_period_and_where_to_pay(agreement, contact):
    rows.make_invoice(agreement)

    deliver()

    text = OutgoingMail.objects.get().body
    assert "Service period: Dec 15, 2025 – Jan 14, 2026 (11:59:59 PM Eastern)" in text
    assert "First Example Bank\nRouting (ACH): 021000021\nAccount: 0001234567\nReference: INV-000001" in text


def test_figures_are_written_in_the_language_of_each_contact(agreement, contact):
    a_contact(agreement, "keiko@acme.example", language="ja")
    rows.make_invoice(agreement)

    deliver()

    texts = {sent.language: sent.body for sent in OutgoingMail.objects.all()}
    assert "Feb 14, 2026" in texts["en"]
    assert "2026年2月14日" in texts["ja"]


def test_one_that_cannot_be_mailed_stops_no_other(agreement, contact, monkeypatch):
    broken = rows.make_invoice(agreement, 1)
    good = rows.make_invoice(agreement, 2)
    words = delivering._words

    def fail_for_one(invoice, contact):
        if invoice == broken:
            raise ValueError("no words")
        return words(invoice, contact)

    monkeypatch.setattr(delivering, "_words", fail_for_one)

    assert deliver() == 1
    waits = InvoiceDelivery.objects.get(pk=broken.pk)
    assert (waits.queued_at, waits.attempts, waits.last_error) == (None, 1, "ValueError: no words")
    assert waits.next_attempt_at > NOW
    assert good.number in OutgoingMail.objects.get().subject
    monkeypatch.undo()
    assert deliver(waits.next_attempt_at) == 1


def test_a_second_click_sends_nothing_and_a_second_wish_does(agreement, contact):
    invoice = rows.make_invoice(agreement)
    deliver()
    newcomer = a_contact(agreement, "ann@acme.example")

    assert send_again(invoice, times_before=0, asked_by=None, now=NOW) == 2
    assert send_again(invoice, times_before=0, asked_by=None, now=NOW) == 0
    assert OutgoingMail.objects.filter(recipient=contact.email).count() == 2
    assert send_again(invoice, times_before=1, asked_by=None, now=NOW) == 2
    assert OutgoingMail.objects.filter(recipient=newcomer.email).count() == 2


@pytest.mark.parametrize(
    ("lacking", "words"),
    [("sending", "was not sent yet"), ("contact", "nobody to send it to"), ("pdf", "still being made")],
)
def test_what_cannot_be_sent_again_is_refused_in_words(lacking, words, agreement, contact):
    invoice = rows.make_invoice(agreement, rendered=lacking != "pdf")
    if lacking != "sending":
        InvoiceDelivery.objects.filter(pk=invoice.pk).update(queued_at=NOW)
    if lacking == "contact":
        contact.delete()
    before = OutgoingMail.objects.count()

    with pytest.raises(DeliveryError, match=words):
        send_again(invoice, times_before=0, asked_by=None, now=NOW)

    assert OutgoingMail.objects.count() == before
    assert InvoiceDelivery.objects.get(pk=invoice.pk).times_again == 0


def test_an_address_of_two_issuers_names_the_one_that_is_meant(agreement, contact):
    other = rows.make_subscription(
        agreement.organization, effective_date=date(2026, 1, 1), issuer=rows.make_issuer("seat-uk")
    )
    rows.make_invoice(agreement, 1)
    rows.make_invoice(other, 1)

    deliver()

    texts = [sent.body for sent in OutgoingMail.objects.order_by("pk")]
    assert "/o/acme/invoices/INV-000001/?issuer=seat-us" in texts[0]
    assert "/o/acme/invoices/INV-000001/?issuer=seat-uk" in texts[1]
