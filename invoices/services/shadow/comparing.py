"""Compares what organizations in shadow would have been billed with what their old system billed, period by period."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from invoices.choices import DocumentType
from invoices.domain.charge import ChargeKind
from invoices.domain.moving_in.side_by_side import (
    Billed,
    ComparedPeriod,
    Obstacle,
    SideLine,
    Verdict,
    lay_side_by_side,
    obstacles,
)
from invoices.models import BillingCycle, DifferenceVerdict, OldLine, ShadowBill, ShadowLine
from subscriptions.domain.money import exponent

Key = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period that was closed in shadow: its bill, both sides, their lines by key, and what was decided."""

    cycle: BillingCycle
    bill: ShadowBill
    compared: ComparedPeriod
    our_lines: dict[int, ShadowLine]
    old_lines: dict[int, OldLine]
    judged: dict[Key, DifferenceVerdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    An organization's closed periods, oldest first, and what belongs to none of them.

    `ahead` are lines of the old system for periods that are not closed yet, `apart` those that cannot be compared: for
    a time before the first period, or in another currency.
    """

    periods: Sequence[Period]
    ahead: Sequence[OldLine]
    apart: Sequence[OldLine]

    @property
    def obstacles(self) -> list[Obstacle]:
        """Return what keeps the organization from being ready to go live."""
        return obstacles([period.compared for period in self.periods])


def compare(organization_id: int) -> Comparison:
    """Compare one organization's periods."""
    return compare_all([organization_id])[organization_id]


def compare_all(organization_ids: Collection[int]) -> dict[int, Comparison]:
    """Compare organizations, in as many statements for many as for one."""
    bills: defaultdict[int, list[ShadowBill]] = defaultdict(list)
    rows = ShadowBill.objects.filter(organization__in=organization_ids, is_opening=False).defer("frozen", "taxes")
    for bill in rows.select_related("cycle__subscription").order_by("cycle__period_start", "pk"):
        bills[bill.organization_id].append(bill)
    ours: defaultdict[int, list[ShadowLine]] = defaultdict(list)
    our_rows = ShadowLine.objects.filter(organization__in=organization_ids).select_related("bill")
    for line in our_rows.defer("bill__frozen").order_by("service_start", "pk"):
        ours[line.organization_id].append(line)
    old: defaultdict[int, list[OldLine]] = defaultdict(list)
    old_rows = OldLine.objects.filter(organization__in=organization_ids, invoice__withdrawn_at__isnull=True)
    old_rows = old_rows.select_related("invoice")
    for row in old_rows.order_by("service_start", "pk"):
        old[row.organization_id].append(row)
    judged: defaultdict[int, dict[Key, DifferenceVerdict]] = defaultdict(dict)
    verdicts = DifferenceVerdict.objects.filter(organization__in=organization_ids).select_related("judged_by")
    for verdict in verdicts.order_by("pk"):
        judged[verdict.organization_id][verdict.our_line_id, verdict.old_line_id] = verdict
    return {pk: _comparison(bills[pk], ours[pk], old[pk], judged[pk]) for pk in organization_ids}


def _comparison(
    bills: Sequence[ShadowBill],
    ours: Sequence[ShadowLine],
    old: Sequence[OldLine],
    judged: dict[Key, DifferenceVerdict],
) -> Comparison:
    periods, apart, ahead = [], list[OldLine](), list[OldLine]()
    left = list(old)
    for bill in bills:
        cycle = bill.cycle
        of_ours = [line for line in ours if cycle.period_start <= line.service_start < cycle.period_end]
        of_old = [
            line
            for line in left
            if cycle.period_start <= line.service_start < cycle.period_end and line.invoice.currency == bill.currency
        ]
        taken = {line.pk for line in of_old}
        left = [line for line in left if line.pk not in taken]
        periods.append(_period(bill, of_ours, of_old, judged))
    last = bills[-1].cycle.period_end if bills else None
    for line in left:
        is_ahead = last is None or (line.service_start >= last and line.invoice.currency == bills[-1].currency)
        (ahead if is_ahead else apart).append(line)
    return Comparison(periods=periods, ahead=ahead, apart=apart)


def _period(
    bill: ShadowBill, ours: Iterable[ShadowLine], old: Iterable[OldLine], judged: dict[Key, DifferenceVerdict]
) -> Period:
    our_lines, old_lines = {line.pk: line for line in ours}, {line.pk: line for line in old}
    sides = lay_side_by_side(
        map(_of_ours, our_lines.values()),
        map(_of_old, old_lines.values()),
        minor_unit=Decimal(1).scaleb(-exponent(bill.currency)),
    )
    keys = {match.key for match in sides.matches}
    of_period = {key: verdict for key, verdict in judged.items() if key in keys}
    compared = ComparedPeriod(
        first_day=bill.cycle.period_start,
        sides=sides,
        verdicts={key: Verdict(row.verdict) for key, row in of_period.items()},
    )
    return Period(
        cycle=bill.cycle,
        bill=bill,
        compared=compared,
        our_lines=our_lines,
        old_lines=old_lines,
        judged=of_period,
    )


def _of_ours(line: ShadowLine) -> SideLine:
    # What stands on a credit note has its signs turned round (BR-74).
    sign = -1 if line.bill.document_type == DocumentType.CREDIT_NOTE else 1
    return SideLine(
        key=line.pk,
        billed=Billed.ADVANCE if line.kind == ChargeKind.PREPAY else Billed.ARREARS,
        product=line.product,
        description=line.destination or line.description,
        first_day=line.service_start,
        last_day=line.service_end,
        quantity=sign * line.quantity,
        unit_price=line.unit_price,
        amount=sign * line.amount,
    )


def _of_old(line: OldLine) -> SideLine:
    return SideLine(
        key=line.pk,
        billed=Billed(line.kind) if line.kind else None,
        product=line.product,
        description=line.description,
        first_day=line.service_start,
        last_day=line.service_end,
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount=line.amount,
    )
