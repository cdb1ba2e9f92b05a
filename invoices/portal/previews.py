"""The upcoming invoice for those who see an organization's use: as if the period ended now, each line explained."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from invoices.documents.explanation import ROWS_ON_A_PAGE, LineExplanation, evidence_table
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import evidence_file_name
from invoices.services.estimating import Answer, ask_for_preview
from invoices.services.preview_document import find_preview_explanation, get_preview_document
from invoices.services.previewing import Preview, list_subscriptions_to_preview
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_with_usage_view
from subscriptions.views import get_organization


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upcoming:
    """The agreement whose next document is asked for, what is known of it, and the organization's other agreements."""

    subscription: Subscription
    answer: Answer[Preview]
    others: Sequence[Subscription]

    @property
    def query(self) -> str:
        """Return what an address says of the agreement: nothing, where there is one only."""
        return f"?since={self.subscription.effective_date.isoformat()}" if self.others else ""


@require_safe
@login_required
def upcoming(request: HttpRequest, code: str) -> HttpResponse:
    """Show what the next invoice would be if the period ended now."""
    organization = _organization(request, code)
    found = _find(request, organization)
    if found is None:
        return render(request, "invoices/portal/preview.html", {"organization": organization})
    value, language = found.answer.value, get_language()
    context = {
        "organization": organization,
        "upcoming": found,
        "answer": found.answer,
        "preview": value and get_preview_document(value, subscription=found.subscription, language=language),
        "lines_url": f"{reverse('upcoming', args=[code])}lines/",
        "lines_query": found.query,
    }
    return render(request, "invoices/portal/preview.html", context)


@require_safe
@login_required
def upcoming_line(request: HttpRequest, code: str, line: int) -> HttpResponse:
    """Answer "why this quantity?" for a line of the upcoming invoice, as it stands (BR-77)."""
    organization = _organization(request, code)
    explanation, query = _explanation(request, organization, line)
    context = {
        "organization": organization,
        "explanation": explanation,
        "evidence": evidence_table(explanation, limit=ROWS_ON_A_PAGE),
        "back": reverse("upcoming", args=[code]) + query,
        "csv_url": reverse("upcoming_evidence", args=[code, line]) + query,
    }
    return render(request, "invoices/portal/preview_line.html", context)


@require_safe
@login_required
def upcoming_evidence(request: HttpRequest, code: str, line: int) -> HttpResponseBase:
    """Hand out all evidence behind a line of the upcoming invoice as CSV."""
    explanation, _query = _explanation(request, _organization(request, code), line)
    response = StreamingHttpResponse(evidence_csv(explanation), content_type="text/csv; charset=utf-8")
    name = evidence_file_name(number="preview", line=line)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _organization(request: HttpRequest, code: str) -> Organization:
    return get_organization(code=code, among=list_organizations_with_usage_view(request.user), person=request.user)


def _find(request: HttpRequest, organization: Organization) -> _Upcoming | None:
    """Return the agreement that the address names, else the one that is invoiced next; None if nothing is to come."""
    coming = list_subscriptions_to_preview(organization)
    since = request.GET.get("since")
    chosen = [pair for pair in coming if since in {None, pair[0].effective_date.isoformat()}]
    if not chosen:
        if since is not None:
            raise Http404
        return None
    subscription, cycle = chosen[0]
    return _Upcoming(
        subscription=subscription,
        answer=ask_for_preview(subscription, cycle, now=database_now()),
        others=[other for other, _ in coming if other != subscription],
    )


def _explanation(request: HttpRequest, organization: Organization, line: int) -> tuple[LineExplanation, str]:
    found = _find(request, organization)
    if found is None or found.answer.value is None:
        raise Http404
    explanation = find_preview_explanation(
        found.answer.value, subscription=found.subscription, number=line, language=get_language()
    )
    if explanation is None:
        raise Http404
    return explanation, found.query
