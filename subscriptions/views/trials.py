"""The public pages on which a visitor asks for a trial and, by the link in the mail, starts it (BR-19)."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from subscriptions.domain.formatting import country_name
from subscriptions.forms import FirstPasswordForm, TrialRequestForm
from subscriptions.models import TrialRequest
from subscriptions.selectors.clock import database_now
from subscriptions.services.trial_requests import (
    ConfirmedTrial,
    confirm_request,
    find_person,
    find_request,
    request_trial,
)
from subscriptions.services.trials import TrialRefusedError
from subscriptions.views.access import BACKEND


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Take a request; the answer is the same whether the address is known here or not."""
    form = TrialRequestForm(request.POST or None)
    if form.is_valid():
        try:
            request_trial(form.requested(), email=form.cleaned_data["email"], now=database_now())
        except TrialRefusedError as error:
            form.add_error(None, str(error))
        else:
            return redirect("trial_asked")
    return render(request, "trials/ask.html", {"form": form})


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Say that a mail is under way."""
    return render(request, "trials/asked.html")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, link: str) -> HttpResponse:
    """Show what was asked for and start it on a click: programs that look through mails open links, too."""
    asked_for = find_request(link, now=database_now())
    if asked_for is None:
        return render(request, "trials/gone.html", status=HTTPStatus.NOT_FOUND)
    form = _password_form(request, asked_for)
    if request.method == "POST" and (form is None or form.is_valid()):
        password = "" if form is None else form.cleaned_data["new_password1"]
        try:
            confirmed = confirm_request(asked_for.pk, password=password, now=database_now())
        except TrialRefusedError as error:
            messages.error(request, str(error))
        else:
            return _welcome(request, confirmed)
    country = country_name(asked_for.country, get_language() or "en")
    context = {"asked_for": asked_for, "country": country, "form": form}
    return render(request, "trials/confirm.html", context)


def _password_form(request: HttpRequest, asked_for: TrialRequest) -> FirstPasswordForm | None:
    """Return the form for a new person's password; who has an account needs none."""
    if find_person(asked_for.email) is not None:
        return None
    # Not stored: so that a password is not made of the name or the address.
    person = User(username=asked_for.email, email=asked_for.email, first_name=asked_for.contact_name[:150])
    return FirstPasswordForm(person, request.POST or None)


def _welcome(request: HttpRequest, confirmed: ConfirmedTrial) -> HttpResponse:
    page = reverse("organization", args=[confirmed.trial.code])
    if confirmed.has_new_account:
        login(request, confirmed.admin, backend=BACKEND)
    if request.user == confirmed.admin:
        messages.success(request, _("Your trial has started. Welcome!"))
        return redirect(page)
    messages.success(request, _("Your trial has started. Log in with the account that you have."))
    return redirect(f"{reverse('account_login')}?next={page}")
