"""
Who did what about an organization, when and why: recorded facts and what the admin logged, as one list, newest first.

Each app adds what its own tables record; whoever shows the trail merges them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from subscriptions.documents.text import printable
from subscriptions.documents.timeline import cancellation_of, change_of, person_in_words
from subscriptions.models import ContactChange, QuoteStep, SubscriptionCancellation, SubscriptionChange
from subscriptions.selectors import get_product_names
from subscriptions.selectors.audit_trail import list_log_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that a person did."""

    who: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in the trail: everything is ordered by time, then by source, then by key."""

    at: datetime
    source: str
    pk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A deed at its place."""

    place: Place
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table of deeds: its rows, the column that holds when, and how a row is read."""

    name: str
    rows: QuerySet[Any]
    column: str
    read: Callable[[Any], Deed]


def merge_sources(sources: Sequence[Source], *, after: Place | None, limit: int) -> list[Entry]:
    """Return so many entries of all sources, newest first, those beyond a place; each source is read so far only."""
    entries = [entry for source in sources for entry in _read(source, after, limit)]
    entries.sort(key=lambda entry: (entry.place.source, -entry.place.pk))
    entries.sort(key=lambda entry: entry.place.at, reverse=True)
    return entries[:limit]


def _read(source: Source, after: Place | None, limit: int) -> list[Entry]:
    rows = source.rows.order_by(f"-{source.column}", "-pk")
    if after is not None:
        rows = rows.filter(_beyond(source, after))
    return [
        Entry(place=Place(at=_value(row, source.column), source=source.name, pk=row.pk), deed=source.read(row))
        for row in rows[:limit]
    ]


def _value(row: Any, column: str) -> datetime:
    value: datetime = reduce(getattr, column.split("__"), row)
    return value


def _beyond(source: Source, after: Place) -> Q:
    earlier = Q(**{f"{source.column}__lt": after.at})
    if source.name < after.source:
        return earlier
    at_once = Q(**{source.column: after.at})
    return earlier | (at_once if source.name > after.source else at_once & Q(pk__lt=after.pk))


def agreement_sources(organization_id: int, *, language: str) -> list[Source]:
    """Return what was done about an organization, its agreements, its quotes and its contacts."""
    names = get_product_names(language)
    changes = SubscriptionChange.objects.filter(subscription__organization_id=organization_id)
    return [
        Source(
            name="change",
            rows=changes.select_related("recorded_by", "subscription"),
            column="recorded_at",
            read=lambda row: _change(row, names, language),
        ),
        Source(
            name="cancellation",
            rows=SubscriptionCancellation.objects.filter(organization_id=organization_id).select_related("recorded_by"),
            column="recorded_at",
            read=lambda row: _cancellation(row, language),
        ),
        Source(
            name="contact",
            rows=ContactChange.objects.filter(organization_id=organization_id).select_related("changed_by"),
            column="changed_at",
            read=_contact,
        ),
        Source(
            name="quote",
            rows=QuoteStep.objects.filter(organization_id=organization_id).select_related("recorded_by", "quote"),
            column="recorded_at",
            read=_quote_step,
        ),
        Source(name="log", rows=list_log_entries(organization_id), column="action_time", read=read_log_entry),
    ]


def logged(what: str, *, why: str) -> str:
    """Return the admin's log message of a deed that has no table of its own: what was done, and below it the reason."""
    return f"{what}\n{why}"


def read_log_entry(row: LogEntry) -> Deed:
    """Return what the admin logged: who touched which row, how, and the reason if there is one."""
    done, _break, why = str(row.get_change_message()).partition("\n")
    words = {"row": printable(row.object_repr), "what": printable(done)}
    what = _("%(row)s: %(what)s") % words if words["what"] else str(row)
    return Deed(who=person_in_words(row.user), what=what, why=printable(why))


def _change(row: SubscriptionChange, names: Mapping[str, str], language: str) -> Deed:
    what = change_of(row, row.subscription.currency, names, language)
    return Deed(who=person_in_words(row.recorded_by), what=what, why=printable(row.reason))


def _cancellation(row: SubscriptionCancellation, language: str) -> Deed:
    return Deed(who=person_in_words(row.recorded_by), what=cancellation_of(row, language), why=printable(row.reason))


def _contact(row: ContactChange) -> Deed:
    old, new = printable(row.old_email), printable(row.new_email)
    addresses = f"{old} → {new}" if old and new else old or new
    what = _("%(what)s: %(addresses)s") % {"what": row.get_action_display(), "addresses": addresses}
    return Deed(who=person_in_words(row.changed_by), what=what, why=printable(row.reason))


def _quote_step(row: QuoteStep) -> Deed:
    what = _("Quote %(quote)s: %(step)s") % {"quote": row.quote, "step": row.get_kind_display()}
    return Deed(who=person_in_words(row.recorded_by), what=what, why=printable(row.words))
