"""Load the demo into an empty database and say who can log in."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from invoices.services.demo.cast import DEMO, DEMO_PASSWORD, DEMO_PEOPLE
from invoices.services.demo.loading import Loaded, OtherOrganizationsError, is_loaded, load_demo
from invoices.services.demo.shapes import STAFF, DemoPerson
from subscriptions.selectors.clock import database_now


class Command(BaseCommand):
    help = (
        "Load invented organizations with some months of usage and invoices into an empty database. Does nothing where "
        "they are loaded already, and refuses a database with other organizations: everyone's demo password is public."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        if is_loaded(DEMO):
            self.stdout.write("The demo is loaded already.")
        else:
            self._tell(self._load())
        self._print_logins()

    def _load(self) -> Loaded:
        now = database_now()
        try:
            with _bars() as watch:
                return load_demo(DEMO, today=now.date(), now=now, watch=watch)
        except OtherOrganizationsError:
            raise CommandError(
                "This database holds organizations that are not the demo's. The demo's passwords are public, so it is "
                "loaded into an empty database only: set DATABASE_URL, or SEATBILL_VAR for a SQLite file, to another."
            ) from None

    def _tell(self, loaded: Loaded) -> None:
        self.stdout.write(
            f"Loaded {loaded.organizations} organizations, {loaded.events:,} usage events and {loaded.documents} "
            "documents. What fell due in the last two days is left to the scheduled job."
        )
        self.stdout.write(
            f"To look at: cycles that wait for a person {loaded.held}, rejected events {loaded.rejected}."
        )
        self.stdout.write(f"A key to report usage of {loaded.key_of}, shown this once: {loaded.key}")

    def _print_logins(self) -> None:
        self.stdout.write(f"Everyone's password is {DEMO_PASSWORD}. Log in as:")
        for person in _first_of_each_role():
            place = f"of {person.organizations[0]}" if len(person.organizations) == 1 else ""
            page = "/admin/" if person.role in STAFF else "/"
            self.stdout.write(f"  {person.username:<12} {page:<9} {person.role} {place}".rstrip())


def _first_of_each_role() -> Iterator[DemoPerson]:
    seen = set()
    for person in DEMO_PEOPLE:
        if person.role not in seen:
            seen.add(person.role)
            yield person


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that moves a progress bar, one for each thing that is done."""
    tasks: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    ) as progress:

        def watch(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done)

        yield watch
