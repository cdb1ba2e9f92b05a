"""Reads what came before cycles: what a safety bound holds their invoices against."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from invoices.choices import CycleState
from invoices.domain.bounds import Before
from invoices.domain.unusual import COMPARED_ARREARS
from invoices.models import BillingCycle
from subscriptions.domain.terms import ContractTerms


class _Earlier(NamedTuple):
    subscription_id: int
    number: int
    ended: date
    state: str
    arrears: Decimal | None


def list_before(cycles: Collection[BillingCycle], terms: Mapping[int, ContractTerms]) -> dict[int, Before]:
    """
    Return what came before each cycle, by subscription, in one statement for all of them.

    Arrears are compared like with like: those of the same agreement, in the ramp or after it as the cycle itself.
    """
    found = {cycle.subscription_id: Before() for cycle in cycles}
    index_of = {cycle.subscription_id: cycle.index for cycle in cycles if cycle.index}
    earlier: defaultdict[int, list[_Earlier]] = defaultdict(list)
    for row in _rows(index_of):
        earlier[row.subscription_id].append(row)
    for subscription_id, rows in earlier.items():
        index, agreed, last = index_of[subscription_id], terms[subscription_id], rows[-1]
        found[subscription_id] = Before(
            ended=last.ended if last.number == index - 1 else None,
            is_closed=last.state == CycleState.CLOSED,
            arrears=[
                row.arrears
                for row in rows
                if row.arrears is not None and agreed.in_ramp(row.number) == agreed.in_ramp(index)
            ],
        )
    return found


def _rows(index_of: Mapping[int, int]) -> list[_Earlier]:
    if not index_of:
        return []
    by_index: defaultdict[int, list[int]] = defaultdict(list)
    for subscription_id, index in index_of.items():
        by_index[index].append(subscription_id)
    wanted = Q()
    for index, subscription_ids in by_index.items():
        wanted |= Q(subscription__among=subscription_ids, index__gte=index - COMPARED_ARREARS, index__lt=index)
    rows = BillingCycle.objects.filter(wanted).order_by("index")
    return [
        _Earlier._make(row) for row in rows.values_list("subscription_id", "index", "period_end", "state", "arrears")
    ]
