"""What a key may be used for, and who may give that to a key."""

from collections.abc import Collection
from enum import StrEnum


class KeyScope(StrEnum):
    """Something that a key may be used for; by name, as programs read it."""

    EVENTS_WRITE = "events:write"
    USAGE_READ = "usage:read"
    INVOICES_READ = "invoices:read"
    ORGANIZATION_READ = "organization:read"
    PAYMENTS_WRITE = "payments:write"


GIVEN_BY_LEADS = frozenset({KeyScope.PAYMENTS_WRITE})
"""What only a lead may give: an organization does not say itself that it has paid."""


def in_order(scopes: Collection[str]) -> list[str]:
    """Return scopes, each once, in the order in which they are told."""
    return [scope.value for scope in KeyScope if scope.value in scopes]


def may_be_given(scopes: Collection[str], *, by_lead: bool) -> bool:
    """Tell whether somebody may give these scopes to a key: at least one, and none that only leads give."""
    known = {scope.value for scope in KeyScope}
    return bool(scopes) and set(scopes) <= known and (by_lead or not GIVEN_BY_LEADS & set(scopes))
