"""Play billing stories and print every document they would issue."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from invoices.services.simulation.play import play_story
from invoices.services.simulation.reading import read_story
from invoices.services.simulation.result import Result, differences
from invoices.services.simulation.stage import throwaway_database
from invoices.services.simulation.story import StoryError

AGREES, DIFFERS, MALFORMED = 0, 1, 2


class Command(BaseCommand):
    help = (
        "Play billing stories on a simulated clock and print every document they would issue. Exit status: 0, 1 if a "
        "result is not the expected one, 2 if a story is malformed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("stories", nargs="+", metavar="STORY", type=Path, help="a story in YAML or JSON")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *_args: Any, stories: list[Path], **options: Any) -> None:
        # End like Ctrl-C, so that the throwaway database goes too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        with throwaway_database():
            statuses = [self._play(path, several=len(stories) > 1, as_json=options["json"]) for path in stories]
        if max(statuses) != AGREES:
            sys.exit(max(statuses))

    def _play(self, path: Path, *, several: bool, as_json: bool) -> int:
        try:
            written = read_story(path)
            result = play_story(written)
        except StoryError as error:
            self.stderr.write(f"{path}: {error}")
            if as_json and several:
                self.stdout.write(json.dumps({"story": str(path), "error": str(error)}, ensure_ascii=False))
            return MALFORMED
        found = list(_compare(result, written.story.expect))
        if as_json:
            named = {"story": str(path)} if several else {}
            self.stdout.write(json.dumps(named | result.as_json(), ensure_ascii=False))
        else:
            self._print(path, result)
        for line in found:
            self.stderr.write(f"{path}: {line}")
        if written.story.expect is not None and not found and not as_json:
            self.stdout.write("as expected\n")
        return DIFFERS if found else AGREES

    def _print(self, path: Path, result: Result) -> None:
        self.stdout.write(f"{path}")
        for invoice in result.invoices:
            kind = invoice["type"].replace("_", " ")
            self.stdout.write(f"  {kind} of {invoice['invoice_date']}, due {invoice['due_date']}")
            for line in invoice["lines"]:
                self.stdout.write(f"    {_line(line)}")
            for tax in invoice["taxes"]:
                self.stdout.write(f"    {tax['authority']}: {tax['amount']}")
            self.stdout.write(f"    total {invoice['total']} {invoice['currency']}")
        for exception in result.exceptions:
            self.stdout.write(
                f"  look at: {exception['code']} {exception['subject']} (period of {exception['period_start']})"
            )
        for held in result.held:
            self.stdout.write(f"  held: the period of {held['period_start']}: {held['code']}")
        if not result.invoices:
            self.stdout.write("  no documents")


def _compare(result: Result, expected: dict[str, Any] | None) -> list[str]:
    if expected is None:
        return []
    got = result.as_json()
    return list(differences({key: got.get(key) for key in expected}, expected))


def _line(line: dict[str, Any]) -> str:
    months = f" x {line['months']} months" if line["months"] > 1 else ""
    told_by = " ".join(str(line[name]) for name in ("of", "direction", "destination") if name in line)
    dates = f"{line['service_start']} to {line['service_end']}"
    return (
        f"{line['kind']} {line['product']} {told_by}".rstrip()
        + f": {line['quantity']} x {line['unit_price']}{months} = {line['amount']} ({dates})"
    )
