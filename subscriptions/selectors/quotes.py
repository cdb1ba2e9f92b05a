"""Reads quotes: where they stand, and the agreement that one of them offers (BR-52)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation

from subscriptions.domain.money import plain
from subscriptions.domain.period import local_date
from subscriptions.domain.quote import QuoteState, QuoteStepKind, quote_state
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Product, Quote, QuoteStep, Subscription, SubscriptionAllowance, SubscriptionPrice
from subscriptions.selectors.catalog import get_list_prices, get_list_setup_prices
from subscriptions.selectors.parties import copy_of_bill_to, copy_of_issuer
from subscriptions.selectors.terms import terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgreement:
    """An agreement to be made: its rows, none of them stored."""

    subscription: Subscription
    prices: Sequence[SubscriptionPrice]
    allowances: Sequence[SubscriptionAllowance]

    @property
    def terms(self) -> ContractTerms:
        """Return it as the value that the rules read."""
        return terms_of(self.subscription, prices=self.prices, allowances=self.allowances)


def get_quote_state(quote: Quote, *, at: datetime) -> QuoteState:
    """Return where a quote stands at an instant; of many quotes, prefetch their steps."""
    steps = {QuoteStepKind(step.kind) for step in quote.steps.all()}
    return quote_state(steps=steps, expires_at=quote.expires_at, at=at)


def last_day_of(quote: Quote) -> date | None:
    """Return the last day on which an issued quote can be accepted, None of a draft."""
    if quote.expires_at is None:
        return None
    # The day before the one whose midnight it is, whatever the zone's clocks did.
    return local_date(quote.expires_at, time_zone=quote.time_zone) - timedelta(days=1)


def list_quotes_in_state(quotes: QuerySet[Quote], state: QuoteState, *, at: datetime) -> QuerySet[Quote]:
    """Return those of the quotes that stand there at an instant."""
    answered = _has(QuoteStepKind.ACCEPTED) | _has(QuoteStepKind.DECLINED)
    return quotes.filter(
        {
            QuoteState.DRAFT: Q(issued_at__isnull=True),
            QuoteState.ISSUED: ~answered & Q(expires_at__gt=at),
            QuoteState.EXPIRED: ~answered & Q(expires_at__lte=at),
            QuoteState.ACCEPTED: _has(QuoteStepKind.ACCEPTED) & ~_has(QuoteStepKind.PROCESSED),
            QuoteState.DECLINED: Q(_has(QuoteStepKind.DECLINED)),
            QuoteState.PROCESSED: Q(_has(QuoteStepKind.PROCESSED)),
        }[state]
    )


def get_new_agreement(quote: Quote) -> NewAgreement | None:
    """Return the agreement that a quote offers, None if it offers one-time items only."""
    if quote.effective_date is None:
        return None
    return NewAgreement(
        subscription=subscription_of(quote),
        prices=[
            SubscriptionPrice(
                product_id=row.product_id,
                commitment=row.commitment,
                price=row.price,
                overage_price=row.overage_price,
                setup_price=row.setup_price,
            )
            for row in quote.prices.order_by("pk")
        ],
        allowances=[
            SubscriptionAllowance(product_id=row.product_id, resource_id=row.resource_id, quantity=row.quantity)
            for row in quote.allowances.order_by("pk")
        ],
    )


def subscription_of(quote: Quote) -> Subscription:
    """Return the terms that a quote offers as the row of an agreement, not stored."""
    assert quote.effective_date is not None
    return Subscription(
        organization_id=quote.organization_id,
        issuing_entity_id=quote.issuing_entity_id,
        quote_id=quote.pk,
        effective_date=quote.effective_date,
        currency=quote.currency,
        commercial_model=quote.commercial_model,
        licensing_model=quote.licensing_model,
        edition=quote.edition,
        time_zone=quote.time_zone,
        ramp_months=quote.ramp_months,
        term_months=quote.term_months,
        net_days=quote.net_days,
        rate_deck_id=quote.rate_deck_id,
        multi_shift=quote.multi_shift,
    )


def copy_of_offer(quote: Quote) -> dict[str, Any]:
    """Return everything that a quote's PDF shows, as it stands: the PDF is made of this copy (BR-52, BR-76)."""
    language = quote.language or quote.organization.language
    with translation.override(language):
        return {
            "issuer": copy_of_issuer(quote.issuing_entity, currency=quote.currency),
            "bill_to": copy_of_bill_to(quote.organization),
            "language": language,
            "time_zone": quote.time_zone,
            "currency": quote.currency,
            "notes": quote.notes,
            "items": [
                _of_product(item.product) | {"quantity": plain(item.quantity), "price": plain(item.price)}
                for item in quote.items.select_related("product")
            ],
            "agreement": None if quote.effective_date is None else _copy_of_agreement(quote, quote.effective_date),
        }


def _copy_of_agreement(quote: Quote, effective_date: date) -> dict[str, Any]:
    list_prices = get_list_prices(currency=quote.currency, on=effective_date)
    list_setup_prices = get_list_setup_prices(currency=quote.currency, on=effective_date)
    return {
        "effective_date": effective_date.isoformat(),
        "commercial_model": quote.commercial_model,
        "licensing_model": quote.licensing_model,
        "edition": quote.edition,
        "ramp_months": quote.ramp_months,
        "term_months": quote.term_months,
        "net_days": quote.net_days,
        "rate_deck": quote.rate_deck.name if quote.rate_deck else "",
        "prices": [
            _of_product(row.product)
            | {
                "commitment": plain(row.commitment),
                "price": _plain_or_none(row.price),
                "list_price": _plain_or_none(list_prices.get(row.product_id)),
                "overage_price": _plain_or_none(row.overage_price),
                "setup_price": _plain_or_none(row.setup_price),
                "list_setup_price": _plain_or_none(list_setup_prices.get(row.product_id)),
            }
            for row in quote.prices.select_related("product").order_by("pk")
        ],
        "allowances": [
            {"product": str(row.product), "resource": str(row.resource), "quantity": plain(row.quantity)}
            for row in quote.allowances.select_related("product", "resource").order_by("pk")
        ],
    }


def _of_product(product: Product) -> dict[str, str]:
    return {"product": product.code, "name": str(product), "kind": product.kind}


def _plain_or_none(price: Decimal | None) -> str | None:
    return None if price is None else plain(price)


def _has(kind: QuoteStepKind) -> Exists:
    return Exists(QuoteStep.objects.filter(quote=OuterRef("pk"), kind=kind.value))
