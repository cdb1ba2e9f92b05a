"""Reads the lines that were charged in advance and may not be earned yet."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter

from django.db.models import Q, QuerySet

from invoices.choices import DocumentType
from invoices.domain.charge import ChargeKind
from invoices.domain.finance.deferral import PrepaidLine, deferred, earned
from invoices.models import InvoiceLine
from invoices.selectors.finance.scope import Scope
from subscriptions.domain.money import exponent

PREPAID = Q(kind=ChargeKind.PREPAY.value) | Q(corrects=ChargeKind.PREPAY.value)
"""Advances, and what gives them back: the condition of their index, word for word."""

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredLine:
    """An advance of which something is not earned at a day, with its document and organization."""

    organization: str
    organization_code: str
    document_id: int
    number: str
    booked_on: date
    product: str
    description: str
    start: date
    last_day: date
    currency: str
    amount: Decimal
    earned: Decimal
    deferred: Decimal


def get_prepaid_lines(scope: Scope, *, since: date, until: date) -> Mapping[str, list[PrepaidLine]]:
    """Return by currency the advances booked before a day that are not both booked and earned before an earlier one."""
    found: defaultdict[str, list[PrepaidLine]] = defaultdict(list)
    rows = _lines(scope, since=since, until=until).values_list(
        "invoice__currency", "invoice__document_type", "invoice__invoice_date", "service_start", "service_end", "amount"
    )
    for currency, document_type, booked_on, start, last_day, amount in rows.iterator(chunk_size=ROWS_AT_ONCE):
        found[currency].append(_prepaid(currency, document_type, booked_on, start, last_day, amount))
    return dict(sorted(found.items(), key=itemgetter(0)))


def iterate_deferred_lines(scope: Scope, *, until: date) -> Iterator[DeferredLine]:
    """Yield the advances of which something is not earned by the days before one, by currency and organization."""
    rows = (
        _lines(scope, since=until, until=until)
        .order_by("invoice__currency", "organization__name", "organization_id", "invoice__invoice_date", "pk")
        .values_list(
            *("invoice__currency", "invoice__document_type", "invoice__invoice_date"),
            *("service_start", "service_end", "amount"),
            *("organization__name", "organization__code", "invoice_id", "invoice__number", "product", "description"),
        )
    )
    for currency, document_type, booked_on, start, last_day, amount, *names in rows.iterator(chunk_size=ROWS_AT_ONCE):
        line = _prepaid(currency, document_type, booked_on, start, last_day, amount)
        left = deferred(line, until=until)
        if not left:
            continue
        decimals = -exponent(currency)
        organization, code, document_id, number, product, description = names
        yield DeferredLine(
            organization=organization,
            organization_code=code,
            document_id=document_id,
            number=number,
            booked_on=booked_on,
            product=product,
            description=description,
            start=start,
            last_day=last_day,
            currency=currency,
            amount=Decimal(line.amount).scaleb(decimals),
            earned=Decimal(earned(line, until=until)).scaleb(decimals),
            deferred=Decimal(left).scaleb(decimals),
        )


def _lines(scope: Scope, *, since: date, until: date) -> QuerySet[InvoiceLine]:
    """Return the advances that are booked before `until`; what was served and booked before `since` is all earned."""
    rows = InvoiceLine.objects.filter(PREPAID, invoice__invoice_date__lt=until)
    if since < until:
        rows = rows.filter(Q(service_end__gte=since) | Q(invoice__invoice_date__gte=since))
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
    currency: str, document_type: str, booked_on: date, start: date, last_day: date, amount: Decimal
) -> PrepaidLine:
    minor = int(amount.scaleb(exponent(currency)))
    return PrepaidLine(
        booked_on=booked_on,
        start=start,
        end=last_day + timedelta(days=1),
        amount=-minor if document_type == DocumentType.CREDIT_NOTE else minor,
    )
