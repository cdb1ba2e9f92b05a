"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import include, path

from billingsite import api_docs, machinery, views
from billingsite.api import api
from billingsite.searching import search
from invoices.portal.gateway_notices import stripe_notice

# Staff pass by the second factor and the lock-out like everyone else.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
_lets_in = admin.site.has_permission


def _is_for(request: HttpRequest) -> bool:
    """Tell whether the admin is for a person; to be asked to log in helps nobody who is logged in."""
    if not _lets_in(request) and request.user.is_authenticated:
        raise PermissionDenied
    return _lets_in(request)


admin.site.has_permission = _is_for  # type: ignore[method-assign]

urlpatterns = [
    path("", views.home, name="home"),
    # Before the theme's own: that one reads whole tables and keeps what it found for whoever asks again.
    path("admin/search/", admin.site.admin_view(search)),
    path("admin/machinery/", admin.site.admin_view(machinery.page), name="machinery"),
    path("admin/reports/", include("invoices.admin.finance.addresses")),
    path("health", machinery.health, name="health"),
    path("health/detail", machinery.health_detail, name="health_detail"),
    path("metrics", machinery.metrics, name="metrics"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("admin/", admin.site.urls),
    path("api/v1/docs", api_docs.page, name="api_docs"),
    path("api/v1/", api.urls),
    path("webhooks/stripe/", stripe_notice, name="stripe_notice"),
    path("account/", include("allauth.account.urls")),
    path("account/two-factor/", include("allauth.mfa.urls")),
    path("organizations/", views.organizations, name="organizations"),
    path("o/<slug:code>/", views.organization, name="organization"),
    path("o/<slug:code>/", include("usage.urls")),
    path("o/<slug:code>/upcoming/", include("invoices.portal.preview_urls")),
    path("o/<slug:code>/periods/", include("invoices.portal.history_urls")),
    path("o/<slug:code>/changes/", include("invoices.portal.changes_urls")),
    path("o/<slug:code>/prices/", include("invoices.portal.price_urls")),
    path("o/<slug:code>/invoices/", include("invoices.portal.urls")),
    path("", include("subscriptions.urls")),
]
