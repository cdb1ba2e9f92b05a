"""An absurd invoice is held with its figures and without a number, released by two people, and issued once (ADR 33)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from invoices.documents.reasons import reason_in_words, stored_reason
from invoices.domain.bounds import fingerprint
from invoices.models import BillingCycle, BoundRelease, ExpectedBill, Invoice
from invoices.services import planning
from invoices.services.bounding import Release, release_invoice
from invoices.services.closing import Outcome, close_cycle_now
from invoices.services.deciding import open_codes
from invoices.services.expecting import work_out_expected_bills
from invoices.services.previewing import next_cycle, preview_cycle
from invoices.services.simulated_time import let_time_pass
from invoices.services.sweeping import close_due_cycles, preview_due
from subscriptions.domain.violations import Refused
from subscriptions.models import AuthorityRate, OrganizationTax, TaxAuthority
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

CUTOFFS = [
    datetime(2026, 2, 15, 11, tzinfo=UTC),
    datetime(2026, 3, 15, 10, tzinfo=UTC),
    datetime(2026, 4, 15, 10, tzinfo=UTC),
    datetime(2026, 5, 15, 10, tzinfo=UTC),
]
LAST = CUTOFFS[-1]
A_MINUTE = timedelta(minutes=1)
WHY = "They opened a second office."


def a_jump(code="lantern", *, users=6):
    """Return an agreement of three periods of one user each, closed, and a fourth of so many."""
    subscription = a_subscription(an_organization(code))
    for day in ("2026-01-20", "2026-02-20", "2026-03-20"):
        report(subscription.organization, *a_working_day("ann", day))
    for number in range(users):
        report(subscription.organization, *a_working_day(f"user-{number}", "2026-04-20"))
    for cutoff in CUTOFFS[:-1]:
        close_due_cycles(now=cutoff, organization_id=subscription.organization_id)
    return subscription


def people():
    return [User.objects.get_or_create(username=name)[0] for name in ("first", "second")]


def looked_at(cycle, *, now, why=WHY):
    """Return what two leads see who look at what a cycle would issue now."""
    preview = preview_cycle(cycle, as_of=now)
    return Release(
        fingerprint=fingerprint(preview.draft, preview.blocks),
        reasons=[stored_reason(block) for block in preview.blocks],
        reason=why,
    )


def release(cycle, *, now, why=WHY):
    """Release what a cycle would issue now."""
    first, second = people()
    found = looked_at(cycle, now=now, why=why)
    return release_invoice(found, cycle_id=cycle.pk, released_by=first, approved_by=second, now=now)


def test_five_times_the_usual_is_issued_and_more_is_held_with_its_figures_and_no_number():
    usual, jump = a_jump("usual", users=5), a_jump("jump", users=6)
    issued = Invoice.objects.count()

    steps = close_due_cycles(now=LAST)

    assert [step.outcome for step in steps] == [Outcome.CLOSED, Outcome.HELD]
    assert usual.cycles.get(index=3).arrears == 375
    assert Invoice.objects.count() == issued + 1
    cycle = jump.cycles.get(index=3)
    (reason,) = cycle.held_reasons
    assert reason["code"] == "arrears_jump"
    words = "the arrears of $450.00 are more than 5 times the usual $75.00, which is the median of the last 3"
    assert words in reason_in_words(reason)
    assert (cycle.held_at, cycle.state, cycle.arrears) == (LAST, "open", None)
    assert open_codes(cycle) == []
    assert not jump.cycles.filter(index=4).exists()


def test_previews_dry_runs_and_the_run_review_say_that_it_will_be_held():
    subscription = a_jump()
    before = LAST - timedelta(days=1)

    running = preview_cycle(next_cycle(subscription), as_of=before)
    (foreseen,) = preview_due(due_by=LAST, now=LAST, organization_id=None)
    work_out_expected_bills(now=before, limit=10)

    assert [block.code for block in running.blocks] == [block.code for block in foreseen.preview.blocks]
    assert [block.code.value for block in running.blocks] == ["arrears_jump"]
    assert foreseen.preview.draft.total.amount == 450
    findings = ExpectedBill.objects.get(subscription=subscription).findings
    assert findings[0]["oddity"] == "would_be_held"


def test_a_released_invoice_is_issued_by_the_next_sweep_and_once():
    subscription = a_jump()
    close_due_cycles(now=LAST)
    cycle = subscription.cycles.get(index=3)

    release(cycle, now=LAST + A_MINUTE)
    steps = close_due_cycles(now=LAST + 2 * A_MINUTE)

    assert [step.outcome for step in steps] == [Outcome.CLOSED]
    invoice = steps[0].invoice
    # Held first: it is dated on the day it is issued (BR-03).
    assert (str(invoice.total), invoice.invoice_date) == ("450.00", date(2026, 5, 15))
    assert close_due_cycles(now=LAST + 3 * A_MINUTE) == []
    assert Invoice.objects.filter(cycle=cycle).count() == 1
    kept = BoundRelease.objects.get()
    assert (kept.released_by.username, kept.approved_by.username, kept.reason) == ("first", "second", WHY)


def test_a_released_invoice_that_says_anything_else_by_then_is_held_again_and_asked_again():
    subscription = a_jump()
    close_due_cycles(now=LAST)
    cycle = subscription.cycles.get(index=3)
    release(cycle, now=LAST + A_MINUTE)
    # Stored late by the platform, and received in time.
    report(subscription.organization, *a_working_day("late", "2026-04-21", received="2026-05-01T00:00:00Z"))

    steps = close_due_cycles(now=LAST + 2 * A_MINUTE)

    assert [step.outcome for step in steps] == [Outcome.HELD]
    cycle.refresh_from_db()
    assert "$525.00" in reason_in_words(cycle.held_reasons[0])
    release(cycle, now=LAST + 3 * A_MINUTE)
    assert [step.outcome for step in close_due_cycles(now=LAST + 4 * A_MINUTE)] == [Outcome.CLOSED]
    assert BoundRelease.objects.count() == 2


def test_a_tax_that_came_meanwhile_makes_it_another_invoice():
    subscription = a_jump()
    close_due_cycles(now=LAST)
    cycle = subscription.cycles.get(index=3)
    release(cycle, now=LAST + A_MINUTE)
    authority = TaxAuthority.objects.create(name="State")
    AuthorityRate.objects.create(authority=authority, effective_date=date(2020, 1, 1), rate=6, categories=["software"])
    OrganizationTax.objects.create(organization=subscription.organization, authority=authority)

    assert [step.outcome for step in close_due_cycles(now=LAST + 2 * A_MINUTE)] == [Outcome.HELD]


def test_the_same_invoice_may_be_released_twice_and_is_issued_once():
    subscription = a_jump()
    close_due_cycles(now=LAST)
    cycle = subscription.cycles.get(index=3)
    found, (first, second) = looked_at(cycle, now=LAST), people()
    both = {"cycle_id": cycle.pk, "released_by": first, "approved_by": second}

    once = release_invoice(found, **both, now=LAST + A_MINUTE)
    assert release_invoice(found, **both, now=LAST + 2 * A_MINUTE) == once
    close_due_cycles(now=LAST + 3 * A_MINUTE)

    with pytest.raises(Refused, match="not held by a safety bound"):
        release(cycle, now=LAST + 4 * A_MINUTE)
    assert Invoice.objects.filter(cycle=cycle).count() == 1


def test_nothing_is_released_without_a_reason_or_a_second_person():
    subscription = a_jump()
    close_due_cycles(now=LAST)
    cycle, before = subscription.cycles.get(index=3), contents()

    with pytest.raises(Refused, match="Say why"):
        release(cycle, now=LAST, why="  ")
    first, _second = people()
    alone = Release(fingerprint="0" * 64, reasons=[], reason=WHY)
    with pytest.raises(IntegrityError), transaction.atomic():
        release_invoice(alone, cycle_id=cycle.pk, released_by=first, approved_by=first, now=LAST)
    assert contents() == before


def test_an_hour_later_it_is_tried_again_and_still_held():
    subscription = a_jump()
    close_due_cycles(now=LAST)

    assert close_due_cycles(now=LAST + 59 * A_MINUTE) == []
    assert [step.outcome for step in close_due_cycles(now=LAST + 60 * A_MINUTE)] == [Outcome.HELD]
    by_hand = close_cycle_now(cycle_id=subscription.cycles.get(index=3).pk, now=LAST + 61 * A_MINUTE)
    assert by_hand.outcome is Outcome.HELD


def test_one_absurd_invoice_of_a_chunk_costs_the_others_nothing():
    fleet = [a_jump(f"org-{number}", users=6 if number == 2 else 2) for number in range(5)]

    steps = close_due_cycles(now=LAST)

    assert [step.outcome.value for step in steps] == ["closed", "closed", "held", "closed", "closed"]
    assert [subscription.cycles.get(index=3).state for subscription in fleet].count("closed") == 4


def test_a_period_apart_from_the_last_is_held():
    subscription = a_jump(users=1)
    BillingCycle.objects.filter(subscription=subscription, index=2).update(period_end=date(2026, 4, 14))

    (step,) = close_due_cycles(now=LAST)

    (reason,) = subscription.cycles.get(index=3).held_reasons
    assert (step.outcome, reason["code"]) == (Outcome.HELD, "period_apart")
    # As the books say themselves: nothing else is wrong with them.
    BillingCycle.objects.filter(subscription=subscription, index=2).update(period_end=date(2026, 4, 15))


def test_an_advance_that_does_not_follow_from_the_agreement_is_held(monkeypatch):
    subscription = a_prepaid_subscription()
    honest = planning.rate_advance

    def twice(**options):
        rating = honest(**options)
        return type(rating)(charges=[*rating.charges, *rating.charges], blocks=rating.blocks)

    with monkeypatch.context() as patched:
        patched.setattr(planning, "rate_advance", twice)
        (step,) = close_due_cycles(now=datetime(2026, 1, 15, 5, tzinfo=UTC))

    (reason,) = subscription.cycles.get().held_reasons
    assert (step.outcome, reason["code"]) == (Outcome.HELD, "advance_off")
    words = "$560.00 would be charged in advance, and commitment × price is $280.00"
    assert words in reason_in_words(reason)


def test_what_is_compared_is_configured(settings):
    settings.SAFETY_BOUND_ARREARS_TIMES = 1
    subscription = a_jump(users=2)

    assert [step.outcome for step in close_due_cycles(now=LAST)] == [Outcome.HELD]
    settings.SAFETY_BOUND_ARREARS_NEEDED = 4
    assert [step.outcome for step in close_due_cycles(now=LAST + 60 * A_MINUTE)] == [Outcome.CLOSED]
    assert subscription.cycles.filter(index=4).exists()


def test_no_bound_applies_in_simulated_time():
    subscription = a_jump(users=60)

    let_time_pass(until=LAST, watch=lambda _instant: None)

    assert subscription.cycles.get(index=3).state == "closed"
    assert subscription.cycles.get(index=3).arrears == 4500


def test_the_ramp_is_not_compared_with_the_term():
    subscription = a_subscription(ramp_months=3)
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    report(subscription.organization, *a_working_day("ann", "2026-02-20"))
    report(subscription.organization, *a_working_day("ann", "2026-03-20"))
    for number in range(9):
        report(subscription.organization, *a_working_day(f"user-{number}", "2026-04-20"))

    steps = close_due_cycles(now=LAST)

    assert [step.outcome for step in steps] == [Outcome.OPENED, *4 * [Outcome.CLOSED]]
    assert subscription.cycles.get(index=3).arrears == 675
