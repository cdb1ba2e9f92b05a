"""A preview is what the close would issue, worked out by the same code; it writes nothing and keeps nobody waiting."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from invoices.documents import InvoiceDocument, get_invoice_document
from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services import planning
from invoices.services.closing import Outcome, is_due
from invoices.services.preview_document import find_preview_explanation, get_preview_document
from invoices.services.previewing import Preview, list_subscriptions_to_preview, next_cycle, preview_cycle
from invoices.services.simulated_time import let_time_pass
from invoices.services.simulation.play import _report_events, perform
from invoices.services.simulation.reading import read_story
from invoices.services.simulation.scene import set_scene
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Subscription
from tests.books import contents
from tests.factories.subscriptions import a_list_price, a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, an_event, assigned, logged_in, report
from tests.together import Beside
from usage.services.importing import import_trusted

OURS = Path(__file__).parent.parent / "scenarios"
SHARED = OURS.parents[2] / "shared" / "scenarios"
STORIES = [*sorted(OURS.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
NOW = datetime(2026, 1, 25, 15, tzinfo=UTC)
"""Ten days into the first period of a factory's agreement."""
END = datetime(2026, 2, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def preview(subscription: Subscription, *, as_of: datetime) -> Preview:
    cycle = next_cycle(subscription)
    assert cycle is not None
    return preview_cycle(cycle, as_of=as_of)


def lines(found: Preview) -> list[tuple[str, str, str, str]]:
    assert found.draft is not None
    return [
        (line.kind.value, line.product, f"{line.quantity.normalize():f}", f"{line.amount.amount}")
        for line in found.draft.lines
    ]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_just_before_a_close_it_reads_as_the_document_that_is_issued(path):
    story = read_story(path).story
    subscription = set_scene(story)
    _report_events(story, subscription.organization)
    foreseen: list[tuple[Preview, InvoiceDocument | None]] = []

    def watch(instant: datetime) -> None:
        cycle = next_cycle(subscription)
        if cycle is not None and is_due(cycle, instant):
            found = preview_cycle(cycle, as_of=instant)
            # Shown at once: what is open changes with the close.
            foreseen.append((found, get_preview_document(found, subscription=subscription, language="en").document))

    let_time_pass(until=story.run_until, watch=watch)

    assert foreseen
    for found, shown in foreseen:
        invoice = Invoice.objects.filter(cycle__index=found.period.index, issued_at=found.as_of).first()
        if found.blocks:
            assert invoice is None
            continue
        assert (shown is None) == (invoice is None)
        if shown is not None:
            issued = get_invoice_document(invoice, language="en")
            assert shown == replace(issued, number="", issued_at=shown.issued_at)


def test_it_writes_nothing_and_takes_no_lock():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    before = contents()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = preview(subscription, as_of=NOW)
        get_preview_document(found, subscription=subscription, language="en")
        explained = find_preview_explanation(found, subscription=subscription, number=1, language="en")
        assert explained is not None
        list(explained.evidence)

    statements = [" ".join(query["sql"].upper().split()) for query in queries]
    reading = ("SELECT", "(SELECT", "DECLARE", "COPY (SELECT")
    assert all(statement.startswith(reading) for statement in statements), statements
    assert not any("FOR UPDATE" in statement or "ADVISORY" in statement for statement in statements)
    assert contents() == before


@pytest.mark.postgresql
def test_a_close_and_an_ingestion_go_on_while_it_is_worked_out(committed_db, monkeypatch):
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    count, done = planning.count_period, []

    def meanwhile() -> None:
        done.extend(step.outcome for step in close_due_cycles(now=CUTOFF))
        late = an_event(id="late", subject="ben", received="2026-03-01T00:00:00Z")
        done.append(import_trusted([late], organization=subscription.organization).rejected)

    def count_while_others_work(**asked):
        if threading.current_thread() is threading.main_thread():
            Beside(meanwhile).end()
        return count(**asked)

    monkeypatch.setattr(planning, "count_period", count_while_others_work)

    assert preview(subscription, as_of=NOW).draft is not None
    assert done[:1] == [Outcome.CLOSED]
    assert done[-1] == []


def test_the_advance_for_the_next_period_stands_beside_what_was_used_so_far():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    report(subscription.organization, *a_working_day("later", "2026-01-28", "purecloud-3"))

    found = preview(subscription, as_of=NOW)

    assert lines(found) == [("prepay", "purecloud-3", "2", "280.00"), ("overage", "purecloud-3", "1", "150.00")]
    assert (found.draft.invoice_date, found.draft.due_date) == (date(2026, 2, 15), date(2026, 3, 17))
    assert [line.service.last_day for line in found.draft.lines] == [date(2026, 3, 14), date(2026, 2, 14)]
    assert found.comes_at == CUTOFF


def test_what_happened_and_was_received_so_far_counts_and_nothing_else():
    subscription = a_subscription(licensing_model="hourly", prices={"purecloud-1": "2.00"})
    close_due_cycles(now=BEGIN)
    organization = subscription.organization
    # Logged in four hours and a minute before now, and never out: four hours and a minute, not 24 hours.
    since = "2026-01-25T10:59:00Z"
    report(organization, assigned("ann", "purecloud-1", since), logged_in("ann", since))
    held_back = {"received": "2026-01-26T09:00:00Z"}
    report(organization, *a_working_day("ben", "2026-01-20", **held_back))

    assert lines(preview(subscription, as_of=NOW)) == [("usage", "purecloud-1", "5", "10.00")]
    # The 24 hours of ann, and the 8 of ben.
    assert lines(preview(subscription, as_of=END)) == [("usage", "purecloud-1", "32", "64.00")]


def test_a_number_has_been_active_on_no_day_yet_to_come():
    subscription = a_subscription(prices={"did-number": "3.10"})
    close_due_cycles(now=BEGIN)
    number = an_event(
        id="n-1",
        type="number.activated",
        subject="+12125550100",
        time="2026-01-24T15:00:00Z",
        data={"product": "did-number"},
    )
    report(subscription.organization, number)

    # January 24 and 25 of 31 days; at the end all from January 24 to February 14.
    so_far = preview(subscription, as_of=NOW)
    assert lines(so_far) == [("number", "did-number", "1", "0.20")]
    assert so_far.draft.lines[0].days == 2
    explained = find_preview_explanation(so_far, subscription=subscription, number=1, language="en")
    assert [row[0] for row in explained.evidence] == ["+12125550100"]
    assert preview(subscription, as_of=END).draft.lines[0].days == 22


@pytest.mark.parametrize(
    ("state", "as_of", "words"),
    [
        ("running", NOW, "still running"),
        ("ended, cut-off to come", END, "What is still reported"),
        ("past its cut-off", CUTOFF, "within minutes"),
    ],
)
def test_the_state_of_the_period_is_told(state, as_of, words):
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)

    told = get_preview_document(preview(subscription, as_of=as_of), subscription=subscription, language="en")

    assert words in " ".join(told.words)
    assert told.document is None
    assert told.comes == ("within minutes" if as_of == CUTOFF else "Feb 15, 2026, 6:00 AM Eastern")


@pytest.mark.parametrize(
    ("as_of", "words"),
    [(BEGIN - timedelta(days=3), "has not begun"), (BEGIN + timedelta(minutes=1), "has begun")],
)
def test_an_agreement_without_a_cycle_has_its_advance_to_come(as_of, words):
    subscription = a_prepaid_subscription()

    found = preview(subscription, as_of=as_of)

    assert found.is_opening
    assert lines(found) == [("prepay", "purecloud-3", "2", "280.00")]
    assert found.draft.invoice_date == date(2026, 1, 15)
    assert words in get_preview_document(found, subscription=subscription, language="en").words[0]
    assert not BillingCycle.objects.exists()


def test_a_period_that_is_just_beginning_can_be_looked_at():
    subscription = a_prepaid_subscription(cutoff_hours=0)
    close_due_cycles(now=BEGIN)
    close_due_cycles(now=END)

    assert lines(preview(subscription, as_of=END)) == [("prepay", "purecloud-3", "2", "280.00")]


def test_a_cancellation_ends_the_period_that_is_shown_without_touching_it():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    Subscription.objects.update(last_service_date=date(2026, 1, 31), cancelled_on=date(2026, 1, 20))
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    subscription.refresh_from_db()

    found = preview(subscription, as_of=NOW)

    assert (found.period.last_day, found.is_last) == (date(2026, 1, 31), True)
    assert found.draft is None
    assert "last period" in " ".join(get_preview_document(found, subscription=subscription, language="en").words)
    assert BillingCycle.objects.get().period_end == date(2026, 2, 15)


def test_after_the_last_period_nothing_is_to_come():
    subscription = a_subscription(last_service_date=date(2026, 2, 14), cancelled_on=date(2026, 1, 20))
    close_due_cycles(now=BEGIN)
    close_due_cycles(now=CUTOFF)

    assert next_cycle(subscription) is None
    assert list_subscriptions_to_preview(subscription.organization) == []


def test_what_would_hold_the_invoice_is_said_before_it_does():
    subscription = a_subscription(prices={})
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))

    told = get_preview_document(preview(subscription, as_of=NOW), subscription=subscription, language="en")

    assert [(obstacle.kind, obstacle.subject) for obstacle in told.obstacles.named] == [
        ("A product without a price", "PureCloud 1")
    ]
    assert "add it to the price book in force on that day" in told.obstacles.named[0].message


def test_a_held_cycle_is_shown_as_it_stands_and_dated_today():
    subscription = a_subscription(prices={})
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    later = CUTOFF + timedelta(days=2)
    held = preview(subscription, as_of=later)
    told = get_preview_document(held, subscription=subscription, language="en")
    assert (held.is_held, held.draft, told.comes) == (True, None, "when what is named below is mended")

    a_list_price("purecloud-1", "75.00")

    mended = preview(subscription, as_of=later)
    assert lines(mended) == [("usage", "purecloud-1", "1", "75.00")]
    assert mended.draft.invoice_date == date(2026, 2, 17)
    told = get_preview_document(mended, subscription=subscription, language="en")
    assert (told.comes, told.obstacles.named) == ("within an hour", [])
    assert "what it waited for is mended" in told.words[0]


def test_a_correction_that_would_come_is_shown_and_explained():
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    late = {"received": "2026-02-20T00:00:00Z"}
    report(subscription.organization, *a_working_day("ben", "2026-01-20", **late))

    found = preview(subscription, as_of=datetime(2026, 2, 21, tzinfo=UTC))

    assert lines(found)[-1] == ("adjustment", "purecloud-1", "1", "75.00")
    explained = find_preview_explanation(found, subscription=subscription, number=len(found.draft.lines), language="en")
    assert [(row[0], row[-1]) for row in explained.evidence] == [("ann", "unchanged"), ("ben", "new")]
    assert "2 − 1 = 1" in explained.arithmetic


@pytest.mark.parametrize("path", STORIES[::3], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_line_of_a_preview_is_explained_as_it_is_once_issued(path):
    subscription = perform(read_story(path).story)
    cycle = next_cycle(subscription)
    if cycle is None:
        return
    found = preview_cycle(cycle, as_of=cycle.ends_at - timedelta(days=3))

    for number, _line in enumerate(found.draft.lines if found.draft else (), start=1):
        explained = find_preview_explanation(found, subscription=subscription, number=number, language="en")
        assert explained.rules
        assert all(len(row) == len(explained.evidence.columns) for row in explained.evidence)
    assert find_preview_explanation(found, subscription=subscription, number=0, language="en") is None


def test_an_explanation_says_up_to_when_was_counted():
    subscription = a_subscription()
    close_due_cycles(now=BEGIN)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    found = preview(subscription, as_of=NOW)

    explained = find_preview_explanation(found, subscription=subscription, number=1, language="en")

    facts = {fact.label: fact.value for fact in explained.facts}
    assert facts["Counted with"] == "what was received by Jan 25, 2026, 10:00 AM Eastern"
    assert [row[0] for row in explained.evidence] == ["ann"]
    assert not InvoiceLine.objects.exists()


def test_of_two_agreements_the_one_that_is_invoiced_first_is_in_front():
    organization = an_organization()
    ending = a_subscription(organization, last_service_date=date(2026, 2, 14), cancelled_on=date(2026, 1, 20))
    coming = a_prepaid_subscription(organization, effective_date=date(2026, 2, 15))
    close_due_cycles(now=BEGIN)

    found = list_subscriptions_to_preview(organization)

    assert [subscription for subscription, _cycle in found] == [ending, coming]


def test_a_preview_of_usage_far_below_the_commitment_bills_the_commitment_alone():
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)

    found = preview(subscription, as_of=NOW)

    assert found.draft.total.amount == Decimal("280.00")
