"""Lets programs in by their keys, each for what the key may do, and holds them to a rate."""

from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest
from ninja.security import HttpBearer

from subscriptions.api.caller import Caller
from subscriptions.api.problems import RefusedError
from subscriptions.selectors.clock import database_now
from subscriptions.views.origin import address_of
from usage.domain.key_scopes import KeyScope
from usage.models import IngestionKey
from usage.services.keys import find_key, get_request_rate, take_request
from usage.services.throttling import Left, Rate, TooFastError


@dataclass(frozen=True, slots=True)
class Sender(Caller):
    """A caller with the key that let it in."""

    key: IngestionKey


class KeyRequired(HttpBearer):
    """A key that has some scopes: `Authorization: Bearer sbk_...`."""

    def __init__(self, *scopes: KeyScope) -> None:
        """Take the scopes that are all needed."""
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> Sender | None:
        """
        Return the sender of a valid key.

        :raises RefusedError: if too many wrong keys came from its address, or the key lacks a scope
        """
        now = database_now()
        try:
            key = find_key(token, now=now, address=_read_address(request))
        except TooFastError as error:
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many wrong keys came from this address: try again in {error.retry_after} s, with a valid one.",
                headers={"Retry-After": str(error.retry_after)},
            ) from error
        if key is None:
            return None
        sender = Sender(key.organization, now, f"key {key.prefix}", key)
        self.admit(request, sender)
        for scope in self.scopes:
            if scope.value not in key.scopes:
                raise RefusedError(
                    HTTPStatus.FORBIDDEN, f"This key lacks the scope {scope.value}: use one that has it."
                )
        return sender

    def admit(self, request: HttpRequest, sender: Sender) -> None:
        """
        Count the request against what the key may ask for.

        :raises RefusedError: if it is too many now
        """
        rate = get_request_rate()
        if rate is None:
            return
        try:
            left = take_request(sender.key, now=sender.asked_at)
        except TooFastError as error:
            raise RefusedError(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"This key may ask no more now: send the same again in {error.retry_after} s.",
                headers=describe_rate("requests", rate, None) | {"Retry-After": str(error.retry_after)},
            ) from error
        # For the answer's head, which is made later.
        request.rate_of_key = describe_rate("requests", rate, left)  # type: ignore[attr-defined]


class EventsKeyRequired(KeyRequired):
    """A key that reports events: these are counted themselves, once it is known how many they are."""

    def admit(self, request: HttpRequest, sender: Sender) -> None:
        """Count nothing yet."""


def describe_rate(name: str, rate: Rate | None, left: Left | None) -> dict[str, str]:
    """Return a rate and what is left of it as the IETF's draft on RateLimit header fields has them."""
    if rate is None:
        return {}
    policy = {"RateLimit-Policy": f'"{name}";q={rate.burst};w={rate.refilled_in.seconds}'}
    return policy | ({"RateLimit": f'"{name}";r={left.amount};t={left.full_in}'} if left else {})


def _read_address(request: HttpRequest) -> str:
    """Return where a request comes from, a network of IPv6 as one sender."""
    told = address_of(request)
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(IPv6Network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)
