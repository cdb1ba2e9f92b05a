"""The application's registration with Django."""

from django.apps import AppConfig


class BillingsiteConfig(AppConfig):
    """Register the app under its label."""

    name = "billingsite"
