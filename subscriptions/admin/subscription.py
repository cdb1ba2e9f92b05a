"""Agreements with their prices and recorded changes."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import DateTimeField, QuerySet, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.amendment import AmendedAdmin
from subscriptions.admin.base import FactInline
from subscriptions.admin.changes import changes_in_words, subject_of
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.making_sure import MakesSure
from subscriptions.admin.parts import badge, current_language, link_to_quote
from subscriptions.admin.pointing_out import PointsOut
from subscriptions.admin.prices import AgreedAllowanceRows, AgreedPriceRows, AllowanceRows, PriceRows
from subscriptions.admin.quote_steps import grave_terms
from subscriptions.admin.roles import StaffMayEdit
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_day, format_price, format_quantity
from subscriptions.domain.period import local_date
from subscriptions.domain.violations import Refused
from subscriptions.forms import (
    AgreedPriceFormSet,
    SubscriptionAllowanceForm,
    SubscriptionForm,
    SubscriptionPriceForm,
    notices_of_subscription,
)
from subscriptions.forms.fields import words_of
from subscriptions.models import (
    Subscription,
    SubscriptionAllowance,
    SubscriptionCancellation,
    SubscriptionChange,
    SubscriptionPrice,
)
from subscriptions.selectors.attention import list_agreements_beginning, list_terms_ending
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.quotes import NewAgreement
from subscriptions.selectors.terms import get_terms
from subscriptions.services.agreements import create_subscription, restate_subscription
from subscriptions.views.access import recording_of, second_person_for

EDITABLE_WHILE_RUNNING = ("po_number", "net_days")
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


class ComingFilter(admin.SimpleListFilter):
    """Agreements that begin, or whose term ends."""

    title = _("what is coming")
    parameter_name = "coming"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("begins", _("Begins within a week")), ("ends", _("Term ends within 60 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {"begins": list_agreements_beginning, "ends": list_terms_ending}.get(self.value() or "")
        return queryset if chosen is None else chosen(queryset, on=database_now().date())


class PriceInline(PriceRows):
    """What was agreed, as long as it has not begun."""

    model = SubscriptionPrice
    form = SubscriptionPriceForm
    formset = AgreedPriceFormSet
    verbose_name_plural = _("Agreed prices and commitments, in the subscription's currency")


class AgreedPriceInline(AgreedPriceRows):
    """What was agreed, of an agreement that runs."""

    model = SubscriptionPrice
    agreement = "subscription"
    verbose_name_plural = _("Agreed prices and commitments; they change by a recorded change")


class AllowanceInline(AllowanceRows):
    """What a seat brings, as long as the agreement has not begun."""

    model = SubscriptionAllowance
    form = SubscriptionAllowanceForm


class AgreedAllowanceInline(AgreedAllowanceRows):
    """What a seat brings, of an agreement that runs."""

    model = SubscriptionAllowance


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


class CancellationInline(FactInline):
    model = SubscriptionCancellation
    fields = ["what", "reason", "recorded_by", "recorded_at"]
    verbose_name_plural = _("Cancellations, and cancellations taken back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("recorded_by")

    @admin.display(description=_("last service day"))
    def what(self, row: SubscriptionCancellation) -> Any:
        if row.last_service_date is None:
            return _("taken back")
        return format_day(row.last_service_date, current_language())


@admin.register(Subscription)
class SubscriptionAdmin(MakesSure, PointsOut, StaffMayEdit, AmendedAdmin):
    audited_as = AuditKind.AGREEMENT
    organization_path = "organization"
    form = SubscriptionForm
    when_empty = _(
        "A subscription is what an organization agreed to: licenses, prices and periods. It comes from an accepted "
        "quote, or is added here by hand."
    )
    list_display = [
        "organization",
        "effective_date",
        "state",
        "commercial_model",
        "licensing_model",
        "currency",
        "year",
    ]
    list_display_links = ["organization", "effective_date"]
    list_filter = [
        BY_ORGANIZATION,
        ComingFilter,
        "commercial_model",
        "licensing_model",
        "currency",
        "edition",
    ]
    list_select_related = ["organization"]
    search_fields = ["^po_number"]
    search_help_text = _("Organization, contact or purchase order")
    ordering = ["-effective_date", "-pk"]
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

    @admin.display(description=_("edition"))
    def year(self, subscription: Subscription) -> str:
        return subscription.edition

    def notices(self, row: Any) -> list[str]:
        return notices_of_subscription(row)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        if obj is None:
            return [PriceInline, AllowanceInline]
        agreed: list[Any] = [PriceInline, AllowanceInline]
        if runs(obj):
            agreed = [AgreedPriceInline, *([AgreedAllowanceInline] if obj.allowances.exists() else [])]
        recorded = [RecordedChangeInline] if obj.changes.exists() else []
        return [*agreed, *recorded, *([CancellationInline] if obj.cancellations.exists() else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list.
        read_at = Value(database_now(), output_field=DateTimeField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(read_at=read_at)
        return rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        born = [(_("Quote"), {"fields": ["accepted_as"]})] if obj is not None and obj.quote_id else []
        return [*fieldsets, *born]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return ["cancelled_on"]
        if not runs(obj):
            # Whoever ends an agreement says why: by the action for it.
            return ["last_service_date", "cancelled_on", "accepted_as"]
        agreed = (name for row in _rows_of(self.fieldsets) for name in row if name not in EDITABLE_WHILE_RUNNING)
        return [*agreed, "accepted_as"]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            # Somebody else has made an agreement since the form was checked.
            for reason in refused.reasons:
                self.message_user(request, str(words_of(reason).message), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change and "effective_date" in form.fields:
            restate_subscription(obj)
        elif change:
            super().save_model(request, obj, form, change)
        # A new one is made with its prices, which are read below.

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        agrees = not change or "effective_date" in form.fields
        points = list(changes_in_words(form, formsets)) if agrees else []
        self._save_all(request, form, formsets, change)
        grave = grave_terms(get_terms(form.instance)) if points else []
        if grave:
            # What was saved above is taken back with the transaction of the page.
            second_person_for(request, subject=subject_of(form.instance), points=[*points, *grave])

    def _save_all(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if change:
            super().save_related(request, form, formsets, change)
            return
        rows = {formset.model: formset.save(commit=False) for formset in formsets}
        agreement = NewAgreement(
            subscription=form.instance,
            prices=rows.get(SubscriptionPrice, []),
            allowances=rows.get(SubscriptionAllowance, []),
        )
        create_subscription(agreement, recording=recording_of(request))
        self.point_out(request, form.instance)

    @admin.display(description=_("accepted as"))
    def accepted_as(self, subscription: Subscription) -> str | None:
        return link_to_quote(subscription.quote)

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
