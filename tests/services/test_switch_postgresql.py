"""The switch beside closes on a real PostgreSQL: whatever is issued was committed before it, and nothing after."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User

from invoices.models import Invoice, IssuingSwitch, NumberSeries
from invoices.services import closing, issuing
from invoices.services.closing import Outcome
from invoices.services.sweeping import close_due_cycles
from invoices.services.switch import turn_switch
from subscriptions.models import Subscription
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.services.test_closing_postgresql import stopped_after
from tests.together import PATIENCE, Beside

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)


@pytest.fixture
def lead(committed_db: None) -> User:
    return User.objects.create_user("lead")


@pytest.fixture
def fleet(committed_db: None) -> list[Subscription]:
    fleet = [a_prepaid_subscription(an_organization(f"org-{number}")) for number in range(3)]
    close_due_cycles(now=BEGIN)
    return fleet


def switch_off(lead: User) -> IssuingSwitch:
    return turn_switch(is_on=False, reason="Stop.", by=lead, now=CUTOFF)


def test_a_close_that_has_not_numbered_yet_issues_nothing(fleet, lead, monkeypatch):
    with stopped_after(monkeypatch, "lay_groundwork") as (planned, go_on):
        sweep = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert planned.wait(PATIENCE)
        # It does not wait for the close: nothing holds it.
        switch_off(lead)
        go_on.set()
        assert sweep.end() == []

    assert Invoice.objects.count() == len(fleet)
    assert NumberSeries.objects.get().last_number == len(fleet)
    assert set(closing.BillingCycle.objects.values_list("state", "tried_at")) == {("open", None)}
    assert_the_books_hold()


def test_the_switch_waits_for_a_close_that_has_numbered_and_stops_the_next(fleet, lead, monkeypatch):
    numbered, go_on = threading.Event(), threading.Event()
    here, number = threading.current_thread(), issuing._number

    def number_and_stop(written: Any) -> Any:
        result = number(written)
        if threading.current_thread() is not here:
            numbered.set()
            assert go_on.wait(PATIENCE)
        return result

    with monkeypatch.context() as patched:
        patched.setattr(issuing, "_number", number_and_stop)
        sweep = Beside(lambda: close_due_cycles(now=CUTOFF))
        assert numbered.wait(PATIENCE)
        turning = Beside(lambda: switch_off(lead))
        assert turning.is_waiting(), "the switch was turned while numbers were not committed"
        go_on.set()
        assert [step.outcome for step in sweep.end()] == 3 * [Outcome.CLOSED]
        assert isinstance(turning.end(), IssuingSwitch)

    issued = Invoice.objects.count()
    assert close_due_cycles(now=datetime(2026, 3, 15, 10, tzinfo=UTC)) == []
    assert Invoice.objects.count() == issued
    assert_the_books_hold()


def test_two_who_press_at_once_turn_it_once(lead):
    outcomes = [one.end() for one in [Beside(lambda: switch_off(lead)) for _ in range(2)]]

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["IssuingSwitch", "Refused"]
    assert IssuingSwitch.objects.count() == 1
