"""A view of the same events: checked by serializers, stored by `bulk_create(ignore_conflicts=True)`."""

from typing import Any

from django.db import models
from django.urls import include, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.traffic import NAIVE_TABLE
from subscriptions.models import Organization
from usage.choices import EVENT_KINDS
from usage.domain.events import Client, Direction
from usage.models import UsageEvent
from usage.services.rows import digest_identity

KINDS = {name: number for number, name in EVENT_KINDS}
CLIENT_NUMBERS = {client.name.lower(): client.value for client in Client}
DIRECTION_NUMBERS = {direction.name.lower(): direction.value for direction in Direction}


class NaiveEvent(models.Model):  # noqa: DJ008
    """The columns of `UsageEvent` in one plain table, with its foreign key and indexes and a unique key."""

    organization_id = models.BigIntegerField()

    class Meta:
        app_label = "usage"
        db_table = NAIVE_TABLE
        managed = False


for column in UsageEvent._meta.local_fields:  # noqa: SLF001
    if not column.primary_key and column.name != "organization":
        column.clone().contribute_to_class(NaiveEvent, column.name)


class DataSerializer(serializers.Serializer[Any]):
    session = serializers.CharField(max_length=255, required=False)
    client = serializers.ChoiceField(list(CLIENT_NUMBERS), required=False)
    product = serializers.CharField(max_length=50, required=False)
    direction = serializers.ChoiceField(list(DIRECTION_NUMBERS), required=False)
    remote = serializers.RegexField(r"^\+[0-9]{1,15}\Z", required=False)
    seconds = serializers.IntegerField(min_value=0, max_value=2_147_483_647, required=False)
    count = serializers.IntegerField(min_value=0, max_value=1_000_000_000_000, required=False)
    gigabytes = serializers.DecimalField(max_digits=20, decimal_places=6, required=False)


class EventSerializer(serializers.Serializer[Any]):
    specversion = serializers.ChoiceField(["1.0"])
    id = serializers.CharField(max_length=255)
    source = serializers.CharField(max_length=255)
    type = serializers.ChoiceField(list(KINDS))
    subject = serializers.CharField(max_length=255)
    time = serializers.DateTimeField()
    organization = serializers.CharField(max_length=255)
    data = DataSerializer(required=False)


class EventsView(APIView):
    def post(self, request: Request) -> Response:
        """Store a batch."""
        serializer = EventSerializer(data=request.data, many=True)
        serializer.is_valid(raise_exception=True)
        events = serializer.validated_data
        codes = {event["organization"] for event in events}
        organizations = dict(Organization.objects.filter(code__in=codes).values_list("code", "pk"))
        NaiveEvent.objects.bulk_create([as_row(event, organizations) for event in events], ignore_conflicts=True)
        return Response({"accepted": len(events)})


def as_row(event: dict[str, Any], organizations: dict[str, int]) -> NaiveEvent:
    """Return the row of a checked event."""
    data = event.get("data", {})
    return NaiveEvent(
        organization_id=organizations[event["organization"]],
        kind=KINDS[event["type"]],
        occurred_at=event["time"],
        received_at=event["time"],
        subject=event["subject"],
        session=data.get("session"),
        client=CLIENT_NUMBERS.get(data.get("client", "")),
        product=data.get("product"),
        direction=DIRECTION_NUMBERS.get(data.get("direction", "")),
        remote=data.get("remote"),
        amount=data.get("seconds", data.get("count")),
        gigabytes=data.get("gigabytes"),
        identity=digest_identity(event["source"], event["id"]),
        source=event["source"],
        event_id=event["id"],
    )


urlpatterns = [path("naive/events", EventsView.as_view()), path("", include("billingsite.urls"))]
