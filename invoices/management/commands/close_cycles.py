"""Close the billing cycles that are due, or show what closing them would issue."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from moneyed import Money
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from invoices.documents.reasons import reason_in_words, stored_reason
from invoices.models import BillingCycle
from invoices.selectors.stopped import get_switch_off, list_parked
from invoices.services.closing import Outcome, Step
from invoices.services.previewing import Preview
from invoices.services.sweeping import count_due, preview_due, sweep
from subscriptions.domain.formatting import format_days, format_money
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now

LANGUAGE = "en"
NOTHING = "nothing due, no document"
WAITING = frozenset({Outcome.HELD, Outcome.FAILED, Outcome.STOPPED})
WORDS = {
    Outcome.OPENED: "opened",
    Outcome.CLOSED: "closed",
    Outcome.HELD: "held",
    Outcome.FAILED: "failed, the log says why",
    Outcome.STOPPED: "left alone, issuing is switched off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is printed of a cycle, and whether it waits for a person."""

    line: str
    waits: bool


class Command(BaseCommand):
    help = (
        "Open and close every billing cycle that is due, as the scheduled sweep does. Exit status: 0, or 1 if a cycle "
        "was (or, with --dry-run, would be) held or failed, the others are done all the same; also 1 while issuing is "
        "switched off: then nothing is done, but --dry-run works."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--as-of",
            type=_instant,
            metavar="INSTANT",
            help=(
                "only what had fallen due by this past instant, with its time zone, such as 2026-02-15T12:00:00Z; "
                "documents are dated when they are issued all the same"
            ),
        )
        parser.add_argument("--organization", metavar="CODE", help="only this organization")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="write nothing, print what would be issued for the first due period of each subscription",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        now = database_now()
        due_by = options["as_of"] or now
        if due_by > now:
            raise CommandError(f"--as-of lies in the future: it is {now:%Y-%m-%dT%H:%M:%SZ} now.")
        organization_id = _organization_id(options["organization"])
        off = get_switch_off()
        if off is not None:
            self.stdout.write(
                f"Issuing is switched off since {off.switched_at:%Y-%m-%d %H:%M} UTC by {off.switched_by}: {off.reason}"
            )
        for parking in list_parked().select_related("organization").order_by("parked_at", "pk"):
            self.stdout.write(f"{parking.organization.code} is parked, its books are wrong: nothing is issued for it.")
        work = _preview if options["dry_run"] else _sweep
        with _bar(count_due(due_by=due_by, organization_id=organization_id)) as advance:
            results = [advance(result) for result in work(due_by, now, organization_id)]
        for result in results:
            self.stdout.write(result.line)
        if off is not None and not options["dry_run"]:
            sys.exit(1)
        if not results:
            self.stdout.write("Nothing is due.")
        if any(result.waits for result in results):
            sys.exit(1)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        in_utc = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text} is no instant; write it like 2026-02-15T12:00:00Z") from None
    if instant.tzinfo is None:
        raise ArgumentTypeError(f"{text} has no time zone; write it like {text}Z or {text}-05:00")
    return in_utc


def _organization_id(code: str | None) -> int | None:
    if code is None:
        return None
    organization = Organization.objects.filter(code=code).first()
    if organization is None:
        raise CommandError(f"There is no organization with the code {code}.")
    return organization.pk


def _sweep(due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Result]:
    for step in sweep(due_by=due_by, now=now, organization_id=organization_id):
        cycle = BillingCycle.objects.select_related("organization").get(pk=step.cycle_id)
        yield Result(line=_line(cycle, WORDS[step.outcome], *_became(step, cycle)), waits=step.outcome in WAITING)


def _became(step: Step, cycle: BillingCycle) -> Sequence[str]:
    if step.outcome in WAITING:
        return [reason_in_words(reason) for reason in cycle.held_reasons]
    if step.invoice is None:
        return [NOTHING]
    return [step.invoice.number, _money(Money(step.invoice.total, step.invoice.currency))]


def _preview(due_by: datetime, now: datetime, organization_id: int | None) -> Iterator[Result]:
    for found in preview_due(due_by=due_by, now=now, organization_id=organization_id):
        yield Result(line=_line(found.cycle, *_would_become(found.preview)), waits=bool(found.preview.blocks))


def _would_become(preview: Preview) -> Sequence[str]:
    if preview.blocks:
        return ["would be held", *(reason_in_words(stored_reason(block)) for block in preview.blocks)]
    words, draft = "would open" if preview.is_opening else "would close", preview.draft
    if draft is None:
        return [words, NOTHING]
    return [words, "a credit note" if draft.is_credit_note else "an invoice", _money(draft.total)]


def _line(cycle: BillingCycle, *parts: str) -> str:
    days = format_days(cycle.period_start, cycle.period_end - timedelta(days=1), LANGUAGE)
    return "  ".join((cycle.organization.code, days, *parts))


def _money(amount: Money) -> str:
    return f"{amount.currency} {format_money(amount, LANGUAGE)}"


@contextmanager
def _bar(total: int) -> Iterator[Callable[[Result], Result]]:
    """Give a function that moves a progress bar on by one and hands back what it is given."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Billing cycles", total=total)

        def advance(result: Result) -> Result:
            done = progress.tasks[task].completed + 1
            # A subscription may have more than one period to catch up.
            progress.update(task, completed=done, total=max(done, total))
            return result

        yield advance
