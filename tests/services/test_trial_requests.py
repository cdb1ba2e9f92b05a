"""From a visitor's request over the link in a mail to a running trial (BR-19)."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.signing import Signer

from subscriptions.models import Account, BillingContact, Membership, Organization, OutgoingMail, Trial, TrialRequest
from subscriptions.services import trial_requests as services
from subscriptions.services.mailing import send_pending_mail
from subscriptions.services.trial_requests import (
    RequestedTrial,
    confirm_request,
    drop_stale_requests,
    find_request,
    request_trial,
)
from subscriptions.services.trials import TrialRefusedError
from tests.factories.subscriptions import an_organization
from tests.factories.trials import SECOND, a_person, day
from usage.services.trials import sweep_trials

pytestmark = pytest.mark.django_db

NOW = day(0)


def ask(email: str = "Ann@Lantern.test", *, now=NOW, **changes) -> None:
    asked = {
        "company": "Lantern Foods",
        "contact_name": "Ann van Dijk",
        "country": "US",
        "region": "us-east-1",
        "language": "en",
    }
    request_trial(RequestedTrial(**asked | changes), email=email, now=now)
    send_pending_mail(now=now, limit=100)


def link() -> str:
    """Return what names the request in the link of the last mail."""
    return re.search(r"/trial/([^/\s]+)/", mail.outbox[-1].body)[1]


def test_a_request_is_a_mail_with_a_link_and_nothing_else():
    ask()

    (sent,) = mail.outbox
    assert sent.to == ["ann@lantern.test"]
    assert sent.subject == "Confirm your Seatbill trial"
    assert "Hello Ann van Dijk" in sent.body
    assert "http://127.0.0.1:8000/trial/" in sent.body
    assert not Organization.objects.exists()
    assert not User.objects.exists()


def test_the_link_starts_the_trial():
    ask(language="ja", country="JP", region="ap-northeast-1")

    confirmed = confirm_request(find_request(link(), now=NOW).pk, password="harbor light", now=day(1))

    trial, organization = confirmed.trial, confirmed.trial.organization
    assert (trial.started_at, trial.ends_at, trial.country) == (day(1), day(31), "JP")
    assert trial.requested_by == confirmed.admin
    assert (organization.name, organization.legal_name) == ("Lantern Foods", "Lantern Foods")
    assert (organization.country, organization.language, organization.regions) == ("JP", "ja", ["ap-northeast-1"])
    admin = User.objects.get()
    assert (admin.username, admin.email, admin.first_name, admin.last_name) == (
        "ann@lantern.test",
        "ann@lantern.test",
        "Ann",
        "van Dijk",
    )
    assert admin.check_password("harbor light")
    membership = Membership.objects.get(organization=organization)
    assert (membership.user, membership.billing_subscription, membership.billing_contact) == (admin, True, False)
    assert BillingContact.objects.get().email == "ann@lantern.test"
    assert confirmed.has_new_account


def test_a_code_and_an_account_tell_nothing_of_who_else_is_here():
    an_organization("lantern-foods", account=Account.objects.create(name="Lantern Foods"))
    ask()

    trial = confirm_request(TrialRequest.objects.get().pk, password="harbor light", now=NOW).trial

    assert re.fullmatch(r"trial-[2-9a-z]{8}", trial.code)
    assert trial.organization.account.name == f"Lantern Foods ({trial.code})"


def test_a_link_works_once():
    ask()
    request = find_request(link(), now=NOW)
    confirm_request(request.pk, password="harbor light", now=NOW)

    assert find_request(link(), now=NOW) is None
    with pytest.raises(TrialRefusedError, match="confirmed already"):
        confirm_request(request.pk, password="another one", now=NOW)

    assert Trial.objects.count() == 1
    assert not OutgoingMail.objects.exists()


def test_a_link_works_for_three_days_and_then_the_request_is_dropped():
    ask()

    assert find_request(link(), now=day(3) - SECOND) is not None
    assert find_request(link(), now=day(3)) is None
    sweep_trials(now=day(3) - SECOND)
    assert TrialRequest.objects.exists()
    sweep_trials(now=day(3))
    assert not TrialRequest.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert drop_stale_requests(now=day(3)) == 0


@pytest.mark.parametrize("made_up", ["", "x", "x:y", "00000000-0000-0000-0000-000000000000"])
def test_a_link_that_we_did_not_make_finds_nothing(made_up):
    ask()

    assert find_request(made_up, now=NOW) is None


def test_a_link_made_for_something_else_finds_nothing():
    ask()
    token = str(TrialRequest.objects.get().token)

    assert find_request(Signer(salt="another").sign(token), now=NOW) is None
    assert find_request(Signer(salt="subscriptions.trial_request").sign(token), now=NOW) is not None


def test_asking_again_mends_the_request_and_sends_one_mail_in_a_quarter_of_an_hour():
    ask()
    ask("ann@lantern.test", now=NOW + timedelta(minutes=15) - SECOND, company="Lantern Foods, Inc.")
    assert len(mail.outbox) == 1
    assert TrialRequest.objects.get().company == "Lantern Foods, Inc."

    first = link()
    ask(now=NOW + timedelta(minutes=15))

    assert len(mail.outbox) == 2
    assert OutgoingMail.objects.count() == 1
    assert find_request(first, now=NOW + timedelta(minutes=15)) == find_request(link(), now=NOW + timedelta(minutes=15))


def test_there_is_an_end_to_what_strangers_may_have_mailed(monkeypatch):
    monkeypatch.setattr(services, "MOST_WAITING", 2)
    ask("one@lantern.test")
    ask("two@lantern.test")

    with pytest.raises(TrialRefusedError, match="tomorrow"):
        ask("three@lantern.test")
    ask("two@lantern.test", company="Still mended")

    assert TrialRequest.objects.count() == 2
    assert len(mail.outbox) == 2


def test_a_country_that_is_not_on_the_list_is_refused_by_its_name():
    with pytest.raises(TrialRefusedError, match="not offered in Antarctica yet"):
        ask(country="AQ")

    assert not TrialRequest.objects.exists()
    assert not mail.outbox


def test_a_country_that_left_the_list_before_the_click_is_refused(settings):
    ask()
    settings.TRIAL_COUNTRIES = ["DE"]

    with pytest.raises(TrialRefusedError, match="United States"):
        confirm_request(TrialRequest.objects.get().pk, password="harbor light", now=NOW)

    assert not User.objects.exists()
    assert not Organization.objects.exists()
    assert TrialRequest.objects.exists()


@pytest.mark.parametrize(
    ("label", "account"),
    [
        ("named by the address", {"username": "ann@lantern.test"}),
        ("with the address", {"username": "ann", "email": "Ann@lantern.test"}),
    ],
)
def test_who_has_an_account_keeps_it_and_its_password(label, account):
    ann = a_person(**account)
    ask()

    confirmed = confirm_request(TrialRequest.objects.get().pk, password="stolen?", now=NOW)

    assert (confirmed.admin, confirmed.has_new_account) == (ann, False)
    assert User.objects.get().check_password("secret")
    assert Membership.objects.get().user == ann


def test_a_closed_account_starts_nothing():
    a_person("ann@lantern.test", is_active=False)
    ask()

    with pytest.raises(TrialRefusedError, match="closed"):
        confirm_request(TrialRequest.objects.get().pk, password="harbor light", now=NOW)

    assert not Organization.objects.exists()
