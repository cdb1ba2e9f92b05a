"""The application's registration with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from subscriptions.apps import translate_names


class UsageConfig(AppConfig):
    """Register the app under its label."""

    name = "usage"
    verbose_name = _("Usage")

    def import_models(self) -> None:
        """Load the models, with words that are translated when they are shown."""
        super().import_models()
        translate_names(self.models.values())
