"""
Takes in files of the old system, its invoices or what is open of them: uploaded, checked, kept once a person confirms.

What a file holds it is asked for with; a wrong file is withdrawn as long as nobody went live on the strength of it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connection, transaction

from invoices.domain.moving_in.old_invoices import OldCharge, ReadFile, read_old_invoices
from invoices.domain.moving_in.opening_balances import OldFile, ReadBalances, read_opening_balances
from invoices.domain.moving_in.rows import OldFault
from invoices.models import OldInvoice, OldInvoiceFile, OldLine, OpeningBalance, Shadow
from invoices.services.locking import lock_accounts
from invoices.services.shadow.beginning import lock_shadows
from invoices.services.shadow.known import known_balances, known_invoices
from invoices.services.shadow.opening import carry_over
from subscriptions.choices import AuditKind
from subscriptions.documents import printable
from subscriptions.domain.price_list.fault import Fault
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Organization
from subscriptions.services.auditing import Deed, record, record_all
from subscriptions.services.bulk import insert_rows
from subscriptions.services.price_imports.reading import read_table
from subscriptions.services.price_imports.unreadable import UnreadableFileError
from subscriptions.services.recording import Recording

MAX_FILE_BYTES = 5 * 1024 * 1024
LONGEST_NAME = 200


UPLOADED = {OldFile.INVOICES: "old_invoices_uploaded", OldFile.BALANCES: "opening_balances_uploaded"}


class OldFileError(StrEnum):
    """Why a file is not kept, or not withdrawn."""

    FAULTY = "faulty"
    WITHDRAWN = "withdrawn"
    NOT_KEPT = "not_kept"
    LIVE = "live"
    BOOKED = "booked"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file of invoices, or of balances, says; `unreadable` is why none of its rows can be read."""

    read: ReadFile = field(default_factory=ReadFile)
    balances: ReadBalances = field(default_factory=ReadBalances)
    unreadable: Sequence[Fault] = ()

    @property
    def faults(self) -> Sequence[OldFault]:
        """Return what is wrong with its rows."""
        return [*self.read.faults, *self.balances.faults]

    @property
    def is_right(self) -> bool:
        """Tell whether nothing is wrong with it."""
        return not self.unreadable and not self.faults


def upload_old_file(file_name: str, content: bytes, *, holds: OldFile, by: User, now: datetime) -> OldInvoiceFile:
    """
    Store a file to be checked, and return it; of one that was uploaded before, the row that is there.

    One that was withdrawn is uploaded anew.
    """
    with transaction.atomic():
        row, is_new = OldInvoiceFile.objects.get_or_create(
            sha256=hashlib.sha256(content).hexdigest(),
            holds=holds.value,
            withdrawn_at=None,
            defaults={
                "file_name": printable(file_name)[-LONGEST_NAME:],
                "content": content,
                "uploaded_at": now,
                "uploaded_by": by,
            },
        )
        if is_new:
            record(
                Deed(
                    organization_id=None,
                    kind=AuditKind.CYCLE,
                    deed=UPLOADED[holds],
                    subject=row,
                    by=by,
                    at=now,
                    facts={"file": row.file_name},
                )
            )
    return row


def check_old_file(file: OldInvoiceFile, *, today: date) -> Checked:
    """Return what a file says, or everything that is wrong with it; nothing is kept."""
    try:
        table = read_table(bytes(file.content))
    except UnreadableFileError as error:
        return Checked(unreadable=error.faults)
    if file.holds == OldFile.BALANCES:
        return Checked(balances=read_opening_balances(table, known_balances(table, today=today)))
    return Checked(read=read_old_invoices(table, known_invoices(table)))


def keep_old_file(file_id: int, *, reason: str = "", recording: Recording) -> int:
    """
    Keep what a file holds and is not there yet, and return how much that is; of a file that was kept before nothing.

    Opening balances need a reason. Of an organization that is live already they are booked at once.

    :raises Refused: if anything is wrong with it, or it was withdrawn
    """
    with transaction.atomic():
        file = lock_file(file_id)
        if file.withdrawn_at is not None:
            message = translatable("This file was withdrawn: upload it once more.")
            refuse([Violation(code=OldFileError.WITHDRAWN, field="file", message=message)])
        if file.kept_at is not None:
            return 0
        if file.holds == OldFile.BALANCES:
            refuse(reason_violations(reason))
            return _keep_balances(file, reason, recording)
        _let_nobody_else_keep()
        return _keep_invoices(file, _checked(file, recording), recording)


def lock_file(file_id: int) -> OldInvoiceFile:
    """Return a file that nobody else keeps or withdraws until the transaction ends."""
    rows = OldInvoiceFile.objects.filter(pk=file_id)
    return (rows.select_for_update() if connection.features.has_select_for_update else rows).get()


def _checked(file: OldInvoiceFile, recording: Recording) -> Checked:
    checked = check_old_file(file, today=recording.at.date())
    if not checked.is_right:
        message = translatable("Something is wrong with this file: mend what is named, and upload it once more.")
        refuse([Violation(code=OldFileError.FAULTY, field="file", message=message)])
    return checked


def _keep_invoices(file: OldInvoiceFile, checked: Checked, recording: Recording) -> int:
    organizations = _organizations(bill.organization for bill in checked.read.bills)
    invoices = insert_rows(
        (
            OldInvoice(
                organization=organizations[bill.organization],
                file=file,
                number=bill.number,
                currency=bill.currency,
            )
            for bill in checked.read.bills
        ),
        keyed=True,
    )
    insert_rows(
        _line(invoice, position, charge)
        for invoice, bill in zip(invoices, checked.read.bills, strict=True)
        for position, charge in enumerate(bill.charges)
    )
    _note_kept(file, recording)
    owners = [invoice.organization_id for invoice in invoices]
    record_all(deeds_of(file, "old_invoices_kept", owners, recording))
    return len(invoices)


def _keep_balances(file: OldInvoiceFile, reason: str, recording: Recording) -> int:
    # Accounts before shadows, as whoever goes live does.
    named = check_old_file(file, today=recording.at.date()).balances.openings
    organizations = _organizations(opening.organization for opening in named)
    owners = [organization.pk for organization in organizations.values()]
    lock_accounts(owners)
    shadows = list(lock_shadows(owners))
    openings = _checked(file, recording).balances.openings
    balances = insert_rows(
        OpeningBalance(
            organization=organizations[opening.organization],
            file=file,
            kind=opening.kind.value,
            number=opening.number,
            document_date=opening.document_date,
            due_date=opening.due_date,
            currency=opening.currency,
            amount=opening.amount,
        )
        for opening in openings
    )
    _note_kept(file, recording)
    for shadow in shadows:
        if shadow.live_at is not None:
            carry_over(shadow.organization_id, seen=None, reason=reason.strip(), recording=recording)
    of_rows = [balance.organization_id for balance in balances]
    record_all(deeds_of(file, "opening_balances_kept", of_rows, recording, reason=reason.strip()))
    return len(balances)


def _organizations(codes: Iterable[str]) -> dict[str, Organization]:
    return {row.code: row for row in Organization.objects.filter(code__in=set(codes))}


def _note_kept(file: OldInvoiceFile, recording: Recording) -> None:
    file.kept_at, file.kept_by = recording.at, recording.by
    file.save(update_fields=["kept_at", "kept_by"])


def reason_violations(reason: str) -> list[Violation]:
    """Return that a reason is missing, if it is."""
    if reason.strip():
        return []
    message = translatable("Say why: it is kept with the organization.")
    return [Violation(code=OldFileError.NO_REASON, field="reason", message=message)]


def deeds_of(
    file: OldInvoiceFile, deed: str, owners: Iterable[int], recording: Recording, *, reason: str = ""
) -> list[Deed]:
    """Tell each organization of its own rows, and the house of a file in which nothing was new."""
    counts: defaultdict[int | None, int] = defaultdict(int)
    for organization_id in owners:
        counts[organization_id] += 1
    return [
        Deed(
            organization_id=organization_id,
            kind=AuditKind.CYCLE,
            deed=deed,
            subject=file,
            by=recording.by,
            at=recording.at,
            facts={"file": file.file_name, "count": count},
            reason=reason,
        )
        for organization_id, count in (sorted(counts.items()) or [(None, 0)])
    ]


def _let_nobody_else_keep() -> None:
    """Check a file against what others have kept: they go first, or wait."""
    if connection.features.has_select_for_update:
        list(Shadow.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _line(invoice: OldInvoice, position: int, charge: OldCharge) -> OldLine:
    return OldLine(
        organization_id=invoice.organization_id,
        invoice=invoice,
        position=position,
        kind=charge.kind.value if charge.kind else "",
        product=charge.product,
        description=charge.description,
        quantity=charge.quantity,
        unit_price=charge.unit_price,
        amount=charge.amount,
        tax=charge.tax,
        service_start=charge.first_day,
        service_end=charge.last_day,
    )
