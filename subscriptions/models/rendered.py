"""The PDF of a document, or the reason why there is none yet: the row's state is the renderer's queue."""

from django.db import models

RENDERING_BEGAN = "Rendering began and did not end."
"""What a row says while it is rendered, and for as long as it is not tried again if that came to nothing."""


class PdfRow(models.Model):
    """
    What is rendered once and kept.

    A row is inserted empty with its document, in the same transaction, and filled later by the sweep.
    """

    content = models.BinaryField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    rendered_at = models.DateTimeField(null=True)
    renderer = models.CharField(max_length=60, blank=True, help_text="Name and version of what rendered it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(help_text="Not tried again before this instant.")
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(content__isnull=True, rendered_at__isnull=True)
                | (models.Q(content__isnull=False, rendered_at__isnull=False) & ~models.Q(sha256="")),
                name="%(app_label)s_%(class)s_all_or_nothing",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(rendered_at__isnull=True),
                name="%(app_label)s_pdf_pending",
            ),
        ]

    def __str__(self) -> str:
        """Show which document it is of, by key."""
        return f"PDF {self.pk}"
