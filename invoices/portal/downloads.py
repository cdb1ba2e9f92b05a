"""The reports of a period, closed or running, as files named like those the domain knows."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoices.exports.names import file_stem
from invoices.portal.closed import first_day, get_visible
from invoices.services.reports import NotCountedYetError, find_reported_period, make_report
from subscriptions.domain.terms import LicensingModel
from subscriptions.selectors.clock import database_now
from subscriptions.views.downloads import hand_out
from usage.domain.known_period import KnownPeriod


@require_safe
@login_required
def period_download(request: HttpRequest, code: str, start: str, report: str, ending: str) -> HttpResponseBase:
    """Hand out a report of a period; a running one as it stands."""
    organization = get_visible(request, code)
    found = find_reported_period(organization, start=first_day(start), now=database_now())
    if found is None or report not in dict(reports_of(found.known)):
        raise Http404
    back = reverse("periods", args=[code])
    try:
        made = make_report(report, found)
    except NotCountedYetError:
        messages.info(request, _("There is too much use to count while you wait. Try again in a minute or two."))
        return redirect(back)
    return hand_out(request, made, ending=ending, name=f"{file_stem(organization.code)}-{report}-{start}", back=back)


def reports_of(known: KnownPeriod) -> list[tuple[str, str]]:
    """Return the reports that a period has, each with what it is called; only hourly licensing has user hours."""
    reports = [
        ("billable-usage", _("Billable usage")),
        ("concurrent-usage", _("Concurrent usage by day")),
        ("resources-usage", _("Resources by day")),
        ("voice-usage", _("Voice calls")),
    ]
    if known.terms.licensing_model is LicensingModel.HOURLY:
        reports.append(("user-hours", _("User hours by day")))
    return reports
