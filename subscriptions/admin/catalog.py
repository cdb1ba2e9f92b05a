"""Products and price books: leads keep them, every member of staff reads them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactInline, NewRowsInline, RowAdmin, RowInline
from subscriptions.admin.parts import current_language, page_action
from subscriptions.admin.price_import import upload_url
from subscriptions.admin.roles import LeadMayEdit, works_on_all
from subscriptions.admin.second_person import AsksSecondPerson
from subscriptions.choices import AuditKind
from subscriptions.documents.price_list import get_book
from subscriptions.domain.formatting import format_price
from subscriptions.domain.price_list.entry import ListKind
from subscriptions.exports.price_list import price_list_csv, price_list_xlsx
from subscriptions.forms import ProductForm
from subscriptions.models import PriceBook, PriceBookEntry, Product
from subscriptions.selectors.clock import latest_local_date
from subscriptions.views.downloads import csv_response, xlsx_response


@admin.register(Product)
class ProductAdmin(AsksSecondPerson, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    is_short = True
    form = ProductForm
    fields = ["code", "name", "kind"]
    when_empty = _(
        "Products are what is sold and billed: licenses, usage, hardware. Add them first, then their prices in a "
        "price book."
    )
    list_display = ["name", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # The code is the key: saved under another one, the product would stand there twice.
        return ["code", "kind"] if obj else []


class EntryInline(LeadMayEdit, RowInline):
    """The prices of a book to come."""

    model = PriceBookEntry
    fields = ["product", "price", "setup_price"]
    autocomplete_fields = ["product"]
    ordering = ["product"]
    verbose_name = _("price")
    verbose_name_plural = _("Prices per unit and month, net of tax")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class EntryInForceInline(FactInline):
    """The prices of a book in force."""

    model = PriceBookEntry
    fields = ["product", "listed_price", "listed_setup_price"]
    ordering = ["product"]
    verbose_name_plural = _("Prices per unit and month, net of tax; another price is another book, from a later day on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "price_book")

    @admin.display(description=_("price"))
    def listed_price(self, row: PriceBookEntry) -> str:
        return format_price(row.price, row.price_book.currency, current_language())

    @admin.display(description=_("setup price"))
    def listed_setup_price(self, row: PriceBookEntry) -> str | None:
        if row.setup_price is None:
            return None
        return format_price(row.setup_price, row.price_book.currency, current_language())


class ForgottenEntryInline(LeadMayEdit, NewRowsInline):
    """A product that a book in force does not name has no price, and none is replaced by adding one (BR-31)."""

    model = PriceBookEntry
    fields = ["product", "price", "setup_price"]
    autocomplete_fields = ["product"]
    verbose_name = _("price")
    verbose_name_plural = _("Add the price of a product that was forgotten")


@admin.register(PriceBook)
class PriceBookAdmin(AsksSecondPerson, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    fields = [("currency", "effective_date"), "name"]
    is_short = True
    when_empty = _(
        "A price book holds the list prices in one currency from a day on. Add the products first, then a book, or "
        "import it as a file."
    )
    list_display = ["__str__", "currency", "effective_date", "name", "products"]
    list_filter = ["currency"]
    search_fields = ["name", "currency"]
    ordering = ["-effective_date", "currency"]
    actions_list = ["import_file"]
    actions_detail = ["download_csv", "download_xlsx"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if works_on_all(request) and not _in_force(obj):
            return [EntryInline]
        return [EntryInForceInline, *([ForgottenEntryInline] if works_on_all(request) else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).annotate(products=Count("entries"))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Another price is another book, from a later day on: what was charged must stay explicable.
        return ["currency", "effective_date"] if _in_force(obj) else []

    @admin.display(description=_("products"), ordering="products")
    def products(self, book: Any) -> int:
        return int(book.products)

    @page_action(description=_("Import a price book"), icon="upload_file", permissions=["add"])
    def import_file(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(upload_url(ListKind.PRICE_BOOK))

    @page_action(description=_("Download CSV"), icon="download", permissions=["view"])
    def download_csv(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        book = self.get_object(request, object_id)
        return csv_response(price_list_csv(get_book(book), kind=ListKind.PRICE_BOOK), name=_file_name(book))

    @page_action(description=_("Download XLSX"), icon="download", permissions=["view"])
    def download_xlsx(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        book = self.get_object(request, object_id)
        return xlsx_response(price_list_xlsx(get_book(book), kind=ListKind.PRICE_BOOK), name=_file_name(book))


def _file_name(book: PriceBook) -> str:
    return f"prices-{book.currency}-{book.effective_date}"


def _in_force(book: PriceBook | None) -> bool:
    return book is not None and book.effective_date <= latest_local_date()
