"""The demo: prepare the database, load invented organizations, run worker, beat and site until Ctrl-C."""

import io
import os
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from billingsite.processes import ChildEndedError, Children, supervised
from billingsite.serving import HOST, NotServingError, free_port, start_site, start_worker, wait_for_site
from invoices.choices import CycleState
from invoices.models import BillingCycle, Invoice, RenderedPdf
from invoices.selectors.cycles import list_due_cycles, list_subscriptions_without_cycle
from invoices.tasks import PDFS_AT_ONCE, render_pending_pdfs
from subscriptions.selectors.clock import database_now

LOOK_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "Prepare the database, load the demo and serve it with worker and beat, until Ctrl-C."
    # The site's own checks run in bin/test; here they would only delay the first page.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the site answers (default: %(default)s)")
        parser.add_argument(
            "--into-this-database",
            action="store_true",
            help="load the demo although DATABASE_URL or CELERY_BROKER_URL names a server",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["into_this_database"]:
            _refuse_servers()
        # Invoices of the demo are paid with test cards, unless it is given an account to pay at.
        os.environ.setdefault("PAYMENT_GATEWAY", "stripe" if settings.STRIPE_SECRET_KEY else "test")
        console = Console()
        try:
            with supervised() as children:
                _run_until_interrupted(children, console=console, wanted_port=options["port"])
        except KeyboardInterrupt:
            console.print("Stopped.")
        except NotServingError as error:
            raise CommandError(str(error)) from None
        except ChildEndedError as ended:
            raise CommandError(f"{ended} Its last words, from {ended.child.log}:\n{ended.child.last_words()}") from None


def _run_until_interrupted(children: Children, *, console: Console, wanted_port: int) -> None:
    try:
        _run(children, console=console, wanted_port=wanted_port)
    except KeyboardInterrupt:
        console.print("\nStopping: a few seconds until the worker has ended.")
        raise


def _run(children: Children, *, console: Console, wanted_port: int) -> None:
    _migrate(console)
    _collect_static_files(console)
    logins = io.StringIO()
    call_command("load_demo", stdout=logins)
    port = free_port(wanted_port)
    if port != wanted_port:
        console.print(f"Port {wanted_port} is taken, so the site is on {port}.")
    start_site(children, port)
    wait_for_site(children, port)
    _announce(console, port, logins.getvalue())
    start_worker(children, port)  # only now: the first page is what somebody waits for
    _follow_billing(children, console)
    while True:
        children.check()
        time.sleep(LOOK_EVERY_SECONDS)


def _refuse_servers() -> None:
    for variable, is_embedded in (
        ("DATABASE_URL", connection.vendor == "sqlite"),
        ("CELERY_BROKER_URL", str(settings.CELERY_BROKER_URL).startswith("filesystem:")),
    ):
        if not is_embedded:
            raise CommandError(
                f"{variable} names a server. The demo would load invented organizations there and close every cycle "
                "that is due. Unset it to run the demo on files of its own, or say --into-this-database if you mean it."
            )


# --- Prepare ----------------------------------------------------------------------------------------------------------


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


class _Counter(io.TextIOBase):
    """A stream that moves a progress bar on by one whenever a word is written to it."""

    def __init__(self, progress: Progress, description: str, *, word: str, total: int) -> None:
        self._progress = progress
        self._word = word
        self._task = progress.add_task(description, total=total)

    def write(self, text: str) -> int:
        self._progress.advance(self._task, text.count(self._word))
        return len(text)


def _migrate(console: Console) -> None:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan:
        return
    with _progress(console) as progress:
        counter = _Counter(progress, "Preparing the database", word=" OK", total=len(plan))
        call_command("migrate", interactive=False, verbosity=1, no_color=True, stdout=counter)


def _collect_static_files(console: Console) -> None:
    """Copy the static files to where the site serves them, when the sources are not those copied last."""
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    sources = _describe_static_sources()
    if stamp.exists() and stamp.read_text() == sources:
        return
    with console.status("Collecting static files"):
        call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(sources)


def _describe_static_sources() -> str:
    """Return a text that changes when a static file of the project or the installed packages do."""
    folders = [Path(folder) for folder in settings.STATICFILES_DIRS] + sorted(settings.BASE_DIR.glob("*/static"))
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    packages = Path(sys.prefix) / "installed-requirements.txt"
    return "\n".join(f"{path} {path.stat().st_mtime_ns}" for path in (packages, *files) if path.exists())


# --- Watch ----------------------------------------------------------------------------------------------------------


def _announce(console: Console, port: int, logins: str) -> None:
    address = f"http://{HOST}:{port}"
    console.print()
    console.print(f"Seatbill is at [bold]{address}/[/]")
    console.print(f"Its API is documented at {address}/api/v1/docs")
    console.print(logins.rstrip(), markup=False, highlight=False, soft_wrap=True)
    console.print(f"Press Ctrl-C to stop. Logs are in {Path(settings.VAR_DIR) / 'log'}\n", soft_wrap=True)


def _follow_billing(children: Children, console: Console) -> None:
    """Show how far the worker is with the periods that are due, then with the PDFs; return when both are done."""
    behind = _count_periods_behind()
    if behind:
        closed_before = _count_closed()
        with _progress(console) as progress:
            bar = progress.add_task("Billing the periods that are due", total=behind)
            while _count_periods_behind():
                children.check()
                progress.update(bar, completed=min(_count_closed() - closed_before, behind))
                time.sleep(LOOK_EVERY_SECONDS)
        console.print(f"Billed {_count_closed() - closed_before} periods: {Invoice.objects.count()} documents so far.")
    pending = _list_pending_pdfs().count()
    if not pending:
        return
    for _ in range(0, pending, PDFS_AT_ONCE):
        render_pending_pdfs.delay()  # beat would do it at its next tick; somebody is looking
    with _progress(console) as progress:
        bar = progress.add_task("Rendering their PDFs in the background", total=pending)
        while left := _list_pending_pdfs().count():
            children.check()
            progress.update(bar, completed=pending - left)
            time.sleep(LOOK_EVERY_SECONDS)
    console.print(f"Rendered {pending} PDFs.")


def _count_periods_behind() -> int:
    """Return about how many periods are over and not yet billed; 0 exactly when none is."""
    now = database_now()
    oldest = [cycle.period_start for cycle in list_due_cycles(now=now)]
    oldest += [subscription.effective_date for subscription in list_subscriptions_without_cycle(now=now)]
    today = now.date()
    return sum(max(1, (today.year - day.year) * 12 + today.month - day.month) for day in oldest)


def _count_closed() -> int:
    return BillingCycle.objects.filter(state=CycleState.CLOSED).count()


def _list_pending_pdfs() -> QuerySet[RenderedPdf]:
    # One that failed waits for its next attempt: nothing to stay for.
    return RenderedPdf.objects.filter(rendered_at__isnull=True, last_error="")
