"""Agreements for the tests of the rules, and random ones."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from hypothesis import strategies as st

from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import (
    AgreedPrice,
    CommercialModel,
    ContractTerms,
    LicensingModel,
    TermsChange,
)

ORDER_DAY = date(2026, 1, 15)
TIERS = ("purecloud-1", "purecloud-2", "purecloud-3")
COMMITTABLE = (*TIERS, "communicate", "salesforce")


def an_agreement(**changes: Any) -> ContractTerms:
    """Return a monthly prepay agreement by name from January 15th, changed as named; models and edition as text."""
    asked: dict[str, Any] = {
        "effective_date": ORDER_DAY,
        "currency": "USD",
        "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
        "licensing_model": "named",
        "edition": "2019",
    } | changes
    asked["commercial_model"] = CommercialModel(asked["commercial_model"])
    asked["licensing_model"] = LicensingModel(asked["licensing_model"])
    asked["edition"] = Edition(asked["edition"])
    return ContractTerms(**asked)


def agreed(product: str, commitment: str = "0", **prices: str) -> AgreedPrice:
    """Return what was agreed for a product, figures as text."""
    return AgreedPrice(
        product=product,
        commitment=Decimal(commitment),
        **{name: Decimal(figure) for name, figure in prices.items()},
    )


def change(effective: date, product: str, *, recorded_on: date | None = None, **figures: str) -> TermsChange:
    """Return a recorded change, figures as text."""
    return TermsChange(
        effective_date=effective,
        product=product,
        recorded_on=recorded_on,
        **{name: Decimal(figure) for name, figure in figures.items()},
    )


def anniversary(terms: ContractTerms, index: int) -> date:
    """Return the first day of a period: so many months after the effective date."""
    return terms.effective_date + relativedelta(months=index)


def walked_commitments(terms: ContractTerms, periods: int) -> list[dict[str, Decimal]]:
    """
    Return the commitments in force in each period by another way than the code does it (BR-10, BR-11, BR-15, BR-17).

    It walks from period to period and keeps what has been asked for and what is in force.
    """
    asked = {price.product: price.commitment for price in terms.prices}
    waiting = sorted(terms.changes, key=lambda recorded: recorded.effective_date)
    in_force: dict[str, Decimal] = {}
    result = []
    for index in range(periods):
        start = anniversary(terms, index)
        for recorded in [candidate for candidate in waiting if begins(candidate, start)]:
            waiting.remove(recorded)
            _ask(asked, recorded)
        position = (index - terms.ramp_months) % terms.term_months
        if terms.commercial_model is CommercialModel.MONTH_TO_MONTH or index < terms.ramp_months:
            result.append({})
            continue
        if terms.commercial_model is CommercialModel.PREPAY_MONTHLY_COMMITMENT or position % 12 == 0:
            in_force = dict(asked)
        else:
            paid_tier = next((tier for tier in TIERS if in_force.get(tier)), None)
            for product, quantity in asked.items():
                if paid_tier is None or product not in TIERS or product == paid_tier:
                    in_force[product] = max(quantity, in_force.get(product, Decimal(0)))
        result.append({product: quantity for product, quantity in in_force.items() if quantity})
    return result


def begins(recorded: TermsChange, start: date) -> bool:
    """Tell whether a change bears on the period that starts on this day (BR-15)."""
    return start >= recorded.effective_date and (recorded.recorded_on is None or start > recorded.recorded_on)


def _ask(asked: dict[str, Decimal], recorded: TermsChange) -> None:
    if recorded.commitment is None:
        return
    if recorded.product in TIERS and recorded.commitment > 0:
        asked.update(dict.fromkeys(TIERS, Decimal(0)))
    asked[recorded.product] = recorded.commitment


effective_dates = st.dates(min_value=date(2020, 1, 1), max_value=date(2028, 12, 31))
commitments = st.integers(min_value=0, max_value=5).map(Decimal)


@st.composite
def changes_after(draw: st.DrawFn, effective: date) -> TermsChange:
    """Draw a change of one product in the first five years or shortly before, perhaps recorded late."""
    day = effective + timedelta(days=draw(st.integers(-40, 1800)))
    recorded = draw(st.none() | st.integers(-60, 60).map(lambda late: day + timedelta(days=late)))
    return TermsChange(
        effective_date=day,
        product=draw(st.sampled_from(COMMITTABLE)),
        commitment=draw(st.none() | commitments),
        price=draw(st.none() | commitments),
        recorded_on=recorded,
    )


@st.composite
def agreements(draw: st.DrawFn, *, models: tuple[str, ...], may_be_cancelled: bool = True) -> ContractTerms:
    """Draw a prepay agreement with one tier at most, a ramp, a term of 1 to 40 months, changes, a cancellation."""
    effective = draw(effective_dates)
    committed = draw(st.lists(st.sampled_from(COMMITTABLE), unique=True, max_size=3))
    tiers = [product for product in committed if product in TIERS]
    prices = [
        AgreedPrice(product=product, commitment=draw(commitments), price=draw(commitments))
        for product in committed
        if product not in tiers[1:]
    ]
    last_service_date = cancelled_on = None
    if may_be_cancelled and draw(st.booleans()):
        last_service_date = effective + timedelta(days=draw(st.integers(0, 1500)))
        cancelled_on = draw(st.none() | st.dates(min_value=effective, max_value=last_service_date))
    return an_agreement(
        effective_date=effective,
        add_ons=frozenset({"salesforce"}),
        commercial_model=draw(st.sampled_from(models)),
        ramp_months=draw(st.integers(0, 6)),
        term_months=draw(st.integers(1, 40)),
        prices=prices,
        changes=draw(st.lists(changes_after(effective), max_size=6)),
        last_service_date=last_service_date,
        cancelled_on=cancelled_on,
    )
