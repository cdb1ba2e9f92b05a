"""What if an agreement had had other terms: for those who work on its organization; nothing is stored."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from invoices.exports.names import file_stem
from invoices.exports.what_if import what_if_csv
from invoices.forms import FIGURES, WhatIfForm
from invoices.services.estimating import ask_what_if
from invoices.services.what_if_document import find_subscription_to_compare, get_what_if_document
from subscriptions.admin.parts import current_language
from subscriptions.admin.roles import person
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff


class WhatIfPages:
    """Adds the pages of a what-if to a model's own; they belong to no row of it."""

    admin_site: Any
    opts: Any

    def what_if_urls(self) -> list[URLPattern]:
        """Return the addresses of the pages."""
        wrap = self.admin_site.admin_view
        return [
            path("what-if/of-organization/<int:pk>/", wrap(self.organization_what_if), name="invoices_what_if_of"),
            path("what-if/<int:pk>/", wrap(self.what_if), name="invoices_what_if"),
            path("what-if/<int:pk>/what-if.csv", wrap(self.what_if_file), name="invoices_what_if_file"),
        ]

    def organization_what_if(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lead to the agreement that was closed last; say so where there is none."""
        organization = get_object_or_404(list_organizations_for_staff(person(request)), pk=pk)
        subscription = find_subscription_to_compare(organization)
        if subscription is not None:
            return HttpResponseRedirect(reverse("admin:invoices_what_if", args=[subscription.pk]))
        return self._what_if_page(request, organization, {})

    def what_if(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for other terms and show the last periods under them beside what was billed."""
        subscription = _subscription(request, pk)
        form = WhatIfForm(request.GET if "periods" in request.GET else None, subscription=subscription)
        context: dict[str, Any] = {"subscription": subscription, "form": form, "figures": FIGURES.values()}
        if form.is_valid():
            question, language = form.question(), current_language()
            answer = ask_what_if(subscription, question, now=database_now())
            context |= {
                "answer": answer,
                "what_if": answer.value
                and get_what_if_document(answer.value, question, subscription=subscription, language=language),
                "csv_url": f"{reverse('admin:invoices_what_if_file', args=[pk])}?{request.GET.urlencode()}",
            }
        return self._what_if_page(request, subscription.organization, context)

    def what_if_file(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Hand out every row of a comparison as CSV."""
        subscription = _subscription(request, pk)
        form = WhatIfForm(request.GET, subscription=subscription)
        if not form.is_valid():
            raise Http404
        comparison = ask_what_if(subscription, form.question(), now=database_now()).value
        if comparison is None:
            raise Http404
        response = StreamingHttpResponse(what_if_csv(comparison), content_type="text/csv; charset=utf-8")
        name = f"{file_stem(subscription.organization.code)}-what-if.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _what_if_page(self, request: HttpRequest, organization: Organization, context: dict[str, Any]) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": organization.name,
            "organization": organization,
            "says_what_to_mend": True,
        }
        return TemplateResponse(request, "admin/seatbill/what_if.html", shared | context)


def _subscription(request: HttpRequest, pk: int) -> Subscription:
    """Return an agreement of the person's own organizations; what is not theirs does not exist (BR-93)."""
    own = Subscription.objects.filter(organization__in=list_organizations_for_staff(person(request)))
    return get_object_or_404(own.select_related("organization"), pk=pk)
