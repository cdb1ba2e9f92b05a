"""What a person has chosen for themselves."""

from django.conf import settings
from django.db import models

from subscriptions.choices import languages


class Preferences(models.Model):
    """The language in which a person reads the site, and in which it writes to them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    language = models.CharField(max_length=10, choices=languages)

    class Meta:
        verbose_name = verbose_name_plural = "preferences"

    def __str__(self) -> str:
        """Show whose they are."""
        return f"{self.user}: {self.language}"
