"""Finds a period of an organization by when it was, and what was used in it, with the prices that hold in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from invoices.domain.prices import Prices
from invoices.models import BillingCycle
from invoices.selectors.cycles import list_closed_cycles_of
from invoices.selectors.prices import list_prices
from invoices.services.history import find_closed_period
from subscriptions.domain.period import BillingPeriod
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Organization
from usage.domain.fair_use import FairUse
from usage.services.current import get_current_usage
from usage.services.running import find_running_period


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodUse:
    """A period of an agreement with its prices and what was used in it; both are empty until it is counted."""

    subscription_id: int
    prices: Prices
    period: BillingPeriod
    billable: Mapping[str, Decimal]
    fair_use: Mapping[str, FairUse]
    is_counted: bool

    @property
    def terms(self) -> ContractTerms:
        """Return what was agreed."""
        return self.prices.terms


def find_start(organization: Organization, *, day: date, now: datetime) -> date | None:
    """Return the first day of the period that holds a day, running or past; None if no agreement ran then."""
    held = BillingCycle.objects.filter(organization=organization, period_start__lte=day, period_end__gt=day)
    start = held.order_by("-period_start").values_list("period_start", flat=True).first()
    if start is not None:
        return start
    running = find_running_period(organization=organization, now=now)
    return running.period.start if running and running.period.start <= day < running.period.end else None


def find_start_ago(organization: Organization, *, closed_ago: int) -> date | None:
    """Return the first day of a closed period, 1 being the last one; None if there are not so many."""
    starts = list_closed_cycles_of(organization).values_list("period_start", flat=True)
    found = list(starts[closed_ago - 1 : closed_ago])
    return found[0] if found else None


def find_period_use(organization: Organization, *, start: date | None, now: datetime) -> PeriodUse | None:
    """Return what was used in the closed or the running period that began on a day; without one, in the running one."""
    if start is not None and (closed := find_closed_period(organization, start=start)) is not None:
        return PeriodUse(
            subscription_id=closed.cycle.subscription_id,
            prices=closed.inputs.prices,
            period=closed.known.period,
            billable=closed.counted.billable,
            fair_use=closed.counted.fair_use,
            is_counted=True,
        )
    current = get_current_usage(organization=organization, now=now)
    if current is None or start not in {None, current.known.period.start}:
        return None
    terms, period = current.known.terms, current.known.period
    row = organization.subscriptions.get(effective_date=terms.effective_date)
    return PeriodUse(
        subscription_id=row.pk,
        prices=list_prices({row.pk: (terms, [period.index])})[row.pk],
        period=period,
        billable=current.so_far.billable if current.so_far else {},
        fair_use=current.so_far.fair_use if current.so_far else {},
        is_counted=current.so_far is not None,
    )
