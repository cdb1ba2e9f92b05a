"""Who receives the invoices, what was asked for, and asking for a change (BR-84)."""

import pytest

from subscriptions.models import BillingContact, ContactRequest
from tests.portal import rows

URL = "/o/acme/contacts/"
ASKED = {"action": "add", "name": "Ann", "email": "ann@acme.example", "language": "en", "note": "From June on."}


@pytest.fixture
def finn(acme) -> BillingContact:
    return BillingContact.objects.create(organization=acme, name="Finn", email="finn@acme.example")


def test_without_a_contact_it_says_what_to_do(acme, client_of):
    assert "Nobody receives your invoices yet" in client_of("billing contact").get(URL).content.decode()


def test_what_was_asked_for_stands_there_with_its_answer(acme, finn, client_of):
    contact = client_of("billing contact")
    contact.post(URL, ASKED)
    assert "From June on." in contact.get(URL).content.decode()

    ContactRequest.objects.update(
        state="declined", answer="Nobody of yours.", decided_at=rows.NOW, decided_by=rows.make_csm("decider", acme)
    )

    page = contact.get(URL).content.decode()
    assert "Nobody of yours." in page
    assert "Declined" in page


def test_a_second_click_asks_once(finn, client_of):
    contact = client_of("billing contact")
    contact.post(URL, ASKED)

    answer = contact.post(URL, ASKED, follow=True)

    assert "asked for before" in answer.content.decode()
    assert ContactRequest.objects.count() == 1


def test_removing_needs_only_the_contact(finn, client_of):
    client_of("subscription admin").post(URL, {"action": "remove", "contact": finn.pk, "language": "en"})

    asked = ContactRequest.objects.get()
    assert (asked.action, asked.contact, asked.email) == ("remove", finn, "finn@acme.example")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": ""}, "email"),
        ({"name": ""}, "name"),
        ({"action": "remove"}, "contact"),
        ({"action": "change"}, "contact"),
        ({"language": "tlh"}, "language"),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_is_asked(typed, field, finn, client_of):
    answer = client_of("billing contact").post(URL, ASKED | typed)

    assert list(answer.context["form"].errors) == [field]
    assert not ContactRequest.objects.exists()


def test_a_contact_of_another_organization_cannot_be_named(acme, client_of):
    other = rows.make_organization("beta", "Beta")
    foreign = BillingContact.objects.create(organization=other, name="Bo", email="bo@beta.example")
    browser = client_of("billing contact")

    answer = browser.post(URL, ASKED | {"action": "change", "contact": foreign.pk})

    assert "contact" in answer.context["form"].errors
    assert "bo@beta.example" not in browser.get(URL).content.decode()
    assert not ContactRequest.objects.exists()


def test_the_page_costs_the_same_however_much_was_asked(acme, finn, client_of, django_assert_num_queries):
    browser = client_of("billing contact")
    browser.get(URL)
    for number in range(12):
        ContactRequest.objects.create(
            organization=acme,
            action="add",
            email=f"{number}@acme.example",
            asked_by=rows.make_person(f"asks-{number}"),
            asked_at=rows.NOW,
        )

    with django_assert_num_queries(QUERIES):
        browser.get(URL)


QUERIES = 8
