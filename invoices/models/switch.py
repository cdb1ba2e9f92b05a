"""The one switch that stops all issuing."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _


class IssuingSwitch(models.Model):
    """
    One turn of the switch: whether documents are issued from then on, by whom and why.

    The latest row counts; without one they are. Rows are only ever added.
    """

    is_on = models.BooleanField(help_text="Whether documents are issued from then on.")
    reason = models.TextField(help_text="Why, for whoever asks later.")
    switched_at = models.DateTimeField()
    switched_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = "turn of the switch"
        verbose_name_plural = "turns of the switch"

    def __str__(self) -> str:
        """Show what was switched."""
        return _("Issuing switched on") if self.is_on else _("Issuing switched off")
