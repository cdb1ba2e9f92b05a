"""The staff's pages for agreements and who they are with."""

from subscriptions.admin import (
    catalog,
    contacts,
    erasure,
    issuing_entity,
    mail,
    order,
    organization,
    people,
    price_import,
    quote,
    saved_filter,
    subscription,
    tax,
    trial,
    trial_request,
    voice,
)

__all__ = [
    "catalog",
    "contacts",
    "erasure",
    "issuing_entity",
    "mail",
    "order",
    "organization",
    "people",
    "price_import",
    "quote",
    "saved_filter",
    "subscription",
    "tax",
    "trial",
    "trial_request",
    "voice",
]
