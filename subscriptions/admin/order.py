"""One-time purchases and what of them has shipped."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactInline, RowInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import badge, current_language, link_to_quote, page_action
from subscriptions.admin.roles import StaffMayEdit
from subscriptions.choices import AuditKind
from subscriptions.documents.audit_trail import logged
from subscriptions.documents.shipping import shipping_in_words
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.formatting import format_day, format_price, format_quantity
from subscriptions.domain.period import local_date
from subscriptions.forms import ShipForm, ShipmentForm, ShipmentFormSet
from subscriptions.models import Order, Shipment
from subscriptions.selectors.clock import database_now
from subscriptions.services.shipping import ship

STATE_COLORS = {"invoiced": "success", "partly": "warning", "coming": "info", "waiting": ""}

FULLY_INVOICED = Q(charged=True) | Q(invoiced_quantity__gte=F("quantity"))


class InvoicedFilter(admin.SimpleListFilter):
    """Orders that are invoiced to the last piece, and those that are not."""

    title = _("invoiced")
    parameter_name = "invoiced"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Invoiced")), ("no", _("Not, or not all of it"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.filter(FULLY_INVOICED)
        # The sum is NULL without a shipment, and NULL is neither enough nor too little.
        return (
            queryset.exclude(pk__in=queryset.filter(FULLY_INVOICED).values("pk")) if self.value() == "no" else queryset
        )


class InvoicedShipmentInline(FactInline):
    model = Shipment
    fields = ["day", "shipped"]
    ordering = ["shipped_on", "pk"]
    verbose_name_plural = _("Invoiced shipments")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(charged=True)

    @admin.display(description=_("shipped on"))
    def day(self, shipment: Shipment) -> str:
        return format_day(shipment.shipped_on, current_language())

    @admin.display(description=_("quantity"))
    def shipped(self, shipment: Shipment) -> str:
        return format_quantity(shipment.quantity, current_language())


class ShipmentInline(StaffMayEdit, RowInline):
    model = Shipment
    form = ShipmentForm
    formset = ShipmentFormSet
    fields = ["shipped_on", "quantity"]
    ordering = ["shipped_on", "pk"]
    verbose_name_plural = _("Shipments that are not invoiced yet; each is invoiced by itself on its day")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What ships is shown in money first: by the button.
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(charged=False)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Only shipments without an invoice stand here; one that was called off leaves no trace to keep.
        return self.has_change_permission(request, obj)


@admin.register(Order)
class OrderAdmin(StaffMayEdit, GuidedAdmin):
    audited_as = AuditKind.SALE
    organization_path = "organization"
    actions_detail = ["ship"]
    when_empty = _(
        "Hardware and one-time services stand here once a customer has bought them. Begin with a quote: processing "
        "the accepted one makes the order."
    )
    list_display = ["what", "organization", "per_unit", "processed_on", "state", "invoiced"]
    list_filter = [BY_ORGANIZATION, InvoicedFilter, "product__kind"]
    list_select_related = ["organization", "product", "subscription"]
    search_fields = ["product__name", "product__code"]
    search_help_text = _("Organization, contact or product")
    ordering = ["-pk"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        what = [("subscription", "product"), ("ordered", "per_unit")]
        if obj.product.kind == ProductKind.HARDWARE or obj.shipments.exists():
            return [(None, {"fields": [*what, "accepted_as"]})]
        words = _("This order is invoiced: it stands as it is.") if obj.charged else ""
        return [(None, {"description": words, "fields": [*what, ("processed_on", "accepted_as")]})]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj.product.kind != ProductKind.HARDWARE and not obj.shipments.exists():
            return []
        invoiced = obj.shipments.filter(charged=True).exists()
        # One that is invoiced while it is typed over is still answered.
        coming = request.method == "POST" or obj.shipments.filter(charged=False).exists()
        return [*([InvoicedShipmentInline] if invoiced else []), *([ShipmentInline] if coming else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                shipped_quantity=Sum("shipments__quantity"),
                # Not NULL without a shipment: NULL is neither enough nor too little.
                invoiced_quantity=Sum("shipments__quantity", filter=Q(shipments__charged=True), default=Decimal(0)),
            )
        )
        return rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if request.method != "POST" or not transaction.get_connection().in_atomic_block:
            return row
        # What is written is not invoiced in the meantime, and what is being invoiced is not written over.
        locked = Order.objects.select_for_update().get(pk=row.pk)
        list(locked.shipments.select_for_update())
        return super().get_object(request, object_id, from_field)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # What was accepted stands; another purchase is another quote. An older order may still have to be processed.
        processed = [] if obj.quote_item is None and obj.processed_on is None else ["processed_on"]
        return ["subscription", "product", "ordered", "per_unit", "accepted_as", *processed]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # An order begins as a quote, and only an accepted one is processed (BR-52).
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj is not None and obj.charged)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.organization = form.instance.organization
        super().save_formset(request, form, formset, change)

    def has_ship_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None or not self.has_change_permission(request):
            return False
        order = self.get_object(request, object_id)
        is_left = not order.charged and (order.shipped_quantity or 0) < order.quantity
        # Whoever presses the button twice is told so.
        return order.product.kind == ProductKind.HARDWARE and (is_left or request.method == "POST")

    @page_action(description=_("Ship"), icon="local_shipping", permissions=["ship"])
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order, now = self.get_object(request, object_id), database_now()
        today = local_date(now, time_zone=order.subscription.time_zone)
        back = reverse("admin:subscriptions_order_change", args=[order.pk])
        form = ShipForm(request.POST or None, order=order, today=today)

        def preview() -> Page:
            points = [
                *shipping_in_words(order, form.parcel(), today=today, language=current_language()),
                _("For the record: %(reason)s") % {"reason": form.cleaned_data["reason"]},
            ]
            title, button = _("Ship this part of the order?"), _("Ship it")
            return Page(title=title, subject=self._subject(order), points=points, button=button, back=back)

        def do() -> str:
            shipment = ship(order.pk, form.parcel())
            self.log_change(request, order, logged(f"Shipped {shipment}", why=form.cleaned_data["reason"]))
            return gettext("The shipment is recorded; its invoice follows on its day.")

        ask = Page(
            title=_("Ship a part of the order"),
            subject=self._subject(order),
            button=_("Continue"),
            back=back,
            confirms=False,
        )
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)

    def _subject(self, order: Order) -> str:
        return f"{order.organization}: {self.what(order)}"

    @admin.display(description=_("order"))
    def what(self, order: Order) -> str:
        return f"{format_quantity(order.quantity, current_language())} × {order.product}"

    def title_of(self, row: Order) -> str:
        return self.what(row)

    @admin.display(description=_("accepted as"), empty_value="–")
    def accepted_as(self, order: Order) -> str | None:
        return link_to_quote(order.quote_item.quote if order.quote_item else None)

    @admin.display(description=_("quantity"))
    def ordered(self, order: Order) -> str:
        return format_quantity(order.quantity, current_language())

    @admin.display(description=_("price per unit"))
    def per_unit(self, order: Order) -> str:
        return format_price(order.price, order.subscription.currency, current_language())

    @badge(description=_("state"), colors=STATE_COLORS)
    def state(self, order: Any) -> tuple[str, Any]:
        if order.charged or order.invoiced_quantity >= order.quantity:
            return "invoiced", _("Invoiced")
        if order.invoiced_quantity:
            return "partly", _("Partly invoiced")
        if order.shipped_quantity or order.processed_on:
            return "coming", _("Invoice to come")
        if order.product.kind == ProductKind.HARDWARE:
            return "waiting", _("Not shipped")
        return "waiting", _("Not processed")

    @admin.display(description=_("invoiced"))
    def invoiced(self, order: Any) -> Any:
        done = order.quantity if order.charged else order.invoiced_quantity
        figures = [format_quantity(figure, current_language()) for figure in (done, order.quantity)]
        return _("%(done)s of %(ordered)s") % {"done": figures[0], "ordered": figures[1]}
