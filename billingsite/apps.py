"""The application's registration with Django."""

from django.apps import AppConfig
from django.core.checks import register


class BillingsiteConfig(AppConfig):
    """Register the app under its label, and what must be true of the settings."""

    name = "billingsite"

    def ready(self) -> None:
        """Have the settings checked wherever Django checks itself."""
        # Late: Celery is configured by the settings.
        from billingsite.checks import check_deployed_gateway, check_gateway, check_machinery  # noqa: PLC0415

        register(check_machinery)
        register(check_gateway)
        register(check_deployed_gateway, deploy=True)
