"""The application's registration with Django."""

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    """Register the app under its label."""

    name = "invoices"
