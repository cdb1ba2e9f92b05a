"""Look through the books for what must never be, and report it."""

import sys
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from invoices.selectors.stopped import get_switch_off
from invoices.services.books.verify import list_organizations_to_verify, verify_organization, verify_whole
from subscriptions.selectors.clock import database_now


class Command(BaseCommand):
    help = (
        "Look through documents, ledger, payments, periods, numbers, events and audit trail for what must never be, "
        "such as sums that do not add up, gaps, rows of two organizations, or a table that lost what freezes it. "
        "Changes nothing. Exit status: 0, or 1 if something is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="CODE", help="only the books of this organization")

    def handle(self, *_args: Any, organization: str | None, **_options: Any) -> None:
        organizations, faults = list_organizations_to_verify(organization), 0
        now: datetime | None = database_now()
        count = organizations.count()
        if organization is not None and not count:
            raise CommandError(f"There is no organization with the code {organization}.")
        off = get_switch_off()
        if off is not None:
            # While nothing is issued everything becomes overdue, and that is no fault.
            now = None
            self.stdout.write(f"Issuing is switched off: {off.reason} What is overdue is not told.")
        if organization is None:
            faults += self._report("Seatbill", list(verify_whole()))
        for pk, code in track(
            organizations.values_list("pk", "code").iterator(chunk_size=1_000),
            total=count,
            description="Looking through the books",
            console=Console(stderr=True),
            transient=True,
        ):
            faults += self._report(code, list(verify_organization(pk, now=now)))
        self.stdout.write(f"The books of {count} organizations were looked through, {faults} faults were found.")
        if faults:
            sys.exit(1)

    def _report(self, whose: str, faults: list[Any]) -> int:
        for fault in faults:
            self.stdout.write(f"{whose}: {fault}")
        return len(faults)
