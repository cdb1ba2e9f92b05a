"""
What a worker does about bank files: reads them, and records the lines that were confirmed.

The rows' states are the queue. Whoever takes a file on says so in it, so that others pass it by; if that worker dies,
it is taken on again after a while. Lines are locked while they are recorded: a second worker takes the next ones.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from moneyed import Money

from invoices.choices import BankFileState, BankLineState
from invoices.domain.bank.camt import looks_like_xml, read_camt
from invoices.domain.bank.csv_statement import read_csv_statement
from invoices.domain.bank.identity import identities
from invoices.domain.bank.layout import Layout, Signs
from invoices.domain.bank.matching import Finding, payer_key, propose_all
from invoices.domain.bank.statement import (
    MAX_FILE_BYTES,
    StatementFault,
    StatementLine,
    StatementProblem,
    UnreadableStatementError,
)
from invoices.domain.payments import PaymentFault, PaymentMethod
from invoices.models import BankFile, BankFormat, BankLine
from invoices.services.bank.candidates import load_known
from invoices.services.bank.shares import kept, shares_of
from invoices.services.payments import PaymentError, Receipt, record_payments
from subscriptions.services.bulk import update_rows
from subscriptions.services.transactions import in_one_transaction

logger = logging.getLogger(__name__)

TAKEN_ON_FOR = timedelta(minutes=5)
"""How long a worker may take for one file before another one tries."""
READ_AT_ONCE = 500
RECORDED_AT_ONCE = 100
"""So many payments are one transaction: short, so that nobody waits long for the customers it locks."""


def work_on_bank_files(*, now: datetime) -> int:
    """Read every file that was not read yet, record every line that was confirmed, and return how many files were."""
    done = 0
    while (pk := _take_on(now=now)) is not None:
        read_bank_file(pk, now=now)
        done += 1
    while record_confirmed(now=now):
        pass
    return done


def read_bank_file(pk: int, *, now: datetime) -> None:
    """Read a file whole or not at all: keep the lines that no other file has brought, each with what it may pay."""
    row = BankFile.objects.select_related("bank_format").get(pk=pk)
    try:
        lines = _read(bytes(row.content), row.bank_format)
        in_one_transaction(lambda: _keep(row, lines, now=now))
    except UnreadableStatementError as error:
        _give_up(row, error.faults)
    except OperationalError:
        # A lost connection says nothing about the file: it is taken on again.
        raise
    except Exception:
        logger.exception("Bank file %d failed", pk)
        _give_up(row, [StatementFault(problem=StatementProblem.FAILED)])


def record_confirmed(*, now: datetime) -> int:
    """Record the next confirmed lines of one person as payments, and return how many lines there were."""
    return in_one_transaction(lambda: _record_some(now=now))


def layout_of(bank_format: BankFormat) -> Layout:
    """Return how a bank's files are to be read."""
    names = (field.name for field in BankFormat._meta.fields if field.name not in {"id", "name", "signs"})  # noqa: SLF001
    return Layout(**{name: getattr(bank_format, name) for name in names}, signs=Signs(bank_format.signs))


def payment_reference(line: BankLine) -> str:
    """Return under which reference a line is recorded: the bank's own, else one made of its day and identity."""
    return line.bank_reference or f"{line.booked_on:%Y%m%d}-{line.identity[:12]}"


def _take_on(*, now: datetime) -> int | None:
    """Say that the file that has waited longest is worked on, and return its key."""
    due = BankFile.objects.filter(state=BankFileState.UPLOADED).filter(
        Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - TAKEN_ON_FOR)
    )
    with transaction.atomic():
        row = due.select_for_update(skip_locked=True).order_by("uploaded_at", "pk").only("pk").first()
        if row is None:
            return None
        BankFile.objects.filter(pk=row.pk).update(claimed_at=now)
        return row.pk


def _read(content: bytes, bank_format: BankFormat | None) -> list[StatementLine]:
    if len(content) > MAX_FILE_BYTES:
        found = f"{MAX_FILE_BYTES // 1024**2} MB"
        raise UnreadableStatementError([StatementFault(problem=StatementProblem.TOO_LARGE, found=found)])
    if looks_like_xml(content):
        return read_camt(content)
    if bank_format is None:
        raise UnreadableStatementError([StatementFault(problem=StatementProblem.NEEDS_FORMAT)])
    return read_csv_statement(content, layout_of(bank_format))


def _keep(row: BankFile, lines: Sequence[StatementLine], *, now: datetime) -> None:
    # Of two workers the second one waits here, and finds that there is nothing left to do.
    waiting = BankFile.objects.select_for_update(of=("self",)).filter(pk=row.pk, state=BankFileState.UPLOADED)
    if waiting.only("pk").first() is None:
        return
    named = zip(identities(lines), lines, strict=True)
    for some in _in_parts(named, READ_AT_ONCE):
        known = set(
            BankLine.objects.filter(identity__in=[identity for identity, _line in some]).values_list(
                "identity", flat=True
            )
        )
        fresh = [(identity, line) for identity, line in some if identity not in known]
        asked = [(index, line) for index, (_identity, line) in enumerate(fresh)]
        proposals = propose_all(asked, load_known(asked)) if asked else []
        BankLine.objects.bulk_create(
            [_row(row, identity, line, found) for (identity, line), found in zip(fresh, kept(proposals), strict=True)],
            # Another file may have brought it in this very moment.
            ignore_conflicts=True,
        )
    brought = BankLine.objects.filter(file=row).count()
    BankFile.objects.filter(pk=row.pk).update(
        state=BankFileState.READ, content=b"", faults=[], lines_in_file=len(lines), lines_known=len(lines) - brought
    )


def _row(row: BankFile, identity: str, line: StatementLine, found: dict[str, Any]) -> BankLine:
    return BankLine(
        file=row,
        identity=identity,
        place=line.place,
        account=line.account,
        booked_on=line.booked_on,
        direction=line.direction.value,
        currency=line.currency,
        amount=line.amount,
        payer_name=line.payer_name,
        payer_key=payer_key(line.payer_name),
        payer_account=line.payer_account,
        text=line.text,
        creditor_reference=line.creditor_reference,
        bank_reference=line.bank_reference,
        **found,
    )


def _give_up(row: BankFile, faults: Sequence[StatementFault]) -> None:
    told = [asdict(fault) | {"problem": fault.problem.value} for fault in faults]
    waiting = BankFile.objects.filter(pk=row.pk, state=BankFileState.UPLOADED)
    waiting.update(state=BankFileState.FAULTY, faults=told, content=b"")


def _record_some(*, now: datetime) -> int:
    confirmed = BankLine.objects.filter(state=BankLineState.CONFIRMED).order_by("decided_by_id", "pk")
    if connection.features.has_select_for_update_skip_locked:
        confirmed = confirmed.select_for_update(skip_locked=True, of=("self",))
    lines = list(confirmed.select_related("organization", "decided_by")[:RECORDED_AT_ONCE])
    # Of one person at a time: who locks customers twice could wait for another worker that waits for this one.
    lines = [line for line in lines if line.decided_by_id == lines[0].decided_by_id]
    if not lines:
        return 0
    wanted = [(_receipt(line), shares_of(line)) for line in lines]
    outcomes = record_payments(wanted, recorded_by=lines[0].decided_by, now=now)
    for line, outcome in zip(lines, outcomes, strict=True):
        if isinstance(outcome, PaymentError):
            is_known = PaymentFault.RECORDED_BEFORE in outcome.faults.values()
            line.finding = (Finding.RECORDED_BEFORE if is_known else Finding.CHANGED_SINCE).value
            line.state, line.shares = BankLineState.WAITING, []
        else:
            line.state, line.payment = BankLineState.RECORDED, outcome
    update_rows(lines, ["state", "finding", "shares", "payment"])
    return len(lines)


def _receipt(line: BankLine) -> Receipt:
    assert line.organization is not None
    return Receipt(
        organization=line.organization,
        amount=Money(line.amount, line.currency),
        method=PaymentMethod.ACH,
        reference=payment_reference(line),
        received_on=line.booked_on,
    )


def _in_parts(named: Iterator[tuple[str, StatementLine]], size: int) -> Iterator[list[tuple[str, StatementLine]]]:
    while part := list(islice(named, size)):
        yield part
