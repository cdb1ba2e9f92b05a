"""Reads what is due, what was decided with which inputs, and the documents that were issued."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from invoices.choices import CycleState
from invoices.domain.prices import ListPrices, Prices
from invoices.models import BillingCycle, Invoice
from subscriptions.domain.period import start_of_day
from subscriptions.domain.terms import ContractTerms, starts_on
from subscriptions.models import Organization, Subscription
from subscriptions.selectors import get_list_prices, get_list_setup_prices

HELD_RETRY_AFTER = timedelta(hours=1)
"""A held cycle is tried again this often by itself: its reason may have been mended."""


def list_subscriptions_without_cycle(*, now: datetime) -> list[Subscription]:
    """Return the subscriptions whose first period has begun and has no cycle yet, oldest first."""
    # The local date is at most a day ahead of UTC's anywhere.
    candidates = Subscription.objects.filter(
        cycles__isnull=True, effective_date__lte=now.date() + timedelta(days=1)
    ).order_by("effective_date", "pk")
    return [
        subscription
        for subscription in candidates
        if start_of_day(subscription.effective_date, time_zone=subscription.time_zone) <= now
    ]


def list_due_cycles(*, now: datetime, organization_id: int | None = None) -> QuerySet[BillingCycle]:
    """
    Return the cycles with something to do at an instant, in the order in which it fell due (BR-71).

    One that is held comes back an hour after it was last tried.
    """
    due = BillingCycle.objects.filter(
        Q(state=CycleState.OPENING, starts_at__lte=now) | Q(state=CycleState.OPEN, cutoff_at__lte=now)
    ).filter(Q(held_at__isnull=True) | Q(tried_at__lte=now - HELD_RETRY_AFTER))
    if organization_id is not None:
        due = due.filter(organization_id=organization_id)
    return due.order_by("cutoff_at", "pk")


def lock_cycle(cycle_id: int) -> BillingCycle | None:
    """Lock a cycle that is not closed, and its agreement; None if it is closed or another process works on it."""
    # SQLite has no row locks and needs none: its write transactions are serial.
    locking = connection.features.has_select_for_update_skip_locked
    cycles = BillingCycle.objects.exclude(state=CycleState.CLOSED).filter(pk=cycle_id)
    if locking:
        cycles = cycles.select_for_update(skip_locked=True, of=("self",))
    cycle = cycles.select_related("organization").first()
    if cycle is None:
        return None
    subscriptions = Subscription.objects.filter(pk=cycle.subscription_id).select_related("issuing_entity")
    if locking:
        # A change of the agreement waits until this close has used the one it read.
        subscriptions = subscriptions.select_for_update(of=("self",))
    cycle.subscription = subscriptions.get()
    return cycle


def get_prices(terms: ContractTerms, *, indexes: Iterable[int]) -> Prices:
    """Return the agreed prices over the books in force at the start of each of these periods (BR-31)."""
    days: set[date] = {starts_on(terms, index) for index in indexes}
    return Prices(
        terms=terms,
        list_prices={
            day: ListPrices(
                prices=get_list_prices(currency=terms.currency, on=day),
                setup_prices=get_list_setup_prices(currency=terms.currency, on=day),
            )
            for day in sorted(days)
        },
    )


def list_invoices(organization: Organization) -> QuerySet[Invoice]:
    """Return an organization's documents, newest first."""
    return Invoice.objects.filter(organization=organization).order_by("-issued_at", "-pk")
