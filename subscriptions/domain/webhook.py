"""What programs of customers are told by webhook, and when a delivery is tried again."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

VERSION = 1
"""The version of the messages; fields are added within one, none is taken away or changes its meaning."""


class WebhookEvent(StrEnum):
    """What a message is about."""

    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    INVOICE_PAST_DUE = "invoice.past_due"
    CYCLE_HELD = "cycle.held"
    COMMITMENT_EXCEEDED = "commitment.exceeded"
    TRIAL_ENDING = "trial.ending"
    PING = "ping"


class DeliveryState(StrEnum):
    """Where a message stands on its way to one endpoint."""

    WAITING = "waiting"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything."""

    WORKS = "works"
    FAILING = "failing"
    OFF = "off"
    REVOKED = "revoked"


class DeliveryFault(StrEnum):
    """Why a message did not arrive."""

    STATUS = "status"
    REDIRECT = "redirect"
    GONE = "gone"
    UNKNOWN_HOST = "unknown_host"
    PRIVATE = "private"
    NOT_ALLOWED = "not_allowed"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CERTIFICATE = "certificate"
    BROKEN = "broken"
    INTERRUPTED = "interrupted"
    UNREADABLE = "unreadable"
    OFF = "off"
    REVOKED = "revoked"


RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=14),
    timedelta(hours=16),
    timedelta(hours=20),
)
"""How long to wait after each failed attempt; after the last one nothing is tried any more. Within three days."""

SPREAD = 10
"""Each wait is longer by up to one part in so many, so that what failed together does not come back together."""

TRIED_FOR = timedelta(days=3)
"""So long after its first attempt a message is tried at most, whatever a receiver asks for."""

LONGEST_ASKED = RETRY_DELAYS[-1]
"""A receiver may ask for no longer wait than the longest that is made anyway."""

_DIGITS_OF_SECONDS = 9

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=10)
_ENOUGH_DOUBLINGS = 10

SECRETS_OVERLAP = timedelta(hours=24)
"""How long the secret before the present one signs as well."""

KEPT_FOR = timedelta(days=30)
"""How long a delivery is shown; then it is forgotten."""

LOOKED_BACK = timedelta(days=25)
"""A sweep tells of nothing older: shorter than deliveries are kept, so that nothing forgotten is told once more."""

assert LOOKED_BACK < KEPT_FOR


def wait_after(attempts: int, *, chance: float) -> timedelta | None:
    """Return how long to wait after so many failed attempts, `chance` from 0 up to 1; None: it is given up."""
    if attempts > len(RETRY_DELAYS):
        return None
    delay = RETRY_DELAYS[attempts - 1]
    return delay + delay * chance / SPREAD


def last_attempt(first_attempt_at: datetime) -> datetime:
    """Return until when a message is tried that was first tried at an instant."""
    return first_attempt_at + TRIED_FOR


def asked_wait(retry_after: str, *, now: datetime, last: datetime) -> timedelta | None:
    """
    Return how long a receiver is left alone as it asks; None: it asks for nothing.

    At most as long as is waited anyway, and not beyond the `last` attempt. `retry_after` is the value of the header:
    seconds, or a date of HTTP. What is neither, or has passed, asks for nothing.
    """
    value = retry_after.strip()
    if value.isascii() and value.isdecimal():
        # Longer numbers are years; no integer is made of a thousand digits.
        is_short = len(value) <= _DIGITS_OF_SECONDS
        wait = timedelta(seconds=int(value)) if is_short else LONGEST_ASKED
    else:
        try:
            until = parsedate_to_datetime(value)
        # A zone or a year of twenty digits.
        except (ValueError, OverflowError):
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    wait = min(wait, LONGEST_ASKED, last - now)
    return wait if wait > timedelta(0) else None


def next_attempt(wait: timedelta, *, asked: timedelta | None, last: datetime, now: datetime) -> datetime | None:
    """
    Return when a failed message is tried again: after its own wait, or later if the receiver asks.

    None: it is given up, as its own wait ends only after the `last` attempt.
    """
    return None if now + wait > last else now + max(wait, asked or timedelta(0))


def pause_after(failures: int) -> timedelta:
    """Return how long an endpoint is left alone that has failed so many times in a row: whatever waits for it."""
    return min(FIRST_PAUSE * (1 << min(failures - 1, _ENOUGH_DOUBLINGS)), LONGEST_PAUSE)


def delivery_state(*, delivered_at: datetime | None, given_up_at: datetime | None, attempts: int) -> DeliveryState:
    """Return where a delivery stands."""
    if delivered_at is not None:
        return DeliveryState.DELIVERED
    if given_up_at is not None:
        return DeliveryState.GIVEN_UP
    return DeliveryState.RETRYING if attempts else DeliveryState.WAITING


def endpoint_state(*, revoked_at: datetime | None, switched_off_at: datetime | None, failures: int) -> EndpointState:
    """Return whether an endpoint is sent anything."""
    if revoked_at is not None:
        return EndpointState.REVOKED
    if switched_off_at is not None:
        return EndpointState.OFF
    return EndpointState.FAILING if failures else EndpointState.WORKS
