"""Cycles that are closed together: in a few statements, and each as if it were alone (BR-70 to BR-75)."""

import logging
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services import closing, issuing
from invoices.services.closing import Outcome
from invoices.services.sweeping import close_due_cycles
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_issuer, an_organization
from tests.factories.usage import a_working_day, an_event, report
from usage.selectors import columns

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def _quietly(monkeypatch):
    """Do not print what is made to fail."""
    monkeypatch.setattr(logging.getLogger("invoices.services.closing"), "propagate", False)


@pytest.fixture
def chunks(monkeypatch):
    """Note which organizations were claimed together, chunk by chunk."""
    claimed = []
    claim = closing.claim_cycles

    def claim_and_note(cycles, **options):
        found = claim(cycles, **options)
        if found:
            claimed.append([cycle.organization.code for cycle in found])
        return found

    monkeypatch.setattr(closing, "claim_cycles", claim_and_note)
    return claimed


def a_fleet(size, *, begun=True):
    """Return agreements whose first period is used, and has begun unless told otherwise."""
    fleet = [a_prepaid_subscription(an_organization(f"org-{number:02}")) for number in range(size)]
    for subscription in fleet:
        for user in ("ann", "ben", "cid"):
            report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    if begun:
        close_due_cycles(now=BEGIN)
    return fleet


def state_of(subscription, index=0):
    return subscription.cycles.get(index=index).state


# --- As if each were alone ------------------------------------------------------------------------------------------


def test_a_fleet_issues_what_each_would_have_issued_alone(chunks):
    together, alone = a_fleet(4), a_prepaid_subscription(an_organization("alone"))
    for user in ("ann", "ben", "cid"):
        report(alone.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    close_due_cycles(now=BEGIN)
    close_due_cycles(now=CUTOFF, organization_id=alone.organization_id)
    chunks.clear()

    steps = close_due_cycles(now=CUTOFF)

    assert chunks == [[subscription.organization.code for subscription in together]]
    assert [step.outcome for step in steps] == 4 * [Outcome.CLOSED]
    expected = told(alone)
    assert len(expected) == 3
    assert all(told(subscription) == expected for subscription in together)


def told(subscription):
    """Return what the documents of an agreement say, and what was counted for them."""
    lines = InvoiceLine.objects.filter(subscription=subscription).order_by("service_start", "position", "pk")
    snapshots = [cycle.usage_snapshot.quantities for cycle in subscription.cycles.filter(state="closed")]
    rows = list(lines.values_list("kind", "product", "quantity", "amount", "charge_key", "description"))
    return [rows, snapshots, list(subscription.invoices.order_by("sequence").values_list("total", "due_date"))]


def test_numbers_are_in_the_order_in_which_the_periods_fell_due():
    days = [20, 3, 11, 28, 7]
    for day in days:
        a_prepaid_subscription(an_organization(f"org-{day:02}"), effective_date=date(2026, 1, day))
    close_due_cycles(now=datetime(2026, 1, 29, tzinfo=UTC))
    opened = list(Invoice.objects.order_by("sequence").values_list("organization__code", flat=True))

    close_due_cycles(now=datetime(2026, 3, 1, tzinfo=UTC))

    numbered = list(Invoice.objects.filter(sequence__gt=5).order_by("sequence"))
    in_turn = [f"org-{day:02}" for day in sorted(days)]
    assert opened == [invoice.organization.code for invoice in numbered] == in_turn
    assert [invoice.pk for invoice in numbered] == sorted(invoice.pk for invoice in numbered)
    assert {invoice.issued_at for invoice in numbered} == {datetime(2026, 3, 1, tzinfo=UTC)}


def test_invoices_and_credit_notes_of_one_chunk_are_numbered_in_their_own_series():
    subscriptions = [a_subscription(an_organization(code)) for code in ("alpha", "beta", "gamma")]
    for subscription in subscriptions:
        report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    beta = subscriptions[1].organization
    mistake = {"source": "/platform", "id": "ann-in-2026-01-20T14:00:00Z"}
    report(beta, an_event(id="undo", type="event.retracted", time="2026-02-20T09:00:00Z", data=mistake))
    for subscription in (subscriptions[0], subscriptions[2]):
        report(subscription.organization, *a_working_day("ann", "2026-02-20"))

    close_due_cycles(now=SECOND_CUTOFF)

    issued = Invoice.objects.filter(issued_at=SECOND_CUTOFF).order_by("pk")
    assert list(issued.values_list("organization__code", "document_type", "sequence")) == [
        ("alpha", "invoice", 4),
        ("beta", "credit_note", 1),
        ("gamma", "invoice", 5),
    ]


def test_periods_to_catch_up_are_closed_one_after_the_other(chunks):
    fleet = a_fleet(3, begun=False)

    steps = close_due_cycles(now=SECOND_CUTOFF)

    everyone = [subscription.organization.code for subscription in fleet]
    assert chunks == 3 * [everyone]
    assert [step.outcome for step in steps] == 3 * [Outcome.OPENED] + 6 * [Outcome.CLOSED]


def test_two_agreements_of_one_organization_are_not_closed_together(chunks):
    organization = an_organization()
    first = a_prepaid_subscription(organization, last_service_date=date(2026, 2, 1), cancelled_on=date(2026, 1, 16))
    second = a_prepaid_subscription(organization, effective_date=date(2026, 2, 2))

    close_due_cycles(now=datetime(2026, 3, 3, tzinfo=UTC))

    assert chunks == 4 * [["lantern"]]
    assert list(Invoice.objects.order_by("sequence").values_list("subscription_id", flat=True)) == [
        first.pk,
        second.pk,
        second.pk,
    ]
    assert (state_of(first), state_of(second)) == ("closed", "closed")


def test_each_issuing_entity_is_billed_apart(chunks):
    entities = [an_issuer("north"), an_issuer("south", invoice_prefix="S-")]
    for number in range(4):
        a_prepaid_subscription(an_organization(f"org-{number}"), issuing_entity=entities[number % 2])

    close_due_cycles(now=BEGIN)

    assert chunks == [["org-0", "org-2"], ["org-1", "org-3"]]
    numbers = Invoice.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == ["INV-000001", "INV-000002", "S-000001", "S-000002"]


def test_a_cancellation_that_was_withdrawn_keeps_one_cycle_from_closing_and_no_other():
    fleet = a_fleet(3)
    fleet[1].last_service_date, fleet[1].cancelled_on = date(2026, 1, 25), date(2026, 1, 20)
    fleet[1].save()
    close_due_cycles(now=datetime(2026, 1, 21, tzinfo=UTC))
    fleet[1].last_service_date = fleet[1].cancelled_on = None
    fleet[1].save()

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == 3 * [Outcome.CLOSED]
    assert {subscription.cycles.get(index=0).period_end for subscription in fleet} == {date(2026, 2, 15)}


# --- One that fails -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_quietly")
def test_one_that_cannot_be_planned_costs_the_others_nothing(chunks, monkeypatch):
    fleet = a_fleet(5)
    fail_at(monkeypatch, closing, "plan_from", ZeroDivisionError, lambda ground: ground.cycle, fleet[2])
    chunks.clear()

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome.value for step in steps] == ["closed", "closed", "failed", "closed", "closed"]
    assert len(chunks) == 1
    assert_only_one_waits(fleet, 2, "ZeroDivisionError")


@pytest.mark.usefixtures("_quietly")
@pytest.mark.parametrize("error", [RuntimeError, OperationalError])
def test_one_that_cannot_be_written_costs_the_others_nothing(error, chunks, monkeypatch):
    fleet = a_fleet(5)
    fail_at(monkeypatch, issuing, "_unnumbered", error, lambda letter: letter.issue.cycle, fleet[2])
    chunks.clear()

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome.value for step in steps] == ["closed", "closed", "failed", "closed", "closed"]
    # Together, then each by itself; the one that failed is claimed once more to be parked.
    assert len(chunks) == (7 if error is RuntimeError else 6)
    if error is RuntimeError:
        assert_only_one_waits(fleet, 2, "RuntimeError")
    else:
        assert BillingCycle.objects.exclude(held_reasons=[]).count() == 0
        assert [state_of(subscription) for subscription in fleet] == ["closed", "closed", "open", "closed", "closed"]
        monkeypatch.undo()
        assert [step.outcome for step in close_due_cycles(now=CUTOFF)] == [Outcome.CLOSED]


@pytest.mark.usefixtures("_quietly")
def test_a_charge_that_was_invoiced_before_parks_its_own_cycle_alone():
    fleet = a_fleet(5)
    again = fleet[2].cycles.get()
    close_due_cycles(now=CUTOFF, organization_id=fleet[2].organization_id)
    # As if a backup had been restored in part: the cycle is open again, its invoice is there.
    fleet[2].cycles.filter(index=1).delete()
    BillingCycle.objects.filter(pk=again.pk).update(
        state="open", closed_at=None, usage_snapshot=None, terms_snapshot=None, tried_at=None
    )

    steps = close_due_cycles(now=CUTOFF)

    assert Counter(step.outcome.value for step in steps) == {"closed": 4, "failed": 1}
    assert_only_one_waits(fleet, 2, "IntegrityError")


def fail_at(monkeypatch, module, name, error, cycle_of, subscription):
    """Let a function fail for the cycles of one agreement."""
    original = getattr(module, name)

    def work_or_fail(*args, **options):
        if cycle_of(*args, **options).subscription_id == subscription.pk:
            raise error("struck down")
        return original(*args, **options)

    monkeypatch.setattr(module, name, work_or_fail)


def assert_only_one_waits(fleet, place, subject):
    """Assert that one cycle is held by our own failure, and that the others are closed without a gap."""
    waiting = BillingCycle.objects.exclude(held_reasons=[])
    assert [(cycle.subscription_id, cycle.held_reasons[0]["subject"]) for cycle in waiting] == [
        (fleet[place].pk, subject)
    ]
    for subscription in fleet:
        assert state_of(subscription) == ("open" if subscription == fleet[place] else "closed")
    sequences = sorted(Invoice.objects.values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))


class KilledError(BaseException):
    """The process is gone."""


def test_what_was_committed_before_a_kill_stays_and_the_rest_follows(chunks, monkeypatch):
    fleet = a_fleet(5)
    monkeypatch.setattr(closing, "CYCLES_AT_ONCE", 2)
    number, calls = issuing._number, []

    def number_or_die(letters):
        calls.append(letters)
        if len(calls) == 2:
            raise KilledError
        return number(letters)

    with monkeypatch.context() as patched:
        patched.setattr(issuing, "_number", number_or_die)
        with pytest.raises(KilledError):
            close_due_cycles(now=CUTOFF)
    assert [state_of(subscription) for subscription in fleet] == ["closed", "closed", "open", "open", "open"]
    chunks.clear()

    steps = close_due_cycles(now=CUTOFF)

    assert chunks == [["org-02", "org-03"], ["org-04"]]
    assert [step.outcome for step in steps] == 3 * [Outcome.CLOSED]
    assert Invoice.objects.count() == 10


# --- What it costs --------------------------------------------------------------------------------------------------


def test_closing_many_takes_as_many_statements_as_closing_few():
    few = a_fleet(3)
    with CaptureQueriesContext(connection) as for_few:
        assert len(close_due_cycles(now=CUTOFF)) == len(few)
    for number in range(9):
        subscription = a_prepaid_subscription(an_organization(f"more-{number}"))
        report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    close_due_cycles(now=BEGIN)

    with CaptureQueriesContext(connection) as for_many:
        assert len(close_due_cycles(now=CUTOFF)) == 9

    assert statements(for_many) == statements(for_few)
    # With a last claim that finds nothing more. A number that grows is to be looked at.
    assert len(statements(for_many)) == {"postgresql": 51, "sqlite": 46}[connection.vendor]


def test_an_opening_of_many_takes_as_many_statements_as_one_of_few():
    a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    a_fleet(2, begun=False)
    with CaptureQueriesContext(connection) as for_few:
        assert len(close_due_cycles(now=BEGIN)) == 2
    for number in range(7):
        a_prepaid_subscription(an_organization(f"more-{number}"))

    with CaptureQueriesContext(connection) as for_many:
        assert len(close_due_cycles(now=BEGIN)) == 7

    assert statements(for_many) == statements(for_few)


def statements(captured):
    """Return what each statement does to which table, but for reading usage, which is counted one by one."""
    texts = [query["sql"].strip().lstrip("(") for query in captured.captured_queries]
    told = [(text, *re.match(r'(\w+)[^"]*(?:"(\w+)")?', text).groups()) for text in texts]
    return [
        (verb, None if "SAVEPOINT" in text else table)
        for text, verb, table in told
        if verb == "INSERT" or "usage_usageevent" not in text
    ]


def test_a_second_sweep_writes_nothing_of_a_fleet():
    a_fleet(4)
    close_due_cycles(now=CUTOFF)
    before = contents()

    assert close_due_cycles(now=CUTOFF) == []

    assert contents() == before


def test_a_chunk_that_ends_early_has_not_read_the_usage_of_those_it_leaves(monkeypatch):
    a_fleet(5)
    monkeypatch.setattr(closing, "PEOPLE_AT_ONCE", 1)
    monkeypatch.setattr(columns, "PERIODS_AT_ONCE", 2)
    shares, read_rare = [], columns._read_rare

    def read_and_note(periods):
        shares.append(len(periods))
        return read_rare(periods)

    monkeypatch.setattr(columns, "_read_rare", read_and_note)

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == 5 * [Outcome.CLOSED]
    assert shares == [2, 2, 2, 2, 1]


def test_a_giant_ends_its_chunk(chunks, monkeypatch):
    fleet = a_fleet(5)
    for number in range(7):
        report(fleet[1].organization, *a_working_day(f"user-{number}", "2026-01-21", "purecloud-3"))
    monkeypatch.setattr(closing, "PEOPLE_AT_ONCE", 8)
    chunks.clear()

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == 5 * [Outcome.CLOSED]
    assert chunks == [
        ["org-00", "org-01", "org-02", "org-03", "org-04"],
        ["org-02", "org-03", "org-04"],
    ]
