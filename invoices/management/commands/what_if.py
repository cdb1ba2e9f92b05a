"""Compare an organization's last closed periods with what other terms would have cost."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from invoices.documents.what_if import WhatIfDocument, WhatIfTable
from invoices.domain.what_if import SupposedPrice, Supposition, WhatIf
from invoices.services.estimating import keep
from invoices.services.what_if import MOST_PERIODS, compare_periods, objections
from invoices.services.what_if_document import find_subscription_to_compare, get_what_if_document
from subscriptions.documents.refusals import in_words
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.models import Organization, Product, Subscription, VoiceRateDeck

LANGUAGE = "en"
FIGURES = ("commitment", "price", "overage_price")


class Command(BaseCommand):
    help = (
        "Rate the last closed periods of an organization once more under other terms, beside what was billed. Nothing "
        "is written. What is not named stays as agreed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", metavar="ORG", help="the organization's code")
        parser.add_argument(
            "--periods", type=int, default=3, metavar="N", help="how many closed periods, at most 12 (default: 3)"
        )
        parser.add_argument("--commercial-model", choices=[model.value for model in CommercialModel])
        parser.add_argument("--licensing-model", choices=[model.value for model in LicensingModel])
        parser.add_argument("--edition", choices=[edition.value for edition in Edition])
        parser.add_argument("--ramp-months", type=int, metavar="N")
        for figure in FIGURES:
            parser.add_argument(
                f"--{figure.replace('_', '-')}",
                type=_figure,
                action="append",
                default=[],
                metavar="PRODUCT=FIGURE",
                help="such as purecloud-3=120.00; may be given several times",
            )
        parser.add_argument("--list-prices", action="store_true", help="the price book instead of agreed prices")
        parser.add_argument(
            "--list-prices-on",
            type=_day,
            metavar="DATE",
            help="the price book in force on this day, for all periods, instead of agreed prices",
        )
        parser.add_argument("--rate-deck", metavar="NAME", help="what calls would have cost")
        parser.add_argument("--json", action="store_true", help="print every figure as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        subscription = _subscription(options["organization"])
        question = _question(options, subscription)
        refusals = [in_words(refusal) for refusal in objections(subscription, question).refusals]
        if refusals:
            raise CommandError(" ".join(refusals))
        comparison = compare_periods(subscription, question)
        if comparison is None:
            raise CommandError("No period of this organization is closed yet: there is nothing to compare.")
        if options["json"]:
            self.stdout.write(json.dumps(keep(comparison), indent=2))
            return
        document = get_what_if_document(comparison, question, subscription=subscription, language=LANGUAGE)
        for line in _lines(document):
            self.stdout.write(line)


def _subscription(code: str) -> Subscription:
    organization = Organization.objects.filter(code=code).first()
    if organization is None:
        raise CommandError(f"There is no organization with the code {code}.")
    subscription = find_subscription_to_compare(organization)
    if subscription is None:
        raise CommandError(f"{organization.name} has no agreement: there is nothing to compare.")
    return subscription


def _question(options: dict[str, Any], subscription: Subscription) -> WhatIf:
    if not 1 <= options["periods"] <= MOST_PERIODS:
        raise CommandError(f"--periods is a number from 1 to {MOST_PERIODS}.")
    if options["ramp_months"] is not None and options["ramp_months"] < 0:
        raise CommandError("--ramp-months is not negative.")
    return WhatIf(
        periods=options["periods"],
        supposition=Supposition(
            commercial_model=options["commercial_model"] and CommercialModel(options["commercial_model"]),
            licensing_model=options["licensing_model"] and LicensingModel(options["licensing_model"]),
            edition=options["edition"] and Edition(options["edition"]),
            ramp_months=options["ramp_months"],
            at_list_prices=options["list_prices"] or options["list_prices_on"] is not None,
            prices=_prices(options),
        ),
        list_prices_on=options["list_prices_on"],
        rate_deck_id=_rate_deck_id(options["rate_deck"], subscription),
    )


def _prices(options: dict[str, Any]) -> Sequence[SupposedPrice]:
    figures: dict[str, dict[str, Decimal]] = {}
    for name in FIGURES:
        for product, figure in options[name]:
            figures.setdefault(product, {})[name] = figure
    unknown = figures.keys() - set(Product.objects.filter(code__in=figures).values_list("code", flat=True))
    if unknown:
        raise CommandError(f"There is no product with the code {', '.join(sorted(unknown))}.")
    return tuple(SupposedPrice(product=product, **named) for product, named in figures.items())


def _rate_deck_id(name: str | None, subscription: Subscription) -> int | None:
    if name is None:
        return None
    deck = VoiceRateDeck.objects.filter(name=name, currency=subscription.currency).first()
    if deck is None:
        raise CommandError(f"There is no rate deck {name} in {subscription.currency}.")
    return deck.pk


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text} is no date; write it like 2026-01-15") from None


def _figure(text: str) -> tuple[str, Decimal]:
    product, equals, figure = text.partition("=")
    try:
        number = Decimal(figure)
    except InvalidOperation:
        number = Decimal("NaN")
    if not product or not equals or not number.is_finite():
        raise ArgumentTypeError(f"{text} is not understood; write it like purecloud-3=120.00")
    return product, number


def _lines(document: WhatIfDocument) -> Iterator[str]:
    for fact in document.supposed:
        yield f"{fact.label}: {fact.value}"
    for table in (*document.periods, document.together):
        yield ""
        yield from _table(table)
    for heading, obstacles in (("Not charged, or held", document.obstacles), ("Left out", document.left_out)):
        if obstacles.named:
            yield ""
            yield f"{heading}:"
            yield from (f"  {obstacle.message}" for obstacle in obstacles.named)
            if obstacles.more:
                yield f"  and {obstacles.more} more"
    yield ""
    yield from document.assumptions


def _table(table: WhatIfTable) -> Iterator[str]:
    rows = [
        ["", "billed", "", "", "would be", "", "", "difference"],
        *(
            [
                f"{row.product} ({row.kind})",
                *(row.billed.quantity, row.billed.price, row.billed.amount),
                *(row.supposed.quantity, row.supposed.price, row.supposed.amount),
                row.difference,
            ]
            for row in table.rows
        ),
        ["together", "", "", table.billed, "", "", table.supposed, table.difference],
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield f"{table.title}{' (not complete)' if table.lacks_charges else ''}"
    for row in rows:
        first, *others = (
            text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        yield f"  {'  '.join([first, *others])}".rstrip()
