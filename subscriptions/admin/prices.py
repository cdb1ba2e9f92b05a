"""The tables of agreed prices and allowances, of a quote and of the subscription made of it."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactInline, RowInline
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import StaffMayEdit
from subscriptions.domain.formatting import format_price, format_quantity
from subscriptions.models import AgreedAllowanceRow, AgreedPriceRow


class PriceRows(StaffMayEdit, RowInline):
    """Prices, as long as they may be typed."""

    fields = ["product", "commitment", "price", "overage_price", "setup_price"]
    autocomplete_fields = ["product"]
    verbose_name = _("price")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product").order_by("pk")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class AgreedPriceRows(FactInline):
    """Prices that stand; `agreement` names the row whose currency they are in."""

    agreement: str
    fields = ["product", "agreed_commitment", "agreed_price", "agreed_overage_price", "agreed_setup_price"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", self.agreement).order_by("pk")

    @admin.display(description=_("commitment"))
    def agreed_commitment(self, row: AgreedPriceRow) -> str:
        return format_quantity(row.commitment, current_language())

    @admin.display(description=_("price"))
    def agreed_price(self, row: AgreedPriceRow) -> Any:
        return self._price(row.price, row) or _("as in the price book")

    @admin.display(description=_("overage price"))
    def agreed_overage_price(self, row: AgreedPriceRow) -> Any:
        return self._price(row.overage_price, row) or _("as the price")

    @admin.display(description=_("setup price"))
    def agreed_setup_price(self, row: AgreedPriceRow) -> str | None:
        return self._price(row.setup_price, row)

    def _price(self, price: Decimal | None, row: AgreedPriceRow) -> str | None:
        if price is None:
            return None
        return format_price(price, getattr(row, self.agreement).currency, current_language())


class AllowanceRows(StaffMayEdit, RowInline):
    """What a seat brings, as long as it may be typed."""

    fields = ["product", "resource", "quantity"]
    verbose_name = _("allowance")
    verbose_name_plural = _("Fair-use allowances per seat and month, where they differ from the catalog's")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "resource").order_by("pk")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class AgreedAllowanceRows(FactInline):
    """What a seat brings."""

    fields = ["product", "resource", "agreed_quantity"]
    verbose_name_plural = _("Fair-use allowances per seat and month")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "resource").order_by("pk")

    @admin.display(description=_("quantity"))
    def agreed_quantity(self, row: AgreedAllowanceRow) -> str:
        return format_quantity(row.quantity, current_language())
