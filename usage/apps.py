"""The application's registration with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsageConfig(AppConfig):
    """Register the app under its label."""

    name = "usage"
    verbose_name = _("Usage")
