"""The life of a quote: what may happen to it next, how long it is valid, and what it would charge first (BR-52)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from subscriptions.domain.period import local_date, nth_period, start_of_day
from subscriptions.domain.terms import CommercialModel, ContractTerms

EXPIRING_SOON = timedelta(days=7)

VALID_DAYS = 30
"""How long a quote is valid after the day on which it was issued, unless it says otherwise (BR-52)."""


class QuoteStepKind(StrEnum):
    """What happens to a quote once; each is recorded with who and when."""

    ISSUED = "issued"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PROCESSED = "processed"


class QuoteError(StrEnum):
    """Why a step of a quote is refused."""

    NOTHING_OFFERED = "nothing_offered"
    PRICES_WITHOUT_AGREEMENT = "prices_without_agreement"
    NO_AGREEMENT = "no_agreement"
    NOT_SOLD_ONCE = "not_sold_once"
    NOT_ACCEPTED = "not_accepted"
    NOT_POSSIBLE = "not_possible"
    EXPIRED = "expired"


class QuoteState(StrEnum):
    """Where a quote stands at an instant."""

    DRAFT = "draft"
    ISSUED = "issued"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PROCESSED = "processed"


POSSIBLE_STEPS: Mapping[QuoteState, frozenset[QuoteStepKind]] = {
    QuoteState.DRAFT: frozenset({QuoteStepKind.ISSUED}),
    QuoteState.ISSUED: frozenset({QuoteStepKind.ACCEPTED, QuoteStepKind.DECLINED}),
    # A no may be noted at any time, a yes comes too late.
    QuoteState.EXPIRED: frozenset({QuoteStepKind.DECLINED}),
    QuoteState.ACCEPTED: frozenset({QuoteStepKind.PROCESSED}),
    QuoteState.DECLINED: frozenset(),
    QuoteState.PROCESSED: frozenset(),
}
"""What may happen next: only an accepted quote is processed, and nothing happens twice (BR-52)."""


def quote_state(*, steps: AbstractSet[QuoteStepKind], expires_at: datetime | None, at: datetime) -> QuoteState:
    """
    Return where a quote stands at an instant (BR-52).

    `expires_at` is the first instant at which it can no longer be accepted, None of a draft.
    """
    for reached in (QuoteStepKind.PROCESSED, QuoteStepKind.DECLINED, QuoteStepKind.ACCEPTED):
        if reached in steps:
            return QuoteState(reached.value)
    if expires_at is None:
        return QuoteState.DRAFT
    return QuoteState.ISSUED if at < expires_at else QuoteState.EXPIRED


def last_valid_day(*, issued_on: date, valid_days: int) -> date:
    """Return the last day, inclusive, on which a quote can be accepted (BR-52)."""
    return issued_on + timedelta(days=valid_days)


def expiry(*, issued_at: datetime, valid_days: int, time_zone: str) -> datetime:
    """Return the first instant at which a quote can no longer be accepted: the end of its last day (BR-52)."""
    issued_on = local_date(issued_at, time_zone=time_zone)
    last_day = last_valid_day(issued_on=issued_on, valid_days=valid_days)
    return start_of_day(last_day + timedelta(days=1), time_zone=time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAdvance:
    """The first charge in advance of a new agreement: the periods it pays for, and the commitments by product."""

    months: int
    starts_on: date
    last_day: date
    after_ramp: bool
    commitments: Mapping[str, Decimal]


def first_advance(terms: ContractTerms) -> FirstAdvance | None:
    """Return what a new agreement charges in advance first; None if nothing ever is (BR-10, BR-11)."""
    if terms.commercial_model is CommercialModel.MONTH_TO_MONTH:
        return None
    index = terms.ramp_months
    commitments = terms.commitments(index)
    if not commitments:
        return None
    paid = terms.periods_in_advance(index)
    return FirstAdvance(
        months=len(paid),
        starts_on=nth_period(effective_date=terms.effective_date, index=paid[0]).start,
        last_day=nth_period(effective_date=terms.effective_date, index=paid[-1]).last_day,
        after_ramp=index > 0,
        commitments=commitments,
    )


def first_invoice_on(terms: ContractTerms) -> date:
    """Return the day of a new agreement's first invoice: of its advance, or of what is used in its first period."""
    advance = first_advance(terms)
    if advance is not None and not advance.after_ramp:
        return advance.starts_on
    return nth_period(effective_date=terms.effective_date, index=0).end
