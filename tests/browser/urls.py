"""The site's addresses, and two at which something goes wrong."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from billingsite.urls import urlpatterns as site


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("A page that fails, to see what a person is told.")


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("An address that nobody types.")


urlpatterns = [path("broken/", broken), path("suspicious/", suspicious), *site]
