"""What calls cost: decks, their versions, and the rates of each on a list of its own; leads keep them."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactInline, RowAdmin
from subscriptions.admin.filters import RelatedFilter
from subscriptions.admin.parts import badge, current_language, page_action
from subscriptions.admin.price_import import upload_url
from subscriptions.admin.roles import LeadMayEdit, works_on_all
from subscriptions.admin.second_person import AsksSecondPerson
from subscriptions.choices import AuditKind
from subscriptions.documents.price_list import get_version
from subscriptions.domain.formatting import format_day, format_price, format_quantity
from subscriptions.domain.price_list.entry import ListKind
from subscriptions.exports.price_list import price_list_csv, price_list_xlsx
from subscriptions.forms import VoiceRateDeckVersionForm, VoiceRateForm
from subscriptions.models import VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from subscriptions.selectors.clock import latest_local_date
from subscriptions.selectors.rate_decks import list_open_rate_versions
from subscriptions.services.rate_decks import copy_rates_of_version_before, renew_token
from subscriptions.views.downloads import csv_response, xlsx_response

STATE_COLORS = {"empty": "danger", "coming": "info", "in_force": "success", "over": ""}

IN_FORCE = _(
    "Calls are rated by this version, so its rates stand. A prefix that it does not rate yet may be added. "
    "Other rates are another version, from a later day on."
)
OPEN = _("No call has been rated by this version yet: its rates may still be changed.")


def _with_state(versions: QuerySet[Any]) -> QuerySet[Any]:
    """Add what the state of a version is read from."""
    today = latest_local_date()
    later = VoiceRateDeckVersion.objects.filter(
        deck=OuterRef("deck"), effective_date__gt=OuterRef("effective_date"), effective_date__lte=today
    )
    rows: QuerySet[Any] = versions.annotate(
        has_rates=Exists(VoiceRate.objects.filter(version=OuterRef("pk"))),
        has_begun=Exists(VoiceRateDeckVersion.objects.filter(pk=OuterRef("pk"), effective_date__lte=today)),
        is_over=Exists(later),
    )
    return rows


def _state(version: Any) -> tuple[str, Any]:
    if not version.has_rates:
        return "empty", _("No rates yet")
    if not version.has_begun:
        return "coming", _("Coming")
    return ("over", _("Over")) if version.is_over else ("in_force", _("In force"))


class VersionInline(FactInline):
    model = VoiceRateDeckVersion
    fields = ["begins", "increment", "state"]
    ordering = ["-effective_date"]
    verbose_name_plural = _("Versions: each takes over from the one before on its first day")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _with_state(super().get_queryset(request))

    @admin.display(description=_("in force from"))
    def begins(self, version: VoiceRateDeckVersion) -> str:
        # The link that a table offers by itself is only seen under the mouse.
        url = reverse("admin:subscriptions_voiceratedeckversion_change", args=[version.pk])
        words = format_day(version.effective_date, current_language())
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": words})

    @admin.display(description=_("calls are rounded up to"))
    def increment(self, version: VoiceRateDeckVersion) -> Any:
        return _("%(seconds)d s") % {"seconds": version.increment_seconds}

    @admin.display(description=_("state"))
    def state(self, version: Any) -> Any:
        return _state(version)[1]


@admin.register(VoiceRateDeck)
class VoiceRateDeckAdmin(AsksSecondPerson, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    fields = [("name", "currency")]
    is_short = True
    when_empty = _(
        "A rate deck says what a call costs to each prefix. Add one in each currency in which voice is sold, then "
        "import its rates."
    )
    list_display = ["name", "currency", "in_force_since"]
    list_filter = ["currency"]
    search_fields = ["name"]
    ordering = ["name"]
    actions_detail = ["import_rates", "add_version"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [VersionInline] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        begun = VoiceRateDeckVersion.objects.filter(deck=OuterRef("pk"), effective_date__lte=latest_local_date())
        latest = begun.order_by("-effective_date").values("effective_date")[:1]
        rows: QuerySet[Any] = super().get_queryset(request).annotate(since=Subquery(latest))
        return rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        # Its rates and the agreements that name it are in this currency.
        return ["currency"] if obj else []

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        # A deck without a version rates no call: the next thing to type is its first version.
        if "_popup" in request.POST or "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        super().response_add(request, obj, post_url_continue)
        return HttpResponseRedirect(_add_version_url(obj.pk))

    @admin.display(description=_("rates in force since"), ordering="since")
    def in_force_since(self, deck: Any) -> Any:
        return _("None in force") if deck.since is None else format_day(deck.since, current_language())

    @page_action(description=_("Import rates"), icon="upload_file", permissions=["add"])
    def import_rates(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(upload_url(ListKind.RATE_DECK, deck=self.get_object(request, object_id).pk))

    @page_action(description=_("Add a version"), icon="add", permissions=["add"])
    def add_version(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HttpResponseRedirect(_add_version_url(self.get_object(request, object_id).pk))


@admin.register(VoiceRateDeckVersion)
class VoiceRateDeckVersionAdmin(AsksSecondPerson, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    is_short = True
    form = VoiceRateDeckVersionForm
    when_empty = _("A version holds the rates of a deck from a day on. Add a rate deck first, then its first version.")
    list_display = ["deck", "effective_date", "increment_seconds", "state"]
    list_display_links = ["deck", "effective_date"]
    list_filter = [("deck", RelatedFilter)]
    list_select_related = ["deck"]
    search_fields = ["deck__name"]
    ordering = ["deck__name", "-effective_date"]
    readonly_fields = ["rates_of_it"]
    actions_detail = ["show_rates", "download_csv", "download_xlsx"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        typed: list[Any] = ["deck", ("effective_date", "increment_seconds")]
        if obj is None:
            return [(None, {"fields": [*typed, "copy_rates"]})]
        words = OPEN if _is_open(obj) else IN_FORCE
        return [(None, {"description": words, "fields": [*typed, "rates_of_it"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return _with_state(super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["deck", "rates_of_it"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request) and (obj is None or _is_open(obj))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change:
            renew_token(form.instance.pk)
        elif form.cleaned_data["copy_rates"]:
            copy_rates_of_version_before(form.instance)

    @badge(description=_("state"), colors=STATE_COLORS)
    def state(self, version: Any) -> tuple[str, Any]:
        return _state(version)

    @admin.display(description=_("rates"))
    def rates_of_it(self, version: VoiceRateDeckVersion) -> str:
        return format_quantity(Decimal(version.rates.count()), current_language())

    @page_action(description=_("Rates"), icon="format_list_bulleted", permissions=["view"])
    def show_rates(self, request: HttpRequest, object_id: str) -> HttpResponse:
        version = self.get_object(request, object_id)
        rates = reverse("admin:subscriptions_voicerate_changelist")
        return HttpResponseRedirect(f"{rates}?version__id__exact={version.pk}")

    @page_action(description=_("Download CSV"), icon="download", permissions=["view"])
    def download_csv(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = self.get_object(request, object_id)
        return csv_response(price_list_csv(get_version(version), kind=ListKind.RATE_DECK), name=_file_name(version))

    @page_action(description=_("Download XLSX"), icon="download", permissions=["view"])
    def download_xlsx(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        version = self.get_object(request, object_id)
        return xlsx_response(price_list_xlsx(get_version(version), kind=ListKind.RATE_DECK), name=_file_name(version))


@admin.register(VoiceRate)
class VoiceRateAdmin(AsksSecondPerson, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    form = VoiceRateForm
    when_empty = _(
        "What a minute costs, for each prefix. Add a version of a rate deck first, then type its rates or import them."
    )
    list_display = ["prefix", "direction", "destination", "price", "version"]
    list_filter = [("version", RelatedFilter), "direction"]
    list_select_related = ["version__deck"]
    search_fields = ["^prefix", "destination"]
    search_help_text = _("The beginning of a prefix, such as +33, or a part of the destination")
    # A deck has tens of thousands of rates: they are read in the order of their index.
    ordering = ["version_id", "direction", "prefix"]
    sortable_by = ()
    readonly_fields = ["price"]
    export_columns = {"price": ["per_minute"]}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        typed: list[Any] = ["version", ("direction", "prefix")]
        if obj is None or self.has_change_permission(request, obj):
            return [(None, {"fields": [*typed, ("destination", "per_minute")]})]
        words = OPEN if _is_open(obj.version) else IN_FORCE
        return [(None, {"description": words, "fields": [*typed, ("destination", "price")]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["version", "price"] if obj else ["price"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request) and (obj is None or _is_open(obj.version))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A rate that was copied and is no longer offered; only before any call was rated by it.
        return obj is not None and self.has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        # Whoever adds a rate from the list of one version means that version.
        filters = parse_qs(request.GET.get("_changelist_filters", ""))
        return {"version": filters.get("version__id__exact", [""])[0], **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = VoiceRateDeckVersion.objects.select_related("deck")
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.help_text = _("A version by which calls are rated only takes prefixes that it does not rate yet.")
        return field

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        renew_token(form.instance.version_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        renew_token(obj.version_id)

    @admin.display(description=_("per minute"))
    def price(self, rate: VoiceRate) -> str:
        return format_price(rate.per_minute, rate.version.deck.currency, current_language())


def _file_name(version: VoiceRateDeckVersion) -> str:
    return f"rates-{slugify(version.deck.name) or version.deck_id}-{version.effective_date}"


def _is_open(version: VoiceRateDeckVersion) -> bool:
    return list_open_rate_versions(on=latest_local_date()).filter(pk=version.pk).exists()


def _add_version_url(deck_id: int) -> str:
    return f"{reverse('admin:subscriptions_voiceratedeckversion_add')}?deck={deck_id}"
