"""Who belongs to an organization and what they may see: asked in, changed and taken out by its subscription admin."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from subscriptions.forms import InvitationForm, NewPersonForm, PermissionsForm
from subscriptions.models import Invitation, Membership, Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_with_usage_view
from subscriptions.services.people import (
    InvitationError,
    Permissions,
    accept_invitation,
    find_invitation,
    has_account,
    invite,
    join_as_new_person,
    remove_member,
    set_permissions,
    withdraw_invitation,
)
from subscriptions.tables import Keyset
from subscriptions.views.access import BACKEND, get_organization, make_sure_of, recording_of

BY_AGE = Keyset(column="pk", parse=int, size=50)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def member_list(request: HttpRequest, code: str) -> HttpResponse:
    """List the members and open invitations of an organization; a POST invites one more."""
    organization = _organization(request, code)
    form = InvitationForm(request.POST or None, organization=organization)
    if request.method == "POST" and form.is_valid():
        make_sure_of(request)
        _invite(request, organization, form.cleaned_data["email"], form.permissions())
        return redirect("members", code)
    context = {
        "organization": organization,
        "page": BY_AGE.page(organization.memberships.select_related("user"), request.GET.dict()),
        "invitations": organization.invitations.filter(accepted_at__isnull=True).order_by("pk"),
        "form": form,
        "now": database_now(),
    }
    return render(request, "members/list.html", context)


@require_POST
@login_required
def member_permissions(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Change what a member may see."""
    membership = _membership(request, code, pk)
    form = PermissionsForm(request.POST)
    if form.is_valid():
        make_sure_of(request)
        permissions = form.permissions()
        if membership.user_id == request.user.pk and not permissions.billing_subscription:
            messages.error(request, _("You cannot take this permission from yourself: ask another subscription admin."))
        else:
            set_permissions(membership, permissions=permissions, recording=recording_of(request))
            messages.success(
                request, _("%(name)s sees what you ticked from now on.") % {"name": _name(membership.user)}
            )
    return redirect("members", code)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def member_remove(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ask, then take a member out of the organization."""
    membership = _membership(request, code, pk)
    own = membership.user_id == request.user.pk
    if request.method == "POST" and not own:
        make_sure_of(request)
        remove_member(membership, recording=recording_of(request))
        messages.success(request, _("%(name)s is no longer a member.") % {"name": _name(membership.user)})
        return redirect("members", code)
    context = {"organization": membership.organization, "membership": membership, "own": own}
    return render(request, "members/remove.html", context)


@require_POST
@login_required
def invitation_again(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Send an open invitation once more, with a new link."""
    asked = _open_invitation(request, code, pk)
    make_sure_of(request)
    permissions = Permissions(billing_subscription=asked.billing_subscription, billing_contact=asked.billing_contact)
    _invite(request, asked.organization, asked.email, permissions)
    return redirect("members", code)


@require_POST
@login_required
def invitation_withdraw(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Take back an open invitation."""
    asked = _open_invitation(request, code, pk)
    make_sure_of(request)
    withdraw_invitation(asked, recording=recording_of(request))
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": asked.email})
    return redirect("members", code)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let the person whom a mail invited join: with the account they have, or with a new one."""
    now = database_now()
    try:
        asked = find_invitation(token, now=now)
        if isinstance(request.user, User):
            return _join_as(request, asked, request.user)
        if has_account(asked.email):
            return render(request, "members/log_in_first.html", {"invitation": asked, "here": request.path})
        form = NewPersonForm(request.POST or None, email=asked.email)
        if request.method == "POST" and form.is_valid():
            user = join_as_new_person(asked, **form.cleaned_data, now=now)
            login(request, user, backend=BACKEND)
            return redirect("organization", asked.organization.code)
    except InvitationError as error:
        return render(request, "members/no_invitation.html", {"reason": error}, status=410)
    return render(request, "members/join.html", {"invitation": asked, "form": form})


def _join_as(request: HttpRequest, asked: Invitation, user: User) -> HttpResponse:
    if request.method == "POST":
        accept_invitation(asked, user=user, now=database_now())
        messages.success(request, _("You belong to %(name)s now.") % {"name": asked.organization.name})
        return redirect("organization", asked.organization.code)
    fits = user.email.casefold() == asked.email
    return render(request, "members/join_as.html", {"invitation": asked, "fits": fits})


def _invite(request: HttpRequest, organization: Organization, email: str, permissions: Permissions) -> None:
    assert isinstance(request.user, User)
    invite(organization=organization, email=email, permissions=permissions, invited_by=request.user, now=database_now())
    messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": email})


def _organization(request: HttpRequest, code: str) -> Organization:
    return get_organization(code=code, among=list_organizations_with_usage_view(request.user), person=request.user)


def _membership(request: HttpRequest, code: str, pk: int) -> Membership:
    members = _organization(request, code).memberships.select_related("user", "organization")
    return get_object_or_404(members, pk=pk)


def _open_invitation(request: HttpRequest, code: str, pk: int) -> Invitation:
    asked = _organization(request, code).invitations.select_related("organization")
    return get_object_or_404(asked, pk=pk, accepted_at__isnull=True)


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
