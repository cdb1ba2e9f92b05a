"""Usage that came too late to be billed by a close: what it is, and that a person has dealt with it (BR-74)."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invoices.forms import SettlementForm
from invoices.models import TooLateSettlement, TooLateUsage
from invoices.selectors.attention import list_to_settle
from invoices.selectors.corrections import with_settled
from invoices.services.too_late import list_events_of, settle
from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import badge, current_language, page_action
from subscriptions.admin.roles import person
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_days
from subscriptions.selectors.clock import database_now
from subscriptions.tables import Keyset, instant
from subscriptions.views.access import make_sure_of

IN_ORDER_OF_RECEIPT = Keyset(column="received_at", parse=instant, size=100)
STATE_COLORS = {"open": "danger", "settled": "success"}


class SettledFilter(admin.SimpleListFilter):
    """What is still to be dealt with, and what has been."""

    title = _("dealt with")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Still to be dealt with")), ("yes", _("Dealt with"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "no":
            return list_to_settle(queryset)
        return queryset.filter(settled=True) if self.value() == "yes" else queryset


class TooLateInline(FactInline):
    """What came too late for a cycle, on its page."""

    model = TooLateUsage
    fields = ["what", "events", "first_received_at", "last_received_at", "shown_state"]
    ordering = ["kind"]
    verbose_name_plural = _("Came too late to be billed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_settled(super().get_queryset(request))

    @admin.display(description=_("kind"))
    def what(self, row: TooLateUsage) -> str:
        # The link that a table offers by itself is only seen under the mouse.
        url = reverse("admin:invoices_toolateusage_change", args=[row.pk])
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": row.get_kind_display()})

    @admin.display(description=_("state"))
    def shown_state(self, row: Any) -> Any:
        return _state(row)[1]


@admin.register(TooLateUsage)
class TooLateUsageAdmin(GuidedAdmin, FactAdmin):
    audited_as = AuditKind.CYCLE
    when_empty = _(
        "Usage that is reported after its period was billed for good would stand here, to be dealt with by a "
        "person. There is none."
    )
    list_display = ["period", "organization", "kind", "events", "first_received_at", "last_received_at", "shown_state"]
    list_filter = [BY_ORGANIZATION, SettledFilter, "kind"]
    list_select_related = ["organization", "cycle"]
    search_fields = ["organization"]
    ordering = ["-last_received_at", "-pk"]
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "No close bills these events any more: they came after their period was rated for the last time. "
                    "Where they should have cost something, charge it by an order; where they should have made the "
                    "period cheaper, issue a credit note for its invoice. Then mark them as dealt with."
                ),
                "fields": [("organization", "cycle"), ("kind", "events")],
            },
        ),
        (
            _("When"),
            {"fields": [("first_occurred_at", "last_occurred_at"), ("first_received_at", "last_received_at")]},
        ),
        (_("What was done about it"), {"fields": ["settlements"]}),
    ]
    readonly_fields = ["settlements"]
    actions = ["settle_several"]
    actions_detail = ["settle_this", "show_events"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_settled(super().get_queryset(request))

    def get_urls(self) -> list[URLPattern]:
        # Before Django's own: the last of those takes every address for a row's.
        events = self.admin_site.admin_view(self.events_of)
        return [path("<int:pk>/events/", events, name="invoices_toolateusage_events"), *super().get_urls()]

    def has_settle_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return self.has_view_permission(request)
        return not self.get_object(request, object_id).settled

    def events_of(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List the very events, in the order in which they came."""
        # Read through the person's own rows: what is not theirs is not found.
        row = self.get_object(request, str(pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Came too late"),
            "row": row,
            "period": self.period(row),
            "page": IN_ORDER_OF_RECEIPT.page(list_events_of(row), request.GET.dict()),
            "back": reverse("admin:invoices_toolateusage_change", args=[row.pk]),
        }
        return TemplateResponse(request, "admin/seatbill/late_events.html", context)

    @admin.display(description=_("period"))
    def period(self, row: TooLateUsage) -> str:
        return _period(row)

    @admin.display(description=_("so far"))
    def settlements(self, row: TooLateUsage) -> str:
        rows = TooLateSettlement.objects.filter(cycle=row.cycle_id, kind=row.kind).select_related("settled_by")
        return render_to_string("admin/seatbill/settlements.html", {"settlements": rows})

    @badge(description=_("state"), colors=STATE_COLORS)
    def shown_state(self, row: Any) -> tuple[str, Any]:
        return _state(row)

    @admin.action(description=_("Mark as dealt with"), permissions=["settle"])
    def settle_several(self, request: HttpRequest, chosen: QuerySet[TooLateUsage]) -> HttpResponse | None:
        return self._settle(request, chosen, reverse("admin:invoices_toolateusage_changelist"))

    @page_action(description=_("Mark as dealt with"), icon="check", permissions=["settle"])
    def settle_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        back = reverse("admin:invoices_toolateusage_change", args=[row.pk])
        return self._settle(request, TooLateUsage.objects.filter(pk=row.pk), back) or HttpResponseRedirect(back)

    @page_action(description=_("The events"), icon="bolt", permissions=["view"])
    def show_events(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        return HttpResponseRedirect(reverse("admin:invoices_toolateusage_events", args=[row.pk]))

    def _settle(self, request: HttpRequest, chosen: QuerySet[TooLateUsage], back: str) -> HttpResponse | None:
        """Ask what was done about the rows, and keep it once it is said; None when that is done."""
        rows = chosen.select_related("organization", "cycle").order_by("pk")
        form = SettlementForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            asked = Page(
                title=_("Mark as dealt with?"),
                message=_("What comes after this is listed again."),
                points=[f"{row.organization}, {_period(row)}: {row.events} × {row}" for row in rows],
                button=_("Mark as dealt with"),
                back=back,
                confirms=False,
                selected=list(rows) if request.POST.get("action") else (),
            )
            return self.page(request, asked, form=form)
        make_sure_of(request)
        settled = settle(rows, reason=form.cleaned_data["reason"], settled_by=person(request), now=database_now())
        for row in rows:
            self.log_change(request, row, f"Dealt with: {form.cleaned_data['reason']}")
        words = ngettext("%d entry is dealt with.", "%d entries are dealt with.", settled) % settled
        self.message_user(request, words, messages.SUCCESS)
        return None


def _period(row: TooLateUsage) -> str:
    last_day = row.cycle.period_end - timedelta(days=1)
    return format_days(row.cycle.period_start, last_day, current_language())


def _state(row: Any) -> tuple[str, Any]:
    return ("settled", _("Dealt with")) if row.settled else ("open", _("To be dealt with"))
