"""`manage.py import_events FILE.ndjson`: one CloudEvent a line, stored as the API would store it."""

import getpass
import logging
from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TimeRemainingColumn

from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from usage.services.importing import TRANSACTION_SIZE, decode_lines, read_receipt
from usage.services.ingestion import (
    ForeignEventsError,
    IngestionReport,
    SuspendedError,
    ingest,
    ingest_with_receipts,
)
from usage.services.scope import Scope

logger = logging.getLogger(__name__)

_SHOWN_REJECTIONS = 10


class Command(BaseCommand):
    help = "Imports usage events, one CloudEvent (JSON) a line. Running it again is safe: each event counts once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="The file, UTF-8.")
        parser.add_argument("--organization", help="Code of the organization; without it each event names its own.")
        parser.add_argument(
            "--trusted-receipt",
            action="store_true",
            help="Keep each event's own `received` (by default its `time`), for migrations; this is logged.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        scope = Scope(_find_organization(options["organization"]))
        path: Path = options["file"]
        trusted: bool = options["trusted_receipt"]
        try:
            with path.open("rb") as file:
                lines = _read_by_receipt(file) if trusted else iter(file)
                report = self._import(
                    lines, size=path.stat().st_size, scope=scope, take=ingest_with_receipts if trusted else ingest
                )
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
        if trusted:
            logger.warning(
                "Trusted import by %s of %s for %s: %d accepted, %d duplicates, %d rejected",
                getpass.getuser(),
                path.resolve(),
                options["organization"] or "the organizations it names",
                report.accepted,
                report.duplicates,
                len(report.rejected),
            )
        self._summarize(report)

    def _import(
        self, lines: Iterator[bytes], *, size: int, scope: Scope, take: Callable[..., IngestionReport]
    ) -> IngestionReport:
        total = IngestionReport()
        done = 0
        with _make_progress() as progress:
            task = progress.add_task("events", total=size)
            # One transaction a batch: an import that is cut off goes on where it was when it is started again.
            while batch := list(islice(lines, TRANSACTION_SIZE)):
                events = [line for line in batch if not line.isspace()]
                try:
                    report = take(decode_lines(events), scope=scope, now=database_now())
                except ForeignEventsError as error:
                    raise CommandError("The events name another organization than --organization.") from error
                except SuspendedError as error:
                    raise CommandError(f"{error} Extend it or agree a subscription first.") from error
                total += IngestionReport(
                    report.accepted, report.duplicates, [item.move_to(done + item.index) for item in report.rejected]
                )
                done += len(events)
                progress.advance(task, sum(map(len, batch)))
        return total

    def _summarize(self, report: IngestionReport) -> None:
        self.stdout.write(
            f"{report.accepted} accepted, {report.duplicates} duplicates, {len(report.rejected)} rejected."
        )
        for item in report.rejected[:_SHOWN_REJECTIONS]:
            self.stdout.write(f"  event {item.index + 1}, id {item.id or 'unreadable'}: {item.message}")
        if len(report.rejected) > _SHOWN_REJECTIONS:
            self.stdout.write(f"  and {len(report.rejected) - _SHOWN_REJECTIONS} more")
        if report.rejected:
            self.stdout.write("The rejected events are kept: mend what is wrong and replay them in the admin.")


def _find_organization(code: str | None) -> Organization | None:
    if code is None:
        return None
    organization = Organization.objects.filter(code=code).first()
    if organization is None:
        raise CommandError(f"There is no organization with the code {code}.")
    return organization


def _read_by_receipt(file: BinaryIO) -> Iterator[bytes]:
    """Read the lines in the order of receipt, so that of two conflicting events the first received stands (BR-02)."""
    # Places and receipts only: a file may be larger than memory.
    places, receipts, place = array("q"), array("d"), 0
    for line in file:
        places.append(place)
        receipts.append(read_receipt(line))
        place += len(line)
    for number in sorted(range(len(places)), key=receipts.__getitem__):
        file.seek(places[number])
        yield file.readline()


def _make_progress() -> Progress:
    return Progress(
        "[progress.description]{task.description}",
        BarColumn(),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
