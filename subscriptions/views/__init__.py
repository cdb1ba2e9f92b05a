"""The customer's pages about an organization and its people, and how every page finds its organization."""

from subscriptions.views.access import get_organization

__all__ = ["get_organization"]
