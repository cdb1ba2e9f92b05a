"""The application's registration with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    """Register the app under its label."""

    name = "subscriptions"
    verbose_name = _("Agreements")
