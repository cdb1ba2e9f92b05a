"""What a cycle would issue is worked out without writing, and is what it then issues."""

from datetime import UTC, date, datetime, timedelta

import pytest

from invoices.models import BillingCycle
from invoices.services.closing import Outcome
from invoices.services.planning import plan_cycle
from invoices.services.sweeping import close_due_cycles, preview_due
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)


def test_planning_a_close_writes_nothing_and_foretells_the_invoice():
    subscription = a_prepaid_subscription()
    for user in ("ann", "ben", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-3"))
    close_due_cycles(now=BEGIN)
    before = contents()

    plan = plan_cycle(BillingCycle.objects.get(), issued_at=CUTOFF)

    assert contents() == before
    close_due_cycles(now=CUTOFF)
    invoice = subscription.invoices.get(sequence=2)
    draft = plan.draft
    assert (draft.invoice_date, draft.due_date) == (invoice.invoice_date, invoice.due_date)
    assert (draft.subtotal.amount, draft.tax.amount, draft.total.amount) == (
        invoice.subtotal,
        invoice.tax,
        invoice.total,
    )
    assert [(line.kind.value, line.product, line.quantity, line.amount.amount) for line in draft.lines] == list(
        invoice.lines.values_list("kind", "product", "quantity", "amount")
    )


def test_planning_an_opening_writes_nothing_and_foretells_the_invoice():
    subscription = a_prepaid_subscription()
    cycle = BillingCycle(
        organization=subscription.organization,
        subscription=subscription,
        index=0,
        period_start=date(2026, 1, 15),
        period_end=date(2026, 2, 15),
        starts_at=BEGIN,
        ends_at=CUTOFF - timedelta(hours=6),
        cutoff_at=CUTOFF,
    )
    before = contents()

    plan = plan_cycle(cycle, issued_at=BEGIN)

    assert contents() == before
    assert (plan.draft.invoice_date, str(plan.draft.total.amount)) == (date(2026, 1, 15), "280.00")
    close_due_cycles(now=BEGIN)
    assert subscription.invoices.get().total == plan.draft.total.amount


def test_nothing_due_is_no_draft():
    a_subscription()
    close_due_cycles(now=BEGIN)

    plan = plan_cycle(BillingCycle.objects.get(), issued_at=CUTOFF)

    assert (plan.draft, list(plan.blocks)) == (None, [])


def test_a_block_is_foretold_too():
    subscription = a_subscription(prices={})
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=BEGIN)

    plan = plan_cycle(BillingCycle.objects.get(), issued_at=CUTOFF)

    assert [(block.code.value, block.subject) for block in plan.blocks] == [("unpriced_product", "purecloud-1")]


def test_a_dry_run_sees_the_end_of_an_agreement_that_was_cancelled_since_the_last_sweep():
    subscription = a_prepaid_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    close_due_cycles(now=BEGIN)
    subscription.last_service_date, subscription.cancelled_on = date(2026, 1, 25), date(2026, 1, 22)
    subscription.save()
    after_the_end = datetime(2026, 1, 26, 11, tzinfo=UTC)
    before = contents()

    (foreseen,) = preview_due(due_by=after_the_end, now=after_the_end, organization_id=None)

    assert contents() == before
    assert foreseen.cycle.period_end == date(2026, 1, 26)
    (step,) = close_due_cycles(now=after_the_end)
    assert (step.outcome, step.cycle_id) == (Outcome.CLOSED, foreseen.cycle.pk)


def test_a_dry_run_closes_nothing_whose_cancellation_was_withdrawn():
    subscription = a_prepaid_subscription(last_service_date=date(2026, 1, 25), cancelled_on=date(2026, 1, 20))
    close_due_cycles(now=BEGIN)
    subscription.last_service_date = subscription.cancelled_on = None
    subscription.save()
    after_the_end = datetime(2026, 1, 26, 11, tzinfo=UTC)

    assert list(preview_due(due_by=after_the_end, now=after_the_end, organization_id=None)) == []
    assert close_due_cycles(now=after_the_end) == []
