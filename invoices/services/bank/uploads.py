"""Keeps bank files until a worker has read them; the same file is never taken twice (BR-80)."""

import hashlib
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from invoices.choices import BankFileState, BankLineState
from invoices.models import BankFile, BankFormat, BankLine
from subscriptions.choices import AuditKind
from subscriptions.services.auditing import Deed, record

LONGEST_FILE_NAME = 200


class KnownFileError(ValueError):
    """This very file was uploaded before; `file` is what became of it."""

    def __init__(self, file: BankFile) -> None:
        """Keep the file that is there."""
        super().__init__(file.sha256)
        self.file = file


def store_bank_file(
    content: bytes, *, file_name: str, bank_format: BankFormat | None, uploaded_by: User | None, now: datetime
) -> BankFile:
    """
    Keep a file to be read by a worker; camt.053 has no format.

    One that could not be read makes place: it may be uploaded again with another format.

    :raises KnownFileError: if the same bytes were uploaded before; nothing changes then
    """
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        BankFile.objects.filter(sha256=sha256, state=BankFileState.FAULTY).delete()
        # Of two who upload it at once the second one finds the first one's.
        row, is_new = BankFile.objects.get_or_create(
            sha256=sha256,
            defaults={
                "bank_format": bank_format,
                "file_name": file_name[:LONGEST_FILE_NAME],
                "uploaded_by": uploaded_by,
                "uploaded_at": now,
                "content": content,
            },
        )
        if not is_new:
            raise KnownFileError(row)
        _record("bank_file_uploaded", row, by=uploaded_by, now=now)
    return row


def discard_bank_file(file: BankFile, *, by: User, now: datetime) -> bool:
    """Forget a file and its lines; tell whether nothing of it was recorded, set aside, or on its way yet."""
    with transaction.atomic():
        row = BankFile.objects.select_for_update(of=("self",)).filter(pk=file.pk).first()
        untouched = (BankLineState.PROPOSED, BankLineState.WAITING, BankLineState.OUT)
        if row is None or row.lines.exclude(state__in=untouched).exists():
            return False
        _record("bank_file_discarded", row, by=by, now=now)
        BankLine.objects.filter(file=row).delete()
        row.delete()
    return True


def _record(deed: str, row: BankFile, *, by: User | None, now: datetime) -> None:
    record(
        Deed(
            organization_id=None,
            kind=AuditKind.PAYMENT,
            deed=deed,
            subject=row,
            by=by,
            at=now,
            facts={"file": row.file_name, "sha256": row.sha256},
        )
    )
