"""Checks a file and compares it with what is in force: nothing is written (BR-31, BR-42, BR-78)."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from subscriptions.documents.price_list import get_standing_list
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.price_list.admission import refusals
from subscriptions.domain.price_list.checking import Catalog, check_table
from subscriptions.domain.price_list.comparison import Comparison, compare
from subscriptions.domain.price_list.entry import ListKind, PriceList, Target
from subscriptions.domain.price_list.fault import Fault
from subscriptions.models import Product, TaxAuthority
from subscriptions.selectors.rate_decks import list_rate_decks_in_use
from subscriptions.services.price_imports.reading import Watch, read_table
from subscriptions.services.price_imports.unreadable import UnreadableFileError


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """
    What became of a file: every fault, or else everything that it would change.

    `basis` names the list that it was compared with, in force from `since` `until` another one takes over.
    """

    faults: Sequence[Fault] = ()
    comparison: Comparison | None = None
    basis: str = ""
    since: date | None = None
    until: date | None = None


def check_file(content: bytes, *, target: Target, today: date, watch: Watch = lambda _rows: None) -> Findings:
    """
    Return everything that is wrong with a file, or everything that it would change.

    `today` is the day where it begins first; `watch` is told how many rows were read.
    """
    try:
        table = read_table(content, watch=watch)
    except UnreadableFileError as error:
        return Findings(faults=error.faults)
    checked = check_table(table, kind=target.kind, catalog=_catalog(target.kind))
    if checked.faults:
        return Findings(faults=checked.faults)
    standing = get_standing_list(target)
    comparison = compare(
        standing,
        checked.entries,
        kind=target.kind,
        scope=target.scope,
        increment_seconds=target.increment_seconds,
    )
    faults = find_refusals(target, standing=standing, comparison=comparison, today=today)
    if faults:
        return Findings(faults=faults)
    return Findings(comparison=comparison, basis=name_of(standing), since=standing.since, until=standing.until)


def find_refusals(target: Target, *, standing: PriceList, comparison: Comparison, today: date) -> list[Fault]:
    """Return everything for which the list in force does not admit what would change."""
    in_use = target.deck_id is not None and list_rate_decks_in_use(on=today).filter(pk=target.deck_id).exists()
    return refusals(target, standing=standing, comparison=comparison, today=today, in_use=in_use)


def name_of(standing: PriceList) -> str:
    """Return a name that two lists share only if they say the same."""
    return hashlib.sha256(msgspec.json.encode(standing)).hexdigest()


def _catalog(kind: ListKind) -> Catalog:
    if kind is ListKind.PRICE_BOOK:
        products = Product.objects.values_list("code", "kind")
        return Catalog(products={code: ProductKind(product_kind) for code, product_kind in products})
    if kind is ListKind.TAX_RATES:
        names = Counter(TaxAuthority.objects.values_list("name", flat=True))
        return Catalog(ambiguous_authorities=frozenset(name for name, count in names.items() if count > 1))
    return Catalog()
