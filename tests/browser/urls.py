"""The site's addresses, two at which something goes wrong, and axe's."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from billingsite.urls import urlpatterns as site
from tests.browser import axe


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A page that fails, to see what a person is told.")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("An address that nobody types.")


def axe_itself(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(axe.SOURCE.read_bytes(), content_type="text/javascript")
    response["Cache-Control"] = "max-age=86400"
    return response


urlpatterns = [path(axe.ADDRESS[1:], axe_itself), path("broken/", broken), path("suspicious/", suspicious), *site]
