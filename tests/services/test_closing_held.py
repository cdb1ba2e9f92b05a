"""Cycles that wait for a person: held with reasons, mended, parked after an unexpected error (BR-72)."""

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import OperationalError

from invoices.documents.reasons import reason_in_words
from invoices.domain.block import UNEXPECTED
from invoices.models import BillingCycle, CycleException, Invoice, InvoiceLine, NumberSeries
from invoices.services import closing
from invoices.services.closing import Outcome, close_cycle_now
from invoices.services.orders import invoice_due_orders
from invoices.services.sweeping import close_due_cycles
from subscriptions.models import Order, Product, Shipment, SubscriptionPrice
from tests.books import contents
from tests.factories.subscriptions import (
    a_change,
    a_list_price,
    a_prepaid_subscription,
    a_subscription,
    an_organization,
)
from tests.factories.usage import a_working_day, assigned, logged_in, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


def an_unpriced_month(code="lantern"):
    """Return an agreement whose first month has one user of a license without a price."""
    subscription = a_subscription(an_organization(code))
    report(
        subscription.organization,
        *a_working_day("ann", "2026-01-20", "purecloud-2"),
        *a_working_day("bob", "2026-01-20", "purecloud-1"),
        logged_in("eve", "2026-01-21T14:00:00Z"),
    )
    return subscription


def test_a_held_cycle_invoices_nothing_and_says_what_to_mend():
    subscription = an_unpriced_month()

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.OPENED, Outcome.HELD]
    cycle = BillingCycle.objects.get()
    assert (cycle.state, cycle.held_at, cycle.tried_at, cycle.closed_at) == ("open", CUTOFF, CUTOFF, None)
    (reason,) = cycle.held_reasons
    assert (reason["code"], reason["subject"]) == ("unpriced_product", "purecloud-2")
    assert "Jan 15, 2026" in reason_in_words(reason)
    assert "price book" in reason_in_words(reason)
    assert not Invoice.objects.exists()
    assert not NumberSeries.objects.exists()
    assert (cycle.usage_snapshot, cycle.terms_snapshot) == (None, None)
    assert subscription.cycles.count() == 1


def test_a_held_cycle_holds_back_its_successors_and_no_one_else():
    held, other = an_unpriced_month(), a_subscription(an_organization("harbor"))
    for day in ("2026-01-20", "2026-02-20"):
        report(other.organization, *a_working_day("ann", day))
    report(held.organization, *a_working_day("ann", "2026-02-20"))

    close_due_cycles(now=CUTOFF)
    close_due_cycles(now=SECOND_CUTOFF)

    assert held.cycles.count() == 1
    assert list(other.cycles.values_list("state", flat=True)) == ["closed", "closed", "open"]
    assert set(Invoice.objects.values_list("subscription_id", flat=True)) == {other.pk}


def test_its_orders_and_shipments_are_invoiced_while_it_is_held():
    subscription = an_unpriced_month()
    organization = subscription.organization
    close_due_cycles(now=CUTOFF)
    own = {"organization": organization, "subscription": subscription, "quantity": 2, "price": "100.00"}
    Order.objects.create(**own, product_id="purecloud-1", processed_on=date(2026, 2, 16))
    phones = Product.objects.create(code="desk-phone", name="Desk phone", kind="hardware")
    order = Order.objects.create(**own, product=phones)
    Shipment.objects.create(organization=organization, order=order, shipped_on=date(2026, 2, 16), quantity=1)

    issued = invoice_due_orders(now=CUTOFF + 2 * A_DAY)

    assert [(str(invoice.total), invoice.cycle) for invoice in issued] == [("200.00", None), ("100.00", None)]
    assert BillingCycle.objects.get().held_reasons


def test_a_reason_found_while_an_earlier_period_is_rated_again_holds_the_closing_cycle():
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20"), *a_working_day("ann", "2026-02-20"))
    close_due_cycles(now=CUTOFF)
    report(
        subscription.organization,
        *a_working_day("zoe", "2026-01-22", "purecloud-2", received="2026-02-16T09:00:00Z"),
        assigned("zoe", "purecloud-1", "2026-02-16T09:00:00Z"),
    )

    steps = close_due_cycles(now=SECOND_CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.HELD]
    (reason,) = BillingCycle.objects.get(index=1).held_reasons
    assert (reason["code"], reason["subject"]) == ("unpriced_product", "purecloud-2")
    assert reason["words"] == {"day": "2026-01-15"}
    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=SECOND_CUTOFF + AN_HOUR)
    assert ("adjustment", "purecloud-2", "100.00") in {
        (line.kind, line.product, str(line.amount)) for line in InvoiceLine.objects.all()
    }


def test_a_mended_cycle_closes_once_and_is_dated_on_the_day_it_is_issued():
    subscription = an_unpriced_month()
    close_due_cycles(now=CUTOFF)
    a_list_price("purecloud-2", "100.00")

    # Midnight in London, the evening before in New York.
    steps = close_due_cycles(now=CUTOFF + timedelta(hours=13, minutes=30))
    again = close_due_cycles(now=CUTOFF + 2 * A_DAY)

    assert [step.outcome for step in steps] == [Outcome.CLOSED]
    assert again == []
    invoice = Invoice.objects.get()
    assert (invoice.invoice_date, invoice.due_date) == (date(2026, 2, 15), date(2026, 3, 17))
    assert [(line.product, str(line.amount)) for line in invoice.lines.all()] == [
        ("purecloud-1", "75.00"),
        ("purecloud-2", "100.00"),
    ]
    assert {(line.service_start, line.service_end) for line in invoice.lines.all()} == {
        (date(2026, 1, 15), date(2026, 2, 14))
    }
    cycle = subscription.cycles.get(index=0)
    assert (cycle.state, cycle.held_reasons, cycle.held_at) == ("closed", [], CUTOFF)


def test_a_cycle_mended_a_month_later_is_dated_then_and_its_successor_follows_at_once():
    subscription = an_unpriced_month()
    report(subscription.organization, *a_working_day("bob", "2026-02-20"))
    close_due_cycles(now=CUTOFF)
    SubscriptionPrice.objects.create(subscription=subscription, product_id="purecloud-2", price="90.00")

    steps = close_due_cycles(now=datetime(2026, 3, 17, 3, tzinfo=UTC))

    assert [step.outcome for step in steps] == [Outcome.CLOSED, Outcome.CLOSED]
    first, second = Invoice.objects.order_by("sequence")
    # Late on March 16 in New York. The second was never held and is less than three days late.
    assert (first.invoice_date, first.due_date) == (date(2026, 3, 16), date(2026, 4, 15))
    assert (second.invoice_date, second.due_date) == (date(2026, 3, 15), date(2026, 4, 14))
    assert {line.service_end for line in first.lines.all()} == {date(2026, 2, 14)}


def test_a_held_cycle_counts_what_was_received_by_its_cut_off_and_no_more():
    subscription = an_unpriced_month()
    close_due_cycles(now=CUTOFF)
    report(subscription.organization, *a_working_day("zoe", "2026-01-22", received="2026-02-16T09:00:00Z"))
    a_list_price("purecloud-2", "100.00")

    close_due_cycles(now=CUTOFF + A_DAY)

    assert {line.product: line.quantity for line in Invoice.objects.get().lines.all()} == {
        "purecloud-1": 1,
        "purecloud-2": 1,
    }


def test_a_held_cycle_is_left_alone_for_an_hour():
    an_unpriced_month()
    close_due_cycles(now=CUTOFF)
    before = contents()

    assert close_due_cycles(now=CUTOFF + AN_HOUR - timedelta(seconds=1)) == []
    assert contents() == before

    assert [step.outcome for step in close_due_cycles(now=CUTOFF + AN_HOUR)] == [Outcome.HELD]
    cycle = BillingCycle.objects.get()
    assert (cycle.held_at, cycle.tried_at) == (CUTOFF, CUTOFF + AN_HOUR)


def test_a_person_who_has_mended_the_reason_need_not_wait_for_the_hour():
    an_unpriced_month()
    close_due_cycles(now=CUTOFF)
    a_list_price("purecloud-2", "100.00")
    cycle = BillingCycle.objects.get()

    step = close_cycle_now(cycle_id=cycle.pk, now=CUTOFF + timedelta(minutes=1))
    again = close_cycle_now(cycle_id=cycle.pk, now=CUTOFF + timedelta(minutes=2))

    assert (step.outcome, again.outcome) == (Outcome.CLOSED, Outcome.NOT_DUE)
    assert Invoice.objects.count() == 1


def test_a_person_cannot_close_a_period_before_its_cut_off():
    a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    before = contents()

    step = close_cycle_now(cycle_id=BillingCycle.objects.get().pk, now=CUTOFF - timedelta(seconds=1))

    assert step.outcome is Outcome.NOT_DUE
    assert contents() == before


def test_an_opening_without_a_price_is_held_and_follows_once_it_has_one():
    subscription = a_subscription(
        commercial_model="PREPAY_MONTHLY_COMMITMENT", prices={"purecloud-1": {"commitment": 3}}
    )

    held = close_due_cycles(now=BEGIN)
    a_list_price("purecloud-1", "70.00")
    opened = close_due_cycles(now=BEGIN + 5 * A_DAY)

    assert [step.outcome for step in (*held, *opened)] == [Outcome.HELD, Outcome.OPENED]
    cycle = BillingCycle.objects.get()
    assert (cycle.state, cycle.held_reasons) == ("open", [])
    invoice = Invoice.objects.get()
    assert (invoice.invoice_date, str(invoice.total)) == (date(2026, 1, 20), "210.00")
    # That it was held once does not date the document of its close.
    report(subscription.organization, *a_working_day("ann", "2026-01-25"))
    close_due_cycles(now=CUTOFF)
    assert Invoice.objects.get(sequence=2).invoice_date == date(2026, 2, 15)


def test_an_advance_without_a_price_holds_the_period_before_it():
    subscription = a_prepaid_subscription()
    a_change(
        subscription=subscription,
        product_id="communicate",
        effective_date=date(2026, 2, 1),
        commitment=4,
        recorded_at=BEGIN,
        reason="Phones",
    )

    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.OPENED, Outcome.HELD]
    (reason,) = BillingCycle.objects.get().held_reasons
    assert (reason["code"], reason["subject"]) == ("unpriced_product", "communicate")
    assert reason["words"] == {"day": "2026-02-15"}


def test_every_reason_is_listed_and_once():
    subscription = a_subscription(
        licensing_model="concurrent",
        commercial_model="PREPAY_MONTHLY_COMMITMENT",
        prices={"purecloud-1": {"price": "75.00", "commitment": 1}},
    )
    report(
        subscription.organization,
        *a_working_day("ann", "2026-01-20", "purecloud-2"),
        *a_working_day("cleo", "2026-01-20", "communicate"),
        *a_working_day("dora", "2026-01-20", "communicate"),
    )

    close_due_cycles(now=CUTOFF)

    cycle = BillingCycle.objects.get()
    assert [(reason["code"], reason["subject"]) for reason in cycle.held_reasons] == [
        ("tier_above_agreement", "purecloud-2"),
        ("unpriced_product", "communicate"),
        ("unpriced_product", "purecloud-2"),
    ]


def test_what_a_csm_should_look_at_is_kept_once_although_the_cycle_was_held():
    an_unpriced_month()

    close_due_cycles(now=CUTOFF)
    expected = [("mixed_tiers", "purecloud-1,purecloud-2"), ("unended_session", "eve-2026-01-21T14:00:00Z")]
    expected.append(("unlicensed_user", "eve"))
    assert list(CycleException.objects.values_list("code", "subject")) == expected
    close_due_cycles(now=CUTOFF + AN_HOUR)
    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=CUTOFF + 2 * AN_HOUR)

    assert BillingCycle.objects.filter(state="closed").count() == 1
    assert list(CycleException.objects.values_list("code", "subject")) == expected


# --- Parked: our own code failed ------------------------------------------------------------------------------------


@pytest.fixture
def broken_for(monkeypatch):
    """Let the planning of one organization's closes fail; calling the result again with None mends it."""
    broken = {}
    plan = closing.plan_from

    def plan_or_fail(ground):
        code = ground.cycle.organization.code
        if code in broken and ground.cycle.state == "open":
            raise broken[code]
        return plan(ground)

    monkeypatch.setattr(closing, "plan_from", plan_or_fail)
    monkeypatch.setattr(logging.getLogger("invoices.services.closing"), "propagate", False)
    return broken


def test_an_unexpected_error_parks_one_organization_and_the_others_close(broken_for):
    subscriptions = {code: a_subscription(an_organization(code)) for code in ("alpha", "beta", "gamma", "delta")}
    for subscription in subscriptions.values():
        report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    broken_for["beta"] = ZeroDivisionError("nobody thought of this")

    steps = close_due_cycles(now=CUTOFF)

    assert sorted(step.outcome for step in steps) == sorted(4 * ["opened"] + 3 * ["closed"] + ["failed"])
    assert set(Invoice.objects.values_list("organization__code", flat=True)) == {"alpha", "gamma", "delta"}
    parked = BillingCycle.objects.get(subscription=subscriptions["beta"])
    (reason,) = parked.held_reasons
    assert (reason["code"], reason["subject"]) == (UNEXPECTED, "ZeroDivisionError")
    assert "nobody thought" not in reason_in_words(reason)

    broken_for.clear()
    assert close_due_cycles(now=CUTOFF + timedelta(minutes=30)) == []
    assert [step.outcome for step in close_due_cycles(now=CUTOFF + AN_HOUR)] == [Outcome.CLOSED]
    assert close_due_cycles(now=CUTOFF + 3 * AN_HOUR) == []
    assert Invoice.objects.filter(subscription=subscriptions["beta"]).count() == 1


def test_an_error_after_the_number_was_taken_leaves_no_trace_of_it(broken_for, monkeypatch):
    a_list_price("purecloud-2", "100.00")
    subscription = an_unpriced_month()
    with monkeypatch.context() as patched:
        patched.setattr("invoices.services.issuing._queued", fail)
        steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == [Outcome.OPENED, Outcome.FAILED]
    assert not Invoice.objects.exists()
    assert not NumberSeries.objects.exists()
    cycle = subscription.cycles.get()
    assert (cycle.state, cycle.usage_snapshot, cycle.closed_at) == ("open", None, None)

    close_due_cycles(now=CUTOFF + AN_HOUR)
    assert Invoice.objects.get().number == "INV-000001"


def test_a_parked_cycle_still_keeps_what_a_csm_should_look_at(broken_for):
    subscription = a_subscription()
    report(subscription.organization, logged_in("eve", "2026-01-21T14:00:00Z"))
    broken_for["lantern"] = ZeroDivisionError()
    close_due_cycles(now=CUTOFF)
    broken_for.clear()

    close_due_cycles(now=CUTOFF + AN_HOUR)

    assert set(CycleException.objects.values_list("code", flat=True)) == {"unended_session", "unlicensed_user"}


def test_a_lost_connection_holds_nothing_and_the_next_sweep_tries_again(broken_for):
    for code in ("alpha", "beta"):
        report(a_subscription(an_organization(code)).organization, *a_working_day("ann", "2026-01-20"))
    broken_for["alpha"] = OperationalError("server closed the connection unexpectedly")

    steps = close_due_cycles(now=CUTOFF)
    assert sorted(step.outcome for step in steps) == ["closed", "failed", "opened", "opened"]
    assert BillingCycle.objects.get(organization__code="alpha").held_reasons == []

    broken_for.clear()
    assert [step.outcome for step in close_due_cycles(now=CUTOFF + timedelta(minutes=1))] == [Outcome.CLOSED]
    assert set(Invoice.objects.values_list("invoice_date", flat=True)) == {date(2026, 2, 15)}


def test_a_charge_that_was_invoiced_before_is_refused_by_the_database_and_parks_the_cycle(broken_for):
    subscription = a_subscription()
    report(subscription.organization, assigned("ann", "purecloud-1", "2026-01-16T14:00:00Z"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    cycle = subscription.cycles.get(index=0)
    # As if a backup had been restored in part: the cycle is open again, its invoice is there.
    BillingCycle.objects.filter(index=1).delete()
    BillingCycle.objects.filter(pk=cycle.pk).update(
        state="open", closed_at=None, usage_snapshot=None, terms_snapshot=None, tried_at=None
    )

    steps = close_due_cycles(now=CUTOFF + AN_HOUR)

    assert [step.outcome for step in steps] == [Outcome.FAILED]
    cycle.refresh_from_db()
    assert cycle.held_reasons[0]["subject"] == "IntegrityError"
    assert Invoice.objects.count() == 1


def fail(*_rows, **_options):
    raise RuntimeError("the disk is on fire")
