"""`manage.py import_price_book FILE --currency USD --effective-date 2027-01-01`: list prices from a day on (BR-31)."""

from typing import Any

from django.core.management.base import CommandParser

from subscriptions.domain.money import CURRENCIES
from subscriptions.domain.price_list.entry import ListKind, Target
from subscriptions.management.price_files import ImportCommand, add_scope


class Command(ImportCommand):
    help = "Imports a price book from CSV or XLSX, whole or not at all. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--currency", choices=CURRENCIES, required=True, help="Of the prices.")
        add_scope(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        target = Target(
            kind=ListKind.PRICE_BOOK,
            currency=options["currency"],
            effective_date=options["effective_date"],
            scope=options["scope"],
        )
        self.run(target, path=options["file"], dry_run=options["dry_run"])
