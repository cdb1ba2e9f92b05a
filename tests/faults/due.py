"""What is due to the organizations of a test."""

from datetime import UTC, datetime

from invoices.models import BillingCycle
from invoices.selectors.cycles import list_due_cycles
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.clock import database_now


def at_first_midnight(subscription: Subscription) -> datetime:
    """Return an instant shortly after an agreement began."""
    begin = subscription.effective_date
    return datetime(begin.year, begin.month, begin.day, 6, tzinfo=UTC)


def due_now() -> bool:
    """Tell whether the database still has something to do."""
    return list_due_cycles(now=database_now()).exists() or not everyone_has_begun()


def everyone_has_begun() -> bool:
    """Tell whether every organization has a cycle."""
    return Organization.objects.count() == BillingCycle.objects.filter(index=0).count()
