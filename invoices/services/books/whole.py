"""What is true of all organizations together: numbers without gaps, rows that belong together, events counted once."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import Count, F, Max, Min, Window
from django.db.models.functions import Lag

from invoices.models import Invoice, NumberSeries, SeriesStart
from invoices.services.books.fault import Fault
from usage.models import EventIdentity, UsageEvent

OWN_APPS = ("subscriptions", "usage", "invoices")
OWNERS = ("organization", "subscription")


def find_number_faults() -> Iterator[Fault]:
    """Yield the series of numbers with a gap, a number twice, or numbers against the order of issue (BR-75)."""
    issued = {
        (row["issuing_entity_id"], row["document_type"]): row
        for row in Invoice.objects.order_by()
        .values("issuing_entity_id", "document_type")
        .annotate(first=Min("sequence"), last=Max("sequence"), count=Count("pk"))
    }
    for series in NumberSeries.objects.select_related("issuing_entity", "start"):
        key = (series.issuing_entity_id, series.document_type)
        for what in _series_faults(series, issued.pop(key, None)):
            yield Fault(organization_id=None, where=f"series {series}", what=what)
    for entity_id, document_type in issued:
        yield Fault(
            organization_id=None, where=f"series {entity_id} {document_type}", what="nothing counts its numbers"
        )
    earlier = Window(Lag("issued_at"), partition_by=["issuing_entity_id", "document_type"], order_by="sequence")
    against = Invoice.objects.order_by().annotate(earlier=earlier).filter(earlier__gt=F("issued_at"))
    for number in against.values_list("number", flat=True):
        yield Fault(organization_id=None, where=number, what="it was issued before the number before it")


def _series_faults(series: NumberSeries, row: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield what is wrong with a series: each number is borne by one document, but those left out on purpose."""
    start: SeriesStart | None = getattr(series, "start", None)
    first, last, count = (row["first"], row["last"], row["count"]) if row else (1, 0, 0)
    given = series.last_number - (start.next_number - start.first_left_out if start else 0)
    # They are all different: as many as were given, from 1 to the last one, leave out nothing else.
    if count != given or first < 1 or last > series.last_number:
        yield f"{given} numbers were given, {count} documents bear them"
    if (
        start
        and Invoice.objects.filter(
            issuing_entity=series.issuing_entity_id,
            document_type=series.document_type,
            sequence__gte=start.first_left_out,
            sequence__lt=start.next_number,
        ).exists()
    ):
        yield "a document bears a number that was left out"


def find_tenant_faults() -> Iterator[Fault]:
    """Yield the foreign keys by which a row of one organization, or agreement, joins one of another."""
    with connection.cursor() as cursor:
        cursor.execute(_joins_of_two_owners())
        for (what,) in cursor.fetchall():
            yield Fault(organization_id=None, where="rows", what=what)


def find_event_faults(organization_id: int) -> Iterator[Fault]:
    """Yield whether events are stored twice, or without what makes them count once, or the other way round (BR-25)."""
    events = UsageEvent.objects.filter(organization_id=organization_id)
    identities = EventIdentity.objects.filter(organization_id=organization_id)
    stored = events.aggregate(all=Count("pk"), distinct=Count("identity", distinct=True))
    known = identities.count()
    if not stored["all"] == stored["distinct"] == known:
        what = f"{stored['all']} events are stored, {stored['distinct']} different ones, {known} are known"
        yield Fault(organization_id=organization_id, where="events", what=what)


@cache
def _joins_of_two_owners() -> str:
    """Return one statement over every foreign key between two tables that both say whose their rows are."""
    return " UNION ALL ".join(_joins())


def _joins() -> Iterator[str]:
    for model in own_models():
        for field in model._meta.fields:  # noqa: SLF001
            if not isinstance(field, models.ForeignKey) or field.name in OWNERS[:1]:
                continue
            for owner in OWNERS:
                if field.name != owner and _has(model, owner) and _has(field.related_model, owner):
                    yield _join(model, field, owner)


def _join(model: type[models.Model], field: "models.ForeignKey[models.Model, models.Model]", owner: str) -> str:
    own, other = model._meta.db_table, field.related_model._meta.db_table  # noqa: SLF001
    label = f"{model._meta.label}.{field.name}"  # noqa: SLF001
    return (
        f"SELECT '{label} joins rows of two {owner}s' WHERE EXISTS (SELECT 1 FROM {own} a JOIN {other} b"  # noqa: S608
        f" ON a.{field.column} = b.{field.target_field.column} WHERE a.{owner}_id <> b.{owner}_id)"
    )


def own_models() -> list[type[models.Model]]:
    """Return the models of our three apps."""
    return [model for app in OWN_APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)]


def _has(model: type[models.Model] | str, owner: str) -> bool:
    return not isinstance(model, str) and owner in {field.name for field in model._meta.fields}  # noqa: SLF001
