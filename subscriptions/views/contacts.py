"""Who receives an organization's invoices, for those who see them, and how they ask for another (BR-84)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subscriptions.forms import AskForChangeForm
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_with_invoices
from subscriptions.services.contacts import ContactError, ask_for_change
from subscriptions.tables import Keyset, instant
from subscriptions.views.access import get_organization

NEWEST_FIRST = Keyset(column="asked_at", parse=instant, descending=True, size=10)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def billing_contacts(request: HttpRequest, code: str) -> HttpResponse:
    """Show who receives the invoices and what was asked for; a POST asks for a change."""
    among = list_organizations_with_invoices(request.user)
    organization = get_organization(code=code, among=among, person=request.user)
    form = AskForChangeForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        try:
            ask_for_change(
                form.proposal(),
                organization=organization,
                note=form.cleaned_data["note"],
                asked_by=request.user,
                now=database_now(),
            )
        except ContactError as error:
            messages.info(request, str(error))
        else:
            messages.success(request, _("Your customer success manager has your request; the answer stands here."))
        return redirect("billing_contacts", code)
    context = {
        "organization": organization,
        "contacts": organization.billing_contacts.order_by("name", "pk"),
        "page": NEWEST_FIRST.page(organization.contact_requests.select_related("asked_by"), request.GET.dict()),
        "form": form,
    }
    return render(request, "contacts/list.html", context)
