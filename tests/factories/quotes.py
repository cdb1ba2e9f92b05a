"""Quotes: drafts as a CSM makes them, and where they get to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from subscriptions.models import Organization, Product, Quote, QuoteAllowance, QuoteItem, QuotePrice
from subscriptions.services.quotes import Answer, accept_quote, issue_quote
from subscriptions.services.recording import Recording
from tests.factories.subscriptions import an_issuer, an_organization

ISSUED_AT = datetime(2026, 2, 2, 15, tzinfo=UTC)
"""10 o'clock in New York; 30 days later is March 4."""

ENABLEMENT = ("enablement", "one_time", "1", "2500")
TELEPHONES = ("telephone", "hardware", "10", "129.90")

ONE_TIER: Mapping[str, Mapping[str, str]] = {
    "purecloud-3": {"commitment": "80", "price": "140", "overage_price": "150"}
}
ANSWER = Answer(customer="Ada Obi, CFO", words="Signed PDF by e-mail of February 3", po_number="PO-77")


def at(instant: datetime = ISSUED_AT) -> Recording:
    """Return that nobody in particular records something at an instant."""
    return Recording(by=None, at=instant)


def a_draft(
    organization: Organization | None = None,
    *,
    items: Sequence[tuple[str, str, str, str]] = (),
    prices: Mapping[str, Mapping[str, str]] | None = None,
    allowances: Mapping[tuple[str, str], str] | None = None,
    **fields: Any,
) -> Quote:
    """Return a stored draft; `items` are of code, kind, quantity and price. It offers no agreement unless told to."""
    own = {
        "organization": organization or an_organization(),
        "issuing_entity": fields.get("issuing_entity") or an_issuer(),
        "currency": "USD",
    }
    quote = Quote.objects.create(**own | fields)
    for code, kind, quantity, price in items:
        product, _ = Product.objects.get_or_create(code=code, defaults={"name": code.title(), "kind": kind})
        QuoteItem.objects.create(quote=quote, product=product, quantity=Decimal(quantity), price=Decimal(price))
    for code, figures in (prices or {}).items():
        decimals = {name: Decimal(figure) for name, figure in figures.items()}
        QuotePrice.objects.create(quote=quote, product_id=code, **decimals)
    for (product_code, resource), quantity in (allowances or {}).items():
        QuoteAllowance.objects.create(
            quote=quote, product_id=product_code, resource_id=resource, quantity=Decimal(quantity)
        )
    return quote


def an_agreement_draft(organization: Organization | None = None, **fields: Any) -> Quote:
    """Return a stored draft of an agreement from March 1, 2026: 80 seats, billed monthly in advance."""
    terms = {
        "effective_date": date(2026, 3, 1),
        "commercial_model": "PREPAY_MONTHLY_COMMITMENT",
        "licensing_model": "named",
        "prices": ONE_TIER,
    }
    return a_draft(organization, **terms | fields)


def issued(quote: Quote, *, on: datetime = ISSUED_AT) -> Quote:
    """Issue a draft, and return it as it is stored."""
    issue_quote(quote.pk, recording=at(on))
    return Quote.objects.get(pk=quote.pk)


def accepted(quote: Quote, *, on: datetime = ISSUED_AT) -> Quote:
    """Issue a draft and have it accepted at once, and return it as it is stored."""
    issue_quote(quote.pk, recording=at(on))
    accept_quote(quote.pk, ANSWER, recording=at(on))
    return Quote.objects.get(pk=quote.pk)
