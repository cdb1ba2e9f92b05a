"""Finds the running period of an organization."""

from datetime import datetime

from subscriptions.domain.period import BillingPeriod, Window, index_holding, local_date, window
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Organization
from subscriptions.selectors.terms import get_terms
from usage.domain.known_period import KnownPeriod


def find_running_period(*, organization: Organization, now: datetime) -> KnownPeriod | None:
    """Return the period that holds an instant, as it is known at it, uncounted; None if no agreement runs then."""
    running = _running_terms(organization, now)
    if running is None:
        return None
    terms, period = running
    whole = window(period, time_zone=terms.time_zone)
    return KnownPeriod(
        organization_id=organization.pk,
        terms=terms,
        period=period,
        # Nobody is logged in later than now: an open session counts up to this instant, and so does a peak.
        window=Window(start=whole.start, end=min(now, whole.end)),
        received_until=now,
    )


def _running_terms(organization: Organization, now: datetime) -> tuple[ContractTerms, BillingPeriod] | None:
    """Return the agreement that runs at an instant and its period; the newest, as one begins where another ends."""
    for subscription in organization.subscriptions.order_by("-effective_date"):
        today = local_date(now, time_zone=subscription.time_zone)
        if subscription.effective_date > today:
            continue
        terms = get_terms(subscription)
        period = terms.period(index_holding(today, effective_date=terms.effective_date))
        # The last period ends early where the agreement does (BR-16).
        return (terms, period) if period and today < period.end else None
    return None
