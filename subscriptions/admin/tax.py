"""Who charges tax on what and from when, kept by leads; and which organizations pay it or are exempt."""

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import FactInline, NewRowsFormSet, RowAdmin, RowInline
from subscriptions.admin.parts import current_language, enumerated, page_action
from subscriptions.admin.price_import import upload_url
from subscriptions.admin.roles import LeadMayEdit, StaffMayEdit
from subscriptions.admin.second_person import AsksSecondPerson
from subscriptions.choices import TAX_CATEGORIES, AuditKind
from subscriptions.documents.price_list import get_tax_rates
from subscriptions.domain.formatting import format_day, format_percentage
from subscriptions.domain.price_list.entry import ListKind
from subscriptions.exports.price_list import price_list_csv, price_list_xlsx
from subscriptions.forms import AuthorityRateForm, ExemptionCertificateForm
from subscriptions.models import AuthorityRate, ExemptionCertificate, OrganizationTax, TaxAuthority
from subscriptions.selectors.clock import latest_local_date
from subscriptions.views.downloads import csv_response, xlsx_response

CATEGORY_NAMES = dict(TAX_CATEGORIES)


class RateInForceInline(FactInline):
    """What an authority has charged: documents were issued by it."""

    model = AuthorityRate
    fields = ["begins", "percent", "share", "taxes"]
    verbose_name_plural = _("Rates in force; another rate is added below, from a later day on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(effective_date__lte=latest_local_date())

    @admin.display(description=_("in force from"))
    def begins(self, row: AuthorityRate) -> str:
        return format_day(row.effective_date, current_language())

    @admin.display(description=_("rate"))
    def percent(self, row: AuthorityRate) -> str:
        return format_percentage(row.rate, current_language())

    @admin.display(description=_("taxed share"))
    def share(self, row: AuthorityRate) -> str:
        return format_percentage(row.taxable, current_language())

    @admin.display(description=_("revenue"))
    def taxes(self, row: AuthorityRate) -> str:
        return _categories(row)


class RateToComeInline(LeadMayEdit, RowInline):
    """What an authority will charge; a rate that was forgotten is added here too."""

    model = AuthorityRate
    form = AuthorityRateForm
    formset = NewRowsFormSet
    fields = ["effective_date", "rate", "taxable", "categories"]
    verbose_name = _("rate")
    verbose_name_plural = _("Rates to come; a rate whose day has begun is no longer changed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(effective_date__gt=latest_local_date())

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(TaxAuthority)
class TaxAuthorityAdmin(AsksSecondPerson, LeadMayEdit, RowAdmin):
    audited_as = AuditKind.CATALOG
    fields = ["name"]
    is_short = True
    when_empty = _(
        "Without one, no tax is charged. Add each authority with its rates, or import a file of them; then name "
        "those that tax an organization on its page."
    )
    list_display = ["name", "rate_now", "taxes_now"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    actions_list = ["import_file", "download_csv", "download_xlsx"]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        in_force = obj is not None and obj.rates.filter(effective_date__lte=latest_local_date()).exists()
        return [*([RateInForceInline] if in_force else []), RateToComeInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list; of the rates read along with it, the latest comes first.
        begun = AuthorityRate.objects.filter(effective_date__lte=latest_local_date()).order_by("-effective_date")
        return super().get_queryset(request).prefetch_related(Prefetch("rates", begun, to_attr="begun"))

    @admin.display(description=_("rate"), empty_value="–")
    def rate_now(self, authority: Any) -> str | None:
        return format_percentage(authority.begun[0].rate, current_language()) if authority.begun else None

    @admin.display(description=_("revenue"), empty_value="–")
    def taxes_now(self, authority: Any) -> str | None:
        return _categories(authority.begun[0]) if authority.begun else None

    @page_action(description=_("Import tax rates"), icon="upload_file", permissions=["add"])
    def import_file(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(upload_url(ListKind.TAX_RATES))

    @page_action(description=_("All rates as CSV"), icon="download", permissions=["view"])
    def download_csv(self, request: HttpRequest) -> HttpResponseBase:
        today = latest_local_date()
        return csv_response(price_list_csv(get_tax_rates(today), kind=ListKind.TAX_RATES), name=f"taxes-{today}")

    @page_action(description=_("All rates as XLSX"), icon="download", permissions=["view"])
    def download_xlsx(self, request: HttpRequest) -> HttpResponseBase:
        today = latest_local_date()
        return xlsx_response(price_list_xlsx(get_tax_rates(today), kind=ListKind.TAX_RATES), name=f"taxes-{today}")


class OrganizationTaxInline(StaffMayEdit, RowInline):
    model = OrganizationTax
    fields = ["authority", "position"]
    verbose_name = _("tax authority")
    verbose_name_plural = _("Taxes: who taxes this organization; positions order the lines on its documents")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("authority")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class ExemptionInline(StaffMayEdit, RowInline):
    """Certificates stay as proof: one that is withdrawn gets a last day."""

    model = ExemptionCertificate
    form = ExemptionCertificateForm
    fields = ["number", "valid_from", "valid_until"]
    ordering = ["valid_from", "pk"]
    verbose_name_plural = _("Exemption certificates: while one is valid no tax is charged; one withdrawn gets an end")


def _categories(row: AuthorityRate) -> str:
    return enumerated(CATEGORY_NAMES.get(category, category) for category in row.categories)
