"""Reads closed periods back as their closes left them: nothing is counted again (BR-77)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from invoices.documents.history import PeriodFigures
from invoices.models import BillingCycle
from invoices.selectors.cycles import find_closed_cycle
from invoices.services.inputs import RatingInputs, load_inputs, stored_terms
from invoices.services.planning import period_of
from subscriptions.domain.period import Window
from subscriptions.models import Organization
from usage.documents import Counted, get_counted, get_figures
from usage.domain.known_period import KnownPeriod
from usage.models import UsageSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPeriod:
    """A closed period, what it was rated with, and what was counted."""

    cycle: BillingCycle
    snapshot: UsageSnapshot
    inputs: RatingInputs
    known: KnownPeriod
    counted: Counted


def find_closed_period(organization: Organization, *, start: date) -> ClosedPeriod | None:
    """Return the closed period of an organization that began on a day; None if there is none."""
    cycle = find_closed_cycle(organization, start=start)
    if cycle is None or cycle.usage_snapshot is None:
        return None
    snapshot, inputs = cycle.usage_snapshot, load_inputs(stored_terms(cycle))
    return ClosedPeriod(
        cycle=cycle,
        snapshot=snapshot,
        inputs=inputs,
        known=KnownPeriod(
            organization_id=organization.pk,
            terms=inputs.prices.terms,
            period=period_of(cycle),
            window=Window(start=snapshot.starts_at, end=snapshot.ends_at),
            received_until=snapshot.cutoff_at,
        ),
        counted=get_counted(snapshot),
    )


def iterate_figures(cycles: Iterable[BillingCycle]) -> Iterator[PeriodFigures]:
    """Yield the figures of closed cycles, which are of `with_figures`."""
    for cycle in cycles:
        figures = get_figures(cycle.billable, cycle.fair_use)  # type: ignore[attr-defined]
        yield PeriodFigures(
            period=period_of(cycle),
            terms=load_inputs(stored_terms(cycle)).prices.terms,
            billable=figures.billable,
            fair_use=figures.fair_use,
        )
