"""Everything but the usage that a rating reads: gathered for a close, stored with it, and read back (BR-77)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from invoices.domain.adjustments import CreditedByHand
from invoices.domain.charges.orders import Sale
from invoices.domain.crediting import CreditedPart
from invoices.domain.decision import Decision
from invoices.domain.prices import ListPrices, Prices
from invoices.domain.rating import RULE_VERSION
from invoices.domain.tax import TaxRate
from invoices.models import BillingCycle, TermsSnapshot
from invoices.selectors import get_credited_by_hand, get_decisions, get_prices, get_tax_rates
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.selectors import get_rate_deck, get_rate_deck_version, get_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingInputs:
    """
    An agreement with its prices, its rate deck's version, the tax of the document's date, and what was decided.

    Where a closed period is rated again, `credited` is what credit notes by hand had given back of it.
    """

    prices: Prices
    rate_deck_version_id: int | None
    tax_rates: Sequence[TaxRate]
    decisions: Sequence[Decision] = ()
    credited: Sequence[CreditedByHand] = ()

    @property
    def deck(self) -> RateDeck | None:
        """Return the voice rates; without a version calls are not rated."""
        return None if self.rate_deck_version_id is None else get_rate_deck(self.rate_deck_version_id)


def gather_inputs(cycle: BillingCycle, *, indexes: Sequence[int], dated: date) -> RatingInputs:
    """
    Read the agreement as it stands: prices for the periods `indexes`, rates in force when the cycle's period starts.

    Tax is that of the document's date, `dated` (BR-78).
    """
    subscription = cycle.subscription
    return RatingInputs(
        prices=get_prices(get_terms(subscription), indexes=indexes),
        rate_deck_version_id=get_rate_deck_version(subscription.rate_deck_id, on=cycle.period_start),
        tax_rates=get_tax_rates(subscription.organization_id, on=dated),
        decisions=get_decisions(cycle),
    )


def correction_inputs(cycle: BillingCycle) -> RatingInputs:
    """
    Return what a closed cycle is rated again with: its own terms, mended by what was priced or decided since (BR-72).

    Whatever it had stays as it was (BR-74): a price that was missing then is taken from the book of that day.
    """
    stored = load_inputs(stored_terms(cycle))
    terms = stored.prices.terms
    now = get_prices(terms, indexes=[cycle.index])
    mended = {
        day: ListPrices(
            prices={**now.list_prices.get(day, listed).prices, **listed.prices}, setup_prices=listed.setup_prices
        )
        for day, listed in stored.prices.list_prices.items()
    }
    return replace(
        stored,
        prices=Prices(terms=terms, list_prices=mended),
        decisions=get_decisions(cycle),
        credited=get_credited_by_hand(cycle),
    )


def stored_terms(cycle: BillingCycle) -> TermsSnapshot:
    """
    Return the terms that were stored when a cycle closed.

    :raises ValueError: if it is not closed
    """
    if cycle.terms_snapshot is None:
        raise ValueError(f"The period of {cycle.period_start} is not closed: it has no terms of its own.")
    return cycle.terms_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleInputs:
    """What was sold, when it is due, and the tax of the document's date."""

    sale: Sale
    net_days: int
    tax_rates: Sequence[TaxRate]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditInputs:
    """What a person asked to be credited, all that is left if `parts` is None, and how the invoice was taxed."""

    parts: Sequence[CreditedPart] | None
    net_days: int
    tax_rates: Sequence[TaxRate]


def save_inputs(inputs: RatingInputs | SaleInputs | CreditInputs, *, organization_id: int) -> TermsSnapshot:
    """Store what a document was worked out from; it is never changed afterwards."""
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


def load_credit(snapshot: TermsSnapshot) -> CreditInputs:
    """Return what a credit note by hand was worked out from."""
    return msgspec.convert(snapshot.terms, CreditInputs)


def load_tax_rates(snapshot: TermsSnapshot) -> list[TaxRate]:
    """Return the tax rates that a document was issued with, whatever kind of document it is."""
    return msgspec.convert(snapshot.terms["tax_rates"], list[TaxRate])
