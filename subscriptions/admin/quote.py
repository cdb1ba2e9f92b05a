"""Quotes, from draft to processed (BR-52)."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, DateTimeField, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from subscriptions.admin.base import FactInline, RowInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.parts import badge, current_language, enumerated
from subscriptions.admin.pdf import PdfFilter
from subscriptions.admin.prices import AgreedAllowanceRows, AgreedPriceRows, AllowanceRows, PriceRows
from subscriptions.admin.quote_steps import QuoteStepsAdmin
from subscriptions.admin.roles import StaffMayEdit, person
from subscriptions.choices import QUOTE_STATES, AuditKind
from subscriptions.domain.formatting import format_day, format_price, format_quantity
from subscriptions.domain.quote import QuoteState
from subscriptions.forms import (
    QuoteAllowanceForm,
    QuoteForm,
    QuoteItemForm,
    QuotePriceForm,
    QuotePriceFormSet,
)
from subscriptions.models import Quote, QuoteAllowance, QuoteItem, QuotePdf, QuotePrice, QuoteStep
from subscriptions.selectors.attention import list_quotes_expiring
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.quotes import get_quote_state, last_day_of, list_quotes_in_state, subscription_of
from subscriptions.services.agreements import find_overlaps

STATE_COLORS = {
    "draft": "",
    "issued": "info",
    "expired": "warning",
    "accepted": "primary",
    "declined": "danger",
    "processed": "success",
}


TERMS = [
    "effective_date",
    ("commercial_model", "licensing_model"),
    ("edition", "rate_deck"),
    ("ramp_months", "term_months"),
    ("net_days", "multi_shift"),
]
AGREEMENT: dict[str, Any] = {
    "description": _("Leave the first three empty to offer one-time items only."),
    "fields": TERMS,
}


class StateFilter(admin.SimpleListFilter):
    """Quotes by where they stand now."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*QUOTE_STATES, ("expiring", _("Expiring within a week"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        state = self.value()
        if state == "expiring":
            return list_quotes_expiring(queryset, at=database_now())
        if state not in dict(QUOTE_STATES):
            return queryset
        return list_quotes_in_state(queryset, QuoteState(state), at=database_now())


class QuotePdfFilter(PdfFilter):
    pdfs = QuotePdf.objects.all()


class ItemInline(StaffMayEdit, RowInline):
    model = QuoteItem
    form = QuoteItemForm
    fields = ["product", "quantity", "price"]
    ordering = ["pk"]
    verbose_name = _("item")
    verbose_name_plural = _("One-time items: services, and hardware")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class OfferedItemInline(FactInline):
    model = QuoteItem
    fields = ["product", "offered", "per_unit"]
    ordering = ["pk"]
    verbose_name_plural = _("One-time items")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("product", "quote").defer("quote__frozen")

    @admin.display(description=_("quantity"))
    def offered(self, item: QuoteItem) -> str:
        return format_quantity(item.quantity, current_language())

    @admin.display(description=_("price per unit"))
    def per_unit(self, item: QuoteItem) -> str:
        return format_price(item.price, item.quote.currency, current_language())


class PriceInline(PriceRows):
    model = QuotePrice
    form = QuotePriceForm
    formset = QuotePriceFormSet
    verbose_name_plural = _("Prices and commitments of the new agreement, in the quote's currency")


class OfferedPriceInline(AgreedPriceRows):
    model = QuotePrice
    agreement = "quote"
    verbose_name_plural = _("Prices and commitments of the new agreement")


class AllowanceInline(AllowanceRows):
    model = QuoteAllowance
    form = QuoteAllowanceForm


class OfferedAllowanceInline(AgreedAllowanceRows):
    model = QuoteAllowance


class StepInline(FactInline):
    model = QuoteStep
    fields = ["kind", "customer", "words", "po_number", "recorded_by", "recorded_at"]
    verbose_name_plural = _("What happened")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("recorded_by")


@admin.register(Quote)
class QuoteAdmin(StaffMayEdit, QuoteStepsAdmin):
    audited_as = AuditKind.SALE
    organization_path = "organization"
    form = QuoteForm
    when_empty = _(
        "A quote offers an organization an agreement, hardware or services. Make a draft; the customer sees it "
        "once it is issued."
    )
    list_display = ["name", "organization", "state", "offers", "valid_until", "currency", "made_by"]
    list_display_links = ["name", "organization"]
    list_filter = [BY_ORGANIZATION, StateFilter, QuotePdfFilter, "currency"]
    list_select_related = ["organization", "made_by"]
    search_fields = ["^number", "sequence", "^steps__po_number"]
    search_help_text = _("Organization, contact, number or purchase order")
    export_columns = {"valid_until": ["valid_until", "expires_at"]}
    ordering = ["-pk"]
    autocomplete_fields = ["organization"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        offer = [("organization", "issuing_entity"), ("currency", "language"), ("time_zone", "valid_days"), "notes"]
        if obj is None:
            return [(None, {"fields": offer}), (_("The new agreement, if one is offered"), AGREEMENT)]
        if obj.issued_at is None:
            fields = [("name", "state_in_words"), *offer]
            return [(None, {"fields": fields}), (_("The new agreement, if one is offered"), AGREEMENT)]
        issued = (None, {"fields": [("name", "state_in_words"), ("issued_at", "valid_until"), *offer]})
        return [issued, *([(_("The new agreement"), {"fields": TERMS})] if obj.effective_date else [])]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None or obj.issued_at is None:
            return [PriceInline, AllowanceInline, ItemInline]
        offered = (
            (obj.prices, OfferedPriceInline),
            (obj.allowances, OfferedAllowanceInline),
            (obj.items, OfferedItemInline),
        )
        return [StepInline, *(inline for rows, inline in offered if rows.exists())]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list.
        read_at = Value(database_now(), output_field=DateTimeField())
        rows = super().get_queryset(request).defer("frozen").prefetch_related("steps")
        annotated: QuerySet[Any] = rows.annotate(read_at=read_at, item_count=Count("items"))
        return annotated

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if request.method == "POST" and transaction.get_connection().in_atomic_block:
            # What is written is not issued in the meantime, and what is being issued is not written over.
            Quote.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=row.pk)
            row = super().get_object(request, object_id, from_field)
        return row

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["name", "state_in_words", "issued_at", "valid_until"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.issued_at is None)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.made_by = person(request)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.instance.effective_date and find_overlaps(subscription_of(form.instance), until=None):
            words = _(
                "The organization has another agreement in these days. The quote can be issued and accepted; before it "
                "is processed, cancel the other so that it ends on the day before this one begins."
            )
            self.message_user(request, words, messages.WARNING)

    @admin.display(description=_("quote"))
    def name(self, quote: Quote) -> Any:
        return quote.number or _("Draft %(key)s") % {"key": quote.pk}

    def title_of(self, row: Quote) -> str:
        return str(self.name(row))

    @badge(description=_("state"), colors=STATE_COLORS)
    def state(self, quote: Any) -> tuple[str, Any]:
        state = get_quote_state(quote, at=quote.read_at)
        return state.value, dict(QUOTE_STATES)[state.value]

    @admin.display(description=_("state"))
    def state_in_words(self, quote: Any) -> Any:
        return self.state(quote)[1]

    @admin.display(description=_("offers"))
    def offers(self, quote: Any) -> Any:
        count = quote.item_count
        items = ngettext("%(count)s one-time item", "%(count)s one-time items", count) % {"count": count}
        agreement = quote.get_commercial_model_display() if quote.effective_date else ""
        return enumerated([part for part in (agreement, items if count else "") if part]) or "–"

    @admin.display(description=_("valid until"), empty_value="–")
    def valid_until(self, quote: Quote) -> str | None:
        last_day = last_day_of(quote)
        return format_day(last_day, current_language()) if last_day else None
