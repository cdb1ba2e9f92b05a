"""Says what is missing on this machine, and how to mend it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from billingsite.doctor import State, examine

COLORS = {State.FINE: "green", State.LOOK: "yellow", State.WRONG: "bold red"}


class Command(BaseCommand):
    help = "Say of each thing that Seatbill needs how it is on this machine, and how to mend it; changes nothing."
    # It reports them itself, beside everything else.
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console()
        table = Table(box=None, show_header=False, pad_edge=False)
        with console.status("Looking"):
            findings = list(examine())
        for finding in findings:
            color = COLORS[finding.state]
            mend = f"\n[dim]→ {escape(finding.mend)}[/dim]" if finding.mend else ""
            table.add_row(
                f"[{color}]{finding.state.value}[/{color}]", escape(finding.about), escape(finding.words) + mend
            )
        console.print(table)
        wrong = sum(finding.state is State.WRONG for finding in findings)
        if wrong:
            console.print(f"\n{wrong} to mend: without it something does not work.")
            sys.exit(1)
        console.print("\nSeatbill can run here.")
