"""The application's registration with Django."""

from django.apps import AppConfig
from django.core.checks import register


class BillingsiteConfig(AppConfig):
    """Register the app under its label, and what must be true of the settings."""

    name = "billingsite"

    def ready(self) -> None:
        """Have the settings checked wherever Django checks itself."""
        from billingsite.checks import check_machinery  # noqa: PLC0415 - Celery is configured by the settings

        register(check_machinery)
