"""Bank files: uploaded, looked at, confirmed; and each movement on our accounts with what became of it (BR-80)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from moneyed import Money

from invoices.admin.spread import Spread, is_seen
from invoices.choices import BankFileState, BankLineState
from invoices.documents.bank import fault_in_words, finding_in_words
from invoices.domain.payments import oldest_due_first
from invoices.forms import AssignForm, BankFileForm, BankFormatForm, SetAsideForm, SharesForm
from invoices.models import BankFile, BankFormat, BankLine, Payment
from invoices.selectors import list_open_items
from invoices.selectors.bank import count_bank_lines, list_bank_files, list_bank_lines
from invoices.services.bank.deciding import (
    Assignment,
    LineError,
    LineFault,
    assign_line,
    confirm_lines,
    fingerprint,
    may_be_payment,
    may_be_taken_up,
    set_line_aside,
    take_up_line,
)
from invoices.services.bank.shares import shares_of
from invoices.services.bank.uploads import KnownFileError, discard_bank_file, store_bank_file
from invoices.services.bank.waking import wake_worker
from invoices.services.payments import PaymentError
from subscriptions.admin.base import (
    FactAdmin,
    LeadMayEdit,
    OrganizationFilter,
    ReadOnly,
    RowAdmin,
    badge,
    current_language,
    page_action,
    person,
    works_on_all,
)
from subscriptions.admin.filters import CurrencyFilter
from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.making_sure import MakesSure
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.selectors import database_now, list_organizations_for_staff
from subscriptions.views.access import make_sure_of

LINES_PER_PAGE = 50
FILE_COLORS = {"uploaded": "info", "faulty": "danger", "read": "success"}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The lines of a file in one state, as a link above the list of them."""

    words: Any
    count: int
    url: str
    is_current: bool


@admin.register(BankFormat)
class BankFormatAdmin(MakesSure, LeadMayEdit, RowAdmin):
    """How banks write their CSV files: leads say so, for everyone."""

    audited_as = AuditKind.PAYMENT
    is_short = True
    form = BankFormatForm
    list_display = ["name", "our_account", "currency", "date_format"]
    search_fields = ["name", "account"]
    ordering = ["name", "pk"]
    fieldsets = [
        (None, {"fields": ["name", ("account", "currency")]}),
        (_("The file"), {"fields": [("delimiter", "encoding"), ("header_lines", "decimal_mark")]}),
        (
            _("Date and amount"),
            {"fields": [("date_column", "date_format"), "signs", ("amount_column", "currency_column")]},
        ),
        (
            _("Which way money went, where the amount does not say it"),
            {"fields": [("credit_column", "debit_column"), ("indicator_column", "credit_word")]},
        ),
        (
            _("Payer and text"),
            {"fields": [("payer_column", "payer_account_column"), ("text_column", "reference_column")]},
        ),
    ]

    @admin.display(description=_("our account"), ordering="account")
    def our_account(self, layout: BankFormat) -> str:
        return layout.account


@admin.register(BankFile)
class BankFileAdmin(ReadOnly, RowAdmin):
    """A lead sees every file, a CSM their own."""

    audited_as = AuditKind.PAYMENT
    form = BankFileForm
    list_display = ["file_name", "bank_format", "uploaded_at", "uploaded_by", "lines_in_file", "shown_state"]
    list_filter = ["state"]
    list_select_related = ["bank_format", "uploaded_by"]
    search_fields = ["file_name"]
    ordering = ["-uploaded_at", "-pk"]
    actions_detail = ["confirm", "discard"]
    add_form_template = "admin/seatbill/upload.html"
    warn_unsaved_form = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).defer("content")
        return rows.filter(pk__in=list_bank_files(person(request)).values("pk"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)

    @badge(description=_("state"), colors=FILE_COLORS)
    def shown_state(self, row: BankFile) -> tuple[str, Any]:
        return row.state, BankFileState(row.state).label

    # --- The upload -------------------------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        words = _("Nothing is recorded yet: you see first what each movement seems to pay.")
        return [(None, {"description": words, "fields": ["bank_format", "file"]})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.base_fields["bank_format"].empty_label = _("camt.053 (XML)")
        return form

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            words = {"title": _("Upload a bank file"), "upload_words": _("Upload and match")}
            return super().add_view(request, form_url, (extra_context or {}) | words)
        except KnownFileError as known:
            if self.get_queryset(request).filter(pk=known.file.pk).exists():
                told = _("This very file was uploaded before, as %(file)s: nothing was changed.")
                self.message_user(request, told % {"file": known.file.file_name}, messages.WARNING)
                return HttpResponseRedirect(_file_url("change", known.file.pk))
            told = _("Somebody else has uploaded this very file before: nothing was changed.")
            self.message_user(request, told, messages.WARNING)
            return HttpResponseRedirect(_file_url("changelist"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        file = form.cleaned_data["file"]
        stored = store_bank_file(
            file.read(),
            file_name=file.name,
            bank_format=form.cleaned_data["bank_format"],
            uploaded_by=person(request),
            now=database_now(),
        )
        obj.pk, obj.file_name = stored.pk, stored.file_name
        transaction.on_commit(wake_worker)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(_file_url("change", obj.pk))

    # --- What was found, and what became of it ----------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, object_id)
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        lines = list_bank_lines(person(request)).filter(file=row)
        counts = count_bank_lines(lines)
        chosen = request.GET.get("state", "")
        shown = lines.filter(state=chosen) if chosen in set(BankLineState.values) else lines
        in_order = shown.select_related("organization").order_by("place", "pk")
        page = Paginator(in_order, LINES_PER_PAGE).get_page(request.GET.get("p"))
        proposed = counts.get(BankLineState.PROPOSED, 0)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": row.file_name,
            "row": row,
            "faults": [fault_in_words(fault) for fault in row.faults],
            "is_at_work": row.state == BankFileState.UPLOADED or bool(counts.get(BankLineState.CONFIRMED)),
            "counts": counts,
            "fresh": row.lines_in_file - row.lines_known,
            "unseen": row.lines_in_file - row.lines_known - sum(counts.values()),
            "proposed": proposed,
            "sums": _sums(lines.filter(state=BankLineState.PROPOSED)) if proposed else (),
            "seen": fingerprint(lines.filter(state=BankLineState.PROPOSED)) if proposed else "",
            "may_discard": not {"confirmed", "recorded", "aside"} & counts.keys(),
            "parts": _parts(row, counts, chosen),
            "lines": [_shown(line) for line in page.object_list],
            "page": page,
            "query": urlencode({"state": chosen}) if chosen else "",
            "urls": {name: _file_url(name, row.pk) for name in ("confirm", "discard", "change")},
            "again": _file_url("add"),
        }
        return TemplateResponse(request, "admin/seatbill/bank_file.html", context)

    @page_action(description=_("Record the payments"), icon="check", permissions=["view"])
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if request.method == "POST":
            make_sure_of(request)
            count = confirm_lines(
                row,
                list_bank_lines(person(request)),
                seen=request.POST.get("seen", ""),
                by=person(request),
                now=database_now(),
            )
            if count:
                transaction.on_commit(wake_worker)
                told = ngettext("%(count)d payment is being recorded.", "%(count)d payments are being recorded.", count)
                self.message_user(request, told % {"count": count}, messages.SUCCESS)
            else:
                words = _("Nothing was done by this: look at what has become of the file, and confirm what you see.")
                self.message_user(request, words, messages.ERROR)
        return HttpResponseRedirect(_file_url("change", row.pk))

    @page_action(description=_("Discard"), icon="delete", permissions=["view"])
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(_file_url("change", row.pk))
        if discard_bank_file(row, by=person(request), now=database_now()):
            self.message_user(request, _("The file was discarded; nothing was recorded."), messages.SUCCESS)
            return HttpResponseRedirect(_file_url("changelist"))
        self.message_user(request, _("It is too late: something of this file was decided."), messages.WARNING)
        return HttpResponseRedirect(_file_url("change", row.pk))


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
    list_display = ["booked_on", "came", "payer_name", "organization", "found", "shown_state"]
    list_filter = [StateFilter, ("organization", OrganizationFilter), CurrencyFilter, "booked_on"]
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
        back = _line_url("change", line.pk)
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
        back = _line_url("change", line.pk)
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
        back = _line_url("change", line.pk)
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
        return _money(line)

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


def _shown(line: BankLine) -> dict[str, Any]:
    return {
        "line": line,
        "day": format_day(line.booked_on, current_language()),
        "amount": _money(line),
        "found": finding_in_words(line),
        "state": BankLineState(line.state).label,
        "url": _line_url("change", line.pk),
    }


def _sums(lines: QuerySet[BankLine]) -> list[str]:
    """Return what lines come to in each currency; nothing is added across them (BR-83)."""
    sums: dict[str, Any] = {}
    for currency, amount in lines.values_list("currency", "amount"):
        sums[currency] = sums.get(currency, 0) + amount
    return [format_money(Money(total, currency), current_language()) for currency, total in sorted(sums.items())]


def _parts(row: BankFile, counts: dict[str, int], chosen: str) -> list[Part]:
    page = _file_url("change", row.pk)
    everything = Part(words=_("All movements"), count=sum(counts.values()), url=page, is_current=not chosen)
    of_states = [
        Part(
            words=state.label, count=counts[state.value], url=f"{page}?state={state.value}", is_current=chosen == state
        )
        for state in BankLineState
        if counts.get(state.value)
    ]
    return [everything, *of_states]


def _title(line: BankLine) -> str:
    words = _("%(amount)s on %(day)s")
    return str(words % {"amount": _money(line), "day": format_day(line.booked_on, current_language())})


def _money(line: BankLine) -> str:
    sign = -1 if line.direction in {"out", "bounced"} else 1
    return format_money(Money(sign * line.amount, line.currency), current_language())


def _file_url(name: str, *args: Any) -> str:
    return reverse(f"admin:invoices_bankfile_{name}", args=args)


def _line_url(name: str, *args: Any) -> str:
    return reverse(f"admin:invoices_bankline_{name}", args=args)
