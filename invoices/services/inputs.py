"""Everything but the usage that a rating reads: gathered for a close, stored with it, and read back (BR-77)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from invoices.domain.charges.orders import Sale
from invoices.domain.prices import Prices
from invoices.domain.rating import RULE_VERSION
from invoices.domain.tax import TaxRate
from invoices.models import TermsSnapshot
from invoices.selectors import get_prices, get_tax_rates
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.models import Subscription
from subscriptions.selectors import get_rate_deck, get_rate_deck_version, get_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingInputs:
    """An agreement with its prices, the version of its rate deck, and the tax of the document's date."""

    prices: Prices
    rate_deck_version_id: int | None
    tax_rates: Sequence[TaxRate]

    @property
    def deck(self) -> RateDeck | None:
        """Return the voice rates; without a version calls are not rated."""
        return None if self.rate_deck_version_id is None else get_rate_deck(self.rate_deck_version_id)


def gather_inputs(
    subscription: Subscription, *, indexes: Sequence[int], service_start: date, dated: date
) -> RatingInputs:
    """
    Read the agreement as it stands: prices for the periods `indexes`, rates in force at `service_start`.

    Tax is that of the document's date, `dated` (BR-78).
    """
    return RatingInputs(
        prices=get_prices(get_terms(subscription), indexes=indexes),
        rate_deck_version_id=get_rate_deck_version(subscription.rate_deck_id, on=service_start),
        tax_rates=get_tax_rates(subscription.organization_id, on=dated),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleInputs:
    """What was sold, when it is due, and the tax of the document's date."""

    sale: Sale
    net_days: int
    tax_rates: Sequence[TaxRate]


def save_inputs(inputs: RatingInputs | SaleInputs, *, organization_id: int) -> TermsSnapshot:
    """Store what a close or a sale was rated with; it is never changed afterwards."""
    return TermsSnapshot.objects.create(
        organization_id=organization_id,
        rule_version=RULE_VERSION,
        terms=msgspec.to_builtins(inputs, str_keys=True, order="deterministic"),
    )


def load_inputs(snapshot: TermsSnapshot) -> RatingInputs:
    """Return what a close was rated with, whatever was changed since."""
    return msgspec.convert(snapshot.terms, RatingInputs, str_keys=True)


def load_sale(snapshot: TermsSnapshot) -> SaleInputs:
    """Return what a sale was invoiced with."""
    return msgspec.convert(snapshot.terms, SaleInputs)
