"""Earlier periods that a close rates again: what waits for them can be mended, and what was mended stays so (BR-74)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from invoices.domain.block import BlockCode
from invoices.domain.decision import Choice
from invoices.models import BillingCycle, Invoice, InvoiceLine
from invoices.services.closing import Outcome, close_cycle_now
from invoices.services.deciding import Verdict, decide_hold
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from subscriptions.models import VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from subscriptions.services.rate_decks import renew_token
from tests.factories.subscriptions import a_list_price, a_subscription
from tests.factories.usage import a_working_day, an_event, assigned, report

pytestmark = pytest.mark.usefixtures("billing")

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
THIRD_CUTOFF = datetime(2026, 4, 15, 10, tzinfo=UTC)
FOURTH_CUTOFF = datetime(2026, 5, 15, 10, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)
LATE = "2026-02-20T00:00:00Z"
LATER = "2026-03-20T00:00:00Z"


@pytest.fixture
def csm(billing):
    return User.objects.create_user("csm", is_staff=True)


def decide(cycle, csm, choice, code, now):
    return decide_hold(
        Verdict(code=code, choice=choice, reason="Agreed on the phone."), cycle_id=cycle.pk, decided_by=csm, now=now
    )


def adjusted(index):
    lines = InvoiceLine.objects.filter(invoice__cycle__index=index, kind="adjustment").order_by("position")
    return [(line.product, line.quantity, str(line.amount)) for line in lines]


def assert_every_document_can_be_computed_again():
    assert [difference for invoice in Invoice.objects.all() for difference in verify_invoice(invoice)] == []


def a_license_left_out_and_priced_later(csm):
    """Return an agreement whose first period was closed without ann's PureCloud 2, which the second close billed."""
    subscription = a_subscription()
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-2"))
    close_due_cycles(now=CUTOFF)
    decide(BillingCycle.objects.get(), csm, Choice.LEAVE_OUT, BlockCode.UNPRICED_PRODUCT, CUTOFF + A_MINUTE)
    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=SECOND_CUTOFF)
    assert adjusted(1) == [("purecloud-2", 1, "100.00")]
    return subscription


def test_what_followed_once_it_was_mended_is_not_credited_when_the_period_is_rated_again(csm):
    subscription = a_license_left_out_and_priced_later(csm)
    report(subscription.organization, *a_working_day("bob", "2026-01-21", received=LATER))

    close_due_cycles(now=THIRD_CUTOFF)

    assert adjusted(2) == [("purecloud-1", 1, "75.00")]
    assert_every_document_can_be_computed_again()


def test_what_followed_once_it_was_mended_is_credited_when_it_was_a_mistake(csm):
    subscription = a_license_left_out_and_priced_later(csm)
    mistake = {"source": "/platform", "id": "ann-in-2026-01-20T14:00:00Z"}
    report(subscription.organization, an_event(id="r-1", type="event.retracted", time=LATER, data=mistake))

    close_due_cycles(now=THIRD_CUTOFF)

    assert Invoice.objects.get(cycle__index=2).document_type == "credit_note"
    assert adjusted(2) == [("purecloud-2", 1, "100.00")]
    assert_every_document_can_be_computed_again()


def a_late_license_without_a_price():
    """Return the second period, held because what came late for the first one has no price."""
    subscription = a_subscription()
    close_due_cycles(now=CUTOFF)
    report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-2", received=LATE))
    (step,) = close_due_cycles(now=SECOND_CUTOFF)
    assert step.outcome is Outcome.HELD
    return BillingCycle.objects.get(index=1)


def test_a_price_that_late_usage_waits_for_closes_the_cycle():
    cycle = a_late_license_without_a_price()
    a_list_price("purecloud-2", "100.00")

    step = close_cycle_now(cycle_id=cycle.pk, now=SECOND_CUTOFF + A_MINUTE)

    assert step.outcome is Outcome.CLOSED
    assert adjusted(1) == [("purecloud-2", 1, "100.00")]
    assert_every_document_can_be_computed_again()


def test_late_usage_without_a_price_can_be_left_out_and_follows_once_it_has_one(csm):
    cycle = a_late_license_without_a_price()

    step = decide(cycle, csm, Choice.LEAVE_OUT, BlockCode.UNPRICED_PRODUCT, SECOND_CUTOFF + A_MINUTE)

    assert step.outcome is Outcome.CLOSED
    assert not Invoice.objects.exists()
    assert [reason["subject"] for reason in BillingCycle.objects.get(index=0).left_out] == ["purecloud-2"]
    a_list_price("purecloud-2", "100.00")
    close_due_cycles(now=THIRD_CUTOFF)
    assert adjusted(2) == [("purecloud-2", 1, "100.00")]
    assert BillingCycle.objects.get(index=0).left_out == []
    assert_every_document_can_be_computed_again()


@pytest.mark.parametrize(
    ("choice", "billed"),
    [
        (Choice.ACCEPT_TIER, [("purecloud-2", 1, "120.00"), ("purecloud-3", 3, "450.00")]),
        (Choice.BILL_AGREED_TIER, []),
    ],
)
def test_a_tier_assigned_late_for_an_earlier_period_is_billed_as_decided(csm, choice, billed):
    subscription = a_subscription(
        licensing_model="concurrent",
        commercial_model="PREPAY_MONTHLY_COMMITMENT",
        prices={"purecloud-2": {"price": "100.00", "overage_price": "120.00", "commitment": 2}},
    )
    a_list_price("purecloud-3", "150.00")
    for user in ("ann", "bob", "eve"):
        report(subscription.organization, *a_working_day(user, "2026-01-20", "purecloud-2"))
    close_due_cycles(now=CUTOFF)
    stray = assigned("eve", "purecloud-3", "2026-01-22T15:00:00Z", received=LATE)
    taken = an_event(
        id="taken",
        type="license.unassigned",
        subject="eve",
        time="2026-01-22T15:01:00Z",
        data={"product": "purecloud-3"},
        received=LATE,
    )
    report(subscription.organization, stray, taken)
    (step,) = close_due_cycles(now=SECOND_CUTOFF)
    assert step.outcome is Outcome.HELD

    cycle = BillingCycle.objects.get(index=1)
    step = decide(cycle, csm, choice, BlockCode.TIER_ABOVE_AGREEMENT, SECOND_CUTOFF + A_MINUTE)

    assert step.outcome is Outcome.CLOSED
    # What was billed at the agreed tier is taken back where the higher one was accepted.
    assert [(product, abs(quantity), amount.lstrip("-")) for product, quantity, amount in adjusted(1)] == billed
    close_due_cycles(now=THIRD_CUTOFF)
    assert adjusted(2) == []
    assert_every_document_can_be_computed_again()


def a_call_abroad(call_id, time, *, seconds=60, **more):
    data = {"direction": "outbound", "remote": "+33123456789", "seconds": seconds}
    return an_event(id=call_id, type="call.completed", subject=call_id, time=time, data=data, **more)


def rate_calls_to_france(version):
    VoiceRate.objects.create(
        version=version, direction="outbound", prefix="+33", destination="France", per_minute="0.5"
    )
    renew_token(version.pk)


def test_a_call_left_out_is_billed_once_it_has_a_rate_and_the_document_without_it_stays_explicable(csm):
    deck = VoiceRateDeck.objects.create(name="Voice", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2020, 1, 1))
    subscription = a_subscription(rate_deck=deck)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    report(subscription.organization, a_call_abroad("call-1", "2026-01-20T15:00:00Z"))
    close_due_cycles(now=CUTOFF)
    decide(BillingCycle.objects.get(), csm, Choice.LEAVE_OUT, BlockCode.UNRATED_CALL, CUTOFF + A_MINUTE)
    rate_calls_to_france(version)
    assert_every_document_can_be_computed_again()

    close_due_cycles(now=SECOND_CUTOFF)
    report(subscription.organization, a_call_abroad("call-2", "2026-01-21T15:00:00Z", received=LATER))
    close_due_cycles(now=THIRD_CUTOFF)
    close_due_cycles(now=FOURTH_CUTOFF)

    assert [adjusted(index) for index in (1, 2, 3)] == [[("voice", 1, "0.50")], [("voice", 1, "0.50")], []]
    assert_every_document_can_be_computed_again()


def test_minutes_without_end_are_billed_once():
    deck = VoiceRateDeck.objects.create(name="By the second", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2020, 1, 1), increment_seconds=1)
    rate_calls_to_france(version)
    subscription = a_subscription(rate_deck=deck)
    report(subscription.organization, a_call_abroad("call-1", "2026-01-20T15:00:00Z", seconds=10))
    close_due_cycles(now=CUTOFF)
    line = InvoiceLine.objects.get()
    assert (str(line.quantity), str(line.amount)) == ("0.166667", "0.08")
    report(subscription.organization, *a_working_day("ann", "2026-01-20", received=LATE))

    close_due_cycles(now=SECOND_CUTOFF)

    assert adjusted(1) == [("purecloud-1", 1, "75.00")]
    assert_every_document_can_be_computed_again()
