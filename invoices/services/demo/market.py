"""Writes who sells, and what is the same for every customer: list prices, call rates, taxes."""

from datetime import date
from decimal import Decimal

from invoices.services.demo.shapes import Cast, Seller
from subscriptions.models import (
    AuthorityRate,
    BankAccount,
    IssuingEntity,
    PriceBook,
    PriceBookEntry,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)


def make_seller(seller: Seller, logo: str) -> IssuingEntity:
    """Insert a seller with its bank accounts."""
    mail = seller.code.removeprefix("northbeam-")
    entity = IssuingEntity.objects.create(
        code=seller.code,
        legal_name=seller.legal_name,
        address=seller.address,
        country=seller.country,
        tax_ids=list(seller.tax_ids),
        invoice_prefix=seller.prefix,
        credit_note_prefix=f"{seller.prefix}CN-",
        logo_svg=logo,
        sales_email=f"sales-{mail}@northbeam.example",
        hardware_email=f"hardware-{mail}@northbeam.example",
        invoicing_email=f"invoices-{mail}@northbeam.example",
        collections_email=f"payments-{mail}@northbeam.example",
        terms_url="https://northbeam.example/terms",
        service_level_url="https://northbeam.example/service-level",
    )
    BankAccount.objects.bulk_create(
        [
            BankAccount(
                issuing_entity=entity,
                currency=currency,
                bank_name=bank.name,
                details=[list(detail) for detail in bank.details],
            )
            for currency, bank in seller.banks.items()
        ]
    )
    return entity


def make_price_books(cast: Cast, since: date) -> None:
    """Insert a book of list prices for each currency."""
    for currency, prices in cast.price_books.items():
        book = PriceBook.objects.create(currency=currency, effective_date=since, name=f"List prices {since.year}")
        PriceBookEntry.objects.bulk_create(
            [
                PriceBookEntry(
                    price_book=book,
                    product_id=product,
                    price=Decimal(listed.price),
                    setup_price=decimal_or_none(listed.setup_price),
                )
                for product, listed in prices.items()
            ]
        )


def make_rate_decks(cast: Cast, since: date) -> dict[str, VoiceRateDeck]:
    """Insert the rates of calls and return the decks by name."""
    decks = {}
    for name, (currency, rates) in cast.rate_decks.items():
        decks[name] = VoiceRateDeck.objects.create(name=name, currency=currency)
        version = VoiceRateDeckVersion.objects.create(deck=decks[name], effective_date=since)
        VoiceRate.objects.bulk_create(
            [
                VoiceRate(
                    version=version,
                    direction=rate.direction,
                    prefix=rate.prefix,
                    destination=rate.destination,
                    per_minute=Decimal(rate.per_minute),
                )
                for rate in rates
            ]
        )
    return decks


def make_authorities(cast: Cast, since: date) -> dict[str, TaxAuthority]:
    """Insert who taxes, and return the authorities by code."""
    authorities = {code: TaxAuthority.objects.create(name=tax.name) for code, tax in cast.taxes.items()}
    AuthorityRate.objects.bulk_create(
        [
            AuthorityRate(
                authority=authorities[code],
                effective_date=since,
                rate=Decimal(tax.rate),
                taxable=Decimal(tax.taxable),
                categories=list(tax.categories),
            )
            for code, tax in cast.taxes.items()
        ]
    )
    return authorities


def decimal_or_none(text: str | None) -> Decimal | None:
    """Return a price as it is written, if it is."""
    return None if text is None else Decimal(text)
