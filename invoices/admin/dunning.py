"""Reminders that went out, and how a CSM stops those of an organization and starts them again (BR-82)."""

from typing import Any

from django.contrib import admin
from django.db.models import DateField, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.forms import StartForm, StopForm
from invoices.models import DunningStop, Reminder
from invoices.selectors.reminders import get_mails_of
from invoices.services.dunning import start_reminders, stop_reminders
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import CONFIRMED, GuidedAdmin, Page
from subscriptions.admin.parts import badge, current_language, page_action
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind
from subscriptions.documents.audit_trail import logged
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.views.access import make_sure_of


@admin.register(Reminder)
class ReminderAdmin(FactAdmin):
    audited_as = AuditKind.PAYMENT
    when_empty = _(
        "Who does not pay in time is reminded by mail, on the days that the issuing entity names. No invoice has "
        "been past due for so long."
    )
    list_display = ["invoice", "organization", "level", "days_past_due", "shown_open", "queued_at", "withdrawal"]
    list_filter = [BY_ORGANIZATION]
    search_fields = ["organization"]
    export_columns = {"shown_open": ["open", "currency"]}
    fieldsets = [
        (None, {"fields": [("organization", "invoice"), ("level", "after_days"), ("days_past_due", "shown_open")]}),
        (_("By mail"), {"fields": [("queued_at", "sent_to"), ("withdrawn_at", "withdrawal")]}),
    ]
    readonly_fields = ["shown_open", "sent_to"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("organization", "invoice").defer("invoice__frozen")

    @admin.display(description=_("open then"))
    def shown_open(self, reminder: Reminder) -> str:
        return format_money(Money(reminder.open, reminder.invoice.currency), current_language())

    @admin.display(description=_("currency"))
    def currency(self, reminder: Reminder) -> str:
        return reminder.invoice.currency

    @admin.display(description=_("sent to"))
    def sent_to(self, reminder: Reminder) -> str:
        mail = get_mails_of([reminder]).get(reminder.mail_key)
        return mail.recipient if mail else gettext("somebody who was erased")


class StoppedFilter(admin.SimpleListFilter):
    """Stops that nobody has ended, and those that were."""

    title = _("state")
    parameter_name = "stopped"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Stopped")), ("no", _("Started again"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(started_at__isnull=self.value() == "yes")


@admin.register(DunningStop)
class DunningStopAdmin(GuidedAdmin, FactAdmin):
    audited_as = AuditKind.PAYMENT
    when_empty = _(
        "Reminders to an organization can be stopped for a while, by a button on its page. They run for all."
    )
    list_display = ["organization", "shown_state", "reason", "until", "stopped_by", "stopped_at"]
    list_filter = [StoppedFilter, BY_ORGANIZATION]
    list_select_related = ["organization", "stopped_by"]
    search_fields = ["organization"]
    export_columns = {"shown_state": []}
    fieldsets = [
        (None, {"fields": [("organization", "state_in_words"), "reason", "until", ("stopped_at", "stopped_by")]}),
        (_("Started again"), {"fields": [("started_at", "started_by")]}),
    ]
    readonly_fields = ["state_in_words"]
    actions_detail = ["start_again"]

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        stop = self.admin_site.admin_view(self.stop)
        return [path("of-organization/<int:pk>/", stop, name="invoices_stop_reminders"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # By the staff's clock, which is UTC; read once, not for each row.
        today = Value(database_now().date(), output_field=DateField())
        with_today: QuerySet[Any] = super().get_queryset(request).annotate(today=today)
        return with_today

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is not None and obj.started_at else fieldsets[:1]

    def has_start_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        # A second click finds it done, and is told so.
        return object_id is not None and (
            self.get_object(request, object_id).started_at is None or request.method == "POST"
        )

    @badge(description=_("state"), colors={"stopped": "warning", "ended": "", "started": ""})
    def shown_state(self, stop: Any) -> tuple[str, Any]:
        if stop.started_at is not None:
            return "started", _("Started again")
        if stop.until is not None and stop.until < stop.today:
            return "ended", _("Over: its last day has passed")
        return "stopped", _("Stopped")

    @admin.display(description=_("state"))
    def state_in_words(self, stop: DunningStop) -> Any:
        return self.shown_state(stop)[1]

    def stop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why and until when an organization is not to be reminded, say what that means, and stop it."""
        organization = get_object_or_404(list_organizations_for_staff(person(request)), pk=pk)
        back = _overview(organization)
        form = StopForm(request.POST or None, organization=organization)
        page = Page(
            title=_("Stop payment reminders?"),
            subject=str(organization),
            message=_(
                "No reminder goes to its billing contacts meanwhile. Invoices and their mails go on, and so does "
                "counting the days past due."
            ),
            button=_("Look at what it means"),
            back=back,
            confirms=False,
        )
        if not form.is_valid():
            return self.page(request, page, form=form)
        if request.POST.get(CONFIRMED) != "yes":
            return self.page(request, self._what_stopping_means(organization, form, back), form=form)
        make_sure_of(request)

        def do() -> str:
            typed = form.cleaned_data
            stopped = stop_reminders(
                organization, reason=typed["reason"], until=typed["until"], by=person(request), now=database_now()
            )
            self.log_change(request, stopped, logged("Stopped", why=typed["reason"]))
            return gettext("Payment reminders are stopped.")

        return self.carry_out(request, do, back=back)

    @page_action(description=_("Start reminders again"), icon="notifications_active", permissions=["start"])
    def start_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask why an organization is to be reminded again, and start it."""
        stop = self.get_object(request, object_id)
        organization, back = stop.organization, _overview(stop.organization)
        form = StartForm(request.POST or None)
        if not form.is_valid():
            page = Page(
                title=_("Start payment reminders again?"),
                subject=str(organization),
                message=_(
                    "What is past due is reminded of within the hour: one reminder, at the step that is due now, "
                    "however many were missed."
                ),
                button=_("Start them again"),
                back=back,
                confirms=False,
            )
            return self.page(request, page, form=form)
        make_sure_of(request)

        def do() -> str:
            reason = form.cleaned_data["reason"]
            started = start_reminders(organization, reason=reason, by=person(request), now=database_now())
            self.log_change(request, started, logged("Started again", why=reason))
            return gettext("Payment reminders are started again.")

        return self.carry_out(request, do, back=back)

    def _what_stopping_means(self, organization: Organization, form: StopForm, back: str) -> Page:
        until = form.cleaned_data["until"]
        day = format_day(until, current_language()) if until else ""
        return Page(
            title=_("Stop payment reminders?"),
            subject=str(organization),
            points=[
                _("No reminder goes out until the end of %(day)s; then they go on by themselves.") % {"day": day}
                if until
                else _("No reminder goes out until somebody starts them again."),
                _("Why: %(reason)s") % {"reason": form.cleaned_data["reason"]},
            ],
            button=_("Stop the reminders"),
            back=back,
        )


def _overview(organization: Organization) -> str:
    return reverse("admin:subscriptions_organization_overview", args=[organization.pk])
