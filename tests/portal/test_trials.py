"""The page of a trial: what it is, when it ends, what happens then, and how its admin ends it (BR-19)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from subscriptions.models import Trial
from tests.factories.usage import an_event, report
from tests.portal import rows

URL = "/o/acme/licenses/"
END = "/o/acme/licenses/end-trial/"
DAY = timedelta(days=1)
MAY_END = {"subscription admin", "assigned csm", "lead", "superuser"}


@pytest.fixture
def trial(acme) -> Trial:
    """A trial with 20 days left, and four hours."""
    return Trial.objects.create(
        organization=acme,
        code="acme",
        country="US",
        started_at=rows.NOW - 10 * DAY + timedelta(hours=4),
        ends_at=rows.NOW + 20 * DAY + timedelta(hours=4),
        requested_by=rows.make_person("asker"),
    )


def stores(acme, gigabytes: str) -> None:
    at = f"{rows.NOW - DAY:%Y-%m-%dT%H:%M:%SZ}"
    event = {"type": "storage.measured", "subject": "storage", "time": at, "data": {"gigabytes": gigabytes}}
    report(acme, an_event(id=f"storage-{gigabytes}", **event))


def text(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_running_trial_says_how_long_and_how_much(acme, trial, client_of):
    stores(acme, "412.5")

    body = text(client_of("subscription admin").get(URL))

    assert "21 days are left. It ends on Feb 14, 2026 at 7:00 PM UTC." in body
    assert "412.5 <small>GB stored</small>" in body
    assert "1,000 GB (1 TB) included" in body
    assert "14 days later everything is removed" in body
    assert f'href="{END}"' in body
    assert "more than included" not in body


def test_a_trial_that_nothing_was_stored_in_shows_none(trial, client_of):
    assert "0 <small>GB stored</small>" in text(client_of("subscription admin").get(URL))


def test_too_much_storage_is_marked(acme, trial, client_of):
    stores(acme, "1000.1")

    assert "more than included" in text(client_of("subscription admin").get(URL))


def test_the_free_service_says_that_it_has_no_end(trial, client_of):
    Trial.objects.update(ends_at=None)

    body = text(client_of("subscription admin").get(URL))

    assert "It has no end." in body
    assert "It runs as long as it is used." in body


@pytest.mark.parametrize(
    ("label", "warned_days_ago", "removal"),
    [("before the warning", None, "Feb 8, 2026"), ("after it", 1, "Feb 8, 2026")],
)
def test_a_suspended_trial_says_from_when_its_data_goes(label, warned_days_ago, removal, trial, client_of):
    Trial.objects.update(ended_at=rows.NOW - DAY)
    if warned_days_ago:
        Trial.objects.update(warned_at=rows.NOW - DAY, warned_because="ended")

    body = text(client_of("subscription admin").get(URL))

    assert "It ended on Jan 24, 2026 at 3:00 PM UTC." in body
    assert "The trial is suspended." in body
    assert f"From {removal} on everything of this organization is removed for good." in body
    assert END not in body


def test_a_trial_that_nobody_uses_says_so_until_somebody_does(acme, trial, client_of):
    Trial.objects.update(started_at=rows.NOW - 40 * DAY, warned_at=rows.NOW - 5 * DAY, warned_because="inactive")
    admin = client_of("subscription admin")
    assert "Nobody has logged in for 30 days." in text(admin.get(URL))

    rows.log_in(acme, "ann", at=rows.NOW - DAY)

    assert "Nobody has logged in" not in text(admin.get(URL))


def test_a_converted_trial_says_when_the_agreement_begins(acme, trial, client_of):
    rows.make_subscription(acme, effective_date=(rows.NOW + 5 * DAY).date())

    body = text(client_of("subscription admin").get(URL))

    assert "Your agreement begins on Jan 30, 2026" in body
    assert "all its data is kept" in body


def test_a_converted_trial_shows_its_licenses_once_the_agreement_runs(acme, trial, client_of):
    rows.make_subscription(acme, commitments={"purecloud-2": 2})

    body = text(client_of("subscription admin").get(URL))

    assert "Licenses in use" in body
    assert "Your trial" not in body


# --- Ending it -------------------------------------------------------------------------------------------------------


def test_its_admin_is_asked_first_and_told_afterwards(trial, client_of):
    admin = client_of("subscription admin")
    assert "End the trial of Acme Telecom now?" in text(admin.get(END))
    trial.refresh_from_db()
    assert trial.ended_at is None

    body = text(admin.post(END, follow=True))

    assert "The trial has ended." in body
    assert "The trial is suspended." in body
    trial.refresh_from_db()
    assert trial.ended_by == User.objects.get(username="admin")


def test_a_trial_ends_once(trial, client_of):
    Trial.objects.update(ended_at=rows.NOW - DAY)

    client_of("subscription admin").post(END)

    trial.refresh_from_db()
    assert trial.ended_at == rows.NOW - DAY


def test_an_agreement_is_not_ended_this_way(acme, trial, agreement, client_of):
    client_of("subscription admin").post(END)

    trial.refresh_from_db()
    assert trial.ended_at is None


def test_there_is_nothing_to_end_without_a_trial(acme, client_of):
    assert client_of("subscription admin").get(END).status_code == 404


def test_storage_is_rounded_to_a_tenth(acme, trial, client_of):
    stores(acme, str(Decimal("412.549")))

    assert "412.5 <small>" in text(client_of("subscription admin").get(URL))
