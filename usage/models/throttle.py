"""How much of a rate each sender has used up."""

from django.db import models


class Throttle(models.Model):
    """
    What somebody has used of a rate, as the instant at which all of it is free again.

    A row that is lost or in the past means that nothing is used: nothing here needs to outlive a crash.
    """

    name = models.CharField(primary_key=True, max_length=100)
    spent_until = models.BigIntegerField(help_text="Microseconds since 1970.")

    def __str__(self) -> str:
        """Show whose it is."""
        return self.name
