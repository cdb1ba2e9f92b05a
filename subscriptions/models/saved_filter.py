"""What a person keeps of a list of the admin: how it is filtered, searched and ordered, under a name."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A list as a person wants to see it again; of leads also as everyone may see it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, editable=False, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    page = models.CharField(max_length=100, editable=False, help_text="The list, such as `invoices_invoice`.")
    query = models.TextField(editable=False, help_text="What follows the list's address: filters, search and order.")
    name = models.CharField(max_length=60, help_text="What it is called above the list.")
    is_shared = models.BooleanField("shared", default=False, help_text="Whether everyone sees it above their list.")
    saved_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "page", "name"], name="subscriptions_savedfilter_once"),
        ]
        indexes = [
            models.Index(fields=["page"], condition=models.Q(is_shared=True), name="subscriptions_savedfilter_all"),
        ]

    def __str__(self) -> str:
        """Show the name."""
        return self.name
