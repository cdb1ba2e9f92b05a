"""What is there before anybody signs: products, list prices with gaps, rate decks with gaps, taxes, issuers."""

from datetime import date
from decimal import Decimal

from subscriptions.domain.catalog import BUILT_IN, CALL_PORTS, RESOURCES, TOLL_FREE_NUMBER, VOICE, ProductKind
from subscriptions.models import (
    AuthorityRate,
    BankAccount,
    IssuingEntity,
    PriceBook,
    PriceBookEntry,
    Product,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from tests.factories.subscriptions import an_issuer
from tests.machine.agreements import ADD_ON, CURRENCIES, TIERS

LONG_AGO = date(2015, 1, 1)
FORGOTTEN = {"purecloud-3", TOLL_FREE_NUMBER}
"""Products without a list price: who uses one waits until somebody adds it."""
INCREMENTS = {"USD": 6, "EUR": 60, "JPY": 1}


def open_the_market() -> None:
    """Insert it all."""
    for code, kind in ((ADD_ON, ProductKind.ADD_ON), ("onboarding", ProductKind.ONE_TIME), ("headset", "hardware")):
        Product.objects.create(code=code, name=code.title(), kind=kind)
    for code in ("northwind", "umbrella"):
        BankAccount.objects.create(issuing_entity=an_issuer(code), currency="USD", bank_name="First", details=[])
    IssuingEntity.objects.filter(code="umbrella").update(invoice_prefix="UMB/", credit_note_prefix="UMB/C/")
    for currency in CURRENCIES:
        publish_prices(currency, on=LONG_AGO, factor=1)
        deck = VoiceRateDeck.objects.create(name=f"Voice {currency}", currency=currency)
        publish_rates(deck, on=LONG_AGO, per_minute="0.0119")
    for name, rate, taxable, categories in (
        ("State", "6.25", "100", ["software", "service"]),
        ("City", "1.862", "64.9", ["software", "telecom"]),
        ("Federal", "10", "100", ["hardware", "telecom", "software", "service"]),
    ):
        authority = TaxAuthority.objects.create(name=name)
        AuthorityRate.objects.create(
            authority=authority,
            effective_date=LONG_AGO,
            rate=Decimal(rate),
            taxable=Decimal(taxable),
            categories=categories,
        )


def publish_prices(currency: str, *, on: date, factor: int) -> None:
    """Insert a price book, at so many times the first one's prices."""
    book, is_new = PriceBook.objects.get_or_create(currency=currency, effective_date=on)
    if not is_new:
        return
    priced = (BUILT_IN.keys() - FORGOTTEN - {VOICE}) | {ADD_ON}
    PriceBookEntry.objects.bulk_create(
        PriceBookEntry(price_book=book, product_id=product, price=factor * _price(product)) for product in priced
    )


def publish_rates(deck: VoiceRateDeck, *, on: date, per_minute: str) -> None:
    """Insert a version of a deck; calls to France, and from Germany, have no rate in it."""
    version, is_new = VoiceRateDeckVersion.objects.get_or_create(
        deck=deck, effective_date=on, defaults={"increment_seconds": INCREMENTS[deck.currency]}
    )
    if not is_new:
        return
    VoiceRate.objects.bulk_create(
        VoiceRate(
            version=version, direction=direction, prefix=prefix, destination=where, per_minute=Decimal(per_minute)
        )
        for direction, prefix, where in (
            ("outbound", "+1", "United States"),
            ("outbound", "+49", "Germany"),
            ("inbound", "+1", "United States"),
        )
    )


def _price(product: str) -> Decimal:
    if product in TIERS:
        return Decimal(60 + 30 * TIERS.index(product))
    if product in {*RESOURCES} - {CALL_PORTS}:
        return Decimal("0.015")
    return Decimal("20.5")
