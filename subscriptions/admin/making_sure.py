"""Pages of the admin on which a person gives their password again: before something is saved, or before they open."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from subscriptions.views.access import make_sure_of


class MakesSure:
    """What is typed into the form of a row is saved for who has just given their password."""

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        make_sure_of(request)
        return super().save_form(request, form, change)  # type: ignore[misc]


def asks_first(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open a page for who has just given their password: what is typed there is a secret, and is not kept meanwhile."""

    @wraps(view)
    def ask(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            make_sure_of(request)
        except ReauthenticationRequired:
            if request.method != "POST":
                raise
            words = _("It took longer than five minutes, so please give your password first. Then type it once more.")
            messages.warning(request, words)
            return HttpResponseRedirect(request.get_full_path())
        return view(self, request, *args, **kwargs)

    return ask
