"""From where a request comes, as far as our own proxies vouch for it."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

LONGEST = 45
"""An address of IPv6 with one of IPv4 in it has so many characters."""


def address_of(request: HttpRequest) -> str:
    """Return the address of a request; empty if it came over a socket that has none."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        # It did not come through our proxies: a check of health, or somebody inside.
        address = ""
    return (address or str(request.META.get("REMOTE_ADDR", "")))[:LONGEST]
