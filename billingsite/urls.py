"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path

from billingsite import views
from billingsite.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", views.SignOut.as_view(), name="logout"),
    path("password/", views.ChangePassword.as_view(), name="password_change"),
    path("trial/", include("subscriptions.portal.urls")),
    path("organizations/", views.organizations, name="organizations"),
    path("o/<slug:code>/", views.organization, name="organization"),
    path("o/<slug:code>/licenses/", include("usage.urls")),
    path("o/<slug:code>/invoices/", include("invoices.portal.urls")),
]
