"""What every request passes: security headers, from where it comes, and a second person for what needs one."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

from subscriptions.admin.approval import keep_for_second_person
from subscriptions.choices import AuditOrigin
from subscriptions.services.origin import acting_from
from subscriptions.views.access import SecondPersonRequired

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

# The API's documentation page styles itself from its script.
API = policy(
    style_src="'self' 'unsafe-inline'",
    img_src="'self' data:",
    font_src="'self'",
    script_src="'self'",
    connect_src="'self'",
)

POLICY_BY_PATH = {"/admin/": ADMIN, "/api/": API}


class SecurityHeadersMiddleware:
    """Put a strict policy on every answer, a wider one on the paths that need it."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer with its headers."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", _policy_for(request.path_info))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        if isinstance(response, HttpResponse) and not response.has_header("Cache-Control"):
            # Whoever presses "back" after the last person signed out must not see their numbers.
            add_never_cache_headers(response)
        return response


def _policy_for(path: str) -> str:
    return next((wider for prefix, wider in POLICY_BY_PATH.items() if path.startswith(prefix)), PAGES)


class OriginMiddleware:
    """Say to the audit trail from which address whatever the request does comes."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer as it is."""
        with acting_from(AuditOrigin.REQUEST, _address_of(request)):
            return self.get_response(request)


def _address_of(request: HttpRequest) -> str:
    """Return the address of a request, as far as our own proxies vouch for it."""
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        # It did not come through our proxies: a check of health, or somebody inside.
        address = ""
    return address or str(request.META.get("REMOTE_ADDR", ""))


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
