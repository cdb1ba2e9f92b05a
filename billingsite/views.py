"""Where a person lands: their organization's pages, or the choice of one; and where a program finds the icon."""

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from subscriptions.selectors.people import (
    list_organizations_of_member,
    list_organizations_with_invoices,
    list_organizations_with_usage_view,
)
from subscriptions.tables import Keyset, text
from subscriptions.views import get_organization

BY_NAME = Keyset(column="name", parse=text, size=50)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Send a program that asks for the site's icon where it has always stood to where it stands."""
    return redirect(static("seatbill.svg"), permanent=True)


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send each person to their main thing: staff to the admin, others to their organization or the choice of one."""
    if getattr(request.user, "is_staff", False):
        return redirect("admin:index")
    found = list(list_organizations_with_invoices(request.user)[:2])
    if len(found) == 1:
        return redirect("organization", found[0].code)
    return redirect("organizations")


@require_safe
@login_required
def organizations(request: HttpRequest) -> HttpResponse:
    """List the organizations whose pages a person may see, by name; `q` searches in name and code."""
    wanted = request.GET.get("q", "").replace("\x00", "").strip()
    visible = list_organizations_with_invoices(request.user)
    if wanted:
        visible = visible.filter(Q(name__icontains=wanted) | Q(code__icontains=wanted))
    page = BY_NAME.page(visible, request.GET.dict())
    memberships = [] if page.rows or wanted else list(list_organizations_of_member(request.user).order_by("name")[:10])
    return render(request, "home.html", {"page": page, "wanted": wanted, "without_permission": memberships})


@require_safe
@login_required
def organization(request: HttpRequest, code: str) -> HttpResponse:
    """Send a person to what they may see of an organization: its licenses in use, else its invoices."""
    found = get_organization(code=code, among=list_organizations_with_invoices(request.user), person=request.user)
    if list_organizations_with_usage_view(request.user).filter(pk=found.pk).exists():
        return redirect("licenses", found.code)
    return redirect("invoice_list", found.code)
