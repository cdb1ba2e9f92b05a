"""What the commands that import price lists share: options, a progress bar, and the report of what was found."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from subscriptions.choices import CHANGE_KINDS
from subscriptions.domain.price_list.entry import Scope, Target
from subscriptions.selectors.clock import database_now, latest_date_at
from subscriptions.services.price_imports.checking import Findings, check_file
from subscriptions.services.price_imports.importing import OutdatedError
from subscriptions.services.price_imports.report import report_faults
from subscriptions.services.price_imports.working import import_file

FAULTY = 2
"""The exit status when something is wrong with the file."""


class ImportCommand(BaseCommand):
    """Reads a file, reports everything that is wrong with it or imports it."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the file and its first day."""
        parser.add_argument("file", type=Path, help="CSV (UTF-8) or XLSX, with the columns of a download.")
        parser.add_argument(
            "--effective-date", type=date.fromisoformat, required=True, help="The first day in force, as 2027-01-01."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, and import nothing.")

    def run(self, target: Target, *, path: Path, dry_run: bool) -> None:
        """
        Import a file, or say what it would change.

        :raises CommandError: with exit status 2 if something is wrong with the file; nothing is imported then
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {path}: {error.strerror}.", returncode=FAULTY) from error
        try:
            findings = self._work(content, path.name, target, dry_run=dry_run)
        except OutdatedError:
            raise CommandError(
                "Somebody else has changed this list at the same time: nothing was imported. Run the command again."
            ) from None
        self._tell(findings, dry_run=dry_run)

    def _work(self, content: bytes, name: str, target: Target, *, dry_run: bool) -> Findings:
        now = database_now()
        with _progress() as progress:
            task = progress.add_task("Reading", total=None, rows="")

            def watch(rows: int) -> None:
                progress.update(task, rows=f"{rows:,} rows")

            if dry_run:
                return check_file(content, target=target, today=latest_date_at(now), watch=watch)
            return import_file(content, file_name=name, target=target, now=now, watch=watch)

    def _tell(self, findings: Findings, *, dry_run: bool) -> None:
        comparison = findings.comparison
        if comparison is None:
            for place, column, value, words in report_faults(findings.faults).rows:
                where = " ".join(part for part in (place and f"line {place}", column, value and f"“{value}”") if part)
                self.stderr.write(f"{where or 'file'}: {words}")
            raise CommandError(
                f"Nothing was imported: {len(findings.faults)} faults are to be mended.", returncode=FAULTY
            )
        if comparison.is_empty:
            self.stdout.write("This is what is in force on that day already: there is nothing to import.")
            return
        names = dict(CHANGE_KINDS)
        counts = [f"{names[kind.value].lower()} {number}" for kind, number in comparison.counts().items()]
        self.stdout.write(f"{'Would import' if dry_run else 'Imported'}: {', '.join(counts)}.")
        self.stdout.write(f"Unchanged: {comparison.unchanged}.")
        if shorter := comparison.removed_and_rated_by_a_shorter():
            self.stdout.write(f"Removed prefixes that a shorter one rates from then on: {shorter}.")


def add_scope(parser: CommandParser) -> None:
    """Let a file list only what changes."""
    parser.add_argument(
        "--only-changes",
        dest="scope",
        action="store_const",
        const=Scope.CHANGES,
        default=Scope.COMPLETE,
        help="The file lists only what changes; without it, what the file does not name ends on that day.",
    )


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.fields[rows]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
