"""Late and corrected usage: what a period costs now, less what has been invoiced for it (BR-74)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from invoices.domain.charge import Charge, ChargeIdentity, ChargeKind
from subscriptions.domain.money import round_money

PERIODS_RATED_AGAIN = 3
"""So many closed periods are corrected; usage for an older one comes too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoiced:
    """What has been invoiced for one charge of a period, earlier adjustments included; `last` is its latest line."""

    quantity: Decimal
    amount: Decimal
    last: Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditedByHand:
    """What credit notes by hand gave back of a charge of a period; below 0, they took a reduction back."""

    identity: ChargeIdentity
    quantity: Decimal
    amount: Decimal


def adjustments(
    corrected: Iterable[Charge],
    *,
    invoiced: Mapping[ChargeIdentity, Invoiced],
    credited: Iterable[CreditedByHand] = (),
) -> list[Charge]:
    """
    Return one line per charge whose quantity or amount differs from what was invoiced, negative ones too (BR-74).

    What was credited by hand is not charged again, and not given back a second time.
    """
    now = {charge.identity: charge for charge in corrected}
    given = {row.identity: row for row in credited}
    lines = []
    for identity in [*now, *(identity for identity in invoiced if identity not in now)]:
        line = _adjustment(now.get(identity), invoiced.get(identity), given.get(identity))
        if line is not None:
            lines.append(line)
    return lines


def _adjustment(charge: Charge | None, before: Invoiced | None, given: CreditedByHand | None) -> Charge | None:
    quantity = (charge.quantity if charge else Decimal(0)) - (before.quantity if before else Decimal(0))
    amount = (charge.amount.amount if charge else Decimal(0)) - (before.amount if before else Decimal(0))
    if given is not None and amount < 0:
        quantity, amount = _not_given_yet(quantity, given.quantity), _not_given_yet(amount, given.amount)
        if amount == 0:
            # What was credited by hand makes up for all of the difference.
            return None
    model = charge or (before.last if before else None)
    if model is None or (quantity == 0 and amount == 0):
        return None
    return replace(
        model,
        kind=ChargeKind.ADJUSTMENT,
        corrects=model.corrects or model.kind,
        quantity=quantity,
        amount=round_money(amount, model.amount.currency),
    )


def _not_given_yet(difference: Decimal, given: Decimal) -> Decimal:
    """Return what of a reduction is left to give back after what a person gave already."""
    return difference if difference >= 0 else min(difference + max(given, Decimal(0)), Decimal(0))
