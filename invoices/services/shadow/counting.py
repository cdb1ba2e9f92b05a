"""Says how the quantities that differ from the old system's were counted, from the evidence kept with the close."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from invoices.domain.moving_in.side_by_side import Match, Reason
from invoices.models import ShadowBill
from invoices.services.shadow.comparing import Key, Period
from invoices.services.shadow.showing import explain_shadow_line

EXPLAINED = 50
"""So many differences of a period are explained beside it; each has a page that explains it whole."""


def how_it_was_counted(period: Period, matches: Sequence[Match], *, language: str) -> dict[Key, list[str]]:
    """Return, for what differs in quantity or is only here, the figures and times that make our quantity."""
    differing = [match for match in matches if match.ours and {Reason.QUANTITY, Reason.ONLY_HERE} & set(match.reasons)]
    bills = _bills({period.our_lines[match.ours.key].bill_id for match in differing if match.ours})
    found = {}
    for match in differing[:EXPLAINED]:
        if match.ours is None:
            continue
        line = period.our_lines[match.ours.key]
        explanation = explain_shadow_line(line, bill=bills[line.bill_id], language=language)
        with translation.override(language):
            # What was counted stands between the service period and the price, which are shown beside it.
            left_out = {_("Service period"), _("Counted with"), _("Price"), _("Overage price"), _("Setup price")}
            facts = [fact for fact in explanation.facts if fact.label not in left_out]
            told = [_("%(what)s: %(figure)s") % {"what": fact.label, "figure": fact.value} for fact in facts]
        if told:
            found[match.key] = ["; ".join(told)]
    return found


def _bills(keys: set[int]) -> dict[int, ShadowBill]:
    beside = ("organization", "subscription", "terms_snapshot", "cycle__subscription", "cycle__usage_snapshot")
    return ShadowBill.objects.select_related(*beside).in_bulk(keys)
