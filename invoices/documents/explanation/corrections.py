"""Why this difference: what was invoiced for a period before, what is right now, and what is new since (BR-74)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from invoices.documents.explanation.basis import Basis
from invoices.documents.explanation.shape import Answer, Evidence, Row, text_column
from invoices.domain.adjustments import CreditedByHand, Invoiced
from subscriptions.documents import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What had been invoiced for a charge, and what of it credit notes by hand had given back."""

    invoiced: Invoiced | None
    credited: CreditedByHand | None


def explain_correction(now: Answer, *, then: Answer, basis: Basis, before: Before, sign: int) -> Answer:
    """
    Explain an adjustment: `now` explains the corrected count, `then` the count before it.

    `sign` is -1 on a credit note, which turns the signs of its lines round.
    """
    difference, amount_difference = sign * basis.line.quantity, sign * basis.line.amount
    invoiced = before.invoiced
    quantity, amount = (invoiced.quantity, invoiced.amount) if invoiced else (Decimal(0), Decimal(0))
    # Only a reduction takes account of what was given back by hand.
    credited = before.credited if amount_difference < 0 else None
    if credited is not None:
        quantity, amount = quantity - credited.quantity, amount - credited.amount
    figures = {
        "now": basis.number(quantity + difference),
        "before": basis.number(quantity),
        "difference": basis.number(difference),
        "amount_now": basis.money(amount + amount_difference),
        "amount_before": basis.money(amount),
        "amount_difference": basis.money(amount_difference),
    }
    return Answer(
        rules=["BR-74", *now.rules],
        words=[
            _(
                "After it was invoiced the period was rated again, under its own terms, with what was received or "
                "mended since; this line is the difference to what had been invoiced for it."
            ),
            *([_("What had been credited by hand is not given back again.")] if credited else []),
            *now.words,
        ],
        facts=[
            *now.facts,
            Fact(label=_("Right now"), value=_("%(now)s, %(amount_now)s") % figures),
            Fact(
                label=_("Invoiced before, less what was credited") if credited else _("Invoiced before"),
                value=_("%(before)s, %(amount_before)s") % figures,
            ),
        ],
        arithmetic=_(
            "%(now)s − %(before)s = %(difference)s; %(amount_now)s − %(amount_before)s = %(amount_difference)s"  # noqa: RUF001
        )
        % figures,
        evidence=_compared(now.evidence, then.evidence),
    )


def _compared(now: Evidence, then: Evidence) -> Evidence:
    """Return the evidence of now, each row marked as new or not, and after it what no longer counts."""
    unchanged, new, gone = _("unchanged"), _("new"), _("no longer")

    def rows() -> Iterator[Row]:
        known = Counter(map(tuple, then))
        for row in map(tuple, now):
            was_known = known[row] > 0
            known[row] -= 1
            yield (*row, unchanged if was_known else new)
        for row, times in known.items():
            for _time in range(times):
                yield (*row, gone)

    return replace(now, columns=[*now.columns, text_column(_("Since the last count"))], source=rows)
