"""Compute every issued document again from stored events and terms, and report any difference."""

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Model, QuerySet
from rich.console import Console
from rich.progress import track

from invoices.models import Invoice
from invoices.services.verifying import (
    list_closes_without_document,
    list_documents_to_verify,
    list_openings_without_document,
    verify_close_without_document,
    verify_invoice,
    verify_opening_without_document,
)
from subscriptions.models import Organization

AT_ONCE = 100
"""So many rows are in memory, however many there are."""

Row = TypeVar("Row", bound=Model)


class Command(BaseCommand):
    help = (
        "Compute every issued document again from the stored events and the terms it was issued under, and each close "
        "that issued none, and report every difference. Exit status: 0, or 1 if a document differs or is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="only these documents")
        parser.add_argument("--organization", metavar="CODE", help="only the documents of this organization")

    def handle(self, *_args: Any, numbers: list[str], organization: str | None, **_options: Any) -> None:
        organization_id = _organization_id(organization)
        documents = list_documents_to_verify(organization_id=organization_id)
        if numbers:
            documents = _with_numbers(documents, numbers)
        different = self._report(_findings(documents, verify_invoice, "Computing again"))
        self.stdout.write(f"{documents.count()} documents computed again, {different} differ.")
        missing = 0 if numbers else self._look_for_missing(organization_id)
        if different or missing:
            sys.exit(1)

    def _look_for_missing(self, organization_id: int | None) -> int:
        closes = list_closes_without_document(organization_id=organization_id)
        openings = list_openings_without_document(organization_id=organization_id)
        missing = self._report(_findings(closes, verify_close_without_document, "Closes without a document"))
        missing += self._report(_findings(openings, verify_opening_without_document, "Openings without a document"))
        self.stdout.write(
            f"Closes and openings without a document: {closes.count() + openings.count()}, of which {missing} lack one."
        )
        return missing

    def _report(self, findings: Iterator[list[str]]) -> int:
        """Print what is found, as it is found, and return how many rows have something to report."""
        rows = 0
        for found in findings:
            rows += bool(found)
            for difference in found:
                self.stdout.write(difference)
        return rows


def _findings(rows: QuerySet[Row], verify: Callable[[Row], list[str]], description: str) -> Iterator[list[str]]:
    for row in track(
        rows.iterator(chunk_size=AT_ONCE),
        total=rows.count(),
        description=description,
        console=Console(stderr=True),
        transient=True,
    ):
        yield verify(row)


def _organization_id(code: str | None) -> int | None:
    if code is None:
        return None
    found = Organization.objects.filter(code=code).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"There is no organization with the code {code}.")
    return found


def _with_numbers(documents: QuerySet[Invoice], numbers: list[str]) -> QuerySet[Invoice]:
    found = documents.filter(number__in=numbers)
    unknown = set(numbers) - set(found.values_list("number", flat=True))
    if unknown:
        raise CommandError(f"There is no document {', '.join(sorted(unknown))}.")
    return found
