"""What was done about an organization, as its subscription admin reads it: its own part of the audit trail."""

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from invoices.documents.audit_trail import DEEDS
from invoices.exports.changes import changes_report
from invoices.exports.names import file_stem
from invoices.forms.changes import ChangesFilterForm
from subscriptions.documents.audit_trail import Telling, Told, tell_entry_to_customer
from subscriptions.domain.period import start_of_day
from subscriptions.exports.csv_file import csv_lines
from subscriptions.models import AuditEntry, Organization
from subscriptions.selectors.audit_trail import list_entries_for_customer
from subscriptions.tables import Keyset
from subscriptions.views.downloads import csv_response
from usage.documents import Reader
from usage.views.visible import get_visible, reader_of

NEWEST_FIRST = Keyset(column="sequence", parse=int, descending=True, size=50)


@require_safe
@login_required
def changes(request: HttpRequest, code: str) -> HttpResponse:
    """List what was done about the organization, newest first, of one kind or within some days."""
    organization = get_visible(request, code)
    reader, form = reader_of(organization), ChangesFilterForm(request.GET)
    page = NEWEST_FIRST.page(_entries(form, organization, reader), request.GET.dict()) if form.is_valid() else None
    context = {
        "organization": organization,
        "form": form,
        "page": page,
        "rows": list(_told(page.rows, reader)) if page else [],
        "query": urlencode({name: form.data[name] for name in form.fields if form.data.get(name)}),
        "zone": reader.zone,
        "time_zone": ZoneInfo(reader.time_zone),
    }
    return render(request, "invoices/portal/changes.html", context)


@require_safe
@login_required
def changes_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out what is listed, all pages of it."""
    organization = get_visible(request, code)
    reader, form = reader_of(organization), ChangesFilterForm(request.GET)
    if not form.is_valid():
        raise Http404
    entries = _entries(form, organization, reader).order_by("-sequence").iterator(chunk_size=1_000)
    report = changes_report(_told(entries, reader))
    return csv_response(csv_lines(report.columns, report.rows), name=f"{file_stem(organization.code)}-{report.name}")


def _entries(form: ChangesFilterForm, organization: Organization, reader: Reader) -> QuerySet[AuditEntry]:
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    return list_entries_for_customer(
        organization.pk,
        kind=form.cleaned_data["kind"],
        since=first and start_of_day(first, time_zone=reader.time_zone).astimezone(UTC),
        until=last and start_of_day(last + timedelta(days=1), time_zone=reader.time_zone).astimezone(UTC),
    )


def _told(entries: Iterable[AuditEntry], reader: Reader) -> Iterator[Told]:
    telling = Telling(language=reader.language, names=reader.names)
    return (tell_entry_to_customer(entry, telling, deeds=DEEDS) for entry in entries)
