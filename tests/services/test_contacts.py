"""Only a CSM changes who receives the invoices; it is logged for good, and both addresses are told (BR-84)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from subscriptions.choices import ContactAction
from subscriptions.models import BillingContact, ContactChange, ContactRequest, OutgoingMail
from subscriptions.services.contacts import (
    ContactError,
    Proposal,
    ask_for_change,
    change_contacts,
    decline_request,
)
from subscriptions.services.erasing import erase_person
from tests.portal import rows

NOW = rows.NOW


@pytest.fixture
def acme(db):
    return rows.make_organization()


@pytest.fixture
def csm(acme) -> User:
    return rows.make_csm("csm", acme)


@pytest.fixture
def finn(acme) -> BillingContact:
    return BillingContact.objects.create(organization=acme, name="Finn", email="finn@acme.example", language="ja")


def proposal(action: str, contact=None, email: str = "ann@acme.example") -> Proposal:
    if action == "remove":
        return Proposal(action=ContactAction.REMOVE, contact=contact)
    return Proposal(action=ContactAction(action), contact=contact, name="Ann", email=email, language="en")


def change(acme, csm, what: Proposal, *, request=None) -> ContactChange:
    return change_contacts(what, organization=acme, reason="Finn has left.", changed_by=csm, now=NOW, request=request)


def contacts() -> list[tuple[str, str]]:
    return list(BillingContact.objects.order_by("email").values_list("name", "email"))


@pytest.mark.parametrize(
    ("action", "after", "old", "new", "told"),
    [
        (
            "add",
            [("Ann", "ann@acme.example"), ("Finn", "finn@acme.example")],
            "",
            "ann@acme.example",
            [("ann@acme.example", "en")],
        ),
        (
            "change",
            [("Ann", "ann@acme.example")],
            "finn@acme.example",
            "ann@acme.example",
            [("ann@acme.example", "en"), ("finn@acme.example", "ja")],
        ),
        ("remove", [], "finn@acme.example", "", [("finn@acme.example", "ja")]),
    ],
)
def test_a_change_is_made_logged_and_told_to_both_addresses(action, after, old, new, told, acme, csm, finn):
    change(acme, csm, proposal(action, None if action == "add" else finn))

    assert contacts() == after
    logged = ContactChange.objects.get()
    assert (logged.action, logged.old_email, logged.new_email) == (action, old, new)
    assert (logged.changed_by, logged.changed_at, logged.reason) == (csm, NOW, "Finn has left.")
    assert sorted(OutgoingMail.objects.values_list("recipient", "language")) == told


def test_whose_name_alone_changes_is_told_once(acme, csm, finn):
    change(acme, csm, proposal("change", finn, email="Finn@acme.example"))

    assert [(mail.recipient, mail.language) for mail in OutgoingMail.objects.all()] == [("Finn@acme.example", "en")]


@pytest.mark.parametrize("email", ["finn@acme.example", "FINN@acme.example"])
def test_two_contacts_with_one_address_are_refused(email, acme, csm, finn):
    with pytest.raises(ContactError, match="with this address"):
        change(acme, csm, proposal("add", email=email))

    assert contacts() == [("Finn", "finn@acme.example")]
    assert not ContactChange.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("action", ["change", "remove"])
def test_a_contact_that_is_gone_or_foreign_is_refused(action, acme, csm, finn):
    other = rows.make_organization("beta", "Beta")

    with pytest.raises(ContactError, match="is gone"):
        change(other, csm, proposal(action, finn))

    assert contacts() == [("Finn", "finn@acme.example")]
    assert not ContactChange.objects.exists()


def test_the_log_of_changes_never_changes(acme, csm, finn):
    logged = change(acme, csm, proposal("remove", finn))

    for attempt in (
        lambda: ContactChange.objects.filter(pk=logged.pk).update(reason="Nothing"),
        lambda: ContactChange.objects.filter(pk=logged.pk).delete(),
    ):
        with pytest.raises(IntegrityError, match="frozen"), transaction.atomic():
            attempt()
    assert ContactChange.objects.get().reason == "Finn has left."


def ask(acme, what: Proposal, asked_by: User) -> ContactRequest:
    return ask_for_change(what, organization=acme, note="Please", asked_by=asked_by, now=NOW)


def test_a_request_changes_nothing_until_it_is_applied_and_then_once(acme, csm, finn):
    asked = ask(acme, proposal("change", finn), rows.make_member("eve", acme, billing_contact=True))
    assert contacts() == [("Finn", "finn@acme.example")]

    change(acme, csm, proposal("change", finn), request=asked)

    asked.refresh_from_db()
    assert (asked.state, asked.decided_by, asked.answer) == ("done", csm, "Finn has left.")
    assert ContactChange.objects.get().request == asked
    with pytest.raises(ContactError, match="decided before"):
        change(acme, csm, proposal("add", email="other@acme.example"), request=asked)
    assert contacts() == [("Ann", "ann@acme.example")]


def test_a_declined_request_keeps_its_reason_and_changes_nothing(acme, csm, finn):
    asked = ask(acme, proposal("remove", finn), rows.make_member("eve", acme, billing_contact=True))

    decline_request(asked, answer="Somebody must get them.", by=csm, now=NOW + timedelta(hours=1))

    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("declined", "Somebody must get them.")
    assert contacts() == [("Finn", "finn@acme.example")]
    with pytest.raises(ContactError, match="decided before"):
        decline_request(asked, answer="Again", by=csm, now=NOW)


def test_the_same_is_asked_for_once_at_a_time(acme, csm, finn):
    eve = rows.make_member("eve", acme, billing_contact=True)
    first = ask(acme, proposal("remove", finn), eve)

    with pytest.raises(ContactError, match="asked for before"):
        ask(acme, proposal("remove", finn), eve)

    decline_request(first, answer="No", by=csm, now=NOW)
    assert ask(acme, proposal("remove", finn), eve).pk != first.pk


def test_a_person_who_is_erased_stands_in_no_request_and_no_change(acme, csm, finn):
    eve = rows.make_member("eve", acme, billing_contact=True)
    eve.email = "Finn@acme.example"
    eve.save()
    ask(acme, proposal("change", finn, email="finn@acme.example"), eve)
    change(acme, csm, proposal("change", finn))

    erasure = erase_person(eve.pk, erased_by=csm, reason="Asked for", now=NOW)

    logged, asked = ContactChange.objects.get(), ContactRequest.objects.get()
    assert (logged.old_name, logged.old_email, logged.new_email) == ("(erased)", "(erased)", "ann@acme.example")
    assert (logged.changed_by, logged.changed_at) == (csm, NOW)
    assert "finn" not in f"{asked.name} {asked.email}".lower()
    assert erasure.rows["subscriptions.ContactChange"] == 1
