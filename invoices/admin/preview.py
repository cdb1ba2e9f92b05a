"""The preview of an agreement's next document, for those who work on its organization."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from invoices.documents.explanation import ROWS_ON_A_PAGE, LineExplanation, evidence_table
from invoices.exports.evidence import evidence_csv
from invoices.exports.names import evidence_file_name
from invoices.services.estimating import ask_for_preview
from invoices.services.expecting import keep_expectation
from invoices.services.preview_document import find_preview_explanation, get_preview_document
from invoices.services.previewing import list_subscriptions_to_preview, next_cycle
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff


class PreviewPages:
    """Adds the pages of an upcoming invoice to a model's own; they belong to no row of it."""

    admin_site: Any
    opts: Any

    def preview_urls(self) -> list[URLPattern]:
        """Return the addresses of the pages."""
        wrap, one = self.admin_site.admin_view, "upcoming/<int:pk>/"
        return [
            path("upcoming/of-organization/<int:pk>/", wrap(self.organization_preview), name="invoices_preview_of"),
            path(one, wrap(self.preview), name="invoices_preview"),
            path(f"{one}lines/<int:number>/", wrap(self.preview_line), name="invoices_preview_line"),
            path(
                f"{one}lines/<int:number>/evidence.csv",
                wrap(self.preview_evidence),
                name="invoices_preview_evidence",
            ),
        ]

    def organization_preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead to the agreement that is invoiced next; say so where there is none."""
        organization = get_object_or_404(list_organizations_for_staff(person(request)), pk=pk)
        coming = list_subscriptions_to_preview(organization)
        if coming:
            return HttpResponseRedirect(reverse("admin:invoices_preview", args=[coming[0][0].pk]))
        return self._page(request, organization, {})

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the next document of an agreement would be if the period ended now."""
        subscription = _subscription(request, pk)
        cycle, context = next_cycle(subscription), dict[str, Any](subscription=subscription)
        if cycle is not None:
            answer = ask_for_preview(subscription, cycle, now=database_now())
            if answer.value and request.method == "GET":
                # The run review shows the same figures as the page that it leads to.
                keep_expectation(subscription, answer.value)
            context |= {
                "answer": answer,
                "preview": answer.value
                and get_preview_document(answer.value, subscription=subscription, language=current_language()),
                "cycle": cycle,
                "lines_url": f"{reverse('admin:invoices_preview', args=[pk])}lines/",
            }
        return self._page(request, subscription.organization, context)

    def preview_line(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Answer "why this quantity?" for a line of a preview (BR-77)."""
        subscription = _subscription(request, pk)
        explanation = _explanation(subscription, number)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": explanation.line.description,
            "subscription": subscription,
            "explanation": explanation,
            "evidence": evidence_table(explanation, limit=ROWS_ON_A_PAGE),
            "back": reverse("admin:invoices_preview", args=[pk]),
            "csv_url": reverse("admin:invoices_preview_evidence", args=[pk, number]),
        }
        return TemplateResponse(request, "admin/seatbill/preview_line.html", context)

    def preview_evidence(self, request: HttpRequest, pk: int, number: int) -> StreamingHttpResponse:
        """Hand out all evidence behind a line of a preview as CSV."""
        explanation = _explanation(_subscription(request, pk), number)
        response = StreamingHttpResponse(evidence_csv(explanation), content_type="text/csv; charset=utf-8")
        name = evidence_file_name(number="preview", line=number)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _page(self, request: HttpRequest, organization: Organization, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": organization.name,
            "organization": organization,
            "says_what_to_mend": True,
        }
        return TemplateResponse(request, "admin/seatbill/preview.html", shared | context)


def _subscription(request: HttpRequest, pk: int) -> Subscription:
    """Return an agreement of the person's own organizations; what is not theirs does not exist (BR-93)."""
    own = Subscription.objects.filter(organization__in=list_organizations_for_staff(person(request)))
    return get_object_or_404(own.select_related("organization", "issuing_entity"), pk=pk)


def _explanation(subscription: Subscription, number: int) -> LineExplanation:
    cycle = next_cycle(subscription)
    value = cycle and ask_for_preview(subscription, cycle, now=database_now()).value
    explanation = value and find_preview_explanation(
        value, subscription=subscription, number=number, language=current_language()
    )
    if not explanation:
        raise Http404
    return explanation
