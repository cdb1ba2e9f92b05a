"""Why so many phone numbers: which were set up, and on how many days they were active (BR-43)."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from invoices.documents.explanation.basis import Basis
from invoices.documents.explanation.prices import price_fact
from invoices.documents.explanation.shape import Answer, Evidence, Row, figure_column, text_column
from subscriptions.documents import Fact
from subscriptions.domain.period import local_date
from usage.domain.events import NumberFact
from usage.domain.numbers import days_active
from usage.selectors.events import list_number_facts


def explain_number_setup(basis: Basis) -> Answer:
    """Explain the one-time charge of the numbers that were activated in the period."""
    return Answer(
        rules=["BR-43", "BR-31"],
        words=[_("A number is set up once, when it is activated; one that is activated again is set up again.")],
        facts=[
            *basis.service_facts(),
            Fact(label=_("Activated"), value=basis.number(basis.counted.numbers.activated.get(basis.line.product, 0))),
            price_fact(basis),
        ],
        arithmetic=basis.quantity_times_price(),
        evidence=_activations(basis),
    )


def explain_number(basis: Basis) -> Answer:
    """Explain the month's charge of the numbers with as many active days as the line says."""
    line = basis.line
    same = [
        use.quantity for use in basis.counted.numbers.active if (use.product, use.days) == (line.product, line.days)
    ]
    days = {"days": line.days, "period_days": line.period_days}
    return Answer(
        rules=["BR-43", "BR-31"],
        words=[
            _(
                "A number costs its monthly price in proportion to the days on which it was active, in local dates: "
                "the day of its activation counts, the day of its release does not."
            ),
            _("Numbers with the same number of active days stand on one line."),
        ],
        facts=[
            *basis.service_facts(),
            Fact(label=_("Numbers"), value=basis.number(sum(same))),
            Fact(label=_("Active"), value=_("%(days)s of %(period_days)s days") % days),
            price_fact(basis),
        ],
        arithmetic=_("%(quantity)s × %(price)s × %(days)s / %(period_days)s days = %(amount)s")
        % (days | {"quantity": basis.shown.quantity, "price": basis.shown.rate, "amount": basis.shown.amount}),
        evidence=_numbers(basis),
    )


def _activations(basis: Basis) -> Evidence:
    product, snapshot, window = basis.line.product, basis.counted_snapshot, basis.window

    def rows() -> Iterator[Row]:
        activations, _releases = list_number_facts(
            product,
            organization_id=snapshot.organization_id,
            until=window.end,
            received_until=snapshot.cutoff_at,
        )
        yield from ((fact.number, fact.at) for fact in activations if fact.at in window)

    return Evidence(
        title=_("The numbers activated"),
        columns=[text_column(_("Number")), text_column(_("Activated"))],
        source=rows,
    )


def _numbers(basis: Basis) -> Evidence:
    line, snapshot, zone = basis.line, basis.counted_snapshot, basis.reader.time_zone
    period, window = basis.period, basis.window

    def rows() -> Iterator[Row]:
        activations, releases = list_number_facts(
            line.product,
            organization_id=snapshot.organization_id,
            until=window.end,
            received_until=snapshot.cutoff_at,
        )
        active = days_active(activations, releases, period=period, window=window, time_zone=zone)
        last_activated, last_released = _last_days(activations, zone), _last_days(releases, zone)
        for (number, _product), days in sorted(active.items()):
            if len(days) == line.days:
                activated, released = last_activated[number], last_released.get(number)
                # A release before the last activation ended an earlier time.
                ended = released if released is not None and released > max(days) else None
                yield (number, activated, ended, len(days))

    return Evidence(
        title=pgettext("telephone", "The numbers"),
        columns=[
            text_column(_("Number")),
            text_column(_("Last activated")),
            text_column(_("Released")),
            figure_column(_("Days active")),
        ],
        source=rows,
    )


def _last_days(facts: Sequence[NumberFact], time_zone: str) -> dict[str, date]:
    """Return the last local day for each number; the facts are in order."""
    return {fact.number: local_date(fact.at, time_zone=time_zone) for fact in facts}
