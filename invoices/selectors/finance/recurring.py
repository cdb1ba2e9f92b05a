"""Reads what agreements are worth a month, organization by organization."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from django.db.models import QuerySet

from invoices.domain.finance.recurring import ListedFrom, RecurringMonth, RecurringRevenue, recurring_months
from invoices.selectors.finance.scope import Scope, get_csms_by_organization
from subscriptions.models import Organization, PriceBook, Subscription
from subscriptions.selectors.terms import list_terms

AGREEMENTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringOrganization:
    """An organization with what it is worth in one currency at the end of each month."""

    organization: Organization
    csms: str
    currency: str
    months: Sequence[RecurringMonth]


def iterate_recurring(scope: Scope, *, months: Sequence[date]) -> Iterator[RecurringOrganization]:
    """Yield the organizations that are worth something at the end of any of some months, or of the one before them."""
    listed = _listed()
    names = get_csms_by_organization()
    for rows in _in_parts(_agreements(scope)):
        terms = list_terms(rows)
        for (organization_id, currency), together in groupby(rows, key=attrgetter("organization_id", "currency")):
            own = list(together)
            agreements = [RecurringRevenue(terms=terms[row.pk], listed=listed.get(currency, ())) for row in own]
            found = recurring_months(agreements, months)
            if any(month.amount or month.change for month in found):
                yield RecurringOrganization(
                    organization=own[0].organization,
                    csms=names.get(organization_id, ""),
                    currency=currency,
                    months=found,
                )


def _agreements(scope: Scope) -> QuerySet[Subscription]:
    rows = scope.own(Subscription.objects.all())
    if scope.issuing_entity_id:
        rows = rows.filter(issuing_entity=scope.issuing_entity_id)
    return rows.select_related("organization").order_by("organization_id", "currency", "pk")


def _in_parts(rows: QuerySet[Subscription]) -> Iterator[list[Subscription]]:
    """Yield the agreements in parts of bounded size; those of one organization stay together."""
    part: list[Subscription] = []
    for row in rows.iterator(chunk_size=AGREEMENTS_AT_ONCE):
        if len(part) >= AGREEMENTS_AT_ONCE and row.organization_id != part[-1].organization_id:
            yield part
            part = []
        part.append(row)
    if part:
        yield part


def _listed() -> Mapping[str, Sequence[ListedFrom]]:
    """Return the price books of each currency, oldest first; there are few."""
    books: dict[str, list[ListedFrom]] = {}
    for book in PriceBook.objects.order_by("currency", "effective_date").prefetch_related("entries"):
        prices = {entry.product_id: entry.price for entry in book.entries.all()}
        books.setdefault(book.currency, []).append(ListedFrom(day=book.effective_date, prices=prices))
    return books
