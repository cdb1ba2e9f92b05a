"""Compute every issued document again from stored events and terms, and report any difference."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import track

from invoices.models import Invoice
from invoices.services.verifying import verify_invoice


class Command(BaseCommand):
    help = (
        "Compute every issued document again from the stored events and the terms it was issued under, and report "
        "each difference. Exit status: 0, or 1 if a document differs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="only these documents")

    def handle(self, *_args: Any, numbers: list[str], **_options: Any) -> None:
        documents = Invoice.objects.order_by("pk")
        if numbers:
            documents = documents.filter(number__in=numbers)
        total = documents.count()
        rows = documents.select_related("cycle__subscription", "cycle__terms_snapshot", "terms_snapshot")
        different = 0
        for invoice in track(
            rows.iterator(chunk_size=100),
            total=total,
            description="Computing again",
            console=Console(stderr=True),
            transient=True,
        ):
            found = verify_invoice(invoice)
            different += bool(found)
            for difference in found:
                self.stdout.write(difference)
        self.stdout.write(f"{total} documents computed again, {different} differ.")
        if different:
            sys.exit(1)
