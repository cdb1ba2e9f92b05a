"""
Works out ahead what each cycle that falls due soon is expected to bill, and how unusual that is.

The lists of what is due read only what is kept here; nothing is ever issued from it.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from invoices.domain.draft import InvoiceDraft
from invoices.domain.unusual import Bill, agreed_advance, bill_of, find_unusual, unusualness
from invoices.models import BillingCycle, ExpectedBill
from invoices.selectors.attention import DUE_DAYS, list_due_by, until_end_of
from invoices.selectors.expected import (
    is_used,
    keep_findings,
    list_beginning,
    list_past_bills,
    list_to_expect,
)
from invoices.services.previewing import Preview, next_cycle, preview_cycle
from subscriptions.models import Subscription

logger = logging.getLogger(__name__)

FRESH_FOR = timedelta(hours=6)
"""What is due soon is worked out again this often: usage goes on, and agreements change."""

TRIED_AGAIN_AFTER = timedelta(hours=1)
CLAIM_LAPSES_AFTER = timedelta(minutes=30)
"""A worker that took one and has not finished by then has died: longer than a task may run."""


def work_out_expected_bills(*, now: datetime, limit: int) -> int:
    """Work out what falls due within a week and is not known, or not of late, soonest first; return how many were."""
    done = 0
    for subscription_id, organization_id in _wanted(now, limit):
        ExpectedBill.objects.get_or_create(
            subscription_id=subscription_id, defaults={"organization_id": organization_id}
        )
        # Whoever changes the row first has it; on SQLite too, where no row can be locked for minutes.
        if ExpectedBill.objects.filter(_is_free(now), pk=subscription_id).update(claimed_at=now):
            _work_out(subscription_id, now)
            done += 1
    return done


def _is_free(now: datetime) -> Q:
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lte=now - CLAIM_LAPSES_AFTER)
    return free & (Q(failed_at__isnull=True) | Q(failed_at__lte=now - TRIED_AGAIN_AFTER))


def _wanted(now: datetime, limit: int) -> Iterator[tuple[int, int]]:
    """Yield the agreements to work out, each with its organization."""
    until, fresh_since = until_end_of(DUE_DAYS[-1], now=now), now - FRESH_FOR
    busy = ExpectedBill.objects.exclude(_is_free(now)).values("subscription_id")
    due = list_to_expect(list_due_by(BillingCycle.objects.all(), until=until), fresh_since=fresh_since)
    waiting = due.exclude(subscription__in=busy).order_by("cutoff_at", "pk")
    found = list(waiting.values_list("subscription_id", "organization_id")[:limit])
    yield from found
    beginning = list_beginning(Subscription.objects.all(), until=until).exclude(
        Q(expected_bill__as_of__gt=fresh_since) | Q(pk__in=busy)
    )
    yield from beginning.values_list("pk", "organization_id")[: limit - len(found)]


def _work_out(subscription_id: int, now: datetime) -> None:
    row = ExpectedBill.objects.filter(pk=subscription_id)
    try:
        subscription = Subscription.objects.select_related("organization", "issuing_entity").get(pk=subscription_id)
        cycle = next_cycle(subscription)
        if cycle is not None:
            _keep(subscription, preview_cycle(cycle, as_of=now))
    except Exception:
        logger.exception("What subscription %s is expected to bill could not be worked out", subscription_id)
        row.update(claimed_at=None, failed_at=now)
        return
    row.update(claimed_at=None, failed_at=None)


def keep_expectation(subscription: Subscription, preview: Preview) -> None:
    """Keep what a preview that somebody looked at comes to, unless something newer is known."""
    row, _ = ExpectedBill.objects.get_or_create(
        subscription=subscription, defaults={"organization_id": subscription.organization_id}
    )
    if row.as_of is None or row.as_of < preview.as_of:
        _keep(subscription, preview)
        ExpectedBill.objects.filter(pk=subscription.pk).update(failed_at=None)


def _keep(subscription: Subscription, preview: Preview) -> None:
    """Keep what a preview comes to."""
    bill, index, prices = _bill(preview), preview.period.index, preview.inputs.prices
    found = find_unusual(
        bill,
        past=list_past_bills(subscription.pk, before=index),
        agreed=agreed_advance(prices, index=index if preview.is_opening else index + 1),
    )
    ExpectedBill.objects.filter(pk=subscription.pk).update(
        index=index,
        as_of=preview.as_of,
        currency=prices.terms.currency,
        advance=bill.advance,
        arrears=bill.arrears,
        corrections=bill.corrections,
        total=0 if preview.draft is None else _sign(preview.draft) * preview.draft.total.amount,
        findings=keep_findings(found),
        unusualness=unusualness(found),
    )


def _bill(preview: Preview) -> Bill:
    """Return a preview as a bill, its signs as they are on an invoice."""
    used = None if preview.count is None else is_used(preview.count.quantities["billable"])
    obstacles = len({(block.code, block.subject) for block in preview.blocks})
    return bill_of(preview.draft, is_used=used, obstacles=obstacles)


def _sign(draft: InvoiceDraft) -> int:
    return -1 if draft.is_credit_note else 1
