"""The mail of documents in the admin: what waits for a contact is found, and a document is sent again (BR-84)."""

import pytest
from django.urls import reverse

from invoices.models import InvoiceDelivery
from subscriptions.models import BillingContact, OutgoingMail
from tests.admin.rows import MADE_AT, make_mail

LIST = reverse("admin:invoices_invoice_changelist")


def again_url(invoice) -> str:
    return reverse("admin:invoices_invoice_send_again", args=[invoice.pk])


@pytest.mark.parametrize(
    ("queued", "has_contact", "state"), [(True, True, "queued"), (False, True, "pending"), (False, False, "nobody")]
)
def test_documents_are_found_by_the_state_of_their_mail(queued, has_contact, state, as_csm, acme):
    if not queued:
        InvoiceDelivery.objects.update(queued_at=None)
    if not has_contact:
        BillingContact.objects.all().delete()

    found = {
        chosen: [invoice.pk for invoice in as_csm.get(LIST, {"mail": chosen}).context["cl"].result_list]
        for chosen in ("queued", "pending", "nobody")
    }

    assert found == {chosen: [acme.invoice.pk] if chosen == state else [] for chosen in found}


def test_a_document_is_sent_again_once_for_each_wish(as_csm, acme):
    asked = as_csm.get(again_url(acme.invoice), follow=True)
    assert "1 billing contact of Acme" in asked.content.decode()
    url = asked.redirect_chain[-1][0]
    before = OutgoingMail.objects.count()

    as_csm.post(url, {"confirmed": "yes"})
    as_csm.post(url, {"confirmed": "yes"})

    assert OutgoingMail.objects.count() == before + 1


def test_a_documents_page_says_to_whom_it_went(as_csm, acme):
    about = {"kind": "invoice", "subject": "Invoice", "queued_at": MADE_AT}
    key = f"invoice|{acme.invoice.pk}|0|"
    make_mail(acme.organization, **about, key=f"{key}a", recipient="ann@acme.test", sent_at=MADE_AT)
    make_mail(acme.organization, **about, key=f"{key}b", recipient="bob@acme.test", attempts=2)
    make_mail(acme.organization, **about, key=f"invoice|{acme.invoice.pk}0|0|c", recipient="else@acme.test")

    page = as_csm.get(reverse("admin:invoices_invoice_change", args=[acme.invoice.pk])).content.decode()

    assert "ann@acme.test (Mar 15, 2026), bob@acme.test (failed, tried again)" in page
    assert "else@acme.test" not in page


def test_a_foreign_document_is_not_sent(as_csm, umbra):
    before = OutgoingMail.objects.count()

    assert as_csm.post(f"{again_url(umbra.invoice)}?times=0").status_code == 404
    assert OutgoingMail.objects.count() == before
