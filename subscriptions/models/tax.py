"""Who charges tax on what, from when, and who is exempt (BR-78)."""

from django.db import models

from subscriptions.choices import TAX_ID_CHECKS, TAX_ID_VERDICTS
from subscriptions.models.organization import Organization
from subscriptions.models.shown import shown_percentage


class TaxAuthority(models.Model):
    """A state, county, city or country that taxes revenue."""

    name = models.CharField(max_length=200, help_text="As it is printed on an invoice.")

    class Meta:
        verbose_name_plural = "tax authorities"

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class AuthorityRate(models.Model):
    """What an authority charges from a day on, until a later rate takes over."""

    authority = models.ForeignKey(TaxAuthority, on_delete=models.CASCADE, related_name="rates", db_index=False)
    effective_date = models.DateField(help_text="In force for documents dated on this day or later.")
    rate = models.DecimalField(max_digits=9, decimal_places=6, help_text="Percent.")
    taxable = models.DecimalField(
        max_digits=9, decimal_places=6, default=100, help_text="Percent of the revenue that is taxed."
    )
    categories = models.JSONField(help_text="Which revenue: software, telecom, hardware, service.")

    class Meta:
        ordering = ["authority_id", "-effective_date"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "effective_date"], name="subscriptions_rate_one_a_day"),
            models.CheckConstraint(
                condition=models.Q(rate__gte=0, rate__lte=999, taxable__gte=0, taxable__lte=100),
                name="subscriptions_rate_is_a_percentage",
            ),
        ]

    def __str__(self) -> str:
        """Show authority and rate."""
        return f"{self.authority}: {shown_percentage(self.rate)}"


class OrganizationTax(models.Model):
    """An authority that taxes an organization; their order is that of the lines on its documents."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="taxes", db_index=False)
    authority = models.ForeignKey(TaxAuthority, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "organization taxes"
        ordering = ["organization_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "authority"], name="subscriptions_organizationtax_once"),
        ]

    def __str__(self) -> str:
        """Show the authority."""
        return str(self.authority)


class ExemptionCertificate(models.Model):
    """A proof that an organization is not charged tax, valid on both days and between them."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="exemptions")
    number = models.CharField(max_length=100, help_text="As it stands on the certificate; printed on documents.")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text="Inclusive; empty: until it is withdrawn.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("valid_from")),
                name="subscriptions_exemption_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        """Show the number."""
        return self.number


class TaxIdCheck(models.Model):
    """One check of an organization's tax number: what was found, how, and when; rows are only ever added (BR-78)."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tax_id_checks")
    country = models.CharField(max_length=2)
    tax_id = models.CharField(max_length=40)
    verdict = models.CharField(max_length=10, choices=TAX_ID_VERDICTS)
    method = models.CharField(max_length=20, choices=TAX_ID_CHECKS)
    checked_by = models.CharField(max_length=60, help_text="Name and version of what checked it.")
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["organization_id", "-id"]

    def __str__(self) -> str:
        """Show the number and what was found."""
        return f"{self.tax_id}: {self.get_verdict_display()}"
