"""Histories and agreements rated, for the tests of charges."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from invoices.domain.decision import Decision
from invoices.domain.prices import ListPrices, Prices
from invoices.domain.rating import Rating, rate_advance, rate_arrears
from subscriptions.domain.rate_deck import Rate, RateDeck
from subscriptions.domain.terms import ContractTerms
from tests.domain.agreements import an_agreement, anniversary
from tests.domain.histories import Fact, assigned, at, counted, stay

DECK = RateDeck(
    rates=[
        Rate(direction="outbound", prefix="+33", destination="France", per_minute=Decimal("0.0470")),
        Rate(direction="outbound", prefix="+34", destination="Spain", per_minute=Decimal("0.000001")),
    ]
)
"""Voice to two countries."""

FIFTEEN_MINUTES = (at("01-20 14:00"), at("01-20 14:15"))


def people(number: int, product: str, *, prefix: str = "u") -> list[Fact]:
    """Return what makes so many users billable by name at a license or add-on."""
    return [
        fact
        for position in range(number)
        for fact in (*stay(f"{prefix}-{position}", *FIFTEEN_MINUTES), assigned(f"{prefix}-{position}", product))
    ]


def priced(terms: ContractTerms, **books: dict[str, str]) -> Prices:
    """Return the agreement's prices over list prices that are the same in every period, figures as text."""
    listed = ListPrices(
        prices={product: Decimal(price) for product, price in books.get("book", {}).items()},
        setup_prices={product: Decimal(price) for product, price in books.get("setup", {}).items()},
    )
    return Prices(terms=terms, list_prices={anniversary(terms, index): listed for index in range(14)})


def arrears(
    *told: Fact | Iterable[Fact],
    terms: ContractTerms | None = None,
    index: int = 0,
    deck: RateDeck | None = None,
    decisions: Sequence[Decision] = (),
    **books: dict[str, str],
) -> Rating:
    """Return what a history costs in arrears."""
    terms = terms or an_agreement()
    count = counted(*told, terms=terms, index=index, deck=deck)
    period = terms.period(index)
    assert period is not None
    return rate_arrears(count, period=period, prices=priced(terms, **books), decisions=decisions)


def advance(terms: ContractTerms, index: int, **books: dict[str, str]) -> Rating:
    """Return what falls due in advance at the start of a period."""
    return rate_advance(index=index, prices=priced(terms, **books))


def lines(rating: Rating) -> list[tuple[str, str, str, str, str]]:
    """Return the charges as kind, product, quantity, unit price and amount."""
    return [
        (str(line.kind), line.product, str(line.quantity), str(line.unit_price), str(line.amount.amount))
        for line in rating.charges
    ]


def blocks(rating: Rating) -> list[tuple[str, str]]:
    """Return the reasons to hold the cycle as code and subject."""
    return [(str(block.code), block.subject) for block in rating.blocks]
