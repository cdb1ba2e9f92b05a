"""Looks up what a file of the old system names: organizations, products, and what stands here already."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from invoices.choices import DocumentType
from invoices.domain.moving_in.old_invoices import KnownThings, OldBill, OldCharge, named_in
from invoices.domain.moving_in.opening_balances import Issuer, KnownBalances, OldTotal, OpeningKind
from invoices.domain.moving_in.opening_balances import named_in as balances_named_in
from invoices.domain.moving_in.side_by_side import Billed
from invoices.models import Invoice, NumberSeries, OldInvoice, OldLine, OpeningBalance, Shadow
from subscriptions.domain.price_list.table import Table
from subscriptions.models import IssuingEntity, Organization, Product, Subscription


def known_invoices(table: Table) -> KnownThings:
    """Return what bears on the invoices that stand in a file."""
    named = named_in(table)
    organizations = dict(Organization.objects.filter(code__in=named.organizations).values_list("pk", "code"))
    in_shadow = Shadow.objects.filter(organization__in=organizations).values_list("organization_id", flat=True)
    invoices = OldInvoice.objects.filter(
        organization__in=organizations, number__in=named.invoices, withdrawn_at__isnull=True
    )
    return KnownThings(
        organizations=set(organizations.values()),
        in_shadow={organizations[pk] for pk in in_shadow},
        products=set(Product.objects.values_list("code", flat=True)),
        kept={
            (organizations[row.organization_id], row.number): OldBill(
                organization=organizations[row.organization_id],
                number=row.number,
                currency=row.currency,
                line=0,
                charges=[_charge(line) for line in sorted(row.lines.all(), key=lambda line: line.position)],
            )
            for row in invoices.prefetch_related("lines")
        },
    )


def known_balances(table: Table, *, today: date) -> KnownBalances:
    """Return what bears on the opening balances that stand in a file."""
    named = balances_named_in(table)
    organizations = dict(Organization.objects.filter(code__in=named.organizations).values_list("pk", "code"))
    moving_in = Shadow.objects.filter(organization__in=organizations).values_list("organization_id", flat=True)
    issuers = _issuers(organizations)
    entities = {issuer.key for issuer in issuers.values()}
    documents = Invoice.objects.filter(issuing_entity__in=entities, number__in=named.numbers)
    standing = OpeningBalance.objects.filter(number__in=named.numbers, withdrawn_at__isnull=True)
    old = OldInvoice.objects.filter(
        organization__in=organizations, number__in=named.numbers, withdrawn_at__isnull=True
    ).prefetch_related("lines")
    return KnownBalances(
        organizations=set(organizations.values()),
        moving_in={organizations[pk] for pk in moving_in},
        issuers=issuers,
        kept={
            (organizations[owner], OpeningKind(kind), number)
            for owner, kind, number in standing.filter(organization__in=organizations).values_list(
                "organization_id", "kind", "number"
            )
        },
        taken={
            *documents.values_list("issuing_entity_id", "number"),
            *_waiting_elsewhere(standing.exclude(organization__in=organizations), entities),
        },
        old={
            (organizations[row.organization_id], row.number): OldTotal(
                currency=row.currency, total=sum((line.amount + line.tax for line in row.lines.all()), start=Decimal(0))
            )
            for row in old
        },
        today=today,
    )


def _issuers(organizations: Mapping[int, str]) -> dict[str, Issuer]:
    """Return who issues the invoices of organizations, by their code; of one without an agreement nobody does."""
    rows = Subscription.objects.filter(organization__in=organizations).select_related("issuing_entity")
    # The newest agreement comes last, and counts.
    entities = {row.organization_id: row.issuing_entity for row in rows.order_by("effective_date", "pk")}
    issuers = issuers_of(set(entities.values()))
    return {organizations[pk]: issuers[entity.pk] for pk, entity in entities.items()}


def issuers_of(entities: Collection[IssuingEntity]) -> dict[int, Issuer]:
    """Return how far the series of issuing entities have come, by their keys."""
    rows = NumberSeries.objects.filter(issuing_entity__in=entities)
    last = {(row.issuing_entity_id, row.document_type): row.last_number for row in rows}
    return {
        entity.pk: Issuer(
            key=entity.pk,
            series=[
                (entity.invoice_prefix, last.get((entity.pk, DocumentType.INVOICE.value), 0)),
                (entity.credit_note_prefix, last.get((entity.pk, DocumentType.CREDIT_NOTE.value), 0)),
            ],
        )
        for entity in entities
    }


def _waiting_elsewhere(standing: QuerySet[OpeningBalance], entities: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield the old numbers that other organizations of the same issuers bring."""
    rows = standing.filter(kind=OpeningKind.INVOICE.value, organization__subscriptions__issuing_entity__in=entities)
    yield from rows.values_list("organization__subscriptions__issuing_entity_id", "number")


def _charge(line: OldLine) -> OldCharge:
    return OldCharge(
        kind=Billed(line.kind) if line.kind else None,
        product=line.product,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
        tax=line.tax,
        first_day=line.service_start,
        last_day=line.service_end,
    )
