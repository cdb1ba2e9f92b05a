"""Reads what is due, what was decided with which inputs, and the documents that were issued."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, DateField, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KeyTransform
from moneyed import Money

from invoices.choices import PAYABLE, CycleState, DocumentType
from invoices.domain.adjustments import PERIODS_RATED_AGAIN, CreditedByHand, Invoiced
from invoices.domain.ageing import Aged, aged
from invoices.domain.block import BlockCode
from invoices.domain.charge import IN_ARREARS, Charge, ChargeIdentity, ChargeKind, Service
from invoices.domain.decision import Choice, Decision
from invoices.domain.ledger import Account
from invoices.domain.payments import OpenItem
from invoices.domain.prices import ListPrices, Prices
from invoices.domain.tax import TaxRate
from invoices.domain.tax_treatment import TaxFacts
from invoices.models import (
    BillingCycle,
    DocumentBalance,
    HoldDecision,
    Invoice,
    InvoiceDelivery,
    InvoiceLine,
    LedgerEntry,
    Payment,
    ShadowLine,
    TooLateSettlement,
    TooLateUsage,
    Withholding,
)
from invoices.selectors.shadow import not_closed_in_shadow
from invoices.selectors.stopped import of_no_parked_organization
from subscriptions.choices import MailKind
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import zero
from subscriptions.domain.period import Window, start_of_day
from subscriptions.domain.policy import POLICIES, Edition, IncludedUse
from subscriptions.domain.tax_ids import CHECKED_BY, find_vat_number, vat_number
from subscriptions.domain.terms import ContractTerms, starts_on
from subscriptions.models import BillingContact, IssuingEntity, Organization, OutgoingMail, Subscription
from subscriptions.selectors import find_exemptions, get_book_prices, list_tax_rates
from usage.models import UsageEvent
from usage.selectors import find_late

HELD_RETRY_AFTER = timedelta(hours=1)
"""A held cycle is tried again this often by itself: its reason may have been mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """
    What an organization owes in one currency: the ledger's balance, open invoices by age, credit that pays none yet.

    The balance is what is open less that credit; it is negative where the credit is greater.
    """

    currency: str
    balance: Decimal
    aged: Aged
    credit: Decimal


def list_subscriptions_without_cycle(*, now: datetime, organization_id: int | None = None) -> list[Subscription]:
    """Return the subscriptions whose first period has begun and has no cycle yet, oldest first."""
    # The local date is at most a day ahead of UTC's anywhere.
    candidates = Subscription.objects.filter(
        cycles__isnull=True, effective_date__lte=now.date() + timedelta(days=1)
    ).order_by("effective_date", "pk")
    if organization_id is not None:
        candidates = candidates.filter(organization_id=organization_id)
    return [
        subscription
        for subscription in candidates
        if start_of_day(subscription.effective_date, time_zone=subscription.time_zone) <= now
    ]


def list_due_cycles(*, now: datetime, organization_id: int | None = None) -> QuerySet[BillingCycle]:
    """
    Return the cycles with something to do at an instant, in the order in which it fell due (BR-71).

    One that is held comes back an hour after it was last tried, or at once if it is to be tried again.
    """
    due = BillingCycle.objects.filter(
        Q(state=CycleState.OPENING, starts_at__lte=now) | Q(state=CycleState.OPEN, cutoff_at__lte=now)
    ).filter(Q(held_at__isnull=True) | Q(tried_at__isnull=True) | Q(tried_at__lte=now - HELD_RETRY_AFTER))
    if organization_id is not None:
        due = due.filter(organization_id=organization_id)
    return due.order_by("cutoff_at", "pk")


def list_cancelled_cycles() -> QuerySet[BillingCycle]:
    """Return the cycles that are not closed and reach beyond the last service day of their agreement (BR-16)."""
    return BillingCycle.objects.exclude(state=CycleState.CLOSED).filter(
        subscription__last_service_date__lt=F("period_end") - timedelta(days=1)
    )


def list_subscriptions_to_check(*, now: datetime) -> QuerySet[Subscription]:
    """
    Return the agreements of which something may have come too late since they were last looked through (BR-74).

    They have closed since, or are closed for the last time and their organization has reported something.
    """
    open_cycles = BillingCycle.objects.filter(subscription=OuterRef("pk")).exclude(state=CycleState.CLOSED)
    checked_until = OuterRef("too_late_check__received_until")
    reported = UsageEvent.objects.filter(organization=OuterRef("organization"), received_at__lte=now)
    newest = Max("cycles__cutoff_at", filter=Q(cycles__state=CycleState.CLOSED))
    return (
        Subscription.objects.annotate(newest_cutoff=newest)
        .filter(newest_cutoff__isnull=False)
        .filter(
            Q(too_late_check__isnull=True)
            | Q(newest_cutoff__gt=F("too_late_check__received_until"))
            | (~Exists(open_cycles) & Exists(reported.filter(received_at__gt=checked_until)))
        )
        .order_by("pk")
    )


def with_settled(rows: QuerySet[TooLateUsage]) -> QuerySet[TooLateUsage]:
    """Add `settled`: whether a person has dealt with all that a row counts (BR-74)."""
    settlements = TooLateSettlement.objects.filter(
        cycle=OuterRef("cycle"), kind=OuterRef("kind"), received_until__gte=OuterRef("last_received_at")
    )
    return rows.annotate(settled=Exists(settlements))


def claim_cycles(cycles: QuerySet[BillingCycle], *, at_most: int) -> list[BillingCycle]:
    """
    Lock the first of some cycles that are not closed, of no parked organization, and that no other process works on, in
    their order.

    They are of as many organizations, so that each sees what the one before it did, and of one issuing entity: who
    waits for a number waits for that series alone (BR-71, BR-75).
    """
    cycles = of_no_parked_organization(cycles.exclude(state=CycleState.CLOSED))
    # SQLite has no row locks and needs none: its write transactions are serial.
    if connection.features.has_select_for_update_skip_locked:
        cycles = cycles.select_for_update(skip_locked=True, of=("self",))
    first = cycles.select_related("subscription").first()
    if first is None:
        return []
    of_entity = cycles.filter(subscription__issuing_entity=first.subscription.issuing_entity_id)
    claimed: dict[int, BillingCycle] = {}
    for cycle in of_entity[:at_most]:
        claimed.setdefault(cycle.organization_id, cycle)
    return list(claimed.values())


def lock_agreements(cycles: Collection[BillingCycle]) -> None:
    """Lock the agreements of claimed cycles as they stand: a change of one waits until its close has used it."""
    rows = Subscription.objects.filter(pk__in=[cycle.subscription_id for cycle in cycles]).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(of=("self",))
    found = rows.select_related("organization").prefetch_related("issuing_entity__bank_accounts").in_bulk()
    for cycle in cycles:
        cycle.subscription = found[cycle.subscription_id]
        cycle.organization = cycle.subscription.organization


def get_prices(terms: ContractTerms, *, indexes: Iterable[int]) -> Prices:
    """Return the agreed prices over the books in force at the start of each of these periods (BR-31)."""
    return list_prices({0: (terms, indexes)})[0]


def list_prices(asked: Mapping[int, tuple[ContractTerms, Iterable[int]]]) -> dict[int, Prices]:
    """Return, by the same keys, what `get_prices` returns for each agreement, in as many statements as for one."""
    days = {key: sorted({starts_on(terms, index) for index in indexes}) for key, (terms, indexes) in asked.items()}
    books = get_book_prices({(asked[key][0].currency, day) for key in asked for day in days[key]})
    listed = {one: ListPrices(prices=book.prices, setup_prices=book.setup_prices) for one, book in books.items()}
    return {
        key: Prices(terms=terms, list_prices={day: listed[terms.currency, day] for day in days[key]})
        for key, (terms, _indexes) in asked.items()
    }


def list_rates_in_force(days: Mapping[int, date]) -> dict[int, list[TaxRate]]:
    """Return who taxes each organization on its day, in printed order, whether or not it is charged (BR-78)."""
    return {
        organization_id: [
            TaxRate(
                authority=row.authority.name,
                rate=row.rate,
                taxable=row.taxable,
                categories=frozenset(map(TaxCategory, row.categories)),
            )
            for row in rows
        ]
        for organization_id, rows in list_tax_rates(days).items()
    }


def list_tax_facts(subscriptions: Collection[Subscription], *, days: Mapping[int, date]) -> dict[int, TaxFacts]:
    """Return, by organization, what decides whether a subscription's documents of its day are taxed (BR-78)."""
    exemptions = find_exemptions(days)
    found = {}
    for subscription in subscriptions:
        entity, organization = subscription.issuing_entity, subscription.organization
        on = days[organization.pk]
        number = vat_number(organization.tax_id, country=organization.country, on=on)
        found[organization.pk] = TaxFacts(
            issuer_country=entity.country,
            issuer_vat_number=find_vat_number(entity.tax_ids, country=entity.country, on=on),
            customer_country=organization.country,
            customer_vat_number=number,
            vat_number_check=CHECKED_BY if number else "",
            exemption=exemptions.get(organization.pk),
        )
    return found


def list_decisions(cycles: Iterable[BillingCycle]) -> dict[int | None, list[Decision]]:
    """Return what was decided about each cycle's reasons to be held, in the order of deciding (BR-72)."""
    found: dict[int | None, list[Decision]] = {cycle.pk: [] for cycle in cycles}
    rows = HoldDecision.objects.filter(cycle__in=[pk for pk in found if pk]).order_by("decided_at", "pk")
    for cycle_id, code, choice in rows.values_list("cycle_id", "code", "choice"):
        found[cycle_id].append(Decision(code=BlockCode(code), choice=Choice(choice)))
    return found


def list_cycles_to_correct(cycles: Collection[BillingCycle]) -> dict[int, list[BillingCycle]]:
    """
    Return the closed periods to rate again at the close of each cycle, by subscription: the last ones on which
    something received since bears, and any that were closed without their doubtful charges.

    They were last rated at the previous close; a retraction bears whatever its time, and in the editions with call
    ports a call that ended later may (BR-74). The cycles are of as many organizations.
    """
    closing = {cycle.subscription_id: cycle for cycle in cycles if cycle.index}
    closed: dict[int, list[BillingCycle]] = {subscription_id: [] for subscription_id in closing}
    again: dict[int, list[BillingCycle]] = {cycle.subscription_id: [] for cycle in cycles}
    for row in _list_earlier(closing.values()):
        cycle = closing[row.subscription_id]
        row.subscription = cycle.subscription
        if row.index >= cycle.index - PERIODS_RATED_AGAIN:
            closed[row.subscription_id].append(row)
        else:
            again[row.subscription_id].append(row)
    borne_from = _list_borne_from({pk: (closing[pk], rows[-1]) for pk, rows in closed.items() if rows})
    for subscription_id, rows in closed.items():
        first = borne_from.get(subscription_id)
        again[subscription_id].extend(
            row for row in rows if row.left_out or (first is not None and first < row.ends_at)
        )
    return again


def _list_earlier(cycles: Collection[BillingCycle]) -> QuerySet[BillingCycle]:
    """Return the last periods before each cycle, and those closed without doubtful charges, in their order."""
    if not cycles:
        return BillingCycle.objects.none()
    by_index: defaultdict[int, list[int]] = defaultdict(list)
    for cycle in cycles:
        by_index[cycle.index].append(cycle.subscription_id)
    earlier = Q()
    for index, subscription_ids in by_index.items():
        last = Q(index__gte=index - PERIODS_RATED_AGAIN) | ~Q(left_out=[])
        earlier |= Q(subscription__in=subscription_ids, index__lt=index) & last
    # What the old system billed is not corrected by us (ADR 42).
    return not_closed_in_shadow(BillingCycle.objects.filter(earlier)).order_by("index")


def _list_borne_from(closing: Mapping[int, tuple[BillingCycle, BillingCycle]]) -> dict[int, datetime]:
    """
    Return from when on something bears that was received since a subscription's last close; nothing where nothing was.

    `closing` has the cycle that closes and the one before it. A retraction bears on all that was before.
    """
    # Whoever shares the day, the zone, the grace and the edition is asked for in one statement.
    alike: defaultdict[tuple[datetime, datetime, datetime, bool], dict[int, int]] = defaultdict(dict)
    for subscription_id, (cycle, last) in closing.items():
        key = (last.cutoff_at, cycle.cutoff_at, last.ends_at, _calls_occupy_ports(cycle.subscription))
        alike[key][cycle.organization_id] = subscription_id
    found: dict[int, datetime] = {}
    for (after, until, before, calls_by_begin), of_organization in alike.items():
        received = Window(start=after, end=until)
        late = find_late(list(of_organization), received=received, before=before, calls_by_begin=calls_by_begin)
        for organization_id, what in late.items():
            first = datetime.min.replace(tzinfo=UTC) if what.are_retracted else what.first
            if first is not None:
                found[of_organization[organization_id]] = first
    return found


def _calls_occupy_ports(subscription: Subscription) -> bool:
    return POLICIES[Edition(subscription.edition)].included_use is IncludedUse.CALL_PORTS


def get_invoiced(cycle: BillingCycle, *, until: BillingCycle) -> dict[ChargeIdentity, Invoiced]:
    """
    Return what had been invoiced in arrears for a period when a later cycle closed, by charge (BR-74).

    Earlier adjustments are included.
    """
    lines = (
        InvoiceLine.objects.filter(
            subscription_id=cycle.subscription_id,
            service_start=cycle.period_start,
            kind__in=[kind.value for kind in IN_ARREARS],
            invoice__cycle__index__lt=until.index,
        )
        .select_related("invoice")
        .order_by("invoice__cycle__index", "pk")
    )
    invoiced: dict[ChargeIdentity, Invoiced] = {}
    for line in lines:
        charge = charge_of(line)
        before = invoiced.get(charge.identity)
        invoiced[charge.identity] = Invoiced(
            quantity=charge.quantity + (before.quantity if before else 0),
            amount=charge.amount.amount + (before.amount if before else 0),
            last=charge,
        )
    return invoiced


def list_charges_billed(subscription_id: int, *, since: date) -> list[Charge]:
    """Return what openings and closes billed for service on a day or later, with the advances that reach into it."""
    lines = InvoiceLine.objects.filter(
        subscription_id=subscription_id, service_end__gte=since, invoice__cycle__isnull=False
    )
    rows = lines.select_related("invoice").defer("invoice__frozen").order_by("invoice__issued_at", "pk")
    return [charge_of(line) for line in rows]


def get_prepaid(subscription_id: int, *, on: date) -> dict[str, Decimal]:
    """
    Return how much of each product advances of earlier days have charged for the period that starts on a day (BR-15).

    What is credited by hand is not charged again, so only the documents of cycles count.
    """
    return list_prepaid({subscription_id: on})[subscription_id]


def list_prepaid(days: Mapping[int, date]) -> dict[int, dict[str, Decimal]]:
    """Return what `get_prepaid` returns for each subscription and its day, in one statement."""
    paid: dict[int, dict[str, Decimal]] = {subscription_id: {} for subscription_id in days}
    if not days:
        return paid
    for row in _list_advances(days):
        day = days[row.subscription_id]
        if row.start < day <= row.end and (row.counts_until is None or day <= row.counts_until):
            before = paid[row.subscription_id].get(row.product, Decimal(0))
            paid[row.subscription_id][row.product] = before + _sign(row.document_type) * row.quantity
    return paid


class _AdvanceLine(NamedTuple):
    subscription_id: int
    start: date
    end: date
    product: str
    quantity: Decimal
    document_type: str
    counts_until: date | None


def _list_advances(days: Mapping[int, date]) -> Iterable[_AdvanceLine]:
    """
    Return the advances for periods around these days: those of our documents, and those that stand in shadow.

    What stands in shadow was billed by the old system, unless it is known that it was not: then it counts up to the
    day on which the organization goes live (ADR 42).
    """
    around = {
        "subscription_id__in": list(days),
        "kind": ChargeKind.PREPAY,
        "service_start__lt": max(days.values()),
        "service_end__gte": min(days.values()),
    }
    columns = ("subscription_id", "service_start", "service_end", "product", "quantity", "of_type", "counts_until")
    ours = InvoiceLine.objects.filter(invoice__cycle__isnull=False, **around).annotate(
        of_type=F("invoice__document_type"), counts_until=Value(None, output_field=DateField())
    )
    of_old_system = ShadowLine.objects.filter(**around).annotate(
        of_type=F("bill__document_type"),
        counts_until=Case(
            When(organization__shadow__ahead_is_billed=False, then=F("organization__shadow__live_from")),
            output_field=DateField(),
        ),
    )
    both = ours.order_by().values_list(*columns).union(of_old_system.order_by().values_list(*columns), all=True)
    return map(_AdvanceLine._make, both)


def get_credited_by_hand(cycle: BillingCycle) -> list[CreditedByHand]:
    """Return what credit notes by hand have given back of the charges in arrears of a period (BR-74)."""
    lines = InvoiceLine.objects.filter(
        credited__original_line__subscription_id=cycle.subscription_id,
        credited__original_line__service_start=cycle.period_start,
        corrects__in=[kind.value for kind in IN_ARREARS],
    ).select_related("invoice")
    given: dict[ChargeIdentity, CreditedByHand] = {}
    for line in lines.order_by("pk"):
        identity = charge_of(line).identity
        before = given.get(identity)
        given[identity] = CreditedByHand(
            identity=identity,
            quantity=line.quantity + (before.quantity if before else 0),
            amount=line.amount + (before.amount if before else 0),
        )
    return list(given.values())


def list_credit_notes(invoice: Invoice) -> list[Invoice]:
    """Return the credit notes by hand of an invoice, in their order."""
    return list(Invoice.objects.filter(credit__original=invoice).defer("frozen").order_by("credit__place"))


def get_open_balance(organization_id: int, currency: str) -> Money:
    """Return what an organization owes in a currency, from the ledger; negative if it has money left with us."""
    entries = LedgerEntry.objects.filter(
        organization_id=organization_id, currency=currency, account=Account.RECEIVABLE.value
    )
    # Added up here: SQLite adds decimals as floats.
    return sum(
        (Money(amount, currency) for amount in entries.values_list("amount", flat=True).iterator()),
        start=zero(currency),
    )


def charge_of(line: InvoiceLine) -> Charge:
    """Return a line as the charge it was, its signs as they were before a credit note turned them round."""
    sign = _sign(line.invoice.document_type)
    return Charge(
        kind=ChargeKind(line.kind),
        product=line.product,
        quantity=sign * line.quantity,
        unit_price=line.unit_price,
        amount=Money(sign * line.amount, line.invoice.currency),
        service=Service(start=line.service_start, last_day=line.service_end),
        tax_category=TaxCategory(line.tax_category),
        months=line.months,
        destination=line.destination,
        direction=line.direction,
        days=line.days,
        period_days=line.period_days,
        corrects=ChargeKind(line.corrects) if line.corrects else None,
    )


def _sign(document_type: str) -> int:
    """Return how what stands on a document counts: a credit note turns every sign round (BR-74)."""
    return -1 if document_type == DocumentType.CREDIT_NOTE else 1


def list_invoices(organization: Organization) -> QuerySet[Invoice]:
    """Return an organization's documents, newest first."""
    return Invoice.objects.filter(organization=organization).order_by("-issued_at", "-pk")


def list_closed_cycles_of(organization: Organization) -> QuerySet[BillingCycle]:
    """Return an organization's closed periods, newest first, without what was counted in them."""
    closed = BillingCycle.objects.filter(organization=organization, state=CycleState.CLOSED)
    return closed.select_related("subscription", "terms_snapshot").order_by("-period_start", "-pk")


def list_ended_cycles_of(organization: Organization, *, now: datetime) -> QuerySet[BillingCycle]:
    """Return an organization's periods that have ended and are not closed yet, oldest first."""
    ended = BillingCycle.objects.filter(organization=organization, ends_at__lte=now).exclude(state=CycleState.CLOSED)
    return ended.select_related("subscription").order_by("period_start", "pk")


def with_figures(cycles: QuerySet[BillingCycle]) -> QuerySet[BillingCycle]:
    """Add `billable` and `fair_use` of what was counted; the rest of a snapshot may name 100,000 people."""
    return cycles.annotate(
        billable=KeyTransform("billable", "usage_snapshot__quantities"),
        fair_use=KeyTransform("fair_use", "usage_snapshot__quantities"),
    )


def find_closed_cycle(organization: Organization, *, start: date) -> BillingCycle | None:
    """Return the closed period that began on a day, None if there is none; agreements do not overlap (BR-10)."""
    cycles = list_closed_cycles_of(organization).filter(period_start=start)
    return cycles.select_related("subscription__organization", "terms_snapshot", "usage_snapshot").first()


def list_documents_of(cycles: Iterable[BillingCycle]) -> dict[int, list[Invoice]]:
    """Return the documents that the closes of cycles issued, by cycle; the advance of an opening is not among them."""
    found: dict[int, list[Invoice]] = {cycle.pk: [] for cycle in cycles}
    # A close rates by the terms that the cycle keeps, an opening by some of its own.
    issued = Invoice.objects.filter(cycle__in=found, terms_snapshot=F("cycle__terms_snapshot"))
    for invoice in issued.select_related("issuing_entity").defer("frozen").order_by("issued_at", "pk"):
        cycle_id = invoice.cycle_id
        if cycle_id is not None:
            found[cycle_id].append(invoice)
    return found


def list_cycles_that_corrected(cycle: BillingCycle) -> QuerySet[BillingCycle]:
    """Return the later periods whose closes counted a period again, in their order (BR-74)."""
    return BillingCycle.objects.filter(corrections__corrected_cycle=cycle).order_by("index")


def find_document_before(invoice: Invoice) -> Invoice | None:
    """
    Return the newest document of an earlier close of the same subscription, None if there is none to compare with.

    A close and an opening, which bills an advance alone, are not compared, nor is what an order was billed by.
    """
    closes = Invoice.objects.filter(
        subscription_id=invoice.subscription_id, currency=invoice.currency, cycle__isnull=False
    ).filter(terms_snapshot=F("cycle__terms_snapshot"))
    this = closes.filter(pk=invoice.pk).values("cycle__index")
    return closes.filter(cycle__index__lt=Subquery(this)).order_by("-cycle__index", "-pk").first()


def has_several_issuers(organization_id: int) -> bool:
    """Tell whether several issuing entities invoice an organization: a number alone then names no document (BR-75)."""
    # Asked of each issuing entity, of which there are few: so nobody reads all documents of the organization.
    documents = Invoice.objects.filter(organization_id=organization_id, issuing_entity=OuterRef("pk"))
    return len(IssuingEntity.objects.filter(Exists(documents)).values("pk")[:2]) > 1


def list_due_deliveries(*, now: datetime) -> QuerySet[InvoiceDelivery]:
    """Return the deliveries whose PDF is made and that have somebody to go to, in the order of issue (BR-84)."""
    due = InvoiceDelivery.objects.filter(queued_at__isnull=True, next_attempt_at__lte=now)
    contacts = BillingContact.objects.filter(organization=OuterRef("organization"))
    ready = due.filter(Exists(contacts), invoice__pdf__rendered_at__isnull=False)
    return ready.order_by("next_attempt_at", "pk")


def list_mails_of(invoice: Invoice) -> QuerySet[OutgoingMail]:
    """Return the mails by which a document went to its contacts, the newest first."""
    mails = OutgoingMail.objects.filter(
        organization_id=invoice.organization_id,
        kind__in=[MailKind.INVOICE, MailKind.CREDIT_NOTE],
        key__startswith=delivery_key(invoice.pk),
    )
    return mails.defer("body", "attachment").order_by("-queued_at", "recipient")


def delivery_key(invoice_id: int) -> str:
    """Return how the keys of the mails about a document begin."""
    return f"invoice|{invoice_id}|"


def list_open_items(organization_id: int, *, currency: str) -> list[OpenItem]:
    """Return the invoices of an organization in one currency of which something is to be paid, oldest due first."""
    return list_open_items_of({organization_id}, currency=currency).get((organization_id, currency), [])


def list_open_items_of(
    organization_ids: Collection[int], *, currency: str = ""
) -> dict[tuple[int, str], list[OpenItem]]:
    """Return, by organization and currency, what `list_open_items` returns for each, in one statement."""
    open_ones = DocumentBalance.objects.filter(
        organization_id__in=organization_ids, open__gt=0, document__document_type__in=PAYABLE
    ).order_by("document__due_date", "document_id")
    if currency:
        open_ones = open_ones.filter(document__currency=currency)
    rows = open_ones.values_list(
        "organization_id", "document__currency", "document_id", "document__number", "document__due_date", "open"
    )
    found: dict[tuple[int, str], list[OpenItem]] = {}
    for owner, code, pk, number, due, left in rows:
        item = OpenItem(document_id=pk, number=number, due_date=due, open=left)
        found.setdefault((owner, code), []).append(item)
    return found


def get_withheld(payment: Payment) -> Decimal:
    """Return what the payer of a payment withheld as tax; 0 in most cases."""
    withheld: Withholding | None = getattr(payment, "withholding", None)
    return Decimal(0) if withheld is None else withheld.amount


def get_unallocated(payment: Payment) -> Decimal:
    """Return what of a payment pays no invoice yet; nothing of one that was reversed."""
    if payment.reversed_at is not None:
        return Decimal(0)
    spread: Decimal = sum(payment.allocations.values_list("amount", flat=True), start=Decimal(0))
    left: Decimal = payment.amount + get_withheld(payment) - spread
    return left


def get_accounts(organization_id: int, *, on: date) -> list[AccountStanding]:
    """Return what an organization owes, one standing per currency in which anything ever moved (BR-82, BR-83)."""
    entries = LedgerEntry.objects.filter(organization_id=organization_id, account=Account.RECEIVABLE.value)
    balances: dict[str, Decimal] = {}
    # Added here: SQLite adds decimals as floats.
    for currency, amount in entries.values_list("currency", "amount").order_by("currency").iterator():
        balances[currency] = balances.get(currency, Decimal(0)) + amount
    return [
        AccountStanding(
            currency=currency,
            balance=balance,
            aged=aged(items := list_open_items(organization_id, currency=currency), on=on),
            credit=sum((item.open for item in items), start=Decimal(0)) - balance,
        )
        for currency, balance in balances.items()
    ]


def list_movements(organization_id: int, *, currency: str) -> QuerySet[LedgerEntry]:
    """Return every change of what an organization owes in one currency, oldest first, with its document or payment."""
    return (
        LedgerEntry.objects.filter(organization_id=organization_id, currency=currency, account=Account.RECEIVABLE.value)
        .select_related("transaction__invoice", "transaction__payment__withholding")
        .defer("transaction__invoice__frozen", "transaction__payment__withholding__content")
        .order_by("transaction__posted_at", "pk")
    )
