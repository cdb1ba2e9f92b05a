"""Signs of life of the processes beside the site."""

from enum import StrEnum

from django.db import models


class Living(StrEnum):
    """What shows that it lives, by the name of its heartbeat; a worker's is followed by a colon and its host."""

    BEAT = "beat"
    TICK = "tick"
    WORKER = "worker"
    BOOKS = "books"


class Heartbeat(models.Model):
    """When something was last seen alive, by the database's clock; one row for each, written over and over."""

    name = models.CharField(max_length=200, primary_key=True, help_text="Beat, tick, worker and its host, or a check.")
    seen_at = models.DateTimeField()
    outcome = models.JSONField(default=dict, blank=True, help_text="What a check found.")

    def __str__(self) -> str:
        """Show what was seen."""
        return self.name
