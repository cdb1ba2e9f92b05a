"""Changes that wait for a second person: asked for with a reason, then approved, declined or withdrawn."""

from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import RowAdmin
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import badge, current_language, page_action
from subscriptions.admin.roles import ReadOnly, person, works_on_all
from subscriptions.admin.second_person import carry_out
from subscriptions.choices import APPROVAL_STATES, AuditKind
from subscriptions.domain.approval import VALID_FOR, ApprovalState, reasons_not_to_approve, state_of
from subscriptions.forms import AskForApprovalForm, DeclineForm
from subscriptions.models import Approval
from subscriptions.selectors.approvals import get_approval_facts, list_waiting_approvals
from subscriptions.selectors.clock import database_now
from subscriptions.services.approvals import Typed, approve, ask_for_approval, decline, keep_typed
from subscriptions.views.access import SecondPersonRequired, make_sure_of, recording_of

STATES = dict(APPROVAL_STATES)
COLORS = {
    "draft": "",
    "waiting": "warning",
    "approved": "success",
    "declined": "danger",
    "withdrawn": "",
    "expired": "",
}


class WaitingFilter(admin.SimpleListFilter):
    """Changes that a second person may still approve."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(ApprovalState.WAITING.value, STATES[ApprovalState.WAITING.value])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != ApprovalState.WAITING.value:
            return queryset
        return queryset.filter(pk__in=list_waiting_approvals(at=database_now()).values("pk"))


@admin.register(Approval)
class ApprovalAdmin(ReadOnly, GuidedAdmin, RowAdmin):
    """Leads see all of them and decide; whoever asked sees their own."""

    audited_as = AuditKind.APPROVAL
    when_empty = _(
        "Grave changes, such as those of prices, need a second person. Whoever makes one is asked to send it here; "
        "nothing waits."
    )
    list_display = ["subject", "state_badge", "asked_by", "asked_at", "reason"]
    list_filter = [WaitingFilter, "decision"]
    list_select_related = ["asked_by"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["subject", "what_changes", "reason"]}),
        (_("Asked"), {"fields": [("asked_by", "asked_at", "valid_until")]}),
        (_("Decision"), {"fields": [("state", "decided_by", "decided_at"), "answer", "go_on"]}),
    ]
    actions_detail = ["ask", "approve", "decline", "withdraw"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # One reading of the clock for the whole list.
        read_at = Value(database_now(), output_field=DateTimeField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(read_at=read_at)
        return rows if works_on_all(request) else rows.filter(asked_by=person(request))

    def has_ask_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._is_in(request, object_id, ApprovalState.DRAFT) and self._is_own(request, object_id)

    def has_withdraw_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._is_in(request, object_id, ApprovalState.WAITING) and self._is_own(request, object_id)

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        # Whoever is no lead is told so, of whatever approval.
        return works_on_all(request) and self._is_in(request, object_id, ApprovalState.WAITING)

    @page_action(description=_("Ask for approval"), icon="how_to_reg", permissions=["ask"])
    def ask(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the reason that a second person reads; the change waits from then on."""
        approval = self.get_object(request, object_id)
        form = AskForApprovalForm(request.POST or None)
        if not form.is_valid():
            page = Page(
                title=_("A second person has to approve this"),
                subject=approval.subject,
                message=_("Nothing has changed yet. Say why it should: a lead reads it, and approves it within a day."),
                points=approval.points,
                button=_("Ask for approval"),
                back=_page_of(approval),
                confirms=False,
            )
            return self.page(request, page, form=form)

        def do() -> str:
            ask_for_approval(approval.pk, reason=form.cleaned_data["reason"], now=database_now())
            self.log_change(request, approval, f"Asked for: {form.cleaned_data['reason']}")
            return gettext("It waits for a second person.")

        return self.carry_out(request, do, back=_page_of(approval))

    @page_action(description=_("Approve"), icon="check", permissions=["decide", "lead"])
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show once more what is changed, and change it, in the name of whoever asked."""
        approval = self.get_object(request, object_id)
        facts = get_approval_facts(approval)
        reasons = list(reasons_not_to_approve(facts, by=person(request).pk, at=database_now()))
        page = Page(
            title=_("Approve this change?"),
            subject=approval.subject,
            message=_("%(person)s asks for it, because: %(reason)s")
            % {"person": approval.asked_by, "reason": approval.reason},
            points=approval.points,
            reasons=reasons,
            button="" if reasons else _("Approve and carry out"),
            back=_page_of(approval),
        )
        if reasons or request.method != "POST":
            return self.page(request, page)
        make_sure_of(request)

        def do() -> str:
            recording = recording_of(request)
            approve(approval.pk, carry_out=lambda row: carry_out(row, request), recording=recording)
            self.log_change(request, approval, "Approved and carried out")
            return gettext("The change is approved and carried out.")

        return self.carry_out(request, do, back=_page_of(approval))

    @page_action(description=_("Decline"), icon="block", permissions=["decide", "lead"])
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        approval = self.get_object(request, object_id)
        if request.method == "POST":
            make_sure_of(request)
        title, done = _("Decline this change?"), _("The change is declined; your reason stands beside it.")
        return self._refuse(request, approval, title=title, button=_("Decline"), done=done)

    @page_action(description=_("Withdraw"), icon="undo", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        approval = self.get_object(request, object_id)
        title, done = _("Withdraw this change?"), _("The change is withdrawn.")
        return self._refuse(request, approval, title=title, button=_("Withdraw"), done=done)

    @admin.display(description=_("what it changes"))
    def what_changes(self, approval: Approval) -> str:
        return "\n".join(approval.points)

    @admin.display(description=_("valid until"))
    def valid_until(self, approval: Approval) -> str:
        return date_format(localtime(approval.asked_at + VALID_FOR), "DATETIME_FORMAT")

    @admin.display(description=_("state"))
    def state(self, approval: Any) -> Any:
        return self.state_badge(approval)[1]

    @admin.display(description=_("go on"))
    def go_on(self, approval: Approval) -> str | None:
        """Link to where the page would have led whoever typed the change."""
        if not approval.led_to:
            return None
        return render_to_string("admin/seatbill/link.html", {"url": approval.led_to, "words": approval.subject})

    @badge(description=_("state"), colors=COLORS)
    def state_badge(self, approval: Any) -> tuple[str, Any]:
        state = state_of(get_approval_facts(approval), at=approval.read_at)
        return state.value, STATES[state.value]

    def _refuse(self, request: HttpRequest, approval: Approval, *, title: Any, button: Any, done: Any) -> HttpResponse:
        form = DeclineForm(request.POST or None)
        if not form.is_valid():
            page = Page(
                title=title,
                subject=approval.subject,
                message=_("Nothing changes. Your reason is kept beside it."),
                points=approval.points,
                button=button,
                back=_page_of(approval),
                confirms=False,
            )
            return self.page(request, page, form=form)

        def do() -> str:
            recording = recording_of(request)
            decline(approval.pk, answer=form.cleaned_data["answer"], recording=recording)
            self.log_change(request, approval, f"{button}: {form.cleaned_data['answer']}")
            return str(done)

        return self.carry_out(request, do, back=_page_of(approval))

    def _is_in(self, request: HttpRequest, object_id: str | None, state: ApprovalState) -> bool:
        if object_id is None:
            return False
        approval = self.get_object(request, object_id)
        # A second click finds it decided, and is told so.
        return request.method == "POST" or state_of(get_approval_facts(approval), at=database_now()) is state

    def _is_own(self, request: HttpRequest, object_id: str | None) -> bool:
        return object_id is not None and self.get_object(request, object_id).asked_by_id == person(request).pk


def keep_for_second_person(request: HttpRequest, required: SecondPersonRequired) -> str:
    """
    Keep what was sent, and return the address of the page on which its sender says why.

    :raises ValueError: if files were sent: they are not kept
    """
    if request.FILES:
        raise ValueError(f"{request.path} takes files, which cannot wait for a second person.")
    typed = Typed(
        path=request.get_full_path(),
        body=request.POST.urlencode(),
        subject=required.subject,
        points=required.points,
        language=current_language(),
    )
    approval = keep_typed(typed, asked_by=person(request), now=database_now())
    return reverse("admin:subscriptions_approval_ask", args=[approval.pk])


def _page_of(approval: Approval) -> str:
    return reverse("admin:subscriptions_approval_change", args=[approval.pk])
