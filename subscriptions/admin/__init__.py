"""The staff's pages for agreements and who they are with."""

from subscriptions.admin import catalog, issuing_entity, organization, people, subscription

__all__ = ["catalog", "issuing_entity", "organization", "people", "subscription"]
