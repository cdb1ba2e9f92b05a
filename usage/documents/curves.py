"""Curves over a period: what a script draws, and the same numbers as a table for everyone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from subscriptions.domain.catalog import DATA_STORAGE
from subscriptions.domain.formatting import format_day
from subscriptions.domain.money import round_half_up
from subscriptions.domain.period import start_of_day, window
from usage.documents.reader import Reader, format_hours
from usage.documents.resources import shown_quantity
from usage.domain.concurrent import Peak
from usage.domain.daily import SLOT, DayFigures
from usage.domain.fair_use import FairUse
from usage.domain.known_period import KnownPeriod
from usage.domain.resources import DayOfResources, used_by_then

DRAWN_DECIMALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """
    A curve and its numbers.

    `drawing` is what the script reads, as JSON; `reading` says in words what each line stands for, since none is told
    apart by its color.
    """

    name: str
    title: str
    reading: str
    drawing: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def build_curves(
    days: Sequence[DayFigures],
    resources: Sequence[DayOfResources],
    *,
    peak: Peak | None,
    fair_use: Mapping[str, FairUse],
    known: KnownPeriod,
    reader: Reader,
) -> list[Curve]:
    """Return the curves of a period; none if nobody logged in and nothing was used."""
    if not any(day.people for day in days) and not any(use.used for use in fair_use.values()):
        return []
    curves = [build_curve_of_people(days, known=known, reader=reader)]
    if peak is not None:
        curves.append(build_curve_of_concurrency(days, peak=peak, known=known, reader=reader))
    return [*curves, *build_curves_of_resources(resources, fair_use=fair_use, known=known, reader=reader)]


def build_curve_of_people(days: Sequence[DayFigures], *, known: KnownPeriod, reader: Reader) -> Curve:
    """Return how many people were logged in on each day."""
    return Curve(
        name="people",
        title=_("People by day"),
        reading=_("Each bar is the number of people who were logged in on that day."),
        drawing=_drawing(
            known,
            reader,
            kind="bars",
            x=[_midday(day.date, reader) for day in days],
            y=[day.people for day in days],
        ),
        columns=[_("Day"), _("People logged in")],
        rows=[[_day(day.date, reader), reader.quantity(Decimal(day.people))] for day in days],
    )


def build_curve_of_concurrency(days: Sequence[DayFigures], *, peak: Peak, known: KnownPeriod, reader: Reader) -> Curve:
    """Return how many people were logged in at once, by quarters of an hour, with the peak that is billed (BR-21)."""
    slots = [(day.start + SLOT * place, users) for day in days for place, users in enumerate(day.slots)]
    committed = Decimal(0) if peak.tier is None else known.terms.commitment(peak.tier, known.period.index)
    lines = [{"label": _("Committed"), "y": int(committed)}] if committed else []
    return Curve(
        name="concurrency",
        title=_("Logged in at the same time"),
        reading=_concurrency_in_words(peak, committed),
        drawing=_drawing(
            known,
            reader,
            kind="steps",
            x=[int(start.timestamp()) for start, _users in slots],
            y=[users for _start, users in slots],
            lines=lines,
            marks=_marks(peak, reader),
        ),
        columns=[_("Day"), _("Most at once"), _("For how long")],
        rows=[
            [_day(day.date, reader), reader.quantity(Decimal(day.highest)), format_hours(day.time_at_highest)]
            for day in days
        ],
    )


def build_curves_of_resources(
    days: Sequence[DayOfResources], *, fair_use: Mapping[str, FairUse], known: KnownPeriod, reader: Reader
) -> list[Curve]:
    """Return what was used of each resource up to each day, against what is included (BR-40)."""
    curves = [_curve_of_resource(resource, use, days, known, reader) for resource, use in fair_use.items() if use.used]
    return sorted(curves, key=lambda curve: curve.title)


def _curve_of_resource(
    resource: str, use: FairUse, days: Sequence[DayOfResources], known: KnownPeriod, reader: Reader
) -> Curve:
    daily = [day.used.get(resource, Fraction()) for day in days]
    is_level = resource == DATA_STORAGE
    drawn = daily if is_level else used_by_then(days, resource)
    figures = [daily] if is_level else [daily, drawn]
    return Curve(
        name=resource,
        title=reader.product(resource),
        reading=_resource_in_words(is_level=is_level, is_included=bool(use.allotment)),
        drawing=_drawing(
            known,
            reader,
            kind="line",
            x=[_midday(day.date, reader) for day in days],
            y=[_plain(quantity) for quantity in drawn],
            lines=[{"label": _("Included"), "y": _plain(use.allotment)}] if use.allotment else [],
        ),
        columns=[_("Day"), _("On that day"), *([] if is_level else [_("So far")]), _("Included in the period")],
        rows=[
            [
                _day(day.date, reader),
                *(shown_quantity(column[place], reader) for column in figures),
                shown_quantity(use.allotment, reader),
            ]
            for place, day in enumerate(days)
        ],
    )


def _concurrency_in_words(peak: Peak, committed: Decimal) -> str:
    words = [_("Each step is the most people logged in at once within a quarter of an hour.")]
    if peak.runs:
        words.append(_("The circle and the dash-dotted line mark the peak that was held for 30 minutes: it is billed."))
    if committed:
        words.append(_("The dashed line is what is committed."))
    return " ".join(words)


def _resource_in_words(*, is_level: bool, is_included: bool) -> str:
    words = [
        _("The solid line is what was stored on average on each day.")
        if is_level
        else _("The solid line is what was used since the period began.")
    ]
    if is_included:
        words.append(_("The dashed line is what is included: what ends above it is charged."))
    return " ".join(words)


def _marks(peak: Peak, reader: Reader) -> list[dict[str, Any]]:
    if not peak.runs:
        return []
    first = peak.runs[0]
    label = _("Peak %(users)s: %(when)s") % {"users": reader.quantity(Decimal(peak.users)), "when": reader.span(first)}
    return [{"x": int(first.start.timestamp()), "y": peak.users, "label": label}]


def _drawing(
    known: KnownPeriod,
    reader: Reader,
    *,
    kind: str,
    x: Sequence[int],
    y: Sequence[float],
    lines: Sequence[Mapping[str, Any]] = (),
    marks: Sequence[Mapping[str, Any]] = (),
) -> str:
    whole = window(known.period, time_zone=known.terms.time_zone)
    return json.dumps(
        {
            "kind": kind,
            "from": int(whole.start.timestamp()),
            "until": int(whole.end.timestamp()),
            "language": reader.language,
            "zone": reader.time_zone,
            "x": x,
            "y": y,
            "lines": lines,
            "marks": marks,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _plain(quantity: Fraction) -> float:
    """Return a figure to be drawn; a pixel is coarser than what is lost."""
    return float(round_half_up(quantity, DRAWN_DECIMALS))


def _midday(day: date, reader: Reader) -> int:
    return int((start_of_day(day, time_zone=reader.time_zone) + timedelta(hours=12)).timestamp())


def _day(day: date, reader: Reader) -> str:
    return format_day(day, reader.language)
