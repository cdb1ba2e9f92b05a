"""The audit trail: who did what, when, from where and why, each entry bound to the one before it."""

from django.conf import settings
from django.db import models

from subscriptions.choices import AuditKind, AuditOrigin
from subscriptions.domain.audit import HOUSE
from subscriptions.models.organization import Organization


class AuditHead(models.Model):
    """How far a chain has come: one row for each organization, and one for what belongs to none; it only goes on."""

    chain = models.BigIntegerField(primary_key=True, help_text="The organization's key; 0: what belongs to none.")
    sequence = models.PositiveBigIntegerField(help_text="Of the last entry; 0: there is none yet.")
    digest = models.BinaryField(max_length=32, help_text="Of the last entry.")

    def __str__(self) -> str:
        """Show whose chain it is, and how long."""
        return f"{self.chain}: {self.sequence}"


class AuditEntry(models.Model):
    """
    One deed. Rows are only ever added, and none is deleted: an entry outlives the organization it is about.

    Whatever may name a person lies apart, in `AuditWords`, so that it can be erased without breaking the chain.
    """

    # Without a constraint: the entries of a removed organization stay, and say whose they were by its key.
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    sequence = models.PositiveBigIntegerField(help_text="Its place in the chain, from 1, without gaps.")
    at = models.DateTimeField(help_text="When it was done.")
    kind = models.CharField(max_length=20, choices=AuditKind)
    deed = models.CharField(max_length=40, help_text="What was done, as a code.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the product itself, or an operator at the server.",
    )
    origin = models.CharField(max_length=10, choices=AuditOrigin, help_text="By which way it came.")
    subject_type = models.CharField(max_length=100, help_text="The kind of row that it is about.")
    subject_id = models.TextField(help_text="The key of that row.")
    words_digest = models.BinaryField(max_length=32, help_text="Of the words that belong to it.")
    previous = models.BinaryField(max_length=32, help_text="The digest of the entry before it.")
    digest = models.BinaryField(max_length=32, help_text="Of every other column.")

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"
        constraints = [
            models.UniqueConstraint(fields=["organization", "sequence"], name="subscriptions_audit_sequence"),
            models.UniqueConstraint(
                fields=["sequence"], condition=models.Q(organization=None), name="subscriptions_audit_house_sequence"
            ),
        ]
        indexes = [models.Index(fields=["organization", "kind", "-sequence"], name="subscriptions_audit_kind")]

    def __str__(self) -> str:
        """Show its place."""
        return f"{self.organization_id or HOUSE}/{self.sequence}"


class AuditWords(models.Model):
    """What an entry says in words, and may name people with; deleted by an erasure only, which is an entry itself."""

    entry = models.OneToOneField(AuditEntry, primary_key=True, on_delete=models.PROTECT, related_name="words")
    organization = models.ForeignKey(
        Organization, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    salt = models.BinaryField(max_length=16, help_text="So that erased words cannot be guessed from their digest.")
    facts = models.TextField(help_text="What was done, by name, as JSON.")
    reason = models.TextField(blank=True, help_text="Why; for staff only.")
    place = models.TextField(help_text="From where: an address, a command or a task.")

    class Meta:
        verbose_name_plural = "audit words"

    def __str__(self) -> str:
        """Show what they say."""
        return self.facts
