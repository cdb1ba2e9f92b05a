"""Why so many minutes: the calls of one direction, destination and rate (BR-42)."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.documents.explanation.basis import Basis
from invoices.documents.explanation.shape import Answer, Evidence, Row, figure_column, text_column
from invoices.domain.charges.voice import call_amount, calls_amount
from subscriptions.choices import CALL_DIRECTIONS
from subscriptions.documents import Fact
from subscriptions.domain.money import round_money
from usage.domain.voice import VoiceUse
from usage.selectors.events import list_calls


def explain_voice(basis: Basis) -> Answer:
    """Explain the minutes of calls in one direction to or from one destination at one rate."""
    calls: dict[int, int] = {}
    for use in basis.counted.voice:
        if _is_of(basis, use):
            calls = {seconds: calls.get(seconds, 0) + count for seconds, count in use.calls.items()}
    number, seconds = sum(calls.values()), sum(seconds * count for seconds, count in calls.items())
    exact = calls_amount(calls, per_minute=basis.line.unit_price)
    added = {"number": basis.number(number), "exact": basis.price(exact), "amount": _rounded(basis, exact)}
    return Answer(
        rules=["BR-42", "BR-32"],
        words=[
            _(
                "Calls are rated by their direction and the longest prefix of the other number that the rate deck has. "
                "A call's duration is rounded up to the deck's increment, its amount to four decimals."
            ),
            _("A call belongs to the period in which it ended."),
        ],
        facts=[
            *basis.service_facts(),
            Fact(label=_("Calls"), value=basis.number(number)),
            Fact(label=_("Minutes, each call rounded up"), value=basis.number(Decimal(seconds) / 60)),
            Fact(
                label=_("Rate per minute"),
                value=_("%(rate)s, from the rate deck in force at the start of the period")
                % {"rate": basis.shown.rate},
            ),
        ],
        arithmetic=ngettext(
            "%(number)s call, rounded to four decimals: %(exact)s, on the document %(amount)s",
            "%(number)s calls, each rounded to four decimals, add up to %(exact)s, on the document %(amount)s",
            number,
        )
        % added,
        evidence=_calls(basis),
    )


def _is_of(basis: Basis, use: VoiceUse) -> bool:
    line, rate = basis.line, use.rate
    return (rate.direction, rate.destination, rate.per_minute) == (line.direction, line.destination, line.unit_price)


def _rounded(basis: Basis, exact: Decimal) -> str:
    return basis.money(round_money(exact, basis.currency).amount)


def _calls(basis: Basis) -> Evidence:
    line, window, snapshot = basis.line, basis.window, basis.counted_snapshot
    direction = str(dict(CALL_DIRECTIONS).get(line.direction, line.direction))

    def rows() -> Iterator[Row]:
        deck = basis.read_rate_deck()
        if deck is None:
            return
        told_by = (line.destination, line.unit_price)
        calls = list_calls(
            organization_id=snapshot.organization_id,
            since=window.start,
            until=window.end,
            received_until=snapshot.cutoff_at,
        )
        for call in calls:
            if call.direction.name.lower() != line.direction:
                continue
            rate = deck.match(direction=line.direction, remote=call.remote)
            if rate is None or (rate.destination, rate.per_minute) != told_by:
                continue
            adjusted = deck.adjusted_seconds(call.seconds)
            amount = call_amount(adjusted_seconds=adjusted, per_minute=rate.per_minute)
            yield (call.call_id, direction, call.remote, call.at, call.seconds, adjusted, rate.per_minute, amount)

    return Evidence(
        title=_("The calls"),
        note=_("Amounts are in %(currency)s.") % {"currency": basis.currency},
        columns=[
            text_column(_("Call")),
            text_column(_("Direction")),
            text_column(_("Other number")),
            text_column(_("Ended")),
            figure_column(_("Seconds")),
            figure_column(_("Rounded up")),
            figure_column(_("Per minute")),
            figure_column(_("Amount")),
        ],
        source=rows,
    )
