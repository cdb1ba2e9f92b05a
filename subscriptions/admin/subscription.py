"""Agreements with their prices and recorded changes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import (
    FactInline,
    NewRowsInline,
    OrganizationFilter,
    PointsOut,
    RowAdmin,
    RowInline,
    StaffMayEdit,
    badge,
    current_language,
    person,
)
from subscriptions.domain.formatting import format_price, format_quantity
from subscriptions.domain.period import local_date
from subscriptions.forms import (
    SubscriptionAllowanceForm,
    SubscriptionChangeForm,
    SubscriptionForm,
    SubscriptionPriceForm,
    SubscriptionPriceFormSet,
    notices_of_subscription,
)
from subscriptions.models import Subscription, SubscriptionAllowance, SubscriptionChange, SubscriptionPrice
from subscriptions.selectors import database_now

EDITABLE_WHILE_RUNNING = ("po_number", "net_days", "last_service_date")
"""What may be typed over in a running agreement: it bears on documents still to come only."""


def runs(subscription: Subscription | None) -> bool:
    """
    Tell whether an agreement is in force, so that what was agreed may only be changed by a recorded change (BR-15).

    The effective date decides, not whether a billing cycle exists: nothing is billed before that day, something may be
    billed at any moment from it on, and an agreement must not know that invoices exist.
    """
    if subscription is None:
        return False
    return subscription.effective_date <= local_date(database_now(), time_zone=subscription.time_zone)


class PriceInline(StaffMayEdit, RowInline):
    """What was agreed, as long as it has not begun."""

    model = SubscriptionPrice
    form = SubscriptionPriceForm
    formset = SubscriptionPriceFormSet
    fields = ["product", "commitment", "price", "overage_price", "setup_price"]
    autocomplete_fields = ["product"]
    verbose_name = _("price")
    verbose_name_plural = _("Agreed prices and commitments, in the subscription's currency")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product").order_by("pk")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class AgreedPriceInline(FactInline):
    """What was agreed, of an agreement that runs."""

    model = SubscriptionPrice
    fields = ["product", "agreed_commitment", "agreed_price", "agreed_overage_price", "agreed_setup_price"]
    verbose_name_plural = _("Agreed prices and commitments; they change by a recorded change")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "subscription").order_by("pk")

    @admin.display(description=_("commitment"))
    def agreed_commitment(self, row: SubscriptionPrice) -> str:
        return format_quantity(row.commitment, current_language())

    @admin.display(description=_("price"))
    def agreed_price(self, row: SubscriptionPrice) -> Any:
        return _price(row.price, row.subscription) or _("as in the price book")

    @admin.display(description=_("overage price"))
    def agreed_overage_price(self, row: SubscriptionPrice) -> Any:
        return _price(row.overage_price, row.subscription) or _("as the price")

    @admin.display(description=_("setup price"))
    def agreed_setup_price(self, row: SubscriptionPrice) -> str | None:
        return _price(row.setup_price, row.subscription)


class AllowanceInline(StaffMayEdit, RowInline):
    """What a seat brings, as long as the agreement has not begun."""

    model = SubscriptionAllowance
    form = SubscriptionAllowanceForm
    fields = ["product", "resource", "quantity"]
    verbose_name = _("allowance")
    verbose_name_plural = _("Agreed fair-use allowances per seat and month, where they differ from the catalog's")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "resource").order_by("pk")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class AgreedAllowanceInline(FactInline):
    """What a seat brings, of an agreement that runs."""

    model = SubscriptionAllowance
    fields = ["product", "resource", "agreed_quantity"]
    verbose_name_plural = _("Agreed fair-use allowances per seat and month")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "resource").order_by("pk")

    @admin.display(description=_("quantity"))
    def agreed_quantity(self, row: SubscriptionAllowance) -> str:
        return format_quantity(row.quantity, current_language())


class RecordedChangeInline(FactInline):
    model = SubscriptionChange
    fields = ["product", "effective_date", "commitments", "prices", "reason", "recorded_by", "recorded_at"]
    verbose_name_plural = _("Recorded changes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "recorded_by", "subscription")

    @admin.display(description=_("commitment"))
    def commitments(self, row: SubscriptionChange) -> str | None:
        return None if row.commitment is None else format_quantity(row.commitment, current_language())

    @admin.display(description=_("price, overage price"))
    def prices(self, row: SubscriptionChange) -> str | None:
        shown = [_price(row.price, row.subscription), _price(row.overage_price, row.subscription)]
        return ", ".join(price or "–" for price in shown) if any(shown) else None


class NewChangeInline(StaffMayEdit, NewRowsInline):
    model = SubscriptionChange
    form = SubscriptionChangeForm
    fields = ["product", "effective_date", "commitment", "price", "overage_price", "reason"]
    autocomplete_fields = ["product"]
    verbose_name = _("change")
    verbose_name_plural = _("Record a change; it takes effect at the first period start on or after its day")


@admin.register(Subscription)
class SubscriptionAdmin(PointsOut, StaffMayEdit, RowAdmin):
    organization_path = "organization"
    form = SubscriptionForm
    list_display = [
        "organization",
        "effective_date",
        "state",
        "commercial_model",
        "licensing_model",
        "currency",
        "edition",
    ]
    list_display_links = ["organization", "effective_date"]
    list_filter = [("organization", OrganizationFilter), "commercial_model", "licensing_model", "currency", "edition"]
    list_select_related = ["organization"]
    search_fields = ["organization__name", "organization__code", "po_number"]
    ordering = ["organization__name", "-effective_date"]
    autocomplete_fields = ["organization"]
    readonly_fields = ["cancelled_on"]
    fieldsets = [
        (None, {"fields": [("organization", "issuing_entity"), ("effective_date", "time_zone")]}),
        (
            _("What was agreed"),
            {
                "fields": [
                    ("commercial_model", "licensing_model"),
                    ("currency", "edition"),
                    ("ramp_months", "term_months"),
                    ("rate_deck", "multi_shift"),
                ]
            },
        ),
        (_("Invoices"), {"fields": [("net_days", "cutoff_hours"), "po_number"]}),
        (_("Cancellation"), {"fields": [("last_service_date", "cancelled_on")]}),
    ]

    def notices(self, row: Any) -> list[str]:
        return notices_of_subscription(row)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None:
            return [PriceInline, AllowanceInline]
        agreed: list[Any] = [PriceInline, AllowanceInline]
        if runs(obj):
            agreed = [AgreedPriceInline, *([AgreedAllowanceInline] if obj.allowances.exists() else [])]
        return [*agreed, *([RecordedChangeInline] if obj.changes.exists() else []), NewChangeInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list.
        read_at = Value(database_now(), output_field=DateTimeField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(read_at=read_at)
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if not runs(obj):
            return ["cancelled_on"]
        ended = obj.last_service_date and obj.last_service_date < local_date(database_now(), time_zone=obj.time_zone)
        editable = set(EDITABLE_WHILE_RUNNING) - ({"last_service_date"} if ended else set())
        return [name for row in _rows_of(self.fieldsets) for name in row if name not in editable]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            if isinstance(row, SubscriptionChange):
                row.recorded_at, row.recorded_by = database_now(), person(request)
        super().save_formset(request, form, formset, change)

    @badge(description=_("state"), colors={"running": "success", "coming": "info", "ending": "warning", "ended": ""})
    def state(self, subscription: Any) -> tuple[str, Any]:
        today = local_date(subscription.read_at, time_zone=subscription.time_zone)
        if subscription.effective_date > today:
            return "coming", _("Coming")
        if subscription.last_service_date is None:
            return "running", _("Running")
        return ("ending", _("Ending")) if subscription.last_service_date >= today else ("ended", _("Ended"))


def _rows_of(fieldsets: Any) -> list[Sequence[str]]:
    rows = [row for _name, options in fieldsets for row in options["fields"]]
    return [(row,) if isinstance(row, str) else row for row in rows]


def _price(price: Decimal | None, subscription: Subscription) -> str | None:
    return None if price is None else format_price(price, subscription.currency, current_language())
