"""Each movement on our accounts, with what became of it (BR-80)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.admin.spread import Spread, is_seen
from invoices.choices import BankLineState
from invoices.documents.bank import finding_in_words
from invoices.domain.payments import oldest_due_first
from invoices.forms import AssignForm, SetAsideForm, SharesForm
from invoices.models import BankLine, Payment
from invoices.selectors.accounts import list_open_items
from invoices.selectors.bank import list_bank_lines
from invoices.services.bank.deciding import (
    Assignment,
    LineError,
    LineFault,
    assign_line,
    may_be_payment,
    may_be_taken_up,
    set_line_aside,
    take_up_line,
)
from invoices.services.bank.shares import shares_of
from invoices.services.payments import PaymentError
from subscriptions.admin.base import FactAdmin
from subscriptions.admin.filters import BY_ORGANIZATION, CurrencyFilter
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import badge, current_language, page_action, shown_money
from subscriptions.admin.roles import person, works_on_all
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_day
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.views.access import make_sure_of

LINE_COLORS = {
    "proposed": "info",
    "waiting": "warning",
    "confirmed": "info",
    "recorded": "success",
    "aside": "default",
    "out": "default",
}

LINE_FAULTS = {
    LineFault.DECIDED: _("Nothing was done by this: somebody has decided about this movement meanwhile."),
    LineFault.NO_PAYMENT: _("This movement is no payment of a customer: set it aside."),
    LineFault.NO_REASON: _("Say why: the reason is kept with the movement."),
}


class StateFilter(admin.SimpleListFilter):
    """What has become of a movement."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(BankLineState.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state=self.value()) if self.value() in set(BankLineState.values) else queryset


@admin.register(BankLine)
class BankLineAdmin(GuidedAdmin, FactAdmin):
    """The worklist: what is doubtful waits here for a person."""

    audited_as = AuditKind.PAYMENT
    when_empty = _(
        "Each movement of an uploaded bank statement stands here until it is recorded as a payment or set aside. "
        "Upload a file under Bank files."
    )
    list_display = ["booked_on", "came", "payer_name", "organization", "found", "shown_state"]
    list_filter = [StateFilter, BY_ORGANIZATION, CurrencyFilter, "booked_on"]
    list_select_related = ["organization"]
    search_fields = ["^bank_reference", "^payer_name"]
    search_help_text = _("Organization, contact, or the beginning of a payer or a bank reference")
    ordering = ["-booked_on", "-pk"]
    export_columns = {"came": ["amount", "currency"]}
    readonly_fields = ["came", "found", "state_in_words", "came_with", "recorded_as"]
    actions_detail = ["assign", "set_aside", "take_up"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = BankLine.objects.order_by(*self.ordering or ())
        return rows.filter(pk__in=list_bank_lines(person(request)).values("pk")) if not works_on_all(request) else rows

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets: list[Any] = [
            (None, {"fields": [("came", "booked_on"), ("found", "state_in_words"), ("organization", "recorded_as")]}),
            (
                _("As the bank says it"),
                {
                    "fields": [
                        ("payer_name", "payer_account"),
                        "text",
                        ("creditor_reference", "bank_reference"),
                        ("account", "came_with"),
                    ]
                },
            ),
        ]
        if obj is not None and obj.decided_at:
            fieldsets.append((_("Decided"), {"fields": [("decided_at", "decided_by"), "reason"]}))
        return fieldsets

    def has_assign_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        line = self._line(request, object_id)
        return line is not None and _is_undecided(line) and may_be_payment(line)

    def has_set_aside_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        line = self._line(request, object_id)
        return line is not None and _is_undecided(line) and self._may_close(request, line)

    def has_take_up_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        line = self._line(request, object_id)
        return line is not None and may_be_taken_up(line)

    @page_action(description=_("Record as a payment"), icon="check", permissions=["assign"])
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whose payment it is, show what it pays, record it."""
        line = self.get_object(request, object_id)
        back = line_url("change", line.pk)
        among = list_organizations_for_staff(person(request))
        form = AssignForm(
            request.POST or None,
            initial={"organization": line.organization_id},
            among=among,
            chooser=self._chooser(),
            currency=line.currency,
        )
        if not form.is_valid():
            asked = Page(
                title=_("Whose payment is this?"),
                subject=_title(line),
                message=_("On the next page you see which invoices it pays, before anything is recorded."),
                points=[finding_in_words(line), *filter(None, [line.payer_name, line.text])],
                button=_("Go on"),
                back=back,
                confirms=False,
            )
            return self.page(request, asked, form=form)
        organization, withheld = form.cleaned_data["organization"], form.withheld_amount()
        items = list_open_items(organization.pk, currency=line.currency)
        settles = line.amount + withheld
        chosen = SharesForm(
            request.POST if "confirmed" in request.POST else None,
            items=items,
            currency=line.currency,
            proposed=_proposed(line, organization.pk, items, settles),
        )
        available = Money(settles, line.currency)
        if is_seen(self, request, chosen, available=available, withheld=withheld):
            make_sure_of(request)
            assignment = Assignment(
                organization=organization, shares=chosen.shares(), withheld=withheld, certificate=form.certificate()
            )
            try:
                payment = assign_line(line, assignment, by=person(request), now=database_now())
            except PaymentError as error:
                chosen.show(error.faults)
            except LineError as error:
                self.message_user(request, LINE_FAULTS[error.fault], messages.ERROR)
                return HttpResponseRedirect(back)
            else:
                self.message_user(request, _("The payment is recorded."), messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:invoices_payment_change", args=[payment.pk]))
        spread = Spread(
            title=_("What does this payment pay?"), organization=organization, available=available, withheld=withheld
        )
        context = {
            **self.admin_site.each_context(request),
            **spread.shown(chosen, on=database_now().date()),
            "opts": self.opts,
            "chosen": chosen,
            "typed": form,
            "back": back,
        }
        return TemplateResponse(request, "admin/seatbill/spread_payment.html", context)

    @page_action(description=_("Set aside"), icon="inventory_2", permissions=["set_aside"])
    def set_aside(self, request: HttpRequest, object_id: str) -> HttpResponse:
        line = self.get_object(request, object_id)
        back = line_url("change", line.pk)
        form = SetAsideForm(request.POST or None)
        if form.is_valid():
            make_sure_of(request)
            try:
                set_line_aside(line, reason=form.cleaned_data["reason"], by=person(request), now=database_now())
            except LineError as error:
                self.message_user(request, LINE_FAULTS[error.fault], messages.ERROR)
            else:
                self.message_user(request, _("The movement is set aside."), messages.SUCCESS)
            return HttpResponseRedirect(back)
        asked = Page(
            title=_("Set this movement aside?"),
            subject=_title(line),
            message=_("It is recorded nowhere, and waits for nobody any more. It can be taken up again."),
            points=[*filter(None, [line.payer_name, line.text])],
            button=_("Set aside"),
            back=back,
            confirms=False,
        )
        return self.page(request, asked, form=form)

    @page_action(description=_("Take up again"), icon="undo", permissions=["take_up"])
    def take_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        line = self.get_object(request, object_id)
        back = line_url("change", line.pk)
        if request.method != "POST":
            return self.confirmation(
                request,
                title=_("Take this movement up again?"),
                message=_("It waits for a person again, who says whose payment it is."),
                button=_("Take up again"),
                back=back,
            )
        make_sure_of(request)
        try:
            take_up_line(line, by=person(request), now=database_now())
        except LineError as error:
            self.message_user(request, LINE_FAULTS[error.fault], messages.ERROR)
        else:
            self.message_user(request, _("The movement waits for a person again."), messages.SUCCESS)
        return HttpResponseRedirect(back)

    @admin.display(description=_("amount"))
    def came(self, line: BankLine) -> str:
        return shown_amount(line)

    @admin.display(description=_("what was found"))
    def found(self, line: BankLine) -> str:
        return finding_in_words(line)

    @badge(description=_("state"), colors=LINE_COLORS)
    def shown_state(self, line: BankLine) -> tuple[str, Any]:
        return line.state, BankLineState(line.state).label

    @admin.display(description=_("state"))
    def state_in_words(self, line: BankLine) -> str:
        return str(BankLineState(line.state).label)

    @admin.display(description=_("file"))
    def came_with(self, line: BankLine) -> str:
        words = _("%(file)s, line %(place)s") % {"file": line.file.file_name, "place": line.place}
        return str(words)

    @admin.display(description=_("payment"))
    def recorded_as(self, line: BankLine) -> str:
        if line.payment is None:
            return "–"
        url = reverse("admin:invoices_payment_change", args=[line.payment.pk])
        return render_to_string("admin/seatbill/link.html", {"url": url, "words": line.payment.reference})

    def _line(self, request: HttpRequest, object_id: str | None) -> BankLine | None:
        return None if object_id is None else self.get_object(request, object_id)

    def _may_close(self, request: HttpRequest, line: BankLine) -> bool:
        """Tell whether a person may say that a line is no payment: what is nobody's may be another CSM's."""
        return line.organization_id is not None or works_on_all(request)

    def _chooser(self) -> AutocompleteSelect:
        """Return the choice of an organization by typing a part of its name, among those of the person."""
        field = Payment._meta.get_field("organization")  # noqa: SLF001
        return AutocompleteSelect(field, self.admin_site)


def _is_undecided(line: BankLine) -> bool:
    return line.state in {BankLineState.PROPOSED, BankLineState.WAITING}


def _proposed(line: BankLine, organization_id: int, items: Sequence[Any], settles: Any) -> list[Any]:
    """Return what a line would pay: as it was found, as long as that is open and the organization is that one."""
    left = {item.document_id: item.open for item in items}
    found = shares_of(line)
    is_whole = settles == line.amount and all(share.amount <= left.get(share.document_id, 0) for share in found)
    if found and line.organization_id == organization_id and is_whole:
        return found
    named = {share.document_id for share in found}
    first = [item for item in items if item.document_id in named]
    return oldest_due_first(settles, first or items)


def _title(line: BankLine) -> str:
    words = _("%(amount)s on %(day)s")
    return str(words % {"amount": shown_amount(line), "day": format_day(line.booked_on, current_language())})


def shown_amount(line: BankLine) -> str:
    """Write what came, or with a minus what went."""
    sign = -1 if line.direction in {"out", "bounced"} else 1
    return shown_money(sign * line.amount, line.currency)


def line_url(name: str, *args: Any) -> str:
    """Return the address of a page of movements."""
    return reverse(f"admin:invoices_bankline_{name}", args=args)
