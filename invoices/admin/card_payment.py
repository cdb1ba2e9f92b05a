"""Payments online and what gateways report of them: never edited; what does not fit is dealt with (BR-81)."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from invoices.choices import ATTEMPT_STATES
from invoices.forms.payment import NoticeForm
from invoices.models import CardPayment, GatewayNotice
from invoices.selectors.card_payments import list_doubtful
from invoices.services.easy_pay.settling import settle_notice
from subscriptions.admin.base import FactAdmin, FactInline
from subscriptions.admin.filters import BY_ORGANIZATION
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import badge, page_action, shown_money
from subscriptions.choices import AuditKind
from subscriptions.documents.audit_trail import logged
from subscriptions.views.access import make_sure_of, recording_of

# Every state, else the label shows the state's key.
STATE_COLORS = dict.fromkeys(dict(ATTEMPT_STATES), "") | {
    "paid": "success",
    "declined": "warning",
    "reversed": "danger",
    "doubtful": "danger",
}
NOTICE_COLORS = {"waits": "danger", "settled": "success", "fits": ""}


class WaitsFilter(admin.SimpleListFilter):
    """What a person still has to look at, and what somebody has dealt with."""

    title = _("to be looked at")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Waits for a person")), ("no", _("Dealt with"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return list_doubtful(queryset)
        return queryset.filter(settled_at__isnull=False) if self.value() == "no" else queryset


class NoticeInline(FactInline):
    """What the gateway reported of a payment, on its page."""

    model = GatewayNotice
    fields = ["what", "happened_at", "received_at", "reference", "came", "shown_doubt"]
    ordering = ["received_at", "pk"]
    verbose_name_plural = _("What the gateway reported")

    @admin.display(description=_("happening"))
    def what(self, notice: GatewayNotice) -> str:
        url = reverse("admin:invoices_gatewaynotice_change", args=[notice.pk])
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": str(notice)})

    @admin.display(description=_("amount"))
    def came(self, notice: GatewayNotice) -> str:
        return _money(notice.amount, notice.currency)

    @admin.display(description=_("to be looked at"))
    def shown_doubt(self, notice: GatewayNotice) -> str:
        return notice.get_doubt_display()


@admin.register(CardPayment)
class CardPaymentAdmin(FactAdmin):
    when_empty = _(
        "Whenever a customer begins to pay an invoice online, it is noted here, however it ends. Nobody has yet."
    )
    list_display = ["number", "organization", "asked_for", "way", "gateway", "started_at", "shown_state"]
    list_filter = [BY_ORGANIZATION, "state", "gateway", "started_at"]
    list_select_related = ["organization", "invoice"]
    ordering = ["-started_at", "-pk"]
    export_columns = {"number": ["invoice"], "asked_for": ["amount", "currency"], "shown_state": ["state"]}
    readonly_fields = ["asked_for"]
    fieldsets = [
        (None, {"fields": [("organization", "invoice"), ("asked_for", "state"), ("way", "gateway"), "payment"]}),
        (
            _("How it began"),
            {"fields": [("started_at", "started_by"), ("expires_at", "ask_at"), ("token", "session")]},
        ),
    ]
    inlines = [NoticeInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("invoice__frozen")

    @admin.display(description=_("invoice"))
    def number(self, attempt: CardPayment) -> str:
        return attempt.invoice.number

    @admin.display(description=_("amount"))
    def asked_for(self, attempt: CardPayment) -> str:
        return _money(attempt.amount, attempt.currency)

    @badge(description=_("state"), colors=STATE_COLORS)
    def shown_state(self, attempt: CardPayment) -> tuple[str, Any]:
        return attempt.state, attempt.get_state_display()


@admin.register(GatewayNotice)
class GatewayNoticeAdmin(GuidedAdmin, FactAdmin):
    audited_as = AuditKind.PAYMENT
    when_empty = _(
        "What the payment gateway reports is kept here, and what is in doubt waits for you. It has reported nothing."
    )
    list_display = ["happening", "organization", "came", "reference", "received_at", "shown_state"]
    list_filter = [WaitsFilter, BY_ORGANIZATION, "happening", "gateway", "received_at"]
    list_select_related = ["organization"]
    ordering = ["-received_at", "-pk"]
    export_columns = {"came": ["amount", "currency"], "shown_state": ["doubt", "settled_at"]}
    readonly_fields = ["came"]
    actions_detail = ["settle_this"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        named = [("session", "reference"), ("gateway", "event"), ("happened_at", "received_at")]
        fieldsets: list[Any] = [
            (None, {"fields": [("organization", "attempt"), ("happening", "came"), "doubt"]}),
            (_("How the gateway names it"), {"fields": named}),
        ]
        if obj is not None and obj.settled_at:
            fieldsets.append((_("What was done about it"), {"fields": [("settled_at", "settled_by"), "reason"]}))
        return fieldsets

    def has_settle_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        if object_id is None:
            return False
        notice = self.get_object(request, object_id)
        # A second click finds it done, and is told so.
        return bool(notice.doubt) and (notice.settled_at is None or request.method == "POST")

    @admin.display(description=_("amount"))
    def came(self, notice: GatewayNotice) -> str:
        return _money(notice.amount, notice.currency)

    @badge(description=_("state"), colors=NOTICE_COLORS)
    def shown_state(self, notice: GatewayNotice) -> tuple[str, Any]:
        if not notice.doubt:
            return "fits", _("Taken")
        return ("settled", _("Dealt with")) if notice.settled_at else ("waits", notice.get_doubt_display())

    @page_action(description=_("Mark as dealt with"), icon="check", permissions=["settle"])
    def settle_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what was done about it, and keep it."""
        notice = self.get_object(request, object_id)
        back = reverse("admin:invoices_gatewaynotice_change", args=[notice.pk])
        form = NoticeForm(request.POST or None)
        if not form.is_valid():
            page = Page(
                title=_("Mark as dealt with?"),
                subject=str(notice.organization or notice.reference),
                message=_(
                    "Nothing is booked by this. Record or reverse the payment first where that is needed, or refund it "
                    "at the gateway; then say here what was done."
                ),
                points=[notice.get_doubt_display(), f"{notice}: {_money(notice.amount, notice.currency)}"],
                button=_("Mark as dealt with"),
                back=back,
                confirms=False,
            )
            return self.page(request, page, form=form)
        make_sure_of(request)

        def do() -> str:
            reason = form.cleaned_data["reason"]
            if settle_notice(notice, reason=reason, recording=recording_of(request)):
                self.log_change(request, notice, logged("Dealt with", why=reason))
            return gettext("It is dealt with.")

        return self.carry_out(request, do, back=back)


def _money(amount: Any, currency: str) -> str:
    return "" if amount is None else shown_money(amount, currency)
