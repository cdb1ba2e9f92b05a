"""Takes in the old system's invoices: a file is uploaded and checked, and kept once a person confirms it."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connection, transaction

from invoices.domain.moving_in.old_invoices import (
    KnownThings,
    OldBill,
    OldCharge,
    ReadFile,
    named_in,
    read_old_invoices,
)
from invoices.domain.moving_in.side_by_side import Billed
from invoices.models import OldInvoice, OldInvoiceFile, OldLine, Shadow
from subscriptions.choices import AuditKind
from subscriptions.documents import printable
from subscriptions.domain.price_list.fault import Fault
from subscriptions.domain.price_list.table import Table
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import Organization, Product
from subscriptions.services.auditing import Deed, record, record_all
from subscriptions.services.bulk import insert_rows
from subscriptions.services.price_imports.reading import read_table
from subscriptions.services.price_imports.unreadable import UnreadableFileError

MAX_FILE_BYTES = 5 * 1024 * 1024
LONGEST_NAME = 200


class OldFileError(StrEnum):
    """Why a file is not kept."""

    FAULTY = "faulty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file says; `unreadable` is why none of its rows can be read."""

    read: ReadFile = field(default_factory=ReadFile)
    unreadable: Sequence[Fault] = ()

    @property
    def is_right(self) -> bool:
        """Tell whether nothing is wrong with it."""
        return not self.unreadable and not self.read.faults


def upload_old_invoices(file_name: str, content: bytes, *, by: User, now: datetime) -> OldInvoiceFile:
    """Store a file to be checked, and return it; of one that was uploaded before, the row that is there."""
    with transaction.atomic():
        row, is_new = OldInvoiceFile.objects.get_or_create(
            sha256=hashlib.sha256(content).hexdigest(),
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
                    deed="old_invoices_uploaded",
                    subject=row,
                    by=by,
                    at=now,
                    facts={"file": row.file_name},
                )
            )
    return row


def check_old_invoices(file: OldInvoiceFile) -> Checked:
    """Return what a file says, or everything that is wrong with it; nothing is kept."""
    try:
        table = read_table(bytes(file.content))
    except UnreadableFileError as error:
        return Checked(unreadable=error.faults)
    return Checked(read=read_old_invoices(table, _known(table)))


def keep_old_invoices(file_id: int, *, by: User, now: datetime) -> int:
    """
    Keep the invoices of a file that are not there yet, and return how many; of a file that was kept before none.

    :raises Refused: if anything is wrong with it
    """
    with transaction.atomic():
        rows = OldInvoiceFile.objects.filter(pk=file_id)
        file = (rows.select_for_update() if connection.features.has_select_for_update else rows).get()
        if file.kept_at is not None:
            return 0
        _let_nobody_else_keep()
        checked = check_old_invoices(file)
        if not checked.is_right:
            message = translatable("Something is wrong with this file: mend what is named, and upload it once more.")
            refuse([Violation(code=OldFileError.FAULTY, field="file", message=message)])
        organizations = {
            row.code: row
            for row in Organization.objects.filter(code__in={bill.organization for bill in checked.read.bills})
        }
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
        file.kept_at, file.kept_by = now, by
        file.save(update_fields=["kept_at", "kept_by"])
        record_all(_deeds(file, invoices, by=by, now=now))
    return len(invoices)


def _deeds(file: OldInvoiceFile, invoices: Sequence[OldInvoice], *, by: User, now: datetime) -> list[Deed]:
    """Tell each organization of its own invoices, and the house of a file in which nothing was new."""
    counts: defaultdict[int | None, int] = defaultdict(int)
    for invoice in invoices:
        counts[invoice.organization_id] += 1
    return [
        Deed(
            organization_id=organization_id,
            kind=AuditKind.CYCLE,
            deed="old_invoices_kept",
            subject=file,
            by=by,
            at=now,
            facts={"file": file.file_name, "count": count},
        )
        for organization_id, count in (sorted(counts.items()) or [(None, 0)])
    ]


def _let_nobody_else_keep() -> None:
    """Check a file against what others have kept: they go first, or wait."""
    if connection.features.has_select_for_update:
        list(Shadow.objects.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def _known(table: Table) -> KnownThings:
    named = named_in(table)
    organizations = dict(Organization.objects.filter(code__in=named.organizations).values_list("pk", "code"))
    in_shadow = Shadow.objects.filter(organization__in=organizations).values_list("organization_id", flat=True)
    invoices = OldInvoice.objects.filter(organization__in=organizations, number__in=named.invoices)
    return KnownThings(
        organizations=set(organizations.values()),
        in_shadow={organizations[pk] for pk in in_shadow},
        products=set(Product.objects.values_list("code", flat=True)),
        kept={
            (organizations[row.organization_id], row.number): OldBill(
                organization=organizations[row.organization_id],
                number=row.number,
                currency=row.currency,
                line=0,
                charges=[_charge(line) for line in sorted(row.lines.all(), key=lambda line: line.position)],
            )
            for row in invoices.prefetch_related("lines")
        },
    )


def _charge(line: OldLine) -> OldCharge:
    return OldCharge(
        kind=Billed(line.kind) if line.kind else None,
        product=line.product,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
        tax=line.tax,
        first_day=line.service_start,
        last_day=line.service_end,
    )


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
