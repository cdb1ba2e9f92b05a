"""Rates an agreement's closed periods once more under supposed terms, beside what was billed; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from invoices.choices import CycleState
from invoices.domain.block import Block
from invoices.domain.charge import Charge
from invoices.domain.prices import ListPrices, Prices
from invoices.domain.rating import Rating
from invoices.domain.what_if import (
    ComparedPeriod,
    Comparison,
    WhatIf,
    charges_of_period,
    compare,
    indexes_paying_for,
    shares_of_advances,
    supposed_terms,
)
from invoices.models import BillingCycle, PeriodCorrection
from invoices.selectors.billed import list_charges_billed
from invoices.selectors.prices import get_prices
from invoices.selectors.shadow import not_closed_in_shadow
from invoices.services.inputs import RatingInputs, load_inputs, stored_terms
from invoices.services.planning import period_of, rate_cycle
from subscriptions.domain.period import BillingPeriod, Window
from subscriptions.domain.terms import starts_on
from subscriptions.domain.violations import TermsError, Violation, violations
from subscriptions.domain.words import translatable
from subscriptions.models import Subscription
from subscriptions.selectors.catalog import get_list_prices, get_list_setup_prices
from subscriptions.selectors.rate_decks import get_rate_deck_version
from subscriptions.selectors.terms import get_terms
from usage.selectors.events import count_bearing_events

REFUSED = frozenset({TermsError.TWO_TIERS, TermsError.NEGATIVE})
CAUTIONED = frozenset({TermsError.SEVERAL_REGIONS, TermsError.NOT_MULTI_SHIFT})

MOST_PERIODS = 12
"""A what-if looks back a year at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rated:
    """A closed period as it was last rated: with which inputs, and with what had been received by when."""

    cycle: BillingCycle
    inputs: RatingInputs
    received_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sides:
    """What a period was billed, and how it is rated under supposed terms."""

    period: BillingPeriod
    billed: Sequence[Charge]
    supposed: Rating


def list_closed_cycles(subscription: Subscription, *, periods: int) -> list[BillingCycle]:
    """Return the last closed periods of an agreement, oldest first."""
    closed = BillingCycle.objects.filter(subscription=subscription, state=CycleState.CLOSED)
    # What was closed in shadow was billed by the old system: there is nothing of ours to compare with.
    last = not_closed_in_shadow(closed).select_related("subscription", "terms_snapshot").order_by("-index")[:periods]
    return sorted(last, key=lambda cycle: cycle.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """What forbids a question, by field, and what would forbid such an agreement but not its comparison."""

    refusals: Sequence[Violation]
    cautions: Sequence[Violation]


def objections(subscription: Subscription, question: WhatIf) -> Objections:
    """Return what speaks against supposed terms: in an agreement, BR-12 and BR-13 would forbid them."""
    terms = supposed_terms(get_terms(subscription), question.supposition)
    found = violations(terms, regions=subscription.organization.regions, multi_shift=subscription.multi_shift)
    refusals = [fault for fault in found if fault.code in REFUSED]
    cautions = [fault for fault in found if fault.code in CAUTIONED]
    return Objections(refusals=[*refusals, *_deck_refusals(subscription, question)], cautions=cautions)


def _deck_refusals(subscription: Subscription, question: WhatIf) -> list[Violation]:
    """Refuse a rate deck by which the first of the periods could not be rated."""
    cycles = list_closed_cycles(subscription, periods=question.periods)
    if question.rate_deck_id is None or not cycles:
        return []
    first_day = cycles[0].period_start
    if get_rate_deck_version(question.rate_deck_id, on=first_day) is not None:
        return []
    message = translatable("This deck has no rates on %(day)s: pick another, or fewer periods.")
    return [Violation(code=TermsError.NO_RATES, field="rate_deck", message=message, words={"day": first_day})]


def is_heavy(cycles: Sequence[BillingCycle], *, at_most: int) -> bool:
    """Tell whether a what-if over these periods would read more events than a page may wait for."""
    read = 0
    for cycle in cycles:
        read += count_bearing_events(
            organization_id=cycle.organization_id,
            window=Window(start=cycle.starts_at, end=cycle.ends_at),
            received_until=cycle.cutoff_at,
            at_most=at_most - read + 1,
        )
        if read > at_most:
            return True
    return False


def compare_periods(subscription: Subscription, question: WhatIf) -> Comparison | None:
    """Return the last closed periods as billed and as they would have been; None if none is closed yet."""
    rated = _last_rated(list_closed_cycles(subscription, periods=question.periods))
    if not rated:
        return None
    currency, listed = subscription.currency, _list_prices(rated, question)
    billed = list_charges_billed(subscription.pk, since=rated[0].cycle.period_start)
    supposed = [replace(row, inputs=_supposed(row, question, listed)) for row in rated]
    pairs = [_sides(row, billed) for row in supposed]
    return Comparison(
        currency=currency,
        terms=rated[-1].inputs.prices.terms,
        supposed_terms=supposed[-1].inputs.prices.terms,
        periods=[
            ComparedPeriod(
                period=pair.period,
                sides=compare(pair.billed, pair.supposed.charges, currency=currency),
                blocks=pair.supposed.blocks,
                left_out=pair.supposed.left_out,
            )
            for pair in pairs
        ],
        sides=compare(
            [charge for pair in pairs for charge in pair.billed],
            [charge for pair in pairs for charge in pair.supposed.charges],
            currency=currency,
        ),
    )


def _last_rated(cycles: Sequence[BillingCycle]) -> list[_Rated]:
    """Return each period as it was rated last: what came late is in what was billed, so it is counted here too."""
    rows = PeriodCorrection.objects.filter(corrected_cycle__in=cycles).select_related("closing_cycle", "terms_snapshot")
    last = {row.corrected_cycle_id: row for row in rows.order_by("closing_cycle__index")}
    rated = []
    for cycle in cycles:
        correction = last.get(cycle.pk)
        terms = correction.terms_snapshot if correction else stored_terms(cycle)
        received_until = correction.closing_cycle.cutoff_at if correction else cycle.cutoff_at
        rated.append(_Rated(cycle=cycle, inputs=load_inputs(terms), received_until=received_until))
    return rated


def _list_prices(rated: Sequence[_Rated], question: WhatIf) -> Mapping[date, ListPrices]:
    """Return the book for every period at whose start an advance may have been due, or the one that is supposed."""
    first, last = rated[0].cycle.index, rated[-1].cycle.index
    terms = rated[-1].inputs.prices.terms
    indexes = range(indexes_paying_for(first).start, last + 1)
    if question.list_prices_on is None:
        return get_prices(terms, indexes=indexes).list_prices
    book = ListPrices(
        prices=get_list_prices(currency=terms.currency, on=question.list_prices_on),
        setup_prices=get_list_setup_prices(currency=terms.currency, on=question.list_prices_on),
    )
    return {starts_on(terms, index): book for index in indexes}


def _supposed(row: _Rated, question: WhatIf, listed: Mapping[date, ListPrices]) -> RatingInputs:
    """Return what a period is rated with: as it was, but for what is supposed."""
    inputs = row.inputs
    if question.rate_deck_id is not None:
        deck = get_rate_deck_version(question.rate_deck_id, on=row.cycle.period_start)
        # With all rates that it has today: what was known of another deck then is no measure for it.
        inputs = replace(inputs, rate_deck_version_id=deck, latest_rate_id=None)
    # What was stored with the close stands, unless list prices are supposed: those of the books as they are.
    books = listed if question.supposition.at_list_prices else {**listed, **inputs.prices.list_prices}
    terms = supposed_terms(inputs.prices.terms, question.supposition)
    return replace(inputs, prices=Prices(terms=terms, list_prices=books))


def _sides(row: _Rated, billed: Sequence[Charge]) -> _Sides:
    period, inputs = period_of(row.cycle), row.inputs
    deck = inputs.read_deck()
    arrears = rate_cycle(row.cycle, inputs, deck=deck, received_until=row.received_until).arrears
    advances = shares_of_advances(inputs.prices, period=period)
    return _Sides(
        period=period,
        billed=list(charges_of_period(billed, period=period, effective_date=inputs.prices.terms.effective_date)),
        supposed=Rating(
            charges=[*arrears.charges, *(entry for entry in advances if isinstance(entry, Charge))],
            blocks=list(dict.fromkeys([*arrears.blocks, *(entry for entry in advances if isinstance(entry, Block))])),
            left_out=arrears.left_out,
        ),
    )
