"""The life of a trial by its services and its sweep (BR-19)."""

import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.core.management import call_command

from subscriptions.models import BillingContact, Erasure, Membership, Organization, OutgoingMail, Trial
from subscriptions.services import trials as services
from subscriptions.services.mailing import send_pending_mail
from subscriptions.services.trials import (
    TrialRefusedError,
    ask_for_removal,
    end_trial,
    extend_trial,
    start_trial,
)
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.trials import SECOND, STARTED, a_person, a_trial, day
from tests.factories.usage import an_event, logged_in, report
from usage.models import UsageEvent
from usage.services.trials import Done, Swept, list_due_trials, sweep_trials

pytestmark = pytest.mark.django_db


def stamp(instant) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def sweep(now) -> list[Done]:
    """Sweep and let the mails leave at the same instant."""
    done = [one.done for one in sweep_trials(now=now)]
    send_pending_mail(now=now, limit=100)
    return done


def stores(organization, gigabytes: str, at) -> None:
    event = {"type": "storage.measured", "subject": "storage", "time": stamp(at), "data": {"gigabytes": gigabytes}}
    report(organization, an_event(id=f"storage-{at}-{gigabytes}", **event))


# --- Start, extend, end ----------------------------------------------------------------------------------------------


def test_a_trial_lasts_its_days_to_the_second():
    trial = start_trial(an_organization(), days=30, requested_by=a_person(), now=STARTED)

    assert (trial.code, trial.country, trial.ends_at) == ("lantern", "US", day(30))


def test_the_free_service_is_a_trial_without_a_limit():
    assert start_trial(an_organization(), days=None, requested_by=a_person(), now=STARTED).ends_at is None


def test_a_country_that_is_not_on_the_list_is_refused_by_its_name(settings):
    settings.TRIAL_COUNTRIES = ["DE"]
    with pytest.raises(TrialRefusedError, match="not offered in United States yet"):
        start_trial(an_organization(), days=30, requested_by=a_person(), now=STARTED)

    assert not Trial.objects.exists()


@pytest.mark.parametrize(("label", "make"), [("paid", a_subscription), ("tried", None)])
def test_who_pays_or_had_a_trial_gets_none(label, make):
    organization = a_trial().organization if make is None else make().organization
    before = list(Trial.objects.values())

    with pytest.raises(TrialRefusedError):
        start_trial(organization, days=30, requested_by=a_person(), now=day(1))

    assert list(Trial.objects.values()) == before


def test_a_suspended_trial_that_is_extended_runs_again():
    trial = a_trial()
    end_trial(trial.pk, ended_by=a_person(), now=day(3))

    extended = extend_trial(trial.pk, ends_at=day(60), extended_by=a_person("extends"), now=day(40))

    assert (extended.ends_at, extended.ended_at, extended.ended_by) == (day(60), None, None)


def test_an_end_that_is_past_is_refused():
    trial = a_trial()
    with pytest.raises(TrialRefusedError, match="past"):
        extend_trial(trial.pk, ends_at=day(5), extended_by=a_person("extends"), now=day(5))

    trial.refresh_from_db()
    assert trial.ends_at == day(30)


def test_what_is_about_to_be_removed_is_not_extended():
    trial = a_trial()
    ask_for_removal(trial.pk, asked_by=a_person(), reason="They wrote to us.", now=day(2))

    with pytest.raises(TrialRefusedError, match="about to be removed"):
        extend_trial(trial.pk, ends_at=day(60), extended_by=a_person("extends"), now=day(2))

    trial.refresh_from_db()
    assert trial.ends_at == day(30)


def test_ending_twice_keeps_the_first_end():
    trial, ann, bob = a_trial(), a_person("ann"), a_person("bob")

    end_trial(trial.pk, ended_by=ann, now=day(3))
    ended = end_trial(trial.pk, ended_by=bob, now=day(4))

    assert (ended.ended_at, ended.ended_by) == (day(3), ann)


def test_a_trial_that_is_over_by_itself_is_not_ended_by_anybody():
    assert end_trial(a_trial().pk, ended_by=a_person(), now=day(30)).ended_at is None


@pytest.mark.parametrize(
    "act",
    [
        lambda trial, person: extend_trial(trial.pk, ends_at=day(90), extended_by=a_person("extends"), now=day(2)),
        lambda trial, person: end_trial(trial.pk, ended_by=person, now=day(2)),
        lambda trial, person: ask_for_removal(trial.pk, asked_by=person, reason="Because", now=day(2)),
    ],
    ids=["extend", "end", "remove"],
)
def test_an_agreement_decides_once_there_is_one(act):
    trial, person = a_trial(), a_person()
    a_subscription(trial.organization)
    before = Trial.objects.values().get()

    with pytest.raises(TrialRefusedError, match="subscription"):
        act(trial, person)

    assert Trial.objects.values().get() == before


# --- The sweep -------------------------------------------------------------------------------------------------------


def test_a_trial_runs_out_is_warned_and_two_weeks_later_it_is_gone():
    trial = a_trial()
    report(trial.organization, logged_in("ann", stamp(day(29))))

    assert sweep(day(30) - SECOND) == []
    assert sweep(day(30)) == [Done.WARNED]
    assert sweep(day(30)) == []
    assert sweep(day(44) - SECOND) == []
    assert sweep(day(44)) == [Done.REMOVED]
    assert sweep(day(45)) == []

    trial.refresh_from_db()
    assert (trial.organization, trial.removed_at) == (None, day(44))
    assert not Organization.objects.exists()
    assert Erasure.objects.get().reason == "Warned on 2026-03-31: ended"


def test_the_warning_says_what_ended_and_when_what_goes():
    a_trial()

    sweep(day(30))

    (warning,) = mail.outbox
    assert warning.to == ["finn@lantern.test"]
    assert warning.subject == "The data of Lantern will be removed"
    assert "Hello Finn Office" in warning.body
    assert "The trial of Lantern ended on Mar 31, 2026" in warning.body
    assert "On Apr 14, 2026, or soon after it, we remove everything" in warning.body
    assert "/o/lantern/" in warning.body
    assert "&#" not in warning.body


def test_without_a_contact_the_admin_is_warned():
    trial = a_trial()
    BillingContact.objects.all().delete()

    sweep(day(30))

    assert [one.to for one in mail.outbox] == [["admin@lantern.test"]]
    assert trial.organization.language == "en"


def test_nothing_goes_as_long_as_nobody_could_be_warned():
    trial = a_trial()
    BillingContact.objects.all().delete()
    Membership.objects.all().delete()

    assert sweep(day(30)) == [Done.NOBODY_TO_WARN]
    assert sweep(day(90)) == [Done.NOBODY_TO_WARN]
    BillingContact.objects.create(organization=trial.organization, name="Finn", email="finn@lantern.test")
    assert sweep(day(91)) == [Done.WARNED]
    assert sweep(day(105) - SECOND) == []
    assert sweep(day(105)) == [Done.REMOVED]


def test_two_weeks_count_from_when_the_warning_left():
    a_trial()
    sweep_trials(now=day(30))

    assert sweep_trials(now=day(44)) == []
    send_pending_mail(now=day(44), limit=1)
    assert sweep_trials(now=day(58) - SECOND) == []
    assert [one.done for one in sweep_trials(now=day(58))] == [Done.REMOVED]


def test_a_free_service_that_nobody_uses_is_warned_and_a_login_keeps_it():
    trial = a_trial(ends_at=None)
    report(trial.organization, logged_in("ann", stamp(day(5))))

    assert sweep(day(35) - SECOND) == []
    assert sweep(day(35)) == [Done.WARNED]
    assert (
        "Nobody has logged in to Lantern through the desktop, web or mobile client since Mar 6" in mail.outbox[0].body
    )
    report(trial.organization, logged_in("ann", stamp(day(48))))
    assert sweep(day(49)) == [Done.WITHDRAWN]
    assert sweep(day(49)) == []
    assert sweep(day(78)) == [Done.WARNED]
    assert sweep(day(92)) == [Done.REMOVED]


@pytest.mark.parametrize("client", ["api", "integration"])
def test_what_machines_do_is_no_login(client):
    trial = a_trial(ends_at=None)
    report(trial.organization, logged_in("robot", stamp(day(20)), client=client))

    assert sweep(day(30)) == [Done.WARNED]


def test_a_login_that_was_taken_back_is_none():
    trial = a_trial(ends_at=None)
    login = logged_in("ann", stamp(day(20)))
    retracted = {"type": "event.retracted", "subject": "ann", "time": stamp(day(21))}
    report(trial.organization, login, an_event(**retracted, data={"source": "/platform", "id": login["id"]}, id="r"))

    assert sweep(day(30)) == [Done.WARNED]


def test_a_login_that_comes_while_the_sweep_is_about_to_remove_keeps_everything(monkeypatch):
    trial = a_trial(ends_at=None)
    sweep(day(30))
    shut_out = "usage.services.trials.shut_out_ingestion"
    monkeypatch.setattr(shut_out, lambda _: report(trial.organization, logged_in("ann", stamp(day(43)))))

    assert sweep(day(44)) == []

    assert Organization.objects.exists()
    monkeypatch.undo()
    assert sweep(day(44)) == [Done.WITHDRAWN]


def test_a_subscription_keeps_everything_at_any_time():
    trial = a_trial()
    report(trial.organization, logged_in("ann", stamp(day(5))))
    sweep(day(30))
    a_subscription(trial.organization, effective_date=day(60).date())

    assert sweep(day(44)) == []
    assert sweep(day(400)) == []

    assert UsageEvent.objects.filter(organization=trial.organization).exists()
    assert Membership.objects.exists()
    assert BillingContact.objects.exists()


def test_who_asks_for_a_removal_needs_no_warning_and_is_remembered():
    trial, lead = a_trial(), a_person()

    ask_for_removal(trial.pk, asked_by=lead, reason="They wrote to us.", now=day(3))
    ask_for_removal(trial.pk, asked_by=a_person("other"), reason="Me too", now=day(3))

    assert sweep(day(3)) == [Done.REMOVED]
    erasure = Erasure.objects.get()
    assert (erasure.erased_by, erasure.reason, erasure.trial) == (lead, "They wrote to us.", trial)


def test_one_trial_that_fails_stops_no_other_and_is_tried_again(monkeypatch):
    a_trial("lantern")
    a_trial("harbor")
    warn = services.warn_of_removal

    def fail(trial, **facts):
        if trial.code == "lantern":
            raise RuntimeError("The lights went out.")
        return warn(trial, **facts)

    monkeypatch.setattr("usage.services.trials.warn_of_removal", fail)

    assert sweep_trials(now=day(30)) == [
        Swept(code="lantern", done=Done.FAILED),
        Swept(code="harbor", done=Done.WARNED),
    ]
    monkeypatch.undo()
    assert sweep_trials(now=day(30)) == [Swept(code="lantern", done=Done.WARNED)]


def test_a_crash_after_a_step_was_decided_leaves_it_to_be_done(monkeypatch):
    a_trial()

    def crash(*_args, **_facts):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("subscriptions.services.trials.Trial.save", crash)
        with pytest.raises(SystemExit):
            sweep_trials(now=day(30))

    assert not OutgoingMail.objects.exists()
    assert sweep(day(30)) == [Done.WARNED]
    assert len(mail.outbox) == 1


# --- Storage ---------------------------------------------------------------------------------------------------------


def test_going_past_a_terabyte_is_reported_once():
    trial = a_trial()
    stores(trial.organization, "1000", day(2))
    assert sweep(day(2)) == []
    stores(trial.organization, "1000.5", day(3))
    assert sweep(day(3)) == [Done.STORAGE_REPORTED]
    stores(trial.organization, "900", day(4))
    assert sweep(day(4)) == []
    stores(trial.organization, "1200", day(5))
    assert sweep(day(5)) == []

    (told,) = mail.outbox
    assert told.to == ["admin@lantern.test"]
    assert told.subject == "Lantern stores more than its trial includes"
    assert "Lantern stores 1,000.5 GB. Its trial includes 1,000 GB (1 TB)." in told.body
    trial.refresh_from_db()
    assert (trial.stored_gigabytes, trial.storage_reported_at) == (Decimal(1200), day(3))


def test_of_two_readings_at_one_instant_the_greater_counts():
    trial = a_trial()
    stores(trial.organization, "1400", day(2))
    stores(trial.organization, "900", day(2))

    assert sweep(day(2)) == [Done.STORAGE_REPORTED]


def test_a_reading_that_was_taken_back_is_not_reported():
    trial = a_trial()
    reading = {"type": "storage.measured", "subject": "storage", "time": stamp(day(2)), "data": {"gigabytes": "9000"}}
    back = {"type": "event.retracted", "subject": "storage", "time": stamp(day(2) + timedelta(hours=1))}
    report(
        trial.organization,
        an_event(id="wrong", **reading),
        an_event(id="back", **back, data={"source": "/platform", "id": "wrong"}),
    )

    assert sweep(day(3)) == []
    assert not mail.outbox


# --- By hand ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the command."""

    def set_clock(now):
        monkeypatch.setattr("usage.management.commands.sweep_trials.database_now", lambda: now)

    return set_clock


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("sweep_trials", *arguments, stdout=output)
    return output.getvalue()


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(at):
    trial = a_trial()
    stores(trial.organization, "1105.25", day(2))
    at(day(30))
    before = list(Trial.objects.values())

    assert run("--dry-run") == (
        "lantern: would have its storage reported, 1,105.25 GB\nlantern: would be warned of its removal (ended)\n"
    )

    assert list(Trial.objects.values()) == before
    assert not OutgoingMail.objects.exists()
    assert len(list_due_trials(now=day(30))) == 1


def test_the_command_sweeps_and_says_what_it_did(at):
    a_trial()
    at(day(30))

    assert run() == "lantern: warned\n"
    assert run() == "Nothing is due.\n"
    assert run("--dry-run") == "Nothing is due.\n"


def test_the_command_fails_if_something_failed(at, monkeypatch):
    a_trial()
    at(day(30))
    monkeypatch.setattr("usage.services.trials.warn_of_removal", lambda *_, **__: 1 / 0)

    with pytest.raises(SystemExit, match="1"):
        run()
