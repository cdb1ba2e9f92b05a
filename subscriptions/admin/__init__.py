"""The staff's pages for agreements and who they are with."""

from subscriptions.admin import catalog, issuing_entity, order, organization, people, quote, subscription, tax, voice

__all__ = ["catalog", "issuing_entity", "order", "organization", "people", "quote", "subscription", "tax", "voice"]
