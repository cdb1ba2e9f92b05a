"""The billed party, the account it belongs to, and the people who may see its bill."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from subscriptions.choices import E_INVOICING, languages
from subscriptions.domain.e_invoicing import EInvoicing


class Account(models.Model):
    """One customer, with all its instances: production, development, QA, training (BR-18)."""

    name = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class Organization(models.Model):
    """The billed party; everything below carries it."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="organizations")
    code = models.SlugField(
        unique=True, help_text="How usage events name the organization (the extension attribute `organization`)."
    )
    name = models.CharField(max_length=200, help_text="What people call it.")
    legal_name = models.CharField(max_length=200, help_text="The bill-to name, as it is printed.")
    address = models.TextField(blank=True, help_text="The bill-to address, as it is printed.")
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2 code; it decides between A4 and Letter.")
    tax_id = models.CharField(
        "tax id",
        max_length=40,
        blank=True,
        help_text="VAT or other tax number, as it is printed; with a VAT number of another member state of the "
        "European Union than the issuing entity's, the organization is invoiced under reverse charge.",
    )
    language = models.CharField(max_length=10, choices=languages, default="en", help_text="Of documents and mail.")
    e_invoicing = models.CharField(
        "e-invoices",
        max_length=20,
        choices=E_INVOICING,
        default=EInvoicing.BY_COUNTRY.value,
        help_text="Whether each PDF carries a file for the customer's program (Factur-X and ZUGFeRD, EN 16931); it "
        "holds for PDFs that are still to be made.",
    )
    buyer_reference = models.CharField(
        max_length=100,
        blank=True,
        help_text="What the customer asks to be named on each invoice, such as a German Leitweg-ID or a department.",
    )
    regions = models.JSONField(
        default=list, blank=True, help_text="Regions the organization lives in; concurrent licensing needs exactly one."
    )
    csms = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="assigned_organizations",
        verbose_name="customer success managers",
        help_text="Who works on this organization; a lead works on all.",
    )

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"], name="organization_by_name")]
        permissions = [("lead", "Works on every organization (CSM lead, finance)")]

    def __str__(self) -> str:
        """Show the name."""
        return self.name


class Membership(models.Model):
    """A person of an organization and what they may see there (BR-90, BR-91)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    billing_subscription = models.BooleanField(
        default=False, help_text="Sees the Subscription Admin view: licenses in use, people, history."
    )
    billing_contact = models.BooleanField(default=False, help_text="Sees and downloads invoices.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "user"], name="subscriptions_membership_once"),
        ]

    def __str__(self) -> str:
        """Show who belongs where."""
        return _("%(who)s at %(organization)s") % {"who": self.user, "organization": self.organization}


class BillingContact(models.Model):
    """An address that receives each invoice (BR-84)."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="billing_contacts", db_index=False
    )
    name = models.CharField(max_length=200)
    email = models.EmailField()
    language = models.CharField(max_length=10, choices=languages, default="en")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "email"], name="subscriptions_billingcontact_once"),
        ]

    def __str__(self) -> str:
        """Show name and address."""
        return f"{self.name} <{self.email}>"
