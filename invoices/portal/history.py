"""Past periods beside their invoices, as their closes counted them, for those who see an organization's use."""

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from invoices.documents.history import compare, in_words, report_columns, report_row
from invoices.exports.names import file_stem
from invoices.portal.closed import documents_by_cycle, get_closed, get_visible, reader_in
from invoices.portal.downloads import reports_of
from invoices.selectors.cycles import (
    list_closed_cycles_of,
    list_cycles_that_corrected,
    list_ended_cycles_of,
    with_figures,
)
from invoices.services.history import iterate_figures
from invoices.services.planning import period_of
from subscriptions.domain.formatting import format_days
from subscriptions.exports.report import Report
from subscriptions.selectors.clock import database_now
from subscriptions.tables import Keyset
from subscriptions.views.downloads import hand_out
from usage.documents.period import build_period_page
from usage.services.curves import draw_curves
from usage.services.running import find_running_period

NEWEST_FIRST = Keyset(column="period_start", parse=date.fromisoformat, descending=True, size=12)

ENDED_PERIODS_NAMED = 3
"""How many periods that wait for their close are named: more than one only where a close is held."""


@require_safe
@login_required
def periods(request: HttpRequest, code: str) -> HttpResponse:
    """List an organization's closed periods with what was counted and their invoices, newest first."""
    organization = get_visible(request, code)
    page = NEWEST_FIRST.page(with_figures(list_closed_cycles_of(organization)), request.GET.dict())
    documents, reader = documents_by_cycle(organization, page.rows), reader_in("UTC")
    now = database_now()
    running = find_running_period(organization=organization, now=now)
    context = {
        "organization": organization,
        "page": page,
        "rows": [
            {
                "start": cycle.period_start.isoformat(),
                "days": format_days(figures.period.start, figures.period.last_day, reader.language),
                "counted": in_words(figures, reader),
                "documents": documents[cycle.pk],
            }
            for cycle, figures in zip(page.rows, iterate_figures(page.rows), strict=True)
        ],
        "ended": [
            format_days(cycle.period_start, period_of(cycle).last_day, reader.language)
            for cycle in list_ended_cycles_of(organization, now=now)[:ENDED_PERIODS_NAMED]
        ],
        "running": running
        and {
            "start": running.period.start.isoformat(),
            "days": format_days(running.period.start, running.period.last_day, reader.language),
            "reports": reports_of(running),
        },
    }
    return render(request, "invoices/portal/periods.html", context)


@require_safe
@login_required
def period_report(request: HttpRequest, code: str) -> HttpResponse:
    """Show closed periods side by side: a column for each license, add-on and resource."""
    organization = get_visible(request, code)
    page = NEWEST_FIRST.page(with_figures(list_closed_cycles_of(organization)), request.GET.dict())
    comparison = compare(list(iterate_figures(page.rows)), reader_in("UTC"))
    context = {"organization": organization, "page": page, "comparison": comparison}
    return render(request, "invoices/portal/period_report.html", context)


@require_safe
@login_required
def period_report_file(request: HttpRequest, code: str, ending: str) -> HttpResponseBase:
    """Hand out all closed periods side by side, oldest first."""
    organization = get_visible(request, code)
    cycles = with_figures(list_closed_cycles_of(organization)).order_by("period_start", "pk")
    figures = list(iterate_figures(cycles.iterator(chunk_size=100)))
    report = Report(name="periods", columns=report_columns(figures), rows=(report_row(row, figures) for row in figures))
    name = f"{file_stem(organization.code)}-periods"
    return hand_out(request, report, ending=ending, name=name, back=reverse("period_report", args=[code]))


@require_safe
@login_required
def period(request: HttpRequest, code: str, start: str) -> HttpResponse:
    """Show a closed period: the numbers its invoice was made from, and the curves behind them."""
    organization = get_visible(request, code)
    found = get_closed(organization, start)
    known, counted = found.known, found.counted
    reader = reader_in(known.terms.time_zone)
    later = list(list_cycles_that_corrected(found.cycle))
    documents = documents_by_cycle(organization, [found.cycle, *later])
    context = {
        "organization": organization,
        "start": start,
        "days": format_days(known.period.start, known.period.last_day, get_language()),
        "page": build_period_page(counted, known=known, reader=reader),
        "curves": draw_curves(known, peak=counted.peak, fair_use=counted.fair_use, reader=reader),
        "documents": documents[found.cycle.pk],
        "corrections": [document for cycle in later for document in documents[cycle.pk]],
        "reports": reports_of(known),
        "people_url": reverse("period_people", args=[code, start]),
    }
    return render(request, "invoices/portal/period.html", context)
