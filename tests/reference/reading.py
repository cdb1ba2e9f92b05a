"""The facts of a period read row by row through the ORM, for counting them in plain Python."""

from decimal import Decimal

from django.db.models import Q

from tests.reference.sweeping import DAY, count_plainly
from usage.domain.events import (
    Assignment,
    Call,
    Client,
    Consumption,
    Direction,
    EventKind,
    Login,
    Logout,
    NumberFact,
    StorageReading,
    UsageFacts,
    UserFact,
)
from usage.domain.resources import RESOURCE_OF
from usage.models import UsageEvent

COLUMNS = (
    "kind", "occurred_at", "subject", "session", "client", "product", "direction", "remote", "amount", "gigabytes",
    "identity",
)  # fmt: skip


def count_from_rows(*, organization_id, terms, period, window, received_until, deck, peak_tier=None, read=None):
    """Return what `count_period` does; of what was `read` in its way nothing is looked at."""
    facts = facts_of(organization_id, window, received_until)
    return count_plainly(facts, terms=terms, period=period, window=window, deck=deck, peak_tier=peak_tier)


def facts_of(organization_id, window, received_until):
    """Return everything that may bear on a period, however long ago it was."""
    known = UsageEvent.objects.filter(organization_id=organization_id, received_at__lte=received_until)
    retracted = {bytes(row) for row in known.filter(target__isnull=False).values_list("target", flat=True)}
    sessions = Q(kind__in=[1, 2], occurred_at__gte=window.start - DAY, occurred_at__lt=window.end)
    # What lasts began at any time, and a call that ends later may have begun in time.
    others = Q(kind=EventKind.CALL, occurred_at__gte=window.start) | ~Q(kind__in=[1, 2, EventKind.CALL])
    facts = UsageFacts()
    for row in known.filter(sessions | others).values_list(*COLUMNS).iterator(chunk_size=10_000):
        if bytes(row[-1]) not in retracted:
            add(facts, *row[:-1])
    return facts


def add(facts, kind, at, subject, session, client, product, direction, remote, amount, gigabytes):
    """Append what a row states."""
    if kind == EventKind.LOGGED_IN:
        facts.logins.append(Login(subject, session, Client(client), at))
    elif kind == EventKind.LOGGED_OUT:
        facts.logouts.append(Logout(subject, session, at))
    elif kind == EventKind.CALL:
        facts.calls.append(Call(subject, Direction(direction), remote, amount, at))
    elif kind == EventKind.STORAGE:
        facts.readings.append(StorageReading(Decimal(gigabytes), at))
    elif kind in RESOURCE_OF:
        facts.consumptions.append(Consumption(RESOURCE_OF[kind], amount, at))
    elif kind in LISTS:
        name, make = LISTS[kind]
        getattr(facts, name).append(make(subject, product, at))


def of_user(subject, _product, at):
    return UserFact(subject, at)


LISTS = {
    EventKind.DELETED: ("deletions", of_user),
    EventKind.ASSIGNED: ("assignments", Assignment),
    EventKind.UNASSIGNED: ("unassignments", Assignment),
    EventKind.QUEUE_JOINED: ("queue_joins", of_user),
    EventKind.QUEUE_LEFT: ("queue_leaves", of_user),
    EventKind.NUMBER_ACTIVATED: ("activations", NumberFact),
    EventKind.NUMBER_RELEASED: ("releases", NumberFact),
}
