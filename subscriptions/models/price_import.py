"""Price lists on their way from a file into force: the row is the queue, and afterwards the record of who did it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from subscriptions.choices import CURRENCY_CHOICES, LIST_KINDS, LIST_SCOPES, ImportState
from subscriptions.models.shown import shown_day
from subscriptions.models.voice import VoiceRateDeck


class PriceImport(models.Model):
    """
    A file that was uploaded to become a price book, a version of a rate deck or tax rates.

    The file lives here, not on a disk or in a session: any host may read it, until it is imported or a day has passed.
    """

    kind = models.CharField(max_length=20, choices=LIST_KINDS)
    currency = models.CharField(max_length=3, choices=CURRENCY_CHOICES, blank=True, help_text="Of a price book.")
    deck = models.ForeignKey(VoiceRateDeck, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    effective_date = models.DateField(help_text="The first day on which these prices are in force.")
    increment_seconds = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of a rate deck: calls are rounded up to this many seconds."
    )
    scope = models.CharField(max_length=10, choices=LIST_SCOPES, default="complete", verbose_name="the file lists")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False, help_text="When a worker last took it on.")
    rows_read = models.PositiveIntegerField(default=0, editable=False)
    counts = models.JSONField(default=dict, editable=False, help_text="How many entries change in which way.")
    basis = models.CharField(max_length=64, editable=False, help_text="Names the list that the file was compared with.")
    was_outdated = models.BooleanField(
        default=False, editable=False, help_text="Whether that list changed before these prices were imported."
    )
    imported_at = models.DateTimeField(null=True, editable=False)
    # Last, and large: a list of imports reads neither.
    findings = models.BinaryField(default=bytes, help_text="Every change, or every fault; compressed.")
    content = models.BinaryField(default=bytes, help_text="The file, until it is imported.")

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="price_book", deck__isnull=True) & ~models.Q(currency="")
                | models.Q(kind="rate_deck", currency="", deck__isnull=False, increment_seconds__gte=1)
                | models.Q(kind="tax_rates", currency="", deck__isnull=True),
                name="subscriptions_priceimport_names_its_list",
            ),
            models.CheckConstraint(
                condition=models.Q(state="imported", imported_at__isnull=False)
                | ~models.Q(state="imported") & models.Q(imported_at__isnull=True),
                name="subscriptions_priceimport_imported_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                condition=models.Q(state__in=["uploaded", "confirmed"]),
                name="priceimport_to_work_on",
            ),
        ]

    def __str__(self) -> str:
        """Show file and day."""
        return _("%(what)s from %(day)s") % {"what": self.file_name, "day": shown_day(self.effective_date)}
