"""What every request passes: headers, its origin, the end of its session, a second person for what needs one."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from subscriptions.admin.approval import keep_for_second_person
from subscriptions.choices import AuditOrigin
from subscriptions.services.origin import acting_from
from subscriptions.views.access import SecondPersonRequired
from subscriptions.views.origin import address_of

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def policy(**directives: str) -> str:
    """Return a Content-Security-Policy that allows nothing but the directives given."""
    allowed = {"default_src": "'none'", "base_uri": "'none'", "frame_ancestors": "'none'", "form_action": "'self'"}
    return "; ".join(f"{name.replace('_', '-')} {sources}" for name, sources in (allowed | directives).items())


# Pico's own icons are data: images inside its style sheet.
PAGES = policy(style_src="'self'", img_src="'self' data:", font_src="'self'", script_src="'self'", connect_src="'self'")

# The admin theme writes inline styles and evaluates the expressions in its attributes.
ADMIN = policy(
    style_src="'self' 'unsafe-inline'",
    img_src="'self' data:",
    font_src="'self'",
    script_src="'self' 'unsafe-inline' 'unsafe-eval'",
    connect_src="'self'",
)

POLICY_BY_PATH = {"/admin/": ADMIN}


class SecurityHeadersMiddleware:
    """Put a strict policy on every answer, a wider one on the paths that need it."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer with its headers."""
        response = self.get_response(request)
        sends_to = getattr(response, "sends_forms_to", "")
        response.headers.setdefault("Content-Security-Policy", _policy_for(request.path_info, sends_to))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Whoever presses "back" after the last person logged out must not see their numbers, nor find their files.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


def _policy_for(path: str, sends_to: str) -> str:
    """Return the policy of an address; of a page that says so, with another origin to which its form leads."""
    found = next((wider for prefix, wider in POLICY_BY_PATH.items() if path.startswith(prefix)), PAGES)
    return found.replace("form-action 'self'", f"form-action 'self' {sends_to}") if sends_to else found


class OriginMiddleware:
    """Say to the audit trail from which address whatever the request does comes."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer as it is."""
        with acting_from(AuditOrigin.REQUEST, address_of(request)):
            return self.get_response(request)


class SessionLimitsMiddleware:
    """
    End a session that was not used for a while, that is too old, or whose person may no longer log in.

    When it began and was last used stands in the session itself, and is written at most once a minute.
    """

    BEGAN, USED = "began", "used"
    PRECISION_SECONDS = 60

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer to the person, or to nobody if their session has ended."""
        if SESSION_KEY in request.session:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        session, now = request.session, int(time.time())
        if not request.user.is_authenticated:
            # Who was disabled is nobody, and does not come back by this session if they are let in again.
            session.flush()
            return
        began, used = session.get(self.BEGAN, now), session.get(self.USED, now)
        idle, old = now - used > settings.SESSION_IDLE_MINUTES * 60, now - began > settings.SESSION_HOURS * 3600
        if idle or old:
            logout(request)
            messages.info(
                request,
                _("You were logged out because nothing happened for a while. Please log in again.")
                if idle
                else _("You were logged out because you logged in long ago. Please log in again."),
            )
        elif self.USED not in session or now - used >= self.PRECISION_SECONDS:
            session[self.BEGAN], session[self.USED] = began, now


class SecondPersonMiddleware:
    """Keep what was sent for a second person, where a page asks for one, and go on to the page that says so."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer as it is."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a change that nobody has approved yet; whatever it had written was taken back."""
        if not isinstance(exception, SecondPersonRequired):
            return None
        return HttpResponseRedirect(keep_for_second_person(request, exception))
