"""Letting people into an organization: by a mail with a link, by a subscription admin or a CSM (BR-90, BR-91)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from subscriptions.models import Invitation, Membership, OutgoingMail
from subscriptions.services.mailing import send_pending_mail
from tests.portal import rows

MEMBERS = "/o/acme/members/"
PERSON = {"first_name": "Eve", "last_name": "Moneypenny", "password": "a long and new secret"}


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("subscriptions.views.members.database_now", lambda: rows.NOW)


@pytest.fixture
def admin(acme):
    """Return a subscription admin who has just given their password."""
    return given_their_password(rows.make_member("admin", acme, billing_subscription=True))


def given_their_password(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    browser.get(MEMBERS)
    browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    return browser


def asked_for(email: str, **permissions: str) -> dict[str, str]:
    return {"email": email, **(permissions or {"billing_contact": "on"})}


def link_in(mail: OutgoingMail) -> str:
    return next(word for word in mail.body.split() if "/invitations/" in word).removeprefix("http://127.0.0.1:8000")


def members() -> set[tuple[str, bool, bool]]:
    return set(Membership.objects.values_list("user__username", "billing_subscription", "billing_contact"))


@pytest.mark.parametrize("role", ["subscription admin", "lead", "superuser"])
def test_the_password_is_asked_for_again_first(role, client_of):
    browser = client_of(role)

    asked = browser.post(MEMBERS, asked_for("eve@acme.example"))
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert not Invitation.objects.exists()

    answer = browser.post(asked["Location"], {"password": rows.PASSWORD, "next": MEMBERS})
    assert answer["Location"] == MEMBERS
    assert Invitation.objects.get().email == "eve@acme.example"


def test_a_csm_invites_for_their_organization(client_of):
    assert client_of("assigned csm").post(MEMBERS, asked_for("eve@acme.example")).status_code == 302
    assert Invitation.objects.get().invited_by.username == "csm"


def test_somebody_new_is_invited_by_mail_and_joins(admin, acme, mailoutbox):
    admin.post(MEMBERS, asked_for("Eve@Acme.example", billing_contact="on"))
    assert send_pending_mail(now=rows.NOW, limit=10) == 1
    assert mailoutbox[0].to == ["eve@acme.example"]
    assert "Acme Telecom" in mailoutbox[0].subject

    browser, link = Client(), link_in(OutgoingMail.objects.get())
    assert "eve@acme.example" in browser.get(link).content.decode()
    assert browser.post(link, PERSON)["Location"] == "/o/acme/"

    assert browser.get("/o/acme/invoices/").status_code == 200
    assert browser.get("/o/acme/licenses/").status_code == 403
    assert ("eve@acme.example", False, True) in members()
    again = Client().get(link)
    assert again.status_code == 410
    assert "accepted before" in again.content.decode()


def test_somebody_with_an_account_logs_in_to_accept_and_keeps_what_they_see(admin, acme):
    eve = rows.make_member("eve", acme, billing_contact=True)
    eve.email = "eve@acme.example"
    eve.save()
    beta = rows.make_organization("beta", "Beta")
    rows.make_member("boss", beta, billing_subscription=True)
    csm = rows.make_csm("csm", beta)
    staff = Client()
    staff.force_login(csm)
    staff.post("/o/beta/members/", asked_for("eve@acme.example", billing_subscription="on"))
    link = link_in(OutgoingMail.objects.get())

    assert "log in to accept" in Client().get(link).content.decode()
    own = Client()
    own.force_login(eve)
    assert own.post(link)["Location"] == "/o/beta/"

    assert own.get("/o/beta/licenses/").status_code == 200
    assert own.get("/o/acme/invoices/").status_code == 200


def test_an_invitation_is_for_its_address_alone(admin, acme):
    admin.post(MEMBERS, asked_for("eve@acme.example"))
    link = link_in(OutgoingMail.objects.get())
    other = Client()
    other.force_login(rows.make_person("mallory", email="mallory@example.com"))

    assert "was sent to eve@acme.example" in other.get(link).content.decode()
    assert other.post(link).status_code == 410
    assert ("mallory", False, True) not in members()


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("damaged", lambda link: f"{link[:-4]}x/", "damaged"),
        ("sent anew", lambda link: link, "sent anew"),
    ],
)
def test_a_link_that_is_void_says_why(case, change, words, admin, monkeypatch):
    admin.post(MEMBERS, asked_for("eve@acme.example"))
    link = link_in(OutgoingMail.objects.get())
    if case == "sent anew":
        monkeypatch.setattr("subscriptions.views.members.database_now", lambda: rows.NOW + timedelta(hours=1))
        admin.post(f"/o/acme/invitations/{Invitation.objects.get().pk}/again/")
        assert OutgoingMail.objects.count() == 2

    answer = Client().post(change(link), PERSON)

    assert answer.status_code == 410
    assert words in answer.content.decode()
    assert not User.objects.filter(email="eve@acme.example").exists()


def test_an_invitation_runs_out_after_a_week(admin, monkeypatch):
    admin.post(MEMBERS, asked_for("eve@acme.example"))
    link = link_in(OutgoingMail.objects.get())
    monkeypatch.setattr("subscriptions.views.members.database_now", lambda: rows.NOW + timedelta(days=7))

    answer = Client().post(link, PERSON)

    assert answer.status_code == 410
    assert "run out" in answer.content.decode()
    assert not User.objects.filter(email="eve@acme.example").exists()


def test_what_was_done_or_not_done_is_read_out_first(admin):
    refused = admin.post(MEMBERS, asked_for("")).content.decode()
    done = admin.post(MEMBERS, asked_for("eve@acme.example"), follow=True).content.decode()

    assert 'role="alert" tabindex="-1" autofocus><p>Nobody is invited yet.' in refused
    assert re.search(r'role="status" tabindex="-1" autofocus>\s*<p class="notice [a-z]+">', done)


def test_an_open_invitation_is_withdrawn(admin):
    admin.post(MEMBERS, asked_for("eve@acme.example"))
    link = link_in(OutgoingMail.objects.get())

    admin.post(f"/o/acme/invitations/{Invitation.objects.get().pk}/withdraw/")

    assert Client().post(link, PERSON).status_code == 410
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("case", "sent", "words"),
    [
        ("a member already", asked_for("bob@acme.example"), "is a member already"),
        ("nothing to see", {"email": "eve@acme.example"}, "one of the two"),
        ("no address", asked_for("eve"), "valid email"),
    ],
)
def test_what_is_no_invitation_is_refused_in_words(case, sent, words, admin, acme):
    bob = rows.make_member("bob", acme, billing_contact=True)
    bob.email = "Bob@acme.example"
    bob.save()

    assert words in admin.post(MEMBERS, sent).content.decode()
    assert not Invitation.objects.exists()


def test_a_password_that_is_easily_guessed_is_refused(admin):
    admin.post(MEMBERS, asked_for("eve@acme.example"))
    link = link_in(OutgoingMail.objects.get())

    answer = Client().post(link, PERSON | {"password": "moneypenny"})

    assert "too similar" in answer.content.decode()
    assert not User.objects.filter(email="eve@acme.example").exists()


def test_what_a_member_sees_is_changed_and_they_are_removed(admin, acme):
    bob = rows.make_member("bob", acme, billing_contact=True)
    membership = bob.memberships.get()

    admin.post(f"{MEMBERS}{membership.pk}/", {"billing_subscription": "on"})
    assert ("bob", True, False) in members()

    page = admin.get(f"{MEMBERS}{membership.pk}/remove/")
    assert "Remove bob?" in page.content.decode()
    admin.post(f"{MEMBERS}{membership.pk}/remove/")
    assert not bob.memberships.exists()
    assert User.objects.filter(pk=bob.pk).exists()


def test_nobody_locks_themselves_out(admin):
    own = Membership.objects.get(user__username="admin")

    assert "cannot take this permission" in admin.post(f"{MEMBERS}{own.pk}/", {}, follow=True).content.decode()
    assert "cannot remove yourself" in admin.post(f"{MEMBERS}{own.pk}/remove/").content.decode()
    assert members() == {("admin", True, False)}
