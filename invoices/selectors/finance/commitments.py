"""Reads what was committed to and what was used, period by period and product by product."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from invoices.choices import CycleState, DocumentType
from invoices.domain.charge import ChargeKind
from invoices.domain.finance.commitments import Fit, LicenseUse, fit_of
from invoices.domain.finance.months import month_after
from invoices.models import BillingCycle, InvoiceLine
from invoices.selectors.cycles import with_figures
from invoices.selectors.finance.scope import Scope, from_hundredths, get_csms_by_organization, hundredths
from subscriptions.domain.terms import ContractTerms
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.terms import list_terms

CYCLES_AT_ONCE = 500
OVERAGE = Q(kind=ChargeKind.OVERAGE.value) | Q(corrects=ChargeKind.OVERAGE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentUse:
    """
    What an organization committed to and used of a product in a closed period, and what the rest cost.

    `charged` is what was charged for the use above the commitment, net, less what was given back of it.
    """

    organization: Organization
    csms: str
    subscription_id: int
    cycle_id: int
    period_start: date
    period_end: date
    product: str
    currency: str
    use: LicenseUse
    before: LicenseUse | None
    charged: Decimal

    @property
    def fit(self) -> Fit:
        """Return how the commitment fits."""
        return fit_of(self.use, self.before)


def iterate_commitments(scope: Scope, *, month: date) -> Iterator[CommitmentUse]:
    """Yield the products with a commitment, and those used above one, of the periods that ended in a month."""
    names = get_csms_by_organization()
    rows = _closed(scope, month).iterator(chunk_size=CYCLES_AT_ONCE)
    while part := list(islice(rows, CYCLES_AT_ONCE)):
        yield from _of_part(part, names)


def _closed(scope: Scope, month: date) -> QuerySet[BillingCycle]:
    # The end of a period is exclusive: it is the first day of the next one.
    rows = BillingCycle.objects.filter(
        state=CycleState.CLOSED, period_end__gt=month, period_end__lte=month_after(month)
    )
    if scope.organizations is not None:
        rows = rows.filter(organization__in=scope.organizations)
    if scope.currency:
        rows = rows.filter(subscription__currency=scope.currency)
    if scope.issuing_entity_id:
        rows = rows.filter(subscription__issuing_entity=scope.issuing_entity_id)
    rows = rows.select_related("subscription", "organization").defer("held_reasons", "left_out")
    return with_figures(rows).order_by("organization__name", "organization_id", "pk")


def _of_part(cycles: Sequence[BillingCycle], names: Mapping[int, str]) -> Iterator[CommitmentUse]:
    terms = list_terms({cycle.subscription_id: cycle.subscription for cycle in cycles}.values())
    before = _used_before(cycles)
    charged = _charged(cycles)
    for cycle in cycles:
        subscription: Subscription = cycle.subscription
        agreed = terms[subscription.pk]
        used = _figures(cycle.billable)  # type: ignore[attr-defined]
        used_before = before.get((subscription.pk, cycle.index - 1))
        for product in _products(agreed, cycle.index, used):
            yield CommitmentUse(
                organization=cycle.organization,
                csms=names.get(cycle.organization_id, ""),
                subscription_id=subscription.pk,
                cycle_id=cycle.pk,
                period_start=cycle.period_start,
                period_end=cycle.period_end,
                product=product,
                currency=subscription.currency,
                use=_use(agreed, cycle.index, product, used),
                before=None if used_before is None else _use(agreed, cycle.index - 1, product, used_before),
                charged=charged.get((subscription.pk, cycle.period_start, product), Decimal(0)),
            )


def _products(terms: ContractTerms, index: int, used: Mapping[str, Decimal]) -> list[str]:
    """Return what is committed to; beside a commitment also what is used above none."""
    committed = terms.committed_products(index)
    if not committed:
        return []
    return sorted({*committed, *(product for product, quantity in used.items() if quantity)})


def _use(terms: ContractTerms, index: int, product: str, used: Mapping[str, Decimal]) -> LicenseUse:
    return LicenseUse(committed=terms.commitment(product, index), used=used.get(product, Decimal(0)))


def _used_before(cycles: Sequence[BillingCycle]) -> dict[tuple[int, int], Mapping[str, Decimal]]:
    """Return what was used in the period before each, by subscription and index."""
    wanted = {(cycle.subscription_id, cycle.index - 1) for cycle in cycles}
    rows: QuerySet[Any] = with_figures(
        BillingCycle.objects.filter(
            state=CycleState.CLOSED,
            subscription__in={subscription for subscription, _index in wanted},
            index__in={index for _subscription, index in wanted},
        )
    )
    return {
        (subscription_id, index): _figures(billable)
        for subscription_id, index, billable in rows.values_list("subscription_id", "index", "billable")
        if (subscription_id, index) in wanted
    }


def _figures(billable: Any) -> dict[str, Decimal]:
    """Return what a close counted, by product; it is kept as text."""
    return {product: Decimal(str(quantity)) for product, quantity in (billable or {}).items()}


def _charged(cycles: Sequence[BillingCycle]) -> dict[tuple[int, date, str], Decimal]:
    """Return what was charged above the commitments of periods, by subscription, first day and product."""
    rows = (
        InvoiceLine.objects.filter(
            OVERAGE,
            subscription__in={cycle.subscription_id for cycle in cycles},
            service_start__in={cycle.period_start for cycle in cycles},
        )
        .order_by()
        .values_list("subscription_id", "service_start", "product", "invoice__document_type")
        .annotate(sum=hundredths("amount"))
    )
    found: defaultdict[tuple[int, date, str], Decimal] = defaultdict(Decimal)
    for subscription_id, start, product, document_type, total in rows:
        sign = -1 if document_type == DocumentType.CREDIT_NOTE else 1
        found[subscription_id, start, product] += sign * from_hundredths(total)
    return found
