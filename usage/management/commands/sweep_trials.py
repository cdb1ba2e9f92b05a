"""Do what is due about trials, or show what would be done."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from subscriptions.domain.formatting import format_quantity
from subscriptions.domain.trial import TrialStep
from subscriptions.selectors.clock import database_now
from usage.services.trials import Done, DueTrial, list_due_trials, sweep_trials

LANGUAGE = "en"
STEPS = {
    TrialStep.WARN: "would be warned of its removal",
    TrialStep.WITHDRAW: "would have its warning withdrawn",
    TrialStep.REMOVE: "would be removed with all its data",
}


class Command(BaseCommand):
    help = (
        "Warn of the removal of trials that ended or that nobody uses, remove those warned two weeks ago, and watch "
        "their storage, as the scheduled sweep does. Exit status: 0, or 1 if something failed; the others are done all "
        "the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="write nothing, print what would be done")

    def handle(self, *_args: Any, **options: Any) -> None:
        now = database_now()
        if options["dry_run"]:
            self._say([line for due in list_due_trials(now=now) for line in _lines(due)])
            return
        swept = sweep_trials(now=now)
        self._say([f"{one.code}: {one.done}" for one in swept])
        if any(one.done is Done.FAILED for one in swept):
            sys.exit(1)

    def _say(self, lines: list[str]) -> None:
        for line in lines or ["Nothing is due."]:
            self.stdout.write(line)


def _lines(due: DueTrial) -> Iterator[str]:
    if due.reports_storage and due.gigabytes is not None:
        yield f"{due.code}: would have its storage reported, {format_quantity(due.gigabytes, LANGUAGE)} GB"
    if due.step is not None:
        yield f"{due.code}: {STEPS[due.step]}" + (f" ({due.cause})" if due.cause else "")
