"""The events that the benchmarks of ingestion send: a platform's logins, logouts and calls, some of them again."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from subscriptions.models import Organization
from tests.factories.usage import an_organization
from usage.services.partitions import ensure_partitions

EVENTS_A_BATCH = 1_000
SENT_AGAIN = EVENTS_A_BATCH // 10
ORGANIZATIONS = 20
USERS = 5_000
DAYS = 60

# The tables of what is compared with: the columns of the events, in one table with a unique key.
NAIVE_TABLE = "benchmark_naive_event"


def make_organizations() -> list[Organization]:
    """Store the organizations that the platform reports for."""
    return [an_organization(f"org-{number}") for number in range(ORGANIZATIONS)]


def prepare_months(now: datetime) -> None:
    """Make the partitions that the events go to: what is measured is a month in which they are there."""
    ensure_partitions([now - timedelta(days=DAYS), now], received=now)


class Traffic:
    """A source of events that never come twice, but for those that a batch repeats of the one before it."""

    def __init__(self, codes: list[str], *, now: datetime, seed: str, again: int = SENT_AGAIN) -> None:
        """Report for organizations, known by their codes, what happened in the last two months."""
        self._again = again
        self._codes = codes
        self._begin = now.astimezone(UTC) - timedelta(days=DAYS)
        self._random = random.Random(seed)
        self._last: list[dict[str, Any]] = []

    def batches(self, count: int) -> list[bytes]:
        """Return batches of 1,000 events."""
        return [self._batch() for _ in range(count)]

    def _batch(self) -> bytes:
        again = self._random.sample(self._last, min(self._again, len(self._last)))
        self._last = [self._event() for _ in range(EVENTS_A_BATCH - len(again))]
        events = self._last + again
        self._random.shuffle(events)
        return msgspec.json.encode(events)

    def _event(self) -> dict[str, Any]:
        chance = self._random
        at = self._begin + timedelta(seconds=chance.randrange(DAYS * 86_400))
        event = {
            "specversion": "1.0",
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "source": "/platform/eu-1",
            "time": at.replace(microsecond=0).isoformat().replace("+00:00", "Z"),
            "organization": chance.choice(self._codes),
        }
        kind = chance.randrange(10)
        if kind < 6:
            user, session = uuid.UUID(int=chance.randrange(USERS), version=4), f"{chance.getrandbits(64):016x}"
            login = {"type": "user.logged_in", "data": {"session": session, "client": "desktop"}}
            logout = {"type": "user.logged_out", "data": {"session": session}}
            return event | {"subject": str(user)} | (login if kind < 3 else logout)
        call = {
            "direction": "outbound",
            "remote": f"+49{chance.randrange(10**10):010}",
            "seconds": chance.randrange(3600),
        }
        return event | {"subject": event["id"], "type": "call.completed", "data": call}
