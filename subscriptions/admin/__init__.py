"""The staff's pages for agreements and who they are with."""

from subscriptions.admin import (
    catalog,
    erasure,
    issuing_entity,
    mail,
    order,
    organization,
    people,
    price_import,
    quote,
    subscription,
    tax,
    trial,
    voice,
)

__all__ = [
    "catalog",
    "erasure",
    "issuing_entity",
    "mail",
    "order",
    "organization",
    "people",
    "price_import",
    "quote",
    "subscription",
    "tax",
    "trial",
    "voice",
]
