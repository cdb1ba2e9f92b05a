"""The language in which somebody reads the site."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import LANGUAGE_QUERY_PARAMETER
from django.views.i18n import set_language as show_in_language

from subscriptions.services.people import choose_language


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Show the site in the chosen language from now on, and remember it for whoever is logged in."""
    chosen = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        choose_language(request.user, chosen)
    return show_in_language(request)
