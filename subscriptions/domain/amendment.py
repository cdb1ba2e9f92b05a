"""What a change or a cancellation of an agreement will do, and what forbids it (BR-12, BR-15, BR-16)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from subscriptions.domain.catalog import CONTACT_CENTER_TIERS
from subscriptions.domain.period import BillingPeriod, index_holding, nth_period
from subscriptions.domain.terms import MONTHS_OF_A_CONTRACT_YEAR, CommercialModel, ContractTerms, TermsChange
from subscriptions.domain.violations import TermsError, Violation, figure_violations, no_commitment_violation
from subscriptions.domain.words import translatable


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentEffect:
    """A commitment that becomes another one, and what is charged in advance when it does (BR-15)."""

    product: str
    before: Decimal
    after: Decimal
    period: BillingPeriod
    charged: Decimal
    """The quantity charged in advance at the start of that period."""
    months: int
    """For how many periods, the first one included."""
    last_day: date
    """The last day that this charge pays for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEffect:
    """What one recorded change does, and from when."""

    change: TermsChange
    period: BillingPeriod
    """The first period it bears on."""
    is_later: bool
    """Whether that is later than the change names: the period it names has begun, or none starts on its day."""
    commitment: CommitmentEffect | None
    """None if no commitment becomes another one."""
    ends: CommitmentEffect | None
    """The commitment to another tier that it ends; None if there is none."""


def change_effect(terms: ContractTerms, change: TermsChange) -> ChangeEffect:
    """Return what a change does to an agreement in which it is not recorded yet (BR-15)."""
    index = terms.takes_effect(change)
    period = nth_period(effective_date=terms.effective_date, index=index)
    changed = replace(terms, changes=(*terms.changes, change))
    committed = change.commitment is not None
    others = set(CONTACT_CENTER_TIERS) - {change.product} if change.product in CONTACT_CENTER_TIERS else set()
    ended = (_commitment_effect(terms, changed, tier, index) for tier in sorted(others)) if committed else iter(())
    return ChangeEffect(
        change=change,
        period=period,
        is_later=period.start > max(change.effective_date, terms.effective_date),
        commitment=_commitment_effect(terms, changed, change.product, index) if committed else None,
        ends=next((effect for effect in ended if effect is not None), None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationEffect:
    """What a cancellation means for the last invoices."""

    last_period: BillingPeriod
    """The period that holds the last service day, ended there."""
    is_short: bool
    """Whether that is earlier than the period would have ended."""
    prepaid_until: date | None
    """The last day that is paid for in advance already, if it lies after the end: it is not refunded."""


def cancellation_effect(terms: ContractTerms, *, last_service_date: date, today: date) -> CancellationEffect:
    """Return what it means to end an agreement after a day, recorded today in its time zone (BR-16)."""
    ended = replace(terms, last_service_date=last_service_date, cancelled_on=today)
    assert ended.last_index is not None
    last = ended.period(ended.last_index)
    assert last is not None
    return CancellationEffect(
        last_period=last,
        is_short=last.end < last.whole_end,
        prepaid_until=_prepaid_until(terms, last_service_date, today),
    )


def change_violations(
    terms: ContractTerms, changes: Sequence[TermsChange], *, list_prices: Mapping[str, Decimal]
) -> list[Violation]:
    """
    Return everything that forbids recording changes together, all at once (BR-12, BR-15).

    `list_prices` are those by which a product without an agreed price is charged.
    """
    found = [*_tier_violations(terms, changes)]
    for change in changes:
        found += _change_violations(terms, change, list_prices)
    return found


def cancellation_violations(terms: ContractTerms, *, last_service_date: date, today: date) -> list[Violation]:
    """Return everything that forbids to end an agreement on a day, decided today in its time zone (BR-16)."""
    found = [*_ended_violations(terms, today)]
    if found:
        return found
    if last_service_date < terms.effective_date:
        found.append(
            Violation(
                code=TermsError.ENDS_BEFORE_IT_BEGINS,
                field="last_service_date",
                message=translatable(
                    "The agreement has not begun on that day: the last service day is its first day or later."
                ),
            )
        )
    elif last_service_date < today:
        found.append(_in_the_past(terms, last_service_date))
    return found


def withdrawal_violations(terms: ContractTerms, *, today: date) -> list[Violation]:
    """Return everything that forbids to take back a cancellation, decided today in its time zone (BR-16)."""
    if terms.last_service_date is None:
        message = translatable("The agreement is not cancelled: there is nothing to take back.")
        return [Violation(code=TermsError.NOT_CANCELLED, field="last_service_date", message=message)]
    return list(_ended_violations(terms, today))


def unpriced_commitments(terms: ContractTerms, *, index: int, list_prices: Mapping[str, Decimal]) -> list[str]:
    """Return the products committed to in a period that nobody has a price for (BR-31)."""
    return [
        product
        for product in terms.committed_products(index)
        if terms.price(product, index) is None and product not in list_prices
    ]


def _commitment_effect(
    before: ContractTerms, after: ContractTerms, product: str, first: int
) -> CommitmentEffect | None:
    """Return what becomes of a commitment, in the first period in which it differs; None if it never does."""
    # A decrease of what is prepaid waits for the next contract year, and nothing counts in a ramp.
    horizon = max(first, before.ramp_months) + MONTHS_OF_A_CONTRACT_YEAR + 1
    for index in range(first, horizon):
        old, new = before.commitment(product, index), after.commitment(product, index)
        if old != new:
            return _charged(after, product, index, old, new)
    return None


def _charged(terms: ContractTerms, product: str, index: int, old: Decimal, new: Decimal) -> CommitmentEffect:
    paid = terms.periods_in_advance(index)
    mid_year = terms.commercial_model is CommercialModel.PREPAY and index != terms.contract_year(index).start
    return CommitmentEffect(
        product=product,
        before=old,
        after=new,
        period=nth_period(effective_date=terms.effective_date, index=index),
        charged=new - old if mid_year else new,
        months=len(paid),
        last_day=nth_period(effective_date=terms.effective_date, index=paid[-1]).last_day,
    )


def _prepaid_until(terms: ContractTerms, last_service_date: date, today: date) -> date | None:
    if today < terms.effective_date or terms.commercial_model is CommercialModel.MONTH_TO_MONTH:
        return None
    index = index_holding(today, effective_date=terms.effective_date)
    if terms.in_ramp(index) or not terms.committed_products(index):
        return None
    paid = nth_period(effective_date=terms.effective_date, index=terms.periods_in_advance(index)[-1]).last_day
    return paid if paid > last_service_date else None


def _tier_violations(terms: ContractTerms, changes: Sequence[TermsChange]) -> Iterator[Violation]:
    """Refuse commitments to two tiers that begin together: which one is meant? (BR-12)."""
    starting: dict[int, set[str]] = {}
    for change in changes:
        if change.product in CONTACT_CENTER_TIERS and change.commitment:
            starting.setdefault(terms.takes_effect(change), set()).add(change.product)
    if any(len(tiers) > 1 for tiers in starting.values()):
        yield Violation(
            code=TermsError.TWO_TIERS,
            field="changes",
            message=translatable(
                "An agreement has at most one of PureCloud 1, 2 and 3; commit to one of them at a time."
            ),
        )


def _change_violations(
    terms: ContractTerms, change: TermsChange, list_prices: Mapping[str, Decimal]
) -> Iterator[Violation]:
    yield from figure_violations(change.product, (change.commitment, change.price, change.overage_price))
    if (change.commitment, change.price, change.overage_price) == (None, None, None):
        message = translatable("Name the new commitment, the new price or both.")
        yield Violation(code=TermsError.NOTHING_CHANGES, field="commitment", message=message)
    if terms.commercial_model is CommercialModel.MONTH_TO_MONTH and change.commitment:
        yield Violation(
            code=TermsError.MONTH_TO_MONTH,
            field="commitment",
            message=translatable(
                "Month to month nothing is committed; end this agreement and make one that bills in advance."
            ),
        )
    if change.commitment and not terms.may_commit_to(change.product):
        yield no_commitment_violation("commitment")
    index = terms.takes_effect(change)
    if terms.period(index) is None:
        yield Violation(
            code=TermsError.NEVER_IN_FORCE,
            field="effective_date",
            message=translatable("The agreement ends on %(last_day)s, before this change would take effect."),
            words={"last_day": terms.last_service_date},
        )
    after = replace(terms, changes=(*terms.changes, change))
    if change.commitment and after.price(change.product, index) is None and change.product not in list_prices:
        yield Violation(
            code=TermsError.UNPRICED,
            field="price",
            message=translatable("Nobody has a price for this product: agree one, or have it added to the price book."),
        )


def _ended_violations(terms: ContractTerms, today: date) -> Iterator[Violation]:
    if terms.last_service_date is not None and terms.last_service_date < today:
        yield Violation(
            code=TermsError.ENDED,
            field="last_service_date",
            message=translatable("The agreement ended on %(last_day)s; make a new one to go on."),
            words={"last_day": terms.last_service_date},
        )


def _in_the_past(terms: ContractTerms, last_service_date: date) -> Violation:
    period = nth_period(
        effective_date=terms.effective_date, index=index_holding(last_service_date, effective_date=terms.effective_date)
    )
    return Violation(
        code=TermsError.ENDS_IN_THE_PAST,
        field="last_service_date",
        message=translatable(
            "The last service day lies before today, in the period from %(start)s to %(end)s: what was used is owed. "
            "End the agreement today or later, and give back what is too much by a credit note."
        ),
        words={"start": period.start, "end": period.last_day},
    )
