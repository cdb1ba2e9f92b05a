"""Withdraws a file of the old system that was kept by mistake, while nobody is live on its strength (ADR 43)."""

from django.db import transaction

from invoices.models import OldInvoice, OldInvoiceFile, Shadow
from invoices.services.shadow.beginning import lock_shadows
from invoices.services.shadow.old_files import OldFileError, deeds_of, lock_file, reason_violations
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.services.auditing import record_all
from subscriptions.services.recording import Recording


def withdrawal_violations(file: OldInvoiceFile) -> list[Violation]:
    """Return why a file cannot be withdrawn; nothing if it can."""
    if file.withdrawn_at is not None:
        message = translatable("This file was withdrawn already.")
        return [Violation(code=OldFileError.WITHDRAWN, field="file", message=message)]
    if file.kept_at is None:
        message = translatable("Nothing of this file was kept: there is nothing to withdraw.")
        return [Violation(code=OldFileError.NOT_KEPT, field="file", message=message)]
    booked = file.balances.exclude(document__isnull=True, payment__isnull=True)
    if booked.exists():
        message = translatable(
            "Opening balances of this file are booked: lower a wrong one on the organization's page instead, or "
            "reverse a wrong credit."
        )
        return [Violation(code=OldFileError.BOOKED, field="file", message=message)]
    named = OldInvoice.objects.filter(file=file).values("organization")
    live = Shadow.objects.filter(organization__in=named, live_at__gte=file.kept_at).select_related("organization")
    names = sorted(shadow.organization.name for shadow in live)
    if names:
        message = translatable("These went live on the strength of it, and it stays as their evidence: %(names)s.")
        return [Violation(code=OldFileError.LIVE, field="file", message=message, words={"names": ", ".join(names)})]
    return []


def withdraw_old_file(file_id: int, *, reason: str, recording: Recording) -> int:
    """
    Let nothing that was kept from a file count any more, and return how much that is; what it said stays in the rows.

    It may be uploaded and kept once more, and so may its numbers in another file.

    :raises Refused: if an organization went live on the strength of it, it is booked, or no reason is given
    """
    with transaction.atomic():
        file = lock_file(file_id)
        owners = sorted(set(file.invoices.values_list("organization", flat=True)) | _owners_of_balances(file))
        list(lock_shadows(owners))
        refuse([*reason_violations(reason), *withdrawal_violations(file)])
        of_rows = [
            *file.invoices.values_list("organization_id", flat=True),
            *file.balances.values_list("organization_id", flat=True),
        ]
        file.invoices.update(withdrawn_at=recording.at)
        file.balances.update(withdrawn_at=recording.at)
        file.withdrawn_at, file.withdrawn_by, file.withdrawal_reason = recording.at, recording.by, reason.strip()
        file.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
        record_all(deeds_of(file, "old_file_withdrawn", of_rows, recording, reason=reason.strip()))
    return len(of_rows)


def _owners_of_balances(file: OldInvoiceFile) -> set[int]:
    return set(file.balances.values_list("organization", flat=True))
