"""Reads the lines that were charged in advance and may not be earned yet."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

from django.db.models import Q, QuerySet

from invoices.choices import DocumentType
from invoices.domain.charge import ChargeKind
from invoices.domain.finance.deferral import PrepaidLine, deferred, earned
from invoices.domain.finance.months import month_after
from invoices.models import InvoiceLine
from invoices.selectors.finance.scope import Scope, begins_at, ends_at
from subscriptions.domain.money import exponent
from subscriptions.domain.period import local_date

PREPAID = Q(kind=ChargeKind.PREPAY.value) | Q(corrects=ChargeKind.PREPAY.value)
"""Advances, and what gives them back: the condition of their index, word for word."""

ROWS_AT_ONCE = 5_000

_OF_LINE = (
    *("invoice__currency", "invoice__document_type", "invoice__issued_at", "invoice__subscription__time_zone"),
    *("service_start", "service_end", "amount"),
)
"""What `_prepaid` asks for, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredLine:
    """An advance of which something is not earned at a day, with its document and organization."""

    organization: str
    organization_code: str
    document_id: int
    number: str
    document_date: date
    product: str
    description: str
    start: date
    last_day: date
    currency: str
    amount: Decimal
    earned: Decimal
    deferred: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognized:
    """What of the advances of a document is earned in a month, by tax category; negative: it is taken back."""

    document_id: int
    number: str
    document_date: date
    organization_code: str
    issuing_entity_id: int
    currency: str
    earned: Mapping[str, Decimal]


def get_prepaid_lines(scope: Scope, *, since: date, until: date) -> Mapping[str, list[PrepaidLine]]:
    """Return by currency the advances booked before a day that are not both booked and earned before an earlier one."""
    found: defaultdict[str, list[PrepaidLine]] = defaultdict(list)
    for currency, *facts in _lines(scope, since=since, until=until).values_list(*_OF_LINE).iterator(ROWS_AT_ONCE):
        line = _prepaid(currency, *facts)
        if line.booked_on < until:
            found[currency].append(line)
    return dict(sorted(found.items(), key=itemgetter(0)))


def iterate_deferred_lines(scope: Scope, *, until: date) -> Iterator[DeferredLine]:
    """Yield the advances of which something is not earned by the days before one, by currency and organization."""
    rows = (
        _lines(scope, since=until, until=until)
        .order_by("invoice__currency", "organization__name", "organization_id", "invoice__issued_at", "pk")
        .values_list(
            *("organization__name", "organization__code", "invoice_id", "invoice__number", "invoice__invoice_date"),
            *("product", "description", *_OF_LINE),
        )
    )
    for organization, code, document_id, number, dated, product, description, currency, *facts in rows.iterator(
        chunk_size=ROWS_AT_ONCE
    ):
        line = _prepaid(currency, *facts)
        left = deferred(line, until=until)
        if not left:
            continue
        decimals = -exponent(currency)
        yield DeferredLine(
            organization=organization,
            organization_code=code,
            document_id=document_id,
            number=number,
            document_date=dated,
            product=product,
            description=description,
            start=line.start,
            last_day=line.end - timedelta(days=1),
            currency=currency,
            amount=Decimal(line.amount).scaleb(decimals),
            earned=Decimal(earned(line, until=until)).scaleb(decimals),
            deferred=Decimal(left).scaleb(decimals),
        )


def iterate_recognized(scope: Scope, *, month: date) -> Iterator[Recognized]:
    """Yield what is earned in a month of each document with advances, in the order of their keys; none earns 0."""
    until = month_after(month)
    rows = (
        _lines(scope, since=month, until=until)
        .order_by("invoice_id", "pk")
        .values_list(
            *("invoice_id", "invoice__number", "invoice__invoice_date", "organization__code"),
            *("invoice__issuing_entity_id", "tax_category", *_OF_LINE),
        )
    )
    for document, lines in groupby(rows.iterator(chunk_size=ROWS_AT_ONCE), key=itemgetter(slice(0, 5))):
        parts: defaultdict[str, Decimal] = defaultdict(Decimal)
        for *_document, category, currency, document_type, issued_at, zone, start, last_day, amount in lines:
            line = _prepaid(currency, document_type, issued_at, zone, start, last_day, amount)
            minor = earned(line, until=until) - earned(line, until=month)
            parts[category] += Decimal(minor).scaleb(-exponent(currency))
        if any(parts.values()):
            document_id, number, dated, code, entity_id = document
            yield Recognized(
                document_id=document_id,
                number=number,
                document_date=dated,
                organization_code=code,
                issuing_entity_id=entity_id,
                currency=currency,
                earned=dict(parts),
            )


def _lines(scope: Scope, *, since: date, until: date) -> QuerySet[InvoiceLine]:
    """
    Return the advances that are booked before `until`; what was served and booked before `since` is all earned.

    Some may be booked on the next day where their agreement is: where a day ends is for `_prepaid` to say.
    """
    rows = InvoiceLine.objects.filter(PREPAID, invoice__issued_at__lt=ends_at(until - timedelta(days=1)))
    if since < until:
        rows = rows.filter(Q(service_end__gte=since) | Q(invoice__issued_at__gte=begins_at(since)))
    else:
        rows = rows.filter(service_end__gte=since)
    if scope.organizations is not None:
        rows = rows.filter(organization__in=scope.organizations)
    if scope.currency:
        rows = rows.filter(invoice__currency=scope.currency)
    if scope.issuing_entity_id:
        rows = rows.filter(invoice__issuing_entity=scope.issuing_entity_id)
    return rows.order_by()


def _prepaid(
    currency: str, document_type: str, issued_at: datetime, zone: str, start: date, last_day: date, amount: Decimal
) -> PrepaidLine:
    minor = int(amount.scaleb(exponent(currency)))
    return PrepaidLine(
        # As the journal books it: a day that is over does not change any more (ADR 41).
        booked_on=local_date(issued_at, time_zone=zone),
        start=start,
        end=last_day + timedelta(days=1),
        amount=-minor if document_type == DocumentType.CREDIT_NOTE else minor,
    )
