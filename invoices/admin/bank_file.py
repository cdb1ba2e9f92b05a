"""Bank files: uploaded, looked at, confirmed (BR-80)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invoices.admin.bank_line import line_url, shown_amount
from invoices.choices import BankFileState, BankLineState
from invoices.documents.bank import fault_in_words, finding_in_words
from invoices.forms import BankFileForm
from invoices.models import BankFile, BankLine
from invoices.selectors.bank import count_bank_lines, list_bank_files, list_bank_lines
from invoices.services.bank.deciding import (
    confirm_lines,
    fingerprint,
)
from invoices.services.bank.uploads import KnownFileError, discard_bank_file, store_bank_file
from invoices.services.bank.waking import wake_worker
from subscriptions.admin.base import RowAdmin
from subscriptions.admin.parts import Part, badge, current_language, page_action, shown_money
from subscriptions.admin.roles import ReadOnly, person
from subscriptions.choices import AuditKind
from subscriptions.domain.formatting import format_day
from subscriptions.selectors.clock import database_now
from subscriptions.views.access import make_sure_of

LINES_PER_PAGE = 50

FILE_COLORS = {"uploaded": "info", "faulty": "danger", "read": "success"}


@admin.register(BankFile)
class BankFileAdmin(ReadOnly, RowAdmin):
    """A lead sees every file, a CSM their own."""

    audited_as = AuditKind.PAYMENT
    form = BankFileForm
    when_empty = _(
        "Upload the bank’s statement, as camt.053 or CSV: each movement is matched with the invoices it pays, and "
        "you confirm."
    )
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
        # First of all: what the task makes ready while the rest is read is shown, and not confirmed with it.
        seen = fingerprint(lines.filter(state=BankLineState.PROPOSED))
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
            "seen": seen,
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


def _shown(line: BankLine) -> dict[str, Any]:
    return {
        "line": line,
        "day": format_day(line.booked_on, current_language()),
        "amount": shown_amount(line),
        "found": finding_in_words(line),
        "state": BankLineState(line.state).label,
        "url": line_url("change", line.pk),
    }


def _sums(lines: QuerySet[BankLine]) -> list[str]:
    """Return what lines come to in each currency; nothing is added across them (BR-83)."""
    sums: dict[str, Any] = {}
    for currency, amount in lines.values_list("currency", "amount"):
        sums[currency] = sums.get(currency, 0) + amount
    return [shown_money(total, currency) for currency, total in sorted(sums.items())]


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


def _file_url(name: str, *args: Any) -> str:
    return reverse(f"admin:invoices_bankfile_{name}", args=args)
