"""What was reported for an organization, as its subscription admin sees it: accepted events, and rejected ones."""

from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from subscriptions.domain.period import Window, start_of_day
from subscriptions.exports.csv_file import csv_lines
from subscriptions.models import Organization
from subscriptions.tables import Keyset, instant
from subscriptions.views.downloads import csv_response
from usage.documents import Reader
from usage.documents.reported import build_reported
from usage.exports.events import accepted_events, rejected_events
from usage.forms import EventFilterForm, RejectedFilterForm
from usage.models import RejectedEvent, UsageEvent
from usage.services.reported import find_retracted, list_accepted, list_rejected
from usage.views.visible import get_visible, reader_of

EVENTS_PER_PAGE = 50
AS_RECEIVED = Keyset(column="received_at", parse=instant, descending=True, size=EVENTS_PER_PAGE)
AS_THEY_HAPPENED = Keyset(column="occurred_at", parse=instant, descending=True, size=EVENTS_PER_PAGE)


@require_safe
@login_required
def accepted(request: HttpRequest, code: str) -> HttpResponse:
    """List the accepted events, the newest first: of one kind, of one day, or about one subject on a day."""
    organization = get_visible(request, code)
    reader = reader_of(organization)
    form = EventFilterForm(request.GET)
    page = None
    if form.is_valid():
        page = _order(form).page(_accepted(form, organization, reader), request.GET.dict())
    context = {
        "organization": organization,
        "form": form,
        "page": page,
        "rows": page and build_reported(page.rows, retracted=find_retracted(organization, page.rows), reader=reader),
        "query": urlencode({name: form.data[name] for name in form.fields if form.data.get(name)}),
        "zone": reader.zone,
        "time_zone": ZoneInfo(reader.time_zone),
    }
    return render(request, "usage/events.html", context)


@require_safe
@login_required
def accepted_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out the accepted events that are listed, all pages of them."""
    organization = get_visible(request, code)
    form = EventFilterForm(request.GET)
    if not form.is_valid():
        raise Http404
    column = _order(form).column
    events = _accepted(form, organization, reader_of(organization)).order_by(f"-{column}", "-pk")
    report = accepted_events(events.iterator(chunk_size=2_000))
    return csv_response(csv_lines(report.columns, report.rows), name=f"{organization.code}-{report.name}")


@require_safe
@login_required
def rejected(request: HttpRequest, code: str) -> HttpResponse:
    """List the rejected events, the newest first, and what is wrong with each."""
    organization = get_visible(request, code)
    form, reader = RejectedFilterForm(request.GET), reader_of(organization)
    events = _rejected(form, organization)
    context = {
        "organization": organization,
        "form": form,
        # The payloads are for the pages of the events: sixty kilobytes each, at most.
        "page": AS_RECEIVED.page(events.defer("payload"), request.GET.dict()),
        "state": form.cleaned_data["state"],
        "zone": reader.zone,
        "time_zone": ZoneInfo(reader.time_zone),
    }
    return render(request, "usage/rejected_events.html", context)


@require_safe
@login_required
def rejected_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out the rejected events that are listed, all pages of them, as they came."""
    organization = get_visible(request, code)
    events = _rejected(RejectedFilterForm(request.GET), organization).order_by("-received_at", "-pk")
    report = rejected_events(events.iterator(chunk_size=200))
    return csv_response(csv_lines(report.columns, report.rows), name=f"{organization.code}-{report.name}")


@require_safe
@login_required
def rejected_event(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show a rejected event: what is wrong with it, and how it came."""
    organization = get_visible(request, code)
    reader = reader_of(organization)
    context = {
        "organization": organization,
        "event": get_object_or_404(list_rejected(organization, state=""), pk=pk),
        "zone": reader.zone,
        "time_zone": ZoneInfo(reader.time_zone),
    }
    return render(request, "usage/rejected_event.html", context)


def _order(form: EventFilterForm) -> Keyset:
    by_time = form.cleaned_data["kind"] is not None or form.cleaned_data["day"] is not None
    return AS_THEY_HAPPENED if by_time else AS_RECEIVED


def _accepted(form: EventFilterForm, organization: Organization, reader: Reader) -> QuerySet[UsageEvent]:
    day = form.cleaned_data["day"]
    whole = day and Window(
        start=start_of_day(day, time_zone=reader.time_zone),
        end=start_of_day(day + timedelta(days=1), time_zone=reader.time_zone),
    )
    return list_accepted(
        organization, kind=form.cleaned_data["kind"], subject=form.cleaned_data["subject"], within=whole
    )


def _rejected(form: RejectedFilterForm, organization: Organization) -> QuerySet[RejectedEvent]:
    if not form.is_valid():
        raise Http404
    return list_rejected(organization, state=form.cleaned_data["state"])
