"""A document's page says to whom it was mailed, and sends it again (BR-84)."""

from datetime import timedelta

import pytest

from invoices.models import InvoiceDelivery
from invoices.services.delivering import deliver_documents
from subscriptions.models import BillingContact, OutgoingMail
from subscriptions.services.mailing import send_pending_mail
from tests.portal import rows

PAGE = "/o/acme/invoices/INV-000001/"
AGAIN = "/o/acme/invoices/INV-000001/send-again"


@pytest.fixture
def delivered(agreement):
    BillingContact.objects.create(organization=agreement.organization, name="Finn", email="finn@acme.example")
    invoice = rows.make_invoice(agreement)
    deliver_documents(now=rows.NOW, limit=10)
    return invoice


def test_a_double_click_sends_one_mail(delivered, client_of):
    contact = client_of("billing contact")
    assert 'name="times" value="0"' in contact.get(PAGE).content.decode()

    first = contact.post(AGAIN, {"times": "0"}, follow=True)
    second = contact.post(AGAIN, {"times": "0"}, follow=True)

    assert "On its way to 1 contact." in first.content.decode()
    assert "just been sent again" in second.content.decode()
    assert OutgoingMail.objects.count() == 2


@pytest.mark.parametrize("times", ["", "many", "-1", "¹"])
def test_a_form_that_we_did_not_make_sends_nothing(times, delivered, client_of):
    assert client_of("billing contact").post(AGAIN, {"times": times}).status_code == 404
    assert OutgoingMail.objects.count() == 1


def test_an_address_alone_sends_nothing(delivered, client_of):
    assert client_of("billing contact").get(AGAIN).status_code == 405


def test_the_page_says_to_whom_and_when_it_was_sent(delivered, client_of):
    contact = client_of("billing contact")
    assert "goes out within a minute or two" in contact.get(PAGE).content.decode()

    send_pending_mail(now=rows.NOW + timedelta(minutes=1), limit=10)

    page = contact.get(PAGE).content.decode()
    assert "finn@acme.example" in page
    assert "sent on Jan 25, 2026" in page.replace("January", "Jan").replace("Jan.", "Jan")


def test_before_it_was_sent_there_is_no_way_to_send_it_again(agreement, client_of):
    rows.make_invoice(agreement)
    contact = client_of("billing contact")

    assert AGAIN not in contact.get(PAGE).content.decode()
    assert "was not sent yet" in contact.post(AGAIN, {"times": "0"}, follow=True).content.decode()
    assert InvoiceDelivery.objects.get().times_again == 0


def test_mail_of_another_document_is_not_shown(delivered, agreement, client_of):
    for number in range(2, 12):
        rows.make_invoice(agreement, number)
    BillingContact.objects.update(email="later@acme.example")
    deliver_documents(now=rows.NOW, limit=20)

    assert "later@acme.example" not in client_of("billing contact").get(PAGE).content.decode()
