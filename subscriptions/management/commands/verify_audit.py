"""Check that nobody has tampered with the audit trail, and write down how far it has come."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import track

from subscriptions.models import Organization
from subscriptions.selectors.audit_trail import list_chains
from subscriptions.services.audit_chain import HeadsError, find_chain_faults, name_of, read_heads, write_heads


class Command(BaseCommand):
    help = (
        "Check the chains of the audit trail: an entry that was edited, deleted, inserted or moved is found, and so "
        "are words that are gone without an erasure. Against heads that were exported before and kept elsewhere, also "
        "a tail that was cut off and a chain that was written anew. Changes nothing. Exit status: 0, or 1 if something "
        "is wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", metavar="CODE", help="only the chain of this organization")
        parser.add_argument("--heads", metavar="FILE", type=Path, help="heads that were exported before")
        parser.add_argument("--export", metavar="FILE", type=Path, help="write the heads there, if nothing is wrong")

    def handle(
        self, *_args: Any, organization: str | None, heads: Path | None, export: Path | None, **_options: Any
    ) -> None:
        try:
            witnesses = read_heads(heads) if heads else {}
        except HeadsError as error:
            raise CommandError(str(error)) from None
        codes = dict(Organization.objects.values_list("pk", "code"))
        chains = _chains(organization, codes, set(witnesses))
        faults = 0
        for chain in track(
            chains, description="Checking the audit trail", console=Console(stderr=True), transient=True
        ):
            for what in find_chain_faults(chain, witness=witnesses.get(chain)):
                faults += 1
                self.stdout.write(f"{name_of(chain, codes)}: {what}")
        self.stdout.write(f"{len(chains)} chains were checked, {faults} faults were found.")
        if faults:
            sys.exit(1)
        if export:
            try:
                self.stdout.write(f"{export}: SHA-256 {write_heads(export)}")
            except OSError as error:
                raise CommandError(f"{export} cannot be written: {error.strerror}.") from None


def _chains(organization: str | None, codes: dict[int, str], written_down: set[int]) -> list[int]:
    if organization is None:
        # One that is in the file and nowhere else is gone as a whole.
        return sorted(written_down | set(list_chains()))
    found = [chain for chain, code in codes.items() if code == organization]
    if not found:
        raise CommandError(f"There is no organization with the code {organization}.")
    return found
