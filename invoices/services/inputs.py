"""Everything but the usage that a rating reads: gathered for a close, stored with it, and read back (BR-77)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from invoices.domain.adjustments import CreditedByHand
from invoices.domain.charges.orders import Sale
from invoices.domain.crediting import CreditedPart
from invoices.domain.decision import Decision, decided_again
from invoices.domain.prices import ListPrices, Prices
from invoices.domain.rating import RULE_VERSION
from invoices.domain.tax import TaxRate
from invoices.domain.tax_treatment import TaxFacts, charged_rates
from invoices.models import BillingCycle, TermsSnapshot
from invoices.selectors.billed import get_credited_by_hand
from invoices.selectors.cycles import list_decisions
from invoices.selectors.prices import get_prices, list_prices
from invoices.selectors.taxes import list_rates_in_force, list_tax_facts
from subscriptions.domain.rate_deck import RateDeck
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Subscription
from subscriptions.selectors.rate_decks import get_latest_rate_id, get_rate_deck, get_rate_deck_versions


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
    tax_facts: TaxFacts | None = None
    latest_rate_id: int | None = None
    """The latest rate of that version: one that was added afterwards has rated nothing here."""
    credited: Sequence[CreditedByHand] = ()

    def read_deck(self) -> RateDeck | None:
        """Return the voice rates; without a version calls are not rated."""
        if self.rate_deck_version_id is None:
            return None
        return get_rate_deck(self.rate_deck_version_id, latest_rate_id=self.latest_rate_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputsWanted:
    """What a cycle is rated with: its agreement's terms, the periods whose prices it needs, its document's date."""

    cycle: BillingCycle
    terms: ContractTerms
    indexes: Sequence[int]
    dated: date


def gather_inputs(wanted: Collection[InputsWanted]) -> dict[int, RatingInputs]:
    """
    Read agreements as they stand, by subscription, in as many statements for many cycles as for one.

    Prices are those of the periods wanted, rates those in force when the cycle's period starts, tax that of the
    document's date (BR-78). The cycles are of as many organizations.
    """
    prices = list_prices({one.cycle.subscription_id: (one.terms, one.indexes) for one in wanted})
    taxes = gather_taxes({one.cycle.subscription: one.dated for one in wanted})
    decisions = list_decisions([one.cycle for one in wanted])
    decks = {
        one.cycle.subscription_id: (one.cycle.subscription.rate_deck_id, one.cycle.period_start)
        for one in wanted
        if one.cycle.subscription.rate_deck_id is not None
    }
    versions = get_rate_deck_versions(set(decks.values()))
    latest_rates = {version_id: get_latest_rate_id(version_id) for version_id in set(versions.values())}
    found = {}
    for one in wanted:
        subscription_id = one.cycle.subscription_id
        version_id = versions.get(decks[subscription_id]) if subscription_id in decks else None
        tax_rates, tax_facts = taxes[subscription_id]
        found[subscription_id] = RatingInputs(
            prices=prices[subscription_id],
            rate_deck_version_id=version_id,
            tax_rates=tax_rates,
            decisions=decisions[one.cycle.pk],
            tax_facts=tax_facts,
            latest_rate_id=None if version_id is None else latest_rates[version_id],
        )
    return found


def read_decks(inputs: Mapping[int, RatingInputs]) -> dict[int, RateDeck | None]:
    """Return the voice rates of each of these inputs by the same keys; those that many share are looked up once."""
    decks: dict[tuple[int | None, int | None], RateDeck | None] = {}
    for one in inputs.values():
        key = one.rate_deck_version_id, one.latest_rate_id
        if key not in decks:
            decks[key] = one.read_deck()
    return {key: decks[one.rate_deck_version_id, one.latest_rate_id] for key, one in inputs.items()}


def gather_tax(subscription: Subscription, *, on: date) -> tuple[list[TaxRate], TaxFacts]:
    """Read which rates a document of a day is charged, and what decided it (BR-78)."""
    return gather_taxes({subscription: on})[subscription.pk]


def gather_taxes(days: Mapping[Subscription, date]) -> dict[int, tuple[list[TaxRate], TaxFacts]]:
    """Read what `gather_tax` reads for subscriptions of as many organizations, in as many statements as for one."""
    by_organization = {subscription.organization_id: on for subscription, on in days.items()}
    rates = list_rates_in_force(by_organization)
    facts = list_tax_facts(days, days=by_organization)
    return {
        subscription.pk: (
            charged_rates(rates[subscription.organization_id], facts=facts[subscription.organization_id], on=on),
            facts[subscription.organization_id],
        )
        for subscription, on in days.items()
    }


def mended_inputs(cycle: BillingCycle) -> RatingInputs:
    """
    Return what a closed cycle was last rated with, mended by what was priced or decided since (BR-72).

    Whatever it had stays as it was (BR-74): only a price or a rate that was missing then is taken from the book and the
    deck of that day.
    """
    stored = load_inputs(_last_terms(cycle))
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
        decisions=decided_again(stored.decisions, list_decisions([cycle])[cycle.pk]),
        latest_rate_id=_latest_rate_id(stored.rate_deck_version_id),
        credited=get_credited_by_hand(cycle),
    )


def _last_terms(cycle: BillingCycle) -> TermsSnapshot:
    """Return the terms with which a closed cycle was last rated: those of its latest correction, if it has one."""
    corrections = cycle.corrected_by.select_related("terms_snapshot").order_by("-closing_cycle__index")
    latest = corrections.first()
    return stored_terms(cycle) if latest is None else latest.terms_snapshot


def _latest_rate_id(version_id: int | None) -> int | None:
    return None if version_id is None else get_latest_rate_id(version_id)


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
    tax_facts: TaxFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditInputs:
    """What a person asked to be credited, all that is left if `parts` is None, and how the invoice was taxed."""

    parts: Sequence[CreditedPart] | None
    net_days: int
    tax_rates: Sequence[TaxRate]


def save_inputs(inputs: RatingInputs | SaleInputs | CreditInputs, *, organization_id: int) -> TermsSnapshot:
    """Store what a document was worked out from; it is never changed afterwards."""
    snapshot = snapshot_of_inputs(inputs, organization_id=organization_id)
    snapshot.save()
    return snapshot


def snapshot_of_inputs(inputs: RatingInputs | SaleInputs | CreditInputs, *, organization_id: int) -> TermsSnapshot:
    """Return what a document was worked out from as it is stored, not stored yet."""
    return TermsSnapshot(
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
