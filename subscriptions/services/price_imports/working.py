"""
What a worker does about uploaded price lists: reads them, and imports those that were confirmed.

The row's state is the queue. Whoever takes a row on says so in it, so that others pass it by; if that worker dies, the
row is taken on again after a while.
"""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet

from subscriptions.choices import AuditKind, ImportState
from subscriptions.domain.price_list.entry import Target
from subscriptions.domain.price_list.fault import Fault, Problem
from subscriptions.models import PriceImport
from subscriptions.selectors.clock import latest_date_at
from subscriptions.services.auditing import Deed, record
from subscriptions.services.price_imports.checking import Findings, check_file
from subscriptions.services.price_imports.findings import count, load_findings, pack
from subscriptions.services.price_imports.importing import OutdatedError, RefusedError, import_findings
from subscriptions.services.price_imports.reading import Watch
from subscriptions.services.price_imports.uploads import store_upload, target_of

logger = logging.getLogger(__name__)

TAKEN_ON_FOR = timedelta(minutes=5)
"""How long a worker may take for one row before another one tries."""


def work_on_imports(*, now: datetime) -> int:
    """Read every upload that was not read yet, import every one that was confirmed, and return how many there were."""
    done = 0
    while (pk := _take_on(now=now)) is not None:
        work_on(pk, now=now)
        done += 1
    return done


def work_on(pk: int, *, now: datetime) -> None:
    """Take one upload a step further: read it if it was not read yet, else import it; what fails says so."""
    row = PriceImport.objects.get(pk=pk)
    try:
        if row.state == ImportState.CONFIRMED:
            _import(row, now=now)
        else:
            _check(row, now=now)
    except OperationalError:
        # A lost connection says nothing about the file: it is taken on again.
        raise
    except Exception:
        logger.exception("Price import %d failed", pk)
        _save(row, Findings(faults=[Fault(problem=Problem.FAILED)]))


def import_file(
    content: bytes, *, file_name: str, target: Target, now: datetime, watch: Watch = lambda _rows: None
) -> Findings:
    """
    Check a file and import it at once if nothing is wrong with it; return what was found.

    :raises OutdatedError: if the list changed while the file was checked; nothing is written then
    """
    findings = check_file(content, target=target, today=latest_date_at(now), watch=watch)
    if findings.comparison is None or findings.comparison.is_empty:
        return findings
    with transaction.atomic():
        row = store_upload(content, file_name=file_name, target=target, uploaded_by=None, now=now)
        _save(row, findings)
        import_findings(findings, target=target, today=latest_date_at(now))
        _mark_imported(row, findings, now=now)
    return findings


def _take_on(*, now: datetime) -> int | None:
    """Say that the row that has waited longest is worked on, and return its key."""
    due = _to_do().filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - TAKEN_ON_FOR))
    with transaction.atomic():
        row = due.select_for_update(skip_locked=True).order_by("uploaded_at", "pk").only("pk").first()
        if row is None:
            return None
        PriceImport.objects.filter(pk=row.pk).update(claimed_at=now)
        return row.pk


def _to_do() -> QuerySet[PriceImport]:
    return PriceImport.objects.filter(state__in=(ImportState.UPLOADED, ImportState.CONFIRMED))


def _check(row: PriceImport, *, now: datetime) -> None:
    def watch(rows: int) -> None:
        PriceImport.objects.filter(pk=row.pk).update(rows_read=rows)

    content = bytes(row.content)
    _save(row, check_file(content, target=target_of(row), today=latest_date_at(now), watch=watch))


def _import(row: PriceImport, *, now: datetime) -> None:
    findings = load_findings(row)
    try:
        with transaction.atomic():
            # Of two workers the second one waits here, and finds that there is nothing left to do.
            waiting = PriceImport.objects.select_for_update().filter(pk=row.pk, state=ImportState.CONFIRMED)
            if waiting.only("pk").first() is None:
                return
            import_findings(findings, target=target_of(row), today=latest_date_at(now))
            _mark_imported(row, findings, now=now)
    except OutdatedError:
        # Compared again with the list as it is now, for the person to see and confirm once more.
        PriceImport.objects.filter(pk=row.pk).update(was_outdated=True)
        _check(row, now=now)
    except RefusedError as refused:
        _save(row, Findings(faults=refused.faults))


def _mark_imported(row: PriceImport, findings: Findings, *, now: datetime) -> None:
    PriceImport.objects.filter(pk=row.pk).update(state=ImportState.IMPORTED, imported_at=now, content=b"")
    record(
        Deed(
            organization_id=None,
            kind=AuditKind.CATALOG,
            deed="prices_imported",
            subject=row,
            by=row.uploaded_by,
            at=now,
            facts={
                "file": row.file_name,
                "sha256": row.sha256,
                "kind": row.kind,
                "first_day": row.effective_date.isoformat(),
                "changes": count(findings),
            },
        )
    )


def _save(row: PriceImport, findings: Findings) -> None:
    """Store what was found, for a person to look at, unless the row has gone on or is gone meanwhile."""
    still_waiting = _to_do().filter(pk=row.pk)
    still_waiting.update(state=_state(findings), counts=count(findings), findings=pack(findings), basis=findings.basis)


def _state(findings: Findings) -> ImportState:
    if findings.comparison is None:
        return ImportState.FAULTY
    return ImportState.UNCHANGED if findings.comparison.is_empty else ImportState.READY
