"""What staff do about trials, and who of them may (BR-19)."""

from datetime import date, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from subscriptions.models import Erasure, Membership, Subscription, Trial
from subscriptions.selectors.clock import database_now
from tests.admin.rows import Customer
from tests.factories.quotes import ENABLEMENT, a_draft, accepted, an_agreement_draft
from tests.factories.subscriptions import an_organization
from tests.factories.trials import a_trial
from tests.reading import is_not_possible
from tests.trail import trail_of

LIST = reverse("admin:subscriptions_trial_changelist")
ADD = reverse("admin:subscriptions_trial_add")


def action(name: str, trial: Trial) -> str:
    return reverse(f"admin:subscriptions_trial_{name}", args=[trial.pk])


def page(trial: Trial) -> str:
    return reverse("admin:subscriptions_trial_change", args=[trial.pk])


def codes(client: Client, **query: str) -> list[str]:
    return sorted(row.code for row in client.get(LIST, query).context["cl"].result_list)


@pytest.fixture
def now(db: None):
    return database_now()


@pytest.fixture
def running(now, csm: User) -> Trial:
    """A trial of the CSM's with 20 days left."""
    trial = a_trial("runs", started_at=now - timedelta(days=10), ends_at=now + timedelta(days=20))
    trial.organization.csms.add(csm)
    return trial


@pytest.fixture
def foreign(now) -> Trial:
    """A trial of nobody's."""
    return a_trial("foreign", started_at=now - timedelta(days=10), ends_at=now + timedelta(days=20))


# --- The list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def all_kinds(now, running: Trial, foreign: Trial) -> None:
    days = timedelta(days=1)
    begun = {"started_at": now - 60 * days}
    a_trial("soon", **begun, ends_at=now + 5 * days)
    a_trial("free", **begun, ends_at=None)
    a_trial("over", **begun, ends_at=now + 30 * days, stored_gigabytes=1200)
    a_trial("ended", **begun, ends_at=now - days)
    a_trial("stopped", **begun, ends_at=now + 9 * days, ended_at=now - days)
    a_trial("warned", **begun, ends_at=now - 2 * days, warned_at=now - 2 * days, warned_because="ended")
    gone = a_trial("gone", **begun, ends_at=now - 30 * days)
    gone.organization, gone.removed_at = None, now
    gone.save()


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("running", ["foreign", "free", "over", "runs", "soon"]),
        ("soon", ["soon"]),
        ("suspended", ["ended", "stopped", "warned"]),
        ("warned", ["warned"]),
        ("storage", ["over"]),
        ("converted", ["acme"]),
        ("removed", ["acme-before", "gone"]),
    ],
)
def test_trials_are_found_by_what_they_are_now(state, shown, all_kinds, as_two_leads: Client):
    assert codes(as_two_leads, state=state) == shown


def test_each_trial_bears_what_it_is(all_kinds, as_two_leads: Client):
    body = as_two_leads.get(LIST).content.decode()

    for words in ("Running", "Ending soon", "Suspended, warned", "Converted", "Removed", "1,200 of 1,000 GB"):
        assert words in body


def test_a_csm_sees_their_own_only(all_kinds, as_csm: Client, foreign: Trial):
    assert codes(as_csm) == ["acme", "runs"]
    assert as_csm.get(page(foreign)).status_code == 404
    for name in ("extend", "end_now", "convert", "remove"):
        for answer in (as_csm.get(action(name, foreign)), as_csm.post(action(name, foreign), {"confirmed": "yes"})):
            assert answer.status_code in {403, 404}
    foreign.refresh_from_db()
    assert (foreign.ended_at, foreign.removal_asked_at) == (None, None)


# --- Start -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "length"), [("30", timedelta(days=30)), ("90", timedelta(days=90)), ("", None)])
def test_a_csm_starts_a_trial_for_their_customer(days, length, as_csm: Client, csm: User):
    organization = an_organization("lantern")
    organization.csms.add(csm)

    answer = as_csm.post(ADD, {"organization": organization.pk, "days": days})

    assert answer.status_code == 302
    trial = Trial.objects.get(organization=organization)
    assert trial.requested_by == csm
    assert (trial.ends_at and trial.ends_at - trial.started_at) == length


def refuse(client: Client, organization) -> str:
    """Ask for a trial that may not be, and return the page that says so."""
    before = Trial.objects.count()
    answer = client.post(ADD, {"organization": organization.pk, "days": "30"})
    assert Trial.objects.count() == before
    return answer.content.decode()


def test_another_country_is_refused_by_its_name(as_csm: Client, csm: User):
    organization = an_organization("lantern", country="AQ")
    organization.csms.add(csm)

    assert "Trials are not offered in Antarctica yet." in refuse(as_csm, organization)


def test_a_second_trial_is_refused(as_csm: Client, running: Trial):
    assert "already exists" in refuse(as_csm, running.organization)


def test_who_pays_is_refused(as_csm: Client, acme: Customer):
    Trial.objects.filter(organization=acme.organization).delete()

    assert "has a subscription" in refuse(as_csm, acme.organization)


def test_a_trial_is_not_started_for_someone_elses_customer(as_csm: Client):
    organization = an_organization("lantern")

    assert as_csm.post(ADD, {"organization": organization.pk, "days": "30"}).status_code == 200
    assert not Trial.objects.filter(organization=organization).exists()


# --- Extend, end, convert --------------------------------------------------------------------------------------------


def test_a_trial_is_extended_to_the_end_of_a_day(as_csm: Client, running: Trial, now):
    last_day = (now + timedelta(days=60)).date()

    assert as_csm.get(action("extend", running)).status_code == 200
    answer = as_csm.post(action("extend", running), {"confirmed": "yes", "last_day": last_day.isoformat()}, follow=True)

    running.refresh_from_db()
    assert running.ends_at.isoformat() == f"{last_day + timedelta(days=1)}T00:00:00+00:00"
    assert "The trial runs on." in answer.content.decode()
    assert LogEntry.objects.filter(object_id=str(running.pk), change_message="Extend").exists()


def test_a_trial_becomes_the_free_service(as_csm: Client, running: Trial):
    as_csm.post(action("extend", running), {"confirmed": "yes", "last_day": ""})

    running.refresh_from_db()
    assert running.ends_at is None


def test_a_day_that_is_past_is_refused(as_csm: Client, running: Trial, now):
    end = running.ends_at

    answer = as_csm.post(action("extend", running), {"confirmed": "yes", "last_day": "2026-01-01"})

    assert "This day is past" in answer.content.decode()
    running.refresh_from_db()
    assert running.ends_at == end


def test_ending_asks_first(as_csm: Client, csm: User, running: Trial):
    assert "End this trial now?" in as_csm.get(action("end_now", running)).content.decode()
    running.refresh_from_db()
    assert running.ended_at is None

    as_csm.post(action("end_now", running), {"confirmed": "yes"})

    running.refresh_from_db()
    assert running.ended_by == csm
    assert is_not_possible(as_csm.get(action("end_now", running)))


def convert(client: Client, trial: Trial, **more: str) -> str:
    quote = trial.organization.quotes.first()
    typed = {"quote": str(quote.pk if quote else 0), "reason": "They outgrew the trial."}
    return client.post(action("convert", trial), typed | more, follow=True).content.decode()


def test_without_an_accepted_quote_there_is_nothing_to_convert_with(as_csm: Client, running: Trial):
    a_draft(running.organization, items=[ENABLEMENT])

    for body in (as_csm.get(action("convert", running)).content.decode(), convert(as_csm, running, confirmed="yes")):
        assert "there is none yet: make one" in body
        assert f"/quote/add/?organization={running.organization_id}" in body
    assert not running.organization.subscriptions.exists()


def test_a_trial_is_converted_by_an_accepted_quote_as_it_was_shown(as_csm: Client, running: Trial):
    accepted(an_agreement_draft(running.organization, effective_date=date(2030, 1, 15)))

    told = convert(as_csm, running)
    for words in (
        "A subscription from Jan 15, 2030 is made",
        "Its first invoice comes on Jan 15, 2030.",
        "The first charge in advance, for Jan 15 – Feb 14, 2030, comes to $11,200.00, net of tax.",
        "Because: They outgrew the trial.",
    ):
        assert words in told
    assert not running.organization.subscriptions.exists()

    assert "The trial is converted" in convert(as_csm, running, confirmed="yes")
    assert codes(as_csm, state="converted") == ["acme", "runs"]
    trail = trail_of(running.organization_id)
    assert "They outgrew the trial." in {entry.why for entry in trail}
    for name in ("extend", "end_now", "convert"):
        assert is_not_possible(as_csm.get(action(name, running)))
    assert as_csm.get(action("remove", running)).status_code == 403


def test_a_conversion_needs_a_reason(as_csm: Client, running: Trial):
    accepted(an_agreement_draft(running.organization, effective_date=date(2030, 1, 15)))

    assert "required" in convert(as_csm, running, reason=" ", confirmed="yes")
    assert not running.organization.subscriptions.exists()


def test_a_trial_is_not_converted_with_anothers_quote(as_csm: Client, running: Trial, foreign: Trial):
    for trial in (running, foreign):
        accepted(an_agreement_draft(trial.organization, effective_date=date(2030, 1, 15)))

    theirs = str(foreign.organization.quotes.get().pk)
    assert "Select a valid choice" in convert(as_csm, running, quote=theirs, confirmed="yes")
    assert not Subscription.objects.filter(organization__in=[running.organization, foreign.organization]).exists()


# --- Remove ----------------------------------------------------------------------------------------------------------


def test_a_lead_removes_by_typing_the_code_and_a_reason(as_two_leads: Client, lead: User, running: Trial):
    asked = as_two_leads.get(action("remove", running)).content.decode()
    assert "Type runs to confirm" in asked
    assert "every usage event" in asked

    answer = as_two_leads.post(action("remove", running), {"typed": "runs", "reason": "They wrote to us."}, follow=True)

    assert "removed within ten minutes" in answer.content.decode()
    running.refresh_from_db()
    assert (running.removal_asked_by, running.removal_reason) == (lead, "They wrote to us.")
    assert is_not_possible(as_two_leads.get(action("remove", running)))


@pytest.mark.parametrize("form", [{"typed": "runs"}, {"typed": "Runs", "reason": "x"}, {"reason": "x"}])
def test_nothing_is_removed_without_the_code_and_a_reason(form, as_two_leads: Client, running: Trial):
    assert as_two_leads.post(action("remove", running), form).status_code == 200

    running.refresh_from_db()
    assert running.removal_asked_at is None


def test_a_csm_removes_nothing(as_csm: Client, running: Trial):
    for answer in (
        as_csm.get(action("remove", running)),
        as_csm.post(action("remove", running), {"typed": "runs", "reason": "x"}),
    ):
        assert answer.status_code == 403

    running.refresh_from_db()
    assert running.removal_asked_at is None


# --- A person --------------------------------------------------------------------------------------------------------


def erase_url(user: User) -> str:
    return reverse("admin:auth_user_erase", args=[user.pk])


def test_a_lead_erases_a_person_by_typing_their_name_and_a_reason(as_two_leads: Client, lead: User, member: User):
    assert "Type acme-finance to confirm" in as_two_leads.get(erase_url(member)).content.decode()

    as_two_leads.post(erase_url(member), {"typed": "acme-finance", "reason": "Asked us to."})

    member.refresh_from_db()
    assert (member.username, member.email, member.is_active) == (f"erased-{member.pk}", "", False)
    assert not Membership.objects.filter(user=member).exists()
    assert Erasure.objects.get(kind="person").erased_by == lead
    assert is_not_possible(as_two_leads.get(erase_url(member)))


def test_staff_are_not_erased_and_csms_erase_nobody(as_two_leads: Client, as_csm: Client, csm: User, member: User):
    form = {"typed": csm.username, "reason": "x"}
    assert is_not_possible(as_two_leads.post(erase_url(csm), form))
    assert as_csm.post(erase_url(member), {"typed": member.username, "reason": "x"}).status_code in {403, 404}

    assert not Erasure.objects.filter(kind="person").exists()
    assert User.objects.filter(username__in=["acme-csm", "acme-finance"], is_active=True).count() == 2
