"""A platform that reports what happened: in time or late, in any order, twice, or something else under an old name."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from unittest.mock import patch

from django.db.models import Max

from invoices.models import BillingCycle
from subscriptions.models import Organization
from tests.machine.happenings import Happening, events_of
from tests.machine.world import World
from usage.models import EventIdentity
from usage.services.decoding import decode_batch
from usage.services.importing import import_trusted
from usage.services.ingestion import IngestionReport, ingest, ingest_with_receipts
from usage.services.rows import digest_identity
from usage.services.scope import Scope

WAYS = ("live", "platform", "imported", "trusted")
Event = dict[str, Any]


class Sender:
    """Reports events and remembers what was acknowledged."""

    def __init__(self, world: World) -> None:
        """Begin with nothing sent."""
        self._world = world
        self._sent: list[tuple[Organization, Event]] = []
        self._numbers = 0

    def report(self, who: int, happenings: Iterable[Happening], *, way: str, delay: timedelta, order: int) -> None:
        """Report what happened; it is received after a delay, or as soon as that is still possible."""
        organization = self._world.organization(who)
        events = [event for it in happenings for event in self._events(organization, it)]
        # In an order that has nothing to do with that of the events.
        events.sort(key=lambda event: blake2b(f"{order} {event['id']}".encode()).digest())
        self._send(organization, [self._receive(organization, event, delay) for event in events], way)

    def has_sent(self) -> bool:
        """Tell whether there is anything to send again or to take back."""
        return bool(self._sent)

    def repeat(self, place: int, *, way: str) -> None:
        """Send again what was sent before."""
        organization, _ = self._pick(place)
        events = [event for owner, event in self._sent if owner == organization]
        self._send(organization, events[-1 - place % 4 :], way)

    def contradict(self, place: int, *, way: str) -> None:
        """Send something else under an identity that stands; it is kept as a conflict."""
        organization, event = self._pick(place)
        later = datetime.fromisoformat(event["time"]) + timedelta(seconds=1)
        self._send(organization, [event | {"time": later.isoformat()}], way, conflicts=1)

    def retract(self, place: int, *, way: str) -> None:
        """Void an event that was sent, or one that is still to come (BR-25)."""
        organization, event = self._pick(place)
        self._numbers += 1
        named = f"e-{self._numbers + 1}-0" if place % 5 == 0 else event["id"]
        retraction = event | {
            "id": f"r-{self._numbers}",
            "type": "event.retracted",
            "subject": "mistake",
            "time": self._world.now.isoformat(),
            "data": {"source": "/platform", "id": named},
        }
        self._send(organization, [self._receive(organization, retraction, timedelta(0))], way)

    def assert_everything_acknowledged_is_there(self) -> None:
        """Assert that every identity ever acknowledged exists, and no other."""
        stored = {
            (pk, bytes(digest)) for pk, digest in EventIdentity.objects.values_list("organization_id", "identity")
        }
        sent = {(owner.pk, digest_identity(event["source"], event["id"])) for owner, event in self._sent}
        assert stored == sent

    def _pick(self, place: int) -> tuple[Organization, Event]:
        return self._sent[-1 - place % len(self._sent)]

    def _events(self, organization: Organization, it: Happening) -> list[Event]:
        now = self._world.now
        at = now.replace(hour=0, minute=0, second=0) - timedelta(days=it.days_ago) + timedelta(minutes=it.minute)
        if it.edge is not None:
            at = self._world.edge_near(organization, at) + timedelta(seconds=it.edge)
        self._numbers += 1
        return list(events_of(it, at=at, until=now, number=self._numbers))

    def _receive(self, organization: Organization, event: Event, delay: timedelta) -> Event:
        """Date the receipt: a trusted import has its own, but nothing comes in time for a close that has been tried."""
        tried = BillingCycle.objects.filter(organization=organization, tried_at__isnull=False)
        latest = tried.aggregate(cutoff=Max("cutoff_at"))["cutoff"]
        received = datetime.fromisoformat(event["time"]) + delay
        if latest is not None and received <= latest:
            received = latest + timedelta(seconds=1)
        return event | {"received": min(received, self._world.now).isoformat()}

    def _send(self, organization: Organization, events: list[Event], way: str, conflicts: int = 0) -> None:
        if not events:
            return
        known = {event["id"] for owner, event in self._sent if owner == organization}
        fresh = [event for event in events if event["id"] not in known]
        report = self._deliver(organization, events, way)
        assert report.accepted == len(fresh)
        assert [rejection.reason for rejection in report.rejected] == conflicts * ["conflict"]
        assert report.duplicates == len(events) - len(fresh) - conflicts
        self._sent += [(organization, event) for event in fresh]

    def _deliver(self, organization: Organization, events: list[Event], way: str) -> IngestionReport:
        now = self._world.now
        if way == "trusted":
            return import_trusted(events, organization=organization)
        if way == "imported":
            return ingest_with_receipts(_batch(events), scope=Scope(organization), now=now)
        named = [{name: value for name, value in event.items() if name != "received"} for event in events]
        scope = Scope(organization)
        if way == "platform":
            named, scope = [event | {"organization": organization.code} for event in named], Scope(None)
        with patch("usage.services.receipt.database_now", lambda: now):
            return ingest(_batch(named), scope=scope, now=now)


def _batch(events: list[Event]) -> Any:
    return decode_batch(json.dumps(events).encode())
