"""What people decide about the lines of bank files: confirm, assign, set aside, take up again (BR-80)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from moneyed import Money

from invoices.choices import BankLineState
from invoices.domain.bank.matching import Finding
from invoices.domain.bank.statement import Direction
from invoices.domain.payments import Certificate, PaymentMethod, Share
from invoices.models import BankFile, BankLine, Payment
from invoices.services.bank.working import payment_reference
from invoices.services.payments import Receipt, record_payment
from subscriptions.choices import AuditKind
from subscriptions.domain.money import CURRENCIES, at_precision
from subscriptions.models import Organization
from subscriptions.services.auditing import Deed, record

UNDECIDED = (BankLineState.PROPOSED, BankLineState.WAITING)


class LineFault(StrEnum):
    """Why nothing was done about a line."""

    DECIDED = "decided"
    NO_PAYMENT = "no_payment"
    NO_REASON = "no_reason"


class LineError(ValueError):
    """Nothing was done about a line; `fault` says why."""

    def __init__(self, fault: LineFault) -> None:
        """Keep the reason."""
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Whose payment a line is, what it pays, and what the payer withheld as tax beside it."""

    organization: Organization
    shares: Sequence[Share]
    withheld: Decimal = Decimal(0)
    certificate: Certificate | None = None


def fingerprint(proposed: QuerySet[BankLine]) -> str:
    """Return what tells proposals that were looked at from any others; empty where there is none."""
    rows = list(proposed.order_by("pk").values_list("pk", "organization_id", "shares"))
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest() if rows else ""


def confirm_lines(file: BankFile, proposed: QuerySet[BankLine], *, seen: str, by: User, now: datetime) -> int:
    """
    Have the proposed lines of a file recorded by a worker, and return how many they are.

    `proposed` are those that the person may see, `seen` is the fingerprint of what they looked at; if anything has
    changed since, nothing is confirmed.
    """
    with transaction.atomic():
        rows = proposed.filter(file=file, state=BankLineState.PROPOSED)
        if connection.features.has_select_for_update:
            keys = list(
                BankLine.objects.select_for_update(of=("self",))
                .filter(pk__in=rows.values("pk"))
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            rows = BankLine.objects.filter(pk__in=keys, state=BankLineState.PROPOSED)
        if not seen or fingerprint(rows) != seen:
            return 0
        count = rows.update(state=BankLineState.CONFIRMED, decided_by=by, decided_at=now)
        record(
            Deed(
                organization_id=None,
                kind=AuditKind.PAYMENT,
                deed="bank_lines_confirmed",
                subject=file,
                by=by,
                at=now,
                facts={"file": file.file_name, "lines": count},
            )
        )
    return count


def assign_line(line: BankLine, assignment: Assignment, *, by: User, now: datetime) -> Payment:
    """
    Record a line as a payment of an organization that a person has named.

    :raises LineError: if something was decided about it meanwhile, or it is no money that came in
    :raises PaymentError: if its reference is recorded already, or a share exceeds what is open; nothing is kept then
    """
    with transaction.atomic():
        row = _lock(line)
        if row.state not in UNDECIDED:
            raise LineError(LineFault.DECIDED)
        if not may_be_payment(row):
            raise LineError(LineFault.NO_PAYMENT)
        receipt = Receipt(
            organization=assignment.organization,
            amount=Money(row.amount, row.currency),
            method=PaymentMethod.ACH,
            reference=payment_reference(row),
            received_on=row.booked_on,
            withheld=assignment.withheld,
            certificate=assignment.certificate,
        )
        payment = record_payment(receipt, shares=assignment.shares, recorded_by=by, now=now)
        row.organization, row.payment, row.state = assignment.organization, payment, BankLineState.RECORDED
        row.decided_by, row.decided_at = by, now
        row.save(update_fields=["organization", "payment", "state", "decided_by", "decided_at"])
    return payment


def set_line_aside(line: BankLine, *, reason: str, by: User, now: datetime) -> None:
    """
    Keep a line from being recorded, and why.

    :raises LineError: if something was decided about it meanwhile, or there is no reason
    """
    if not reason.strip():
        raise LineError(LineFault.NO_REASON)
    with transaction.atomic():
        row = _lock(line)
        if row.state not in UNDECIDED:
            raise LineError(LineFault.DECIDED)
        row.state, row.reason, row.decided_by, row.decided_at = BankLineState.ASIDE, reason.strip(), by, now
        row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
        _record("bank_line_set_aside", row, by=by, now=now, reason=reason)


def take_up_line(line: BankLine, *, by: User, now: datetime) -> None:
    """
    Let a line wait for a person again: one that was set aside, or whose payment was reversed.

    :raises LineError: if it is neither
    """
    with transaction.atomic():
        row = _lock(line)
        if not may_be_taken_up(row):
            raise LineError(LineFault.DECIDED)
        row.state, row.payment, row.reason, row.shares = BankLineState.WAITING, None, "", []
        row.decided_by, row.decided_at = by, now
        if row.direction == Direction.IN:
            row.finding = Finding.NOTHING.value
        row.save()
        _record("bank_line_taken_up", row, by=by, now=now)


def may_be_payment(line: BankLine) -> bool:
    """Tell whether a line is money that may pay an invoice."""
    return line.direction == Direction.IN and line.currency in CURRENCIES


def may_be_taken_up(line: BankLine) -> bool:
    """Tell whether a line was set aside, or its payment was reversed."""
    is_reversed = line.payment is not None and line.payment.reversed_at is not None
    return line.state == BankLineState.ASIDE or (line.state == BankLineState.RECORDED and is_reversed)


def _lock(line: BankLine) -> BankLine:
    rows = BankLine.objects.filter(pk=line.pk)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    return rows.get()


def _record(deed: str, line: BankLine, *, by: User, now: datetime, reason: str = "") -> None:
    record(
        Deed(
            # Of the house: whose it is was not settled, and a customer reads their own trail.
            organization_id=None,
            kind=AuditKind.PAYMENT,
            deed=deed,
            subject=line,
            by=by,
            at=now,
            facts={
                "reference": payment_reference(line),
                "day": line.booked_on.isoformat(),
                "currency": line.currency,
                "amount": at_precision(Money(line.amount, line.currency)),
            },
            reason=reason,
        )
    )
