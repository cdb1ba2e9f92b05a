"""Products and price books: leads keep them, every member of staff reads them."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import LeadMayEdit, RowAdmin, RowInline
from subscriptions.forms import ProductForm
from subscriptions.models import PriceBook, PriceBookEntry, Product
from subscriptions.selectors import database_now


@admin.register(Product)
class ProductAdmin(LeadMayEdit, RowAdmin):
    form = ProductForm
    fields = ["code", "name", "kind"]
    list_display = ["name", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # The code is the key: saved under another one, the product would stand there twice.
        return ["code", "kind"] if obj else []


class PriceBookEntryInline(LeadMayEdit, RowInline):
    """Once a book is in force its prices stand; one that was forgotten may still be added (BR-31)."""

    model = PriceBookEntry
    fields = ["product", "price", "setup_price"]
    autocomplete_fields = ["product"]
    ordering = ["product"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _in_force(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _in_force(obj)


@admin.register(PriceBook)
class PriceBookAdmin(LeadMayEdit, RowAdmin):
    fields = [("currency", "effective_date"), "name"]
    list_display = ["__str__", "currency", "effective_date", "name", "products"]
    list_filter = ["currency"]
    search_fields = ["name", "currency"]
    inlines = [PriceBookEntryInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(products=Count("entries"))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Another price is another book, from a later day on: what was charged must stay explicable.
        return ["currency", "effective_date"] if _in_force(obj) else []

    @admin.display(description=_("products"), ordering="products")
    def products(self, book: Any) -> int:
        return int(book.products)


def _in_force(book: PriceBook | None) -> bool:
    return book is not None and book.effective_date <= _today()


def _today() -> date:
    return database_now().date()
