"""A person decides about a held cycle: the tier, or to bill without the doubtful charges (BR-21, BR-72)."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from invoices.domain.block import BlockCode
from invoices.domain.decision import Choice
from invoices.models import BillingCycle, HoldDecision, Invoice, InvoiceLine
from invoices.services.closing import Outcome
from invoices.services.deciding import UndecidableError, Verdict, decide_hold
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from tests.factories.subscriptions import a_list_price, a_subscription
from tests.factories.usage import a_working_day, assigned, report

pytestmark = pytest.mark.usefixtures("billing")

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
THE_DAY_AFTER = datetime(2026, 2, 16, 15, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
THIRD_CUTOFF = datetime(2026, 4, 15, 10, tzinfo=UTC)


@pytest.fixture
def csm(billing):
    return User.objects.create_user("csm", is_staff=True)


def a_stray_assignment():
    """Return a concurrent agreement on 2 PureCloud 2; three people worked, and one held PureCloud 3 for a minute."""
    subscription = a_subscription(
        licensing_model="concurrent",
        commercial_model="PREPAY_MONTHLY_COMMITMENT",
        prices={"purecloud-2": {"price": "100.00", "overage_price": "120.00", "commitment": 2}},
    )
    a_list_price("purecloud-3", "150.00")
    for user in ("ann", "bob", "eve"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-2"))
    report(subscription.organization, assigned("eve", "purecloud-3", "2026-01-22T15:00:00Z"))
    close_due_cycles(now=CUTOFF)
    return BillingCycle.objects.get()


def an_unpriced_license():
    """Return the held first month of an agreement: bob is billed, nobody knows what ann's license costs."""
    subscription = a_subscription()
    report(
        subscription.organization,
        *a_working_day("ann", "2026-01-20", "purecloud-2"),
        *a_working_day("bob", "2026-01-20", "purecloud-1"),
        *a_working_day("bob", "2026-02-20", None),
    )
    close_due_cycles(now=CUTOFF)
    return BillingCycle.objects.get()


def decide(cycle, csm, choice, code=BlockCode.TIER_ABOVE_AGREEMENT, now=THE_DAY_AFTER):
    verdict = Verdict(code=code, choice=choice, reason="Agreed on the phone.")
    return decide_hold(verdict, cycle_id=cycle.pk, decided_by=csm, now=now)


def arrears(cycle):
    lines = InvoiceLine.objects.filter(invoice__cycle=cycle).exclude(kind="prepay").order_by("invoice_id", "position")
    return [(line.kind, line.product, str(line.quantity.normalize()), str(line.amount)) for line in lines]


def assert_every_document_can_be_computed_again():
    assert [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)] == []


@pytest.mark.parametrize(
    ("choice", "billed"),
    [
        (Choice.ACCEPT_TIER, [("overage", "purecloud-3", "3", "450.00")]),
        (Choice.BILL_AGREED_TIER, [("overage", "purecloud-2", "1", "120.00")]),
        (Choice.LEAVE_OUT, []),
    ],
)
def test_the_peak_is_billed_at_the_tier_a_person_chose(csm, choice, billed):
    cycle = a_stray_assignment()

    step = decide(cycle, csm, choice)

    assert step.outcome is Outcome.CLOSED
    assert arrears(cycle) == billed
    assert_every_document_can_be_computed_again()


def test_a_decision_keeps_who_when_and_why(csm):
    decide(a_stray_assignment(), csm, Choice.ACCEPT_TIER)

    decision = HoldDecision.objects.get()
    assert (decision.decided_by, decision.decided_at, decision.reason) == (csm, THE_DAY_AFTER, "Agreed on the phone.")


def test_a_charge_left_out_follows_as_an_adjustment_once_it_has_a_price(csm):
    cycle = an_unpriced_license()
    decide(cycle, csm, Choice.LEAVE_OUT, BlockCode.UNPRICED_PRODUCT)
    assert arrears(cycle) == [("usage", "purecloud-1", "1", "75.00")]

    close_due_cycles(now=SECOND_CUTOFF)
    second = BillingCycle.objects.get(index=1)
    assert arrears(second) == [("usage", "purecloud-1", "1", "75.00")]

    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=THIRD_CUTOFF)
    third = BillingCycle.objects.get(index=2)
    assert arrears(third) == [("adjustment", "purecloud-2", "1", "100.00")]
    cycle.refresh_from_db()
    assert cycle.left_out == []
    assert_every_document_can_be_computed_again()


def test_a_charge_left_out_is_billed_however_late_it_is_mended_and_only_once(csm):
    cycle = an_unpriced_license()
    decide(cycle, csm, Choice.LEAVE_OUT, BlockCode.UNPRICED_PRODUCT)
    close_due_cycles(now=datetime(2026, 7, 20, tzinfo=UTC))
    a_list_price("purecloud-2", "100.00")

    close_due_cycles(now=datetime(2026, 9, 20, tzinfo=UTC))

    adjusted = InvoiceLine.objects.filter(kind="adjustment")
    assert [(line.product, str(line.amount)) for line in adjusted] == [("purecloud-2", "100.00")]


def a_late_unpriced_license(csm):
    """Return the second month, held because of a license in the first that we have heard of after its close."""
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("bob", "2026-01-20"), *a_working_day("bob", "2026-02-20", None))
    close_due_cycles(now=CUTOFF)
    report(
        subscription.organization,
        *a_working_day("zoe", "2026-01-22", "purecloud-2", received="2026-02-16T09:00:00Z"),
    )
    close_due_cycles(now=SECOND_CUTOFF)
    return BillingCycle.objects.get(index=1)


def test_a_reason_in_an_earlier_period_may_be_left_out_and_follows_once_it_is_mended(csm):
    second = a_late_unpriced_license(csm)
    assert [reason["subject"] for reason in second.held_reasons] == ["purecloud-2"]

    step = decide(second, csm, Choice.LEAVE_OUT, BlockCode.UNPRICED_PRODUCT, now=SECOND_CUTOFF)

    assert step.outcome is Outcome.CLOSED
    assert arrears(second) == [("usage", "purecloud-1", "1", "75.00")]
    first = BillingCycle.objects.get(index=0)
    assert [reason["subject"] for reason in first.left_out] == ["purecloud-2"]
    assert BillingCycle.objects.get(index=1).left_out == []
    decision = HoldDecision.objects.get()
    assert (decision.cycle, decision.decided_by, decision.reason) == (second, csm, "Agreed on the phone.")
    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=THIRD_CUTOFF)
    assert arrears(BillingCycle.objects.get(index=2)) == [("adjustment", "purecloud-2", "1", "100.00")]
    assert BillingCycle.objects.get(index=0).left_out == []
    assert_every_document_can_be_computed_again()


def test_a_reason_in_an_earlier_period_is_mended_by_a_price_as_well(csm):
    second = a_late_unpriced_license(csm)
    a_list_price("purecloud-2", "100.00")

    close_due_cycles(now=datetime(2026, 3, 15, 12, tzinfo=UTC))

    assert ("adjustment", "purecloud-2", "1", "100.00") in arrears(second)
    assert not HoldDecision.objects.exists()
    assert_every_document_can_be_computed_again()


def test_a_tier_decided_for_one_period_decides_nothing_about_another(csm):
    """The peak of January was billed at the higher tier; February's is billed at the agreed one."""
    cycle = a_stray_assignment()
    decide(cycle, csm, Choice.ACCEPT_TIER)
    organization = cycle.organization
    report(organization, *a_working_day("ann", "2026-02-20", None), *a_working_day("dan", "2026-02-20", "purecloud-2"))
    report(organization, *a_working_day("dan", "2026-01-20", "purecloud-2", received="2026-02-25T00:00:00Z"))
    close_due_cycles(now=SECOND_CUTOFF)
    second = BillingCycle.objects.get(index=1)
    assert [reason["code"] for reason in second.held_reasons] == ["tier_above_agreement"]

    decide(second, csm, Choice.BILL_AGREED_TIER, now=SECOND_CUTOFF)

    # Four people on January 20 at PureCloud 3, of which three had been invoiced.
    assert ("adjustment", "purecloud-3", "1", "150.00") in arrears(second)
    assert_every_document_can_be_computed_again()


def test_a_tier_left_out_is_billed_with_the_next_invoice_once_decided(csm):
    cycle = a_stray_assignment()
    decide(cycle, csm, Choice.LEAVE_OUT)

    decide(cycle, csm, Choice.BILL_AGREED_TIER, now=THE_DAY_AFTER)
    close_due_cycles(now=SECOND_CUTOFF)

    assert ("adjustment", "purecloud-2", "1", "120.00") in arrears(BillingCycle.objects.get(index=1))
    assert_every_document_can_be_computed_again()


@pytest.mark.parametrize(
    ("code", "choice", "reason", "complaint"),
    [
        (BlockCode.UNRATED_CALL, Choice.LEAVE_OUT, "why", "does not wait because of unrated_call"),
        (BlockCode.UNPRICED_PRODUCT, Choice.ACCEPT_TIER, "why", "does not answer"),
        (BlockCode.UNPRICED_PRODUCT, Choice.LEAVE_OUT, "  ", "Say why"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_and_changes_nothing(csm, code, choice, reason, complaint):
    cycle = an_unpriced_license()

    with pytest.raises(UndecidableError, match=complaint):
        decide_hold(Verdict(code=code, choice=choice, reason=reason), cycle_id=cycle.pk, decided_by=csm, now=CUTOFF)

    assert not HoldDecision.objects.exists()
    cycle.refresh_from_db()
    assert cycle.state == "open"


def test_an_advance_without_a_price_cannot_be_left_out(csm):
    subscription = a_subscription(
        commercial_model="PREPAY_MONTHLY_COMMITMENT", prices={"purecloud-1": {"commitment": 2}}
    )
    close_due_cycles(now=BEGIN)
    cycle = subscription.cycles.get()

    step = decide(cycle, csm, Choice.LEAVE_OUT, BlockCode.UNPRICED_PRODUCT, now=CUTOFF)

    assert step.outcome is Outcome.HELD
    assert not Invoice.objects.exists()
