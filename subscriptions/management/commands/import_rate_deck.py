"""`manage.py import_rate_deck FILE --deck NAME --effective-date 2027-01-01`: voice rates from a day on (BR-42)."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from subscriptions.domain.price_list.entry import ListKind, Target
from subscriptions.domain.rate_deck import DEFAULT_INCREMENT_SECONDS
from subscriptions.management.price_files import FAULTY, ImportCommand, add_scope
from subscriptions.models import VoiceRateDeck


class Command(ImportCommand):
    help = "Imports the rates of a deck from CSV or XLSX, all or none. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--deck", required=True, help="The name of the deck, which has to exist.")
        parser.add_argument(
            "--increment",
            type=int,
            default=DEFAULT_INCREMENT_SECONDS,
            help="Calls are rounded up to this many seconds (default: %(default)s).",
        )
        add_scope(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        deck = VoiceRateDeck.objects.filter(name=options["deck"]).first()
        if deck is None:
            raise CommandError(
                f"There is no rate deck {options['deck']}: add it in the admin, with its currency.", returncode=FAULTY
            )
        if options["increment"] < 1:
            raise CommandError("Calls are rounded up to at least 1 second: --increment 1.", returncode=FAULTY)
        target = Target(
            kind=ListKind.RATE_DECK,
            deck_id=deck.pk,
            effective_date=options["effective_date"],
            increment_seconds=options["increment"],
            scope=options["scope"],
        )
        self.run(target, path=options["file"], dry_run=options["dry_run"])
