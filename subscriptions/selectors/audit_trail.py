"""Reads what the admin logged about an organization and what belongs to it."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from subscriptions.models import Order, Organization, Subscription, Trial


def list_log_entries(organization_id: int) -> QuerySet[LogEntry]:
    """Return what was logged about an organization, its trial, orders and agreements, with who did it."""
    # What a step of an agreement logs stands with its reason in a table of its own; a form logs the fields it changed.
    by_form = Q(change_message__startswith="[")
    about = (
        _about(Organization.objects.filter(pk=organization_id))
        | _about(Trial.objects.filter(organization_id=organization_id))
        | _about(Order.objects.filter(organization_id=organization_id))
        | (_about(Subscription.objects.filter(organization_id=organization_id)) & by_form)
    )
    return LogEntry.objects.filter(about).select_related("user")


def list_logged(rows: QuerySet[Any]) -> QuerySet[LogEntry]:
    """Return what was logged about some rows of a model, with who did it."""
    return LogEntry.objects.filter(_about(rows)).select_related("user")


def _about(rows: QuerySet[Any]) -> Q:
    # The log names rows by text.
    keys = rows.order_by().annotate(key=Cast("pk", CharField())).values("key")
    return Q(content_type=ContentType.objects.get_for_model(rows.model), object_id__in=keys)
