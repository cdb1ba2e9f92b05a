"""Price lists from files: a lead uploads one, sees what would change or what is wrong, and confirms."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.base import RowAdmin
from subscriptions.admin.parts import Part, badge, current_language, page_action
from subscriptions.admin.roles import LeadMayLook, person, works_on_all
from subscriptions.choices import CHANGE_KINDS, AuditKind, ImportState
from subscriptions.domain.formatting import format_day, format_percentage, format_price
from subscriptions.domain.money import plain
from subscriptions.domain.price_list.comparison import ChangeKind
from subscriptions.domain.price_list.entry import ListKind
from subscriptions.exports.csv_file import csv_lines
from subscriptions.forms import IMPORT_FORMS
from subscriptions.models import PriceImport, VoiceRateDeckVersion
from subscriptions.selectors.clock import database_now
from subscriptions.services.price_imports.checking import Findings
from subscriptions.services.price_imports.findings import load_findings
from subscriptions.services.price_imports.report import Report, Show, report_changes, report_faults
from subscriptions.services.price_imports.uploads import confirm_upload, discard_upload, store_upload
from subscriptions.services.price_imports.waking import wake_worker
from subscriptions.views.access import second_person_for
from subscriptions.views.downloads import csv_response

ROWS_PER_PAGE = 50
TOLD_ONE_BY_ONE = 50
"""How many lines of a file a second person is told one by one."""
STATE_COLORS = {"faulty": "danger", "ready": "warning", "imported": "success", "uploaded": "info", "confirmed": "info"}
TITLES = {
    ListKind.PRICE_BOOK: _("Import a price book"),
    ListKind.RATE_DECK: _("Import the rates of a deck"),
    ListKind.TAX_RATES: _("Import tax rates"),
}


@admin.register(PriceImport)
class PriceImportAdmin(LeadMayLook, RowAdmin):
    """What was imported is there for every lead to look up; an upload on its way is its owner's alone."""

    audited_as = AuditKind.CATALOG
    is_short = True
    # What a file holds is chosen first, by the buttons for it.
    show_add_link = False
    when_empty = _(
        "Price books, voice rates and tax rates can be brought as a CSV or XLSX file. Choose above what yours "
        "holds: you see what would change before anything does."
    )
    list_display = ["file_name", "what", "effective_date", "shown_state", "uploaded_by", "uploaded_at", "imported_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["deck", "uploaded_by"]
    search_fields = ["file_name", "deck__name", "currency"]
    ordering = ["-uploaded_at", "-pk"]
    autocomplete_fields = ["deck"]
    actions_list = ["import_book", "import_rates", "import_taxes"]
    actions_detail = ["confirm", "discard", "download"]
    add_form_template = "admin/seatbill/upload.html"
    warn_unsaved_form = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).defer("content", "findings")
        return rows.filter(Q(state=ImportState.IMPORTED) | Q(uploaded_by=person(request)))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return works_on_all(request)

    def has_look_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_view_permission(request)

    # --- The list ---------------------------------------------------------------------------------------------------

    @admin.display(description=_("list"))
    def what(self, row: PriceImport) -> str:
        return f"{row.get_kind_display()} {row.deck or row.currency}".strip()

    @badge(description=_("state"), colors=STATE_COLORS, ordering="state")
    def shown_state(self, row: PriceImport) -> tuple[str, Any]:
        return row.state, ImportState(row.state).label

    @page_action(description=_("Import a price book"), icon="sell", permissions=["add"])
    def import_book(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(upload_url(ListKind.PRICE_BOOK))

    @page_action(description=_("Import the rates of a deck"), icon="call", permissions=["add"])
    def import_rates(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(upload_url(ListKind.RATE_DECK))

    @page_action(description=_("Import tax rates"), icon="gavel", permissions=["add"])
    def import_taxes(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(upload_url(ListKind.TAX_RATES))

    # --- The upload -------------------------------------------------------------------------------------------------

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | {"form": IMPORT_FORMS[_kind_asked(request)]})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        kind = _kind_asked(request)
        words = _("Nothing is imported yet: you see first what would change.")
        return [(TITLES[kind], {"description": words, "fields": [*IMPORT_FORMS[kind].Meta.fields, "file"]})]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        deck = initial.get("deck", "")
        if deck.isdecimal():
            latest = VoiceRateDeckVersion.objects.filter(deck_id=deck).order_by("-effective_date").first()
            initial["increment_seconds"] = latest.increment_seconds if latest else None
        return initial

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": TITLES[_kind_asked(request)]}
        return super().add_view(request, form_url, (extra_context or {}) | title)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        file = form.cleaned_data["file"]
        stored = store_upload(
            file.read(),
            file_name=file.name,
            target=form.target(),
            uploaded_by=person(request),
            now=database_now(),
        )
        obj.pk, obj.file_name = stored.pk, stored.file_name
        transaction.on_commit(wake_worker)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return HttpResponseRedirect(_url("change", obj.pk))

    # --- What would change, or what is wrong ------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request) or request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        row = self.get_object(request, object_id)
        findings = load_findings(row)
        chosen = request.GET.get("change", "")
        page = Paginator(_found(findings, chosen), ROWS_PER_PAGE).get_page(request.GET.get("p"))
        report = _report(row, list(page.object_list), show=_shown(row))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.what(row),
            "day": format_day(row.effective_date, current_language()),
            "row": row,
            "findings": findings,
            "is_at_work": row.state in {ImportState.UPLOADED, ImportState.CONFIRMED},
            "parts": _parts(row, chosen),
            "report": report,
            "page": page,
            "query": urlencode({"change": chosen}) if chosen else "",
            "since": findings.since and format_day(findings.since, current_language()),
            "until": findings.until and format_day(findings.until, current_language()),
            "again": upload_url(ListKind(row.kind), **({"deck": row.deck_id} if row.deck_id else {})),
            "urls": {name: _url(name, row.pk) for name in ("confirm", "discard", "download", "change")},
        }
        return TemplateResponse(request, "admin/seatbill/price_import.html", context)

    @page_action(description=_("Download as CSV"), icon="download", permissions=["look", "lead"])
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        row = self.get_object(request, object_id)
        report = _report(row, _found(load_findings(row)), show=plain)
        return csv_response(csv_lines(report.columns, report.rows), name=f"import-{row.pk}")

    @page_action(description=_("Import"), icon="check", permissions=["add"])
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._own(request, object_id)
        if request.method == "POST":
            basis = request.POST.get("basis", "")
            if row.state == ImportState.READY and row.basis == basis:
                second_person_for(request, subject=self.what(row), points=_what_it_does(row))
            with transaction.atomic():
                is_confirmed = confirm_upload(row.pk, basis=basis)
                if is_confirmed:
                    self.log_change(request, row, _("Confirmed."))
                    transaction.on_commit(wake_worker)
            if not is_confirmed:
                words = _("Nothing was done by this: look at what has become of the file, and confirm what you see.")
                self.message_user(request, words, messages.ERROR)
        return HttpResponseRedirect(_url("change", row.pk))

    @page_action(description=_("Discard"), icon="delete", permissions=["add"])
    def discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._own(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(_url("change", row.pk))
        if discard_upload(row.pk):
            self.message_user(request, _("The file was discarded; no price has changed."), messages.SUCCESS)
            return HttpResponseRedirect(_url("changelist"))
        self.message_user(request, _("It is too late: the file is being imported."), messages.WARNING)
        return HttpResponseRedirect(_url("change", row.pk))

    def _own(self, request: HttpRequest, object_id: str) -> PriceImport:
        row: PriceImport = self.get_object(request, object_id)
        if row.uploaded_by != person(request):
            raise Http404
        return row


def upload_url(kind: ListKind, **more: Any) -> str:
    """Return the address at which a list of a kind is uploaded."""
    return f"{_url('add')}?{urlencode({'kind': kind.value, **more})}"


def _url(name: str, *args: Any) -> str:
    return reverse(f"admin:subscriptions_priceimport_{name}", args=args)


def _kind_asked(request: HttpRequest) -> ListKind:
    asked = request.GET.get("kind", ListKind.PRICE_BOOK)
    if asked not in set(ListKind):
        raise Http404
    return ListKind(asked)


def _found(findings: Findings, chosen: str = "") -> Sequence[Any]:
    """Return the changes, all or of one kind, or else the faults."""
    if findings.comparison is None:
        return findings.faults
    return [change for change in findings.comparison.changes if not chosen or change.kind == chosen]


def _report(row: PriceImport, found: Sequence[Any], *, show: Show) -> Report:
    if row.state == ImportState.FAULTY:
        return report_faults(found)
    return report_changes(found, kind=ListKind(row.kind), show=show)


def _shown(row: PriceImport) -> Show:
    """Return how the prices of a list are written for people."""
    language = current_language()
    currency = row.deck.currency if row.deck else row.currency

    def show(figure: Decimal) -> str:
        return format_price(figure, currency, language) if currency else format_percentage(figure, language)

    return show


def _what_it_does(row: PriceImport) -> list[str]:
    """Say for who approves it which file comes into force when, how many lines do what, and what the first ones do."""
    words, day = dict(CHANGE_KINDS), format_day(row.effective_date, current_language())
    counts = [f"{words[kind.value]}: {count}" for kind in ChangeKind if (count := row.counts.get(kind.value, 0))]
    first = _report(row, _found(load_findings(row))[:TOLD_ONE_BY_ONE], show=_shown(row))
    lines = [", ".join(str(cell) for cell in cells if cell) for cells in first.rows]
    return [str(_("%(file)s, in force from %(day)s") % {"file": row.file_name, "day": day}), *counts, *lines]


def _parts(row: PriceImport, chosen: str) -> list[Part]:
    counts = {kind: row.counts.get(kind.value, 0) for kind in ChangeKind}
    page = _url("change", row.pk)
    everything = Part(words=_("All changes"), count=sum(counts.values()), url=page, is_current=not chosen)
    words = dict(CHANGE_KINDS)
    return [
        everything,
        *(
            Part(words=words[kind.value], count=count, url=f"{page}?change={kind.value}", is_current=chosen == kind)
            for kind, count in counts.items()
            if count
        ),
    ]
