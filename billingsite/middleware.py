"""Security headers of every answer: what a page may load, and that no shared computer keeps it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

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
