"""`manage.py close_cycles` does by hand what the schedule does, or shows what it would do."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from invoices.choices import CycleState
from invoices.models import BillingCycle, Invoice
from subscriptions.models import Subscription
from subscriptions.selectors.clock import database_now
from tests.books import contents
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")


@pytest.fixture
def lantern() -> Subscription:
    """Return an agreement of two periods, long ago, with one user in the first."""
    subscription = a_subscription(
        an_organization("lantern"),
        effective_date=date(2020, 1, 15),
        last_service_date=date(2020, 3, 14),
        cancelled_on=date(2020, 3, 14),
    )
    report(subscription.organization, *a_working_day("ann", "2020-01-20"))
    return subscription


@pytest.fixture
def harbor() -> Subscription:
    """Return an agreement of one period, long ago, whose user has a license without a price."""
    subscription = a_subscription(
        an_organization("harbor"),
        effective_date=date(2020, 1, 15),
        last_service_date=date(2020, 2, 14),
        cancelled_on=date(2020, 2, 14),
    )
    report(subscription.organization, *a_working_day("bob", "2020-01-20", "purecloud-3"))
    return subscription


def run(*arguments: str) -> list[str]:
    output = io.StringIO()
    call_command("close_cycles", *arguments, stdout=output)
    return output.getvalue().splitlines()


def run_until_it_waits(*arguments: str) -> list[str]:
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("close_cycles", *arguments, stdout=output)
    assert ended.value.code == 1
    return output.getvalue().splitlines()


def test_it_catches_up_everything_and_prints_a_line_for_each_cycle(lantern: Subscription) -> None:
    lines = run()

    number = Invoice.objects.get().number
    assert lines == [
        "lantern  Jan 15 – Feb 14, 2020  opened  nothing due, no document",
        f"lantern  Jan 15 – Feb 14, 2020  closed  {number}  USD $75.00",
        "lantern  Feb 15 – Mar 14, 2020  closed  nothing due, no document",
    ]
    assert run() == ["Nothing is due."]


def test_a_dry_run_shows_what_a_cancellation_has_made_due_and_changes_nothing() -> None:
    today = database_now().date()
    subscription = a_subscription(an_organization("short"), effective_date=today - timedelta(days=20))
    run()
    report(subscription.organization, *a_working_day("ann", f"{today - timedelta(days=15)}"))
    Subscription.objects.filter(pk=subscription.pk).update(
        last_service_date=today - timedelta(days=3), cancelled_on=today - timedelta(days=4)
    )
    before = contents()

    lines = run("--dry-run")

    assert [line.split("  ")[2:] for line in lines] == [["would close", "an invoice", "USD $75.00"]]
    assert contents() == before
    assert [line.split("  ")[2] for line in run()] == ["closed"]


def test_an_instant_chooses_what_is_billed_and_backdates_nothing(lantern: Subscription) -> None:
    lines = run("--as-of", "2020-02-20T00:00:00-05:00")

    assert len(lines) == 2
    assert list(BillingCycle.objects.order_by("index").values_list("state", flat=True)) == ["closed", "open"]
    invoice = Invoice.objects.get()
    assert database_now() - invoice.issued_at < timedelta(minutes=5)
    assert invoice.invoice_date.year >= 2026


def test_a_dry_run_shows_what_would_be_issued_and_writes_nothing(lantern: Subscription) -> None:
    before = contents()
    assert run("--dry-run") == ["lantern  Jan 15 – Feb 14, 2020  would open  nothing due, no document"]
    assert contents() == before

    run("--as-of", "2020-01-16T00:00:00Z")
    before = contents()
    assert run("--dry-run") == ["lantern  Jan 15 – Feb 14, 2020  would close  an invoice  USD $75.00"]
    assert contents() == before
    assert BillingCycle.objects.get().state == CycleState.OPEN


def test_a_held_cycle_is_told_with_its_reason_and_the_others_are_closed(
    lantern: Subscription, harbor: Subscription
) -> None:
    lines = run_until_it_waits()

    (held,) = [line for line in lines if "  held  " in line]
    assert held.startswith("harbor  Jan 15 – Feb 14, 2020  held  purecloud-3 has no price")
    assert BillingCycle.objects.filter(subscription=lantern, state=CycleState.CLOSED).count() == 2
    assert Invoice.objects.get().organization == lantern.organization


def test_a_dry_run_tells_what_would_be_held(harbor: Subscription) -> None:
    run("--as-of", "2020-01-16T00:00:00Z")
    before = contents()

    (line,) = run_until_it_waits("--dry-run")

    assert "would be held  purecloud-3 has no price" in line
    assert contents() == before


def test_one_organization_can_be_closed_alone(lantern: Subscription, harbor: Subscription) -> None:
    assert [line.split()[0] for line in run("--organization", "lantern", "--dry-run")] == ["lantern"]

    run("--organization", "lantern")

    assert not BillingCycle.objects.filter(subscription=harbor).exclude(state=CycleState.OPENING).exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--organization", "nobody"], "There is no organization with the code nobody"),
        (["--as-of", "2020-02-20T00:00:00"], "has no time zone"),
        (["--as-of", "yesterday"], "is no instant"),
        (["--as-of", "0001-01-01T00:00:00+14:00"], "is no instant"),
        (["--as-of", (datetime.now(UTC) + timedelta(days=1)).isoformat()], "lies in the future"),
    ],
    ids=["unknown organization", "no zone", "no instant", "before all time", "the future"],
)
def test_what_makes_no_sense_is_refused_and_closes_nothing(
    lantern: Subscription, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        run(*arguments)

    assert not BillingCycle.objects.exists()
