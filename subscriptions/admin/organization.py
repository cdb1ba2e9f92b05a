"""Accounts and organizations, with the people who may see their bill."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget

from subscriptions.admin.base import RowAdmin, RowInline
from subscriptions.admin.contacts import BillingContactInline, ChangesContacts, ContactChangeInline
from subscriptions.admin.filters import CountryFilter
from subscriptions.admin.making_sure import MakesSure
from subscriptions.admin.overview import OverviewList, OverviewPage
from subscriptions.admin.parts import current_language, enumerated, page_action
from subscriptions.admin.roles import StaffMayEdit, person, works_on_all
from subscriptions.admin.tax import ExemptionInline, OrganizationTaxInline
from subscriptions.choices import COMMERCIAL_MODELS, AuditKind
from subscriptions.domain.formatting import country_name, format_day
from subscriptions.domain.tax_ids import TaxIdVerdict
from subscriptions.forms import OrganizationForm
from subscriptions.models import Account, Membership, Organization
from subscriptions.selectors.agreements import with_agreement_on
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.selectors.taxes import find_tax_id_check
from subscriptions.services.tax_ids import record_tax_id_check

MODEL_NAMES = dict(COMMERCIAL_MODELS)


@admin.register(Account)
class AccountAdmin(MakesSure, StaffMayEdit, RowAdmin):
    audited_as = AuditKind.ORGANIZATION
    when_empty = _(
        "An account holds the organizations of one customer. Add it first, then an organization for each bill that "
        "the customer receives."
    )
    list_display = ["name", "instances"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).prefetch_related("organizations")
        if works_on_all(request):
            return rows
        theirs = list_organizations_for_staff(person(request)).values("account_id")
        # An account without organizations is nobody's yet: whoever makes one needs it for the organization.
        nobodys = ~Exists(Organization.objects.filter(account=OuterRef("pk")))
        return rows.filter(Q(pk__in=theirs) | nobodys)

    @admin.display(description=_("organizations"))
    def instances(self, account: Account) -> str:
        return enumerated(organization.name for organization in account.organizations.all())


class MembershipInline(StaffMayEdit, RowInline):
    model = Membership
    fields = ["user", "billing_subscription", "billing_contact"]
    verbose_name_plural = _("Members: who may log in and what they see")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user")

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        # Only leads see the people of every organization, so only they may search them.
        return ["user"] if works_on_all(request) else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Organization)
class OrganizationAdmin(MakesSure, OverviewPage, StaffMayEdit, ChangesContacts):
    audited_as = AuditKind.ORGANIZATION
    organization_path = "pk"
    form = OrganizationForm
    when_empty = _(
        "An organization is a customer as it is billed. Add one here, or ask a lead to name you as the customer "
        "success manager of yours."
    )
    list_display = ["name", "code", "land", "agreement", "currency", "assigned"]
    list_filter = [CountryFilter]
    search_fields = ["name"]
    search_help_text = _("Name, legal name, code, account or billing contact")
    export_columns = {"land": ["country"], "agreement": ["agreement"], "currency": ["agreed_currency"]}
    autocomplete_fields = ["account"]
    inlines = [BillingContactInline, MembershipInline, OrganizationTaxInline, ExemptionInline]
    actions_detail = ["change_contact"]
    fieldsets = [
        (None, {"fields": [("name", "code"), ("account", "regions"), "csms"]}),
        (_("Bill to"), {"fields": ["legal_name", "address", ("country", "tax_id"), "tax_id_checked", "language"]}),
        (_("E-invoices"), {"fields": [("e_invoicing", "buyer_reference")]}),
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OverviewList]:
        return OverviewList

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        return [*self.overview_urls(), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("account").prefetch_related("csms")
        return with_agreement_on(rows, database_now().date())

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None:
            # Contacts are added by a step of their own, once the organization is there.
            return [inline for inline in self.inlines if inline is not BillingContactInline]
        return [*self.inlines, ContactChangeInline] if obj.contact_changes.exists() else list(self.inlines)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if works_on_all(request):
            return ["tax_id_checked"]
        return [*(["code", "csms"] if obj else ["csms"]), "tax_id_checked"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.tax_id or not {"tax_id", "country"} & set(form.changed_data):
            return
        if record_tax_id_check(obj, now=database_now()) is TaxIdVerdict.INVALID:
            words = _(
                "%(tax_id)s is kept and printed as it was typed, but its check digits do not fit a number of "
                "%(country)s: look it up once more."
            )
            self.message_user(request, words % {"tax_id": obj.tax_id, "country": self.land(obj)}, messages.WARNING)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        staff = get_user_model().objects.filter(is_staff=True, is_active=True).order_by("username")
        kwargs |= {"queryset": staff, "widget": UnfoldAdminSelect2MultipleWidget()}
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            # Both are written over on the way: the class that turns it into a search, and our own words.
            field.widget.attrs["class"] = "unfold-admin-autocomplete admin-autocomplete"
            field.help_text = db_field.help_text
        return field

    def has_change_contact_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return object_id is not None and self.has_change_permission(request)

    @page_action(description=_("Change a billing contact"), icon="contact_mail", permissions=["change_contact"])
    def change_contact(self, request: HttpRequest, object_id: str) -> HttpResponse:
        organization = self.get_object(request, object_id)
        back = reverse("admin:subscriptions_organization_overview", args=[organization.pk])
        return self.change_contact_of(request, organization, asked=None, back=back)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and not works_on_all(request):
            # Whoever makes an organization works on it; otherwise it would be out of their sight at once.
            form.instance.csms.add(person(request))

    @admin.display(description=_("tax id checked"), empty_value="–")
    def tax_id_checked(self, organization: Organization) -> str | None:
        check = find_tax_id_check(organization) if organization.pk else None
        if check is None:
            return None
        day = format_day(check.checked_at.date(), current_language())
        return f"{check.get_verdict_display()} · {check.get_method_display()} ({check.checked_by}) · {day}"

    @admin.display(description=_("country"), ordering="country")
    def land(self, organization: Organization) -> str:
        return country_name(organization.country, current_language())

    @admin.display(description=_("agreement"))
    def agreement(self, organization: Any) -> Any:
        return MODEL_NAMES.get(organization.agreed_model, _("None running"))

    @admin.display(description=_("currency"), empty_value="–")
    def currency(self, organization: Any) -> str | None:
        currency: str | None = organization.agreed_currency
        return currency

    @admin.display(description=_("CSM"), empty_value="–")
    def assigned(self, organization: Organization) -> str | None:
        return enumerated(user.get_full_name() or user.get_username() for user in organization.csms.all()) or None
