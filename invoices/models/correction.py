"""Which earlier periods a close rated again, and what it counted for them (BR-74, BR-77)."""

from django.db import models
from django.utils.translation import gettext as _

from invoices.models.cycle import BillingCycle, TermsSnapshot
from subscriptions.models import Organization
from usage.models import UsageSnapshot


class PeriodCorrection(models.Model):
    """One earlier period as a later close counted it; the difference stands on that close's document."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    closing_cycle = models.ForeignKey(
        BillingCycle, on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    corrected_cycle = models.ForeignKey(BillingCycle, on_delete=models.PROTECT, related_name="corrected_by")
    terms_snapshot = models.ForeignKey(
        TermsSnapshot, on_delete=models.PROTECT, related_name="+", help_text="What it was rated with."
    )
    usage_snapshot = models.OneToOneField(UsageSnapshot, on_delete=models.PROTECT, related_name="correction")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["closing_cycle", "corrected_cycle"], name="invoices_correction_once"),
        ]

    def __str__(self) -> str:
        """Show the corrected period."""
        return _("%(period)s rated again") % {"period": self.corrected_cycle}
