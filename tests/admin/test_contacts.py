"""Billing contacts in the admin: changed by a guided action only, by those who work on the organization (BR-84)."""

import pytest
from django.urls import reverse

from subscriptions.models import BillingContact, ContactChange, ContactRequest
from tests.admin.rows import make_contact_request
from tests.reading import is_not_possible

TYPED = {
    "action": "add",
    "name": "Ann",
    "email": "ann@acme.test",
    "language": "en",
    "reason": "A second one.",
    "confirmed": "yes",
}


def url_of(organization) -> str:
    return reverse("admin:subscriptions_organization_change_contact", args=[organization.pk])


def decide_url(action: str, asked: ContactRequest) -> str:
    return reverse(f"admin:subscriptions_contactrequest_{action}", args=[asked.pk])


def test_a_csm_changes_the_contacts_of_their_organization_and_no_other(as_csm, csm, acme, umbra):
    assert as_csm.get(url_of(acme.organization)).status_code == 200
    assert as_csm.post(url_of(acme.organization), TYPED).status_code == 302
    assert as_csm.get(url_of(umbra.organization)).status_code == 404
    assert as_csm.post(url_of(umbra.organization), TYPED).status_code == 404

    assert BillingContact.objects.filter(organization=acme.organization, email="ann@acme.test").exists()
    assert ContactChange.objects.get(reason="A second one.").changed_by == csm
    assert umbra.organization.billing_contacts.count() == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, ["ann@acme.test (Ann) gets each invoice, beginning with the next one", "ann@acme.test is told by mail"]),
        (
            {"action": "change"},
            [
                "(Ann) gets each invoice instead of finance@acme.test",
                "told by mail: finance@acme.test and ann@acme.test",
            ],
        ),
        ({"action": "remove"}, ["finance@acme.test gets no invoice any more", "finance@acme.test is told by mail"]),
    ],
)
def test_who_gets_the_invoices_and_who_is_told_is_shown_before_it_is_done(typed, words, as_csm, acme):
    contact = acme.organization.billing_contacts.get()
    chosen = {"contact": contact.pk} if typed else {}
    page = as_csm.post(url_of(acme.organization), TYPED | typed | chosen | {"confirmed": ""}).content.decode()

    for sentence in (*words, "Because: A second one."):
        assert sentence in page
    assert list(acme.organization.billing_contacts.values_list("email", flat=True)) == ["finance@acme.test"]
    assert not ContactChange.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"email": ""}, "email", "Write the address"),
        ({"name": ""}, "name", "Write who receives"),
        ({"reason": ""}, "reason", "required"),
        ({"action": "remove"}, "contact", "Choose the contact"),
        ({"email": "finance@acme.test"}, "email", "There is a billing contact with this address"),
    ],
)
def test_what_cannot_be_done_is_said_at_its_field_and_not_done(typed, field, words, as_csm, acme):
    answer = as_csm.post(url_of(acme.organization), TYPED | typed)

    assert words in str(answer.context["form"].errors[field])
    assert acme.organization.billing_contacts.count() == 1


def test_the_organizations_page_shows_the_contacts_and_edits_none(as_csm, acme):
    page = as_csm.get(reverse("admin:subscriptions_organization_change", args=[acme.organization.pk])).content.decode()

    assert "finance@acme.test" in page
    assert "billing_contacts-0-email" not in page


def test_a_request_is_applied_as_it_was_asked_for(as_csm, acme):
    asked = make_contact_request(acme.organization)
    page = as_csm.get(decide_url("apply", asked))
    assert page.context["form"]["email"].value() == asked.email

    as_csm.post(decide_url("apply", asked), TYPED | {"email": asked.email})

    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("done", "A second one.")
    assert BillingContact.objects.filter(email=asked.email).exists()
    assert is_not_possible(as_csm.get(decide_url("apply", asked)))


def test_a_request_is_declined_with_a_reason(as_csm, acme):
    asked = make_contact_request(acme.organization)

    assert as_csm.post(decide_url("decline", asked), {"answer": ""}).status_code == 200
    as_csm.post(decide_url("decline", asked), {"answer": "Not a person of yours."})

    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("declined", "Not a person of yours.")
    assert not BillingContact.objects.filter(email=asked.email).exists()
