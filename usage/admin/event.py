"""Events, as they were reported."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import current_language
from subscriptions.domain.formatting import format_quantity
from usage.models import UsageEvent


@admin.register(UsageEvent)
class UsageEventAdmin(FactAdmin):
    when_empty = _(
        "The platform reports logins, licenses and calls here. Make an API key for it first, under API keys."
    )
    list_display = ["kind", "subject", "organization", "occurred_at", "received_at", "product", "measured"]
    export_columns = {"measured": ["amount"]}
    list_filter = [BY_ORGANIZATION, "kind"]
    list_select_related = ["organization"]
    fields = [
        ("organization", "kind"),
        ("occurred_at", "received_at"),
        ("subject", "session", "client"),
        ("product", "direction", "remote"),
        ("measured", "stored"),
        ("source", "event_id"),
        ("identity_digest", "retracts"),
    ]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        # Of one organization the newest are found through its own index; of all of them only the key is in order.
        return ["-received_at", "-pk"] if "organization__id__exact" in request.GET else ["-pk"]

    @admin.display(description=_("seconds or requests"), empty_value="–")
    def measured(self, event: UsageEvent) -> str | None:
        return None if event.amount is None else format_quantity(Decimal(event.amount), current_language())

    @admin.display(description=_("gigabytes"), empty_value="–")
    def stored(self, event: UsageEvent) -> str | None:
        return None if event.gigabytes is None else format_quantity(event.gigabytes, current_language())

    @admin.display(description=_("identity"))
    def identity_digest(self, event: UsageEvent) -> str:
        return bytes(event.identity).hex()

    @admin.display(description=_("retracts the event with the identity"), empty_value="–")
    def retracts(self, event: UsageEvent) -> str | None:
        return bytes(event.target).hex() if event.target else None
