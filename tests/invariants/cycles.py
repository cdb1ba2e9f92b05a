"""Periods tile time, close in order, and wait for nothing but a person (BR-01, BR-70 to BR-72)."""

from datetime import datetime
from itertools import pairwise

from dateutil.relativedelta import relativedelta
from django.db.models import Q

from invoices.documents.reasons import reason_in_words
from invoices.models import BillingCycle
from subscriptions.domain.period import start_of_day
from subscriptions.models import Subscription
from tests.invariants.reading import Books


def assert_cycles_tile_time(books: Books) -> None:
    """Assert that periods leave no gap, are one month by the anchor, and that only the last one is not closed."""
    for subscription, row in books.cycles.items():
        assert [cycle.index for cycle in row] == list(range(len(row)))
        assert row[0].period_start == subscription.effective_date
        for earlier, later in pairwise(row):
            assert earlier.state == "closed", "a period closes before the next one is opened"
            assert (earlier.period_end, earlier.ends_at) == (later.period_start, later.starts_at)
        for cycle in row:
            whole_end = subscription.effective_date + relativedelta(months=cycle.index + 1)
            assert (cycle.period_start, cycle.starts_at) < (cycle.period_end, cycle.ends_at)
            assert cycle.period_start == subscription.effective_date + relativedelta(months=cycle.index)
            # Only the last period may be shorter: its subscription was cancelled (BR-16).
            assert cycle.period_end <= whole_end
            assert cycle.period_end == whole_end or cycle is row[-1]
            assert cycle.organization_id == subscription.organization_id
            _assert_its_state_is_whole(cycle)


def assert_nothing_is_overdue(now: datetime) -> None:
    """Assert that after a sweep each cycle past its cut-off is closed, or held with a reason, however many months."""
    due = Q(state="opening", starts_at__lte=now) | Q(state="open", cutoff_at__lte=now)
    forgotten = BillingCycle.objects.filter(due, held_reasons=[])
    assert not forgotten.exists(), f"due and neither closed nor held: {list(forgotten.values())}"
    for subscription in Subscription.objects.prefetch_related("cycles"):
        cycles = sorted(subscription.cycles.all(), key=lambda cycle: cycle.index)
        if not (cycles and cycles[-1].held_reasons):
            closed = [cycle for cycle in cycles if cycle.state == "closed"]
            assert len(closed) == _periods_over(subscription, now), f"{subscription}: periods closed by {now}"


def _assert_its_state_is_whole(cycle: BillingCycle) -> None:
    kept = (cycle.closed_at, cycle.usage_snapshot_id, cycle.terms_snapshot_id)
    assert (None not in kept) if cycle.state == "closed" else kept == (None, None, None)
    assert not (cycle.state == "closed" and cycle.held_reasons)
    assert not cycle.held_reasons or (cycle.held_at and cycle.tried_at), "held, and nobody knows since when"
    for reason in (*cycle.held_reasons, *cycle.left_out):
        assert reason["code"]
        assert reason_in_words(reason)


def _periods_over(subscription: Subscription, now: datetime) -> int:
    """Return how many periods of an agreement are past their cut-off, month by month from the order date."""
    grace = relativedelta(hours=subscription.cutoff_hours)
    last = subscription.last_service_date
    count = 0
    while last is None or subscription.effective_date + relativedelta(months=count) <= last:
        end = subscription.effective_date + relativedelta(months=count + 1)
        if last is not None:
            end = min(end, last + relativedelta(days=1))
        if start_of_day(end, time_zone=subscription.time_zone) + grace > now:
            break
        count += 1
    return count
