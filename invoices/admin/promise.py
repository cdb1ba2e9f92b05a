"""Promises to pay: recorded step by step, followed until the money is there, taken back with a reason (BR-82)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import DateField, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.choices import PROMISE_STATES
from invoices.documents.dunning import state_of
from invoices.domain.promises import pauses_until
from invoices.forms import PromiseForm, WithdrawalForm
from invoices.models import Invoice, PaymentPromise, PromisedInvoice
from invoices.selectors.reminders import list_broken, list_open_invoices, with_promise_facts
from invoices.services.promises import list_promised, record_promise, sum_promised, withdraw_promise
from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.admin.parts import badge, current_language, page_action, shown_money
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind
from subscriptions.documents.audit_trail import logged
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.views.access import make_sure_of, recording_of

INVOICES_OFFERED = 100
"""So many open invoices may be chosen from, those due longest."""

STATE_COLORS = {"waiting": "info", "kept": "success", "broken": "danger", "over": ""}


class BrokenFilter(admin.SimpleListFilter):
    """Promises whose day has passed without the money, by the staff's clock, which is UTC."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("broken", _("Broken"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return list_broken(queryset, on=database_now().date()) if self.value() == "broken" else queryset


class PromisedInvoiceInline(FactInline):
    model = PromisedInvoice
    fields = ["invoice", "promised", "still_open"]
    verbose_name_plural = _("What it is to pay")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice__balance").defer("invoice__frozen")

    @admin.display(description=_("promised"))
    def promised(self, row: PromisedInvoice) -> str:
        return shown_money(row.amount, row.invoice.currency)

    @admin.display(description=_("open now"))
    def still_open(self, row: PromisedInvoice) -> str:
        return shown_money(row.invoice.balance.open, row.invoice.currency)


@admin.register(PaymentPromise)
class PaymentPromiseAdmin(GuidedAdmin, FactAdmin):
    audited_as = AuditKind.PAYMENT
    when_empty = _(
        "When a customer says on which day they will pay, record it on the page of the organization or the "
        "invoice: reminders wait for that day."
    )
    list_display = ["promised_on", "organization", "shown_amount", "promised_by", "shown_state", "recorded_by"]
    list_display_links = ["promised_on"]
    list_filter = [BrokenFilter, BY_ORGANIZATION]
    list_select_related = ["organization", "recorded_by"]
    search_fields = ["organization"]
    ordering = ["-promised_on", "-pk"]
    export_columns = {"shown_amount": ["amount", "currency"]}
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("organization", "state_in_words"),
                    ("shown_amount", "promised_on"),
                    "promised_by",
                    "note",
                    ("recorded_at", "recorded_by"),
                ]
            },
        ),
        (_("Taken back"), {"fields": [("withdrawn_at", "withdrawn_by"), "withdrawal_reason"]}),
    ]
    readonly_fields = ["shown_amount", "state_in_words"]
    inlines = [PromisedInvoiceInline]
    actions_detail = ["take_back"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # By the staff's clock, which is UTC; read once, not for each row.
        today = Value(database_now().date(), output_field=DateField())
        return with_promise_facts(super().get_queryset(request)).annotate(today=today)

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        page = self.admin_site.admin_view(self.record_one)
        return [path("of-organization/<int:pk>/", page, name="invoices_record_promise"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None and obj.withdrawn_at else fieldsets[:1]

    def has_take_back_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        # A second click finds it done, and is told so.
        return self.get_object(request, object_id).stands or request.method == "POST"

    @badge(description=_("state"), colors=STATE_COLORS)
    def shown_state(self, promise: Any) -> tuple[str, Any]:
        state = state_of(promise, on=promise.today)
        return state.value, PROMISE_STATES[state]

    @admin.display(description=_("state"))
    def state_in_words(self, promise: PaymentPromise) -> Any:
        return self.shown_state(promise)[1]

    @admin.display(description=_("amount"))
    def shown_amount(self, promise: PaymentPromise) -> str:
        return shown_money(promise.amount, promise.currency)

    def record_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask what an organization promised to pay, say what that means, and record it."""
        organization = get_object_or_404(list_organizations_for_staff(person(request)), pk=pk)
        back = reverse("admin:subscriptions_organization_overview", args=[organization.pk])
        invoices = list(list_open_invoices(organization)[:INVOICES_OFFERED])
        if not invoices:
            page = Page(
                title=_("Record a promise to pay"),
                subject=str(organization),
                message=_("Nothing is open: there is nothing to be promised."),
                back=back,
                confirms=False,
            )
            return self.page(request, page)
        chosen = request.GET.getlist("invoice") or [str(invoice.pk) for invoice in invoices[:1]]
        form = PromiseForm(
            request.POST or None,
            organization=organization,
            open_invoices=invoices,
            language=current_language(),
            initial={"invoices": chosen},
        )
        if not form.is_valid():
            page = Page(
                title=_("Record a promise to pay"),
                subject=str(organization),
                message=_(
                    "These invoices are not reminded of until the day after the promised one. If the money is not "
                    "there then, it stands on your home, and reminders go on."
                ),
                button=_("Look at what it means"),
                back=back,
                confirms=False,
            )
            return self.page(request, page, form=form)
        if request.POST.get(CONFIRMED) != "yes":
            return self.page(request, self._what_it_means(organization, form, back), form=form)
        make_sure_of(request)

        def do() -> str:
            recording = recording_of(request)
            promise = record_promise(form.promised(), recording=recording)
            self.log_change(request, promise, logged("Recorded", why=promise.note))
            return gettext("The promise is recorded.")

        return self.carry_out(request, do, back=back)

    @page_action(description=_("Take it back"), icon="undo", permissions=["take_back"])
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why a promise does not stand any more, and take it back."""
        promise = self.get_object(request, object_id)
        back = reverse("admin:invoices_paymentpromise_change", args=[promise.pk])
        form = WithdrawalForm(request.POST or None)
        if not form.is_valid():
            page = Page(
                title=_("Take this promise back?"),
                subject=str(promise.organization),
                message=_("Nobody waits for it any more, and reminders of its invoices go on within the hour."),
                button=_("Take it back"),
                back=back,
                confirms=False,
            )
            return self.page(request, page, form=form)
        make_sure_of(request)

        def do() -> str:
            reason = form.cleaned_data["reason"]
            withdraw_promise(promise.pk, reason=reason, recording=recording_of(request))
            self.log_change(request, promise, logged("Taken back", why=reason))
            return gettext("The promise is taken back.")

        return self.carry_out(request, do, back=back)

    def _what_it_means(self, organization: Organization, form: PromiseForm, back: str) -> Page:
        promised, language = form.promised(), current_language()
        invoices = list_promised(promised)
        amount = Money(sum_promised(promised, invoices), invoices[0].currency)
        words = {
            "amount": format_money(amount, language),
            "day": format_day(promised.promised_on, language),
            "person": promised.promised_by,
            "last": format_day(pauses_until(promised.promised_on), language),
            "numbers": ", ".join(invoice.number for invoice in invoices),
        }
        return Page(
            title=_("Record this promise to pay?"),
            subject=str(organization),
            points=[
                _("%(amount)s on %(day)s, promised by %(person)s") % words,
                _("It is to pay: %(numbers)s") % words,
                _("These invoices are not reminded of until the end of %(last)s.") % words,
                *([_("What was promised of them before is replaced.")] if _stands_promised(invoices) else []),
            ],
            button=_("Record the promise"),
            back=back,
        )


def _stands_promised(invoices: Sequence[Invoice]) -> bool:
    return PromisedInvoice.objects.filter(invoice__in=[row.pk for row in invoices], ended_at__isnull=True).exists()
