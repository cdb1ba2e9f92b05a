"""The addresses of the public pages."""

from django.urls import path

from subscriptions.portal import views

urlpatterns = [
    path("", views.ask, name="trial_request"),
    path("asked/", views.asked, name="trial_asked"),
    path("<str:link>/", views.confirm, name="trial_confirm"),
]
