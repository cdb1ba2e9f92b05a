"""Reads agreements as the values that the rules read."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import (
    AgreedPrice,
    Allowance,
    CommercialModel,
    ContractTerms,
    LicensingModel,
    TermsChange,
)
from subscriptions.models import (
    AgreedAllowanceRow,
    AgreedPriceRow,
    Product,
    Subscription,
    SubscriptionAllowance,
    SubscriptionChange,
    SubscriptionPrice,
)

OfSubscription = TypeVar("OfSubscription", SubscriptionPrice, SubscriptionAllowance, SubscriptionChange)


def get_terms(subscription: Subscription) -> ContractTerms:
    """Return an agreement as the value that the rules read."""
    return list_terms([subscription])[subscription.pk]


def list_terms(subscriptions: Collection[Subscription]) -> dict[int, ContractTerms]:
    """Return agreements as the values that the rules read, by subscription: as many statements for many as for one."""
    of_them = [subscription.pk for subscription in subscriptions]
    prices = _by_subscription(SubscriptionPrice.objects.filter(subscription__among=of_them).order_by("pk"))
    allowances = _by_subscription(SubscriptionAllowance.objects.filter(subscription__among=of_them).order_by("pk"))
    changes = _by_subscription(
        SubscriptionChange.objects.filter(subscription__among=of_them).order_by("recorded_at", "pk")
    )
    add_ons = _list_add_ons()
    return {
        subscription.pk: terms_of(
            subscription,
            prices=prices[subscription.pk],
            allowances=allowances[subscription.pk],
            changes=_terms_changes(changes[subscription.pk], zone=ZoneInfo(subscription.time_zone)),
            add_ons=add_ons,
        )
        for subscription in subscriptions
    }


def _by_subscription(rows: QuerySet[OfSubscription]) -> defaultdict[int, list[OfSubscription]]:
    found: defaultdict[int, list[OfSubscription]] = defaultdict(list)
    for row in rows:
        found[row.subscription_id].append(row)
    return found


def _terms_changes(rows: Iterable[SubscriptionChange], *, zone: ZoneInfo) -> list[TermsChange]:
    return [
        TermsChange(
            effective_date=row.effective_date,
            product=row.product_id,
            commitment=row.commitment,
            price=row.price,
            overage_price=row.overage_price,
            recorded_on=row.recorded_at.astimezone(zone).date(),
        )
        for row in rows
    ]


def _list_add_ons() -> frozenset[str]:
    return frozenset(Product.objects.filter(kind=ProductKind.ADD_ON).values_list("code", flat=True))


def terms_of(
    subscription: Subscription,
    *,
    prices: Iterable[AgreedPriceRow],
    allowances: Iterable[AgreedAllowanceRow] = (),
    changes: Iterable[TermsChange] = (),
    add_ons: frozenset[str] | None = None,
) -> ContractTerms:
    """
    Return an agreement and what belongs to it, stored or not, as the value that the rules read.

    The catalog's `add_ons` are read unless they are given.
    """
    return ContractTerms(
        effective_date=subscription.effective_date,
        currency=subscription.currency,
        commercial_model=CommercialModel(subscription.commercial_model),
        licensing_model=LicensingModel(subscription.licensing_model),
        edition=Edition(subscription.edition),
        time_zone=subscription.time_zone,
        ramp_months=subscription.ramp_months,
        term_months=subscription.term_months,
        net_days=subscription.net_days,
        cutoff_hours=subscription.cutoff_hours,
        last_service_date=subscription.last_service_date,
        cancelled_on=subscription.cancelled_on,
        prices=tuple(
            AgreedPrice(
                product=row.product_id,
                commitment=row.commitment,
                price=row.price,
                overage_price=row.overage_price,
                setup_price=row.setup_price,
            )
            for row in prices
        ),
        changes=tuple(changes),
        allowances=tuple(
            Allowance(product=row.product_id, resource=row.resource_id, quantity=row.quantity) for row in allowances
        ),
        add_ons=_list_add_ons() if add_ons is None else add_ons,
    )
