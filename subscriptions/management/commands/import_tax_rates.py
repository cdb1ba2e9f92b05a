"""`manage.py import_tax_rates FILE --effective-date 2027-01-01`: what authorities charge from a day on (BR-78)."""

from typing import Any

from subscriptions.domain.price_list.entry import ListKind, Scope, Target
from subscriptions.management.price_files import ImportCommand


class Command(ImportCommand):
    help = "Imports tax rates from CSV or XLSX, all or none; authorities that the file does not name stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        target = Target(kind=ListKind.TAX_RATES, effective_date=options["effective_date"], scope=Scope.CHANGES)
        self.run(target, path=options["file"], dry_run=options["dry_run"])
