"""The application's registration with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicesConfig(AppConfig):
    """Register the app under its label."""

    name = "invoices"
    verbose_name = _("Billing")
