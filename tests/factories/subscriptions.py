"""Agreements: organizations, what they agreed, list prices, and who invoices."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from subscriptions.models import (
    Account,
    IssuingEntity,
    Organization,
    PriceBook,
    PriceBookEntry,
    Subscription,
    SubscriptionChange,
    SubscriptionPrice,
)
from subscriptions.services.changes import audit_changes


def an_issuer(code: str = "northwind", **fields: Any) -> IssuingEntity:
    """Return the issuing entity of a code, made on first use."""
    own = {"legal_name": "Northwind Cloud, Inc.", "address": "548 Market Street", "country": "US"}
    entity, _ = IssuingEntity.objects.get_or_create(code=code, defaults=own | fields)
    return entity


def an_organization(code: str = "lantern", **fields: Any) -> Organization:
    """Return a stored organization."""
    own = {
        "account": Account.objects.get_or_create(name=f"{code} group")[0],
        "name": code.title(),
        "legal_name": f"{code.title()} Foods, Inc.",
        "address": "12 Harbor Street\nPortland, ME 04101",
        "country": "US",
        "regions": ["us-east-1"],
    }
    return Organization.objects.create(**own | fields, code=code)


def a_change(**fields: Any) -> SubscriptionChange:
    """Return a recorded change of an agreement, with its entry in the audit trail."""
    change = SubscriptionChange.objects.create(**fields)
    change.refresh_from_db()
    audit_changes([change])
    return change


def a_subscription(
    organization: Organization | None = None, *, prices: Mapping[str, Any] | None = None, **terms: Any
) -> Subscription:
    """
    Return a stored agreement, month to month since January 15, 2026, unless told otherwise.

    `prices` holds a price, or the fields of a `SubscriptionPrice`, by product.
    """
    own = {
        "organization": organization or an_organization(),
        "issuing_entity": terms.get("issuing_entity") or an_issuer(),
        "effective_date": date(2026, 1, 15),
        "currency": "USD",
        "commercial_model": "MONTH_TO_MONTH",
        "licensing_model": "named",
        "multi_shift": True,
    }
    subscription = Subscription.objects.create(**own | terms)
    for product, agreed in ({"purecloud-1": "75.00"} if prices is None else prices).items():
        fields = agreed if isinstance(agreed, Mapping) else {"price": agreed}
        SubscriptionPrice.objects.create(
            subscription=subscription,
            product_id=product,
            **{name: Decimal(str(value)) for name, value in fields.items()},
        )
    return subscription


def a_prepaid_subscription(organization: Organization | None = None, **terms: Any) -> Subscription:
    """Return a stored agreement on 2 seats, paid monthly in advance at 140.00, at 150.00 above them."""
    prices = {"purecloud-3": {"price": "140.00", "overage_price": "150.00", "commitment": 2}}
    return a_subscription(organization, **{"commercial_model": "PREPAY_MONTHLY_COMMITMENT", "prices": prices} | terms)


def a_list_price(product: str, price: str, *, currency: str = "USD", on: date = date(2020, 1, 1)) -> PriceBookEntry:
    """Return a list price in force from a day on."""
    book, _ = PriceBook.objects.get_or_create(currency=currency, effective_date=on)
    return PriceBookEntry.objects.create(price_book=book, product_id=product, price=Decimal(price))
