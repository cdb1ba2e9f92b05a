"""The sections of a document and their lines, in words and formatted figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from moneyed import Money

from invoices.domain.charge import ChargeKind
from invoices.models import InvoiceLine
from subscriptions.documents import printable
from subscriptions.domain.catalog import (
    BASIC_IVR,
    BYOC_CLOUD,
    CALL_PORTS,
    CONTACT_CENTER_TIERS,
    DATA_STORAGE,
    VOICE_TRANSCRIPTION,
)
from subscriptions.domain.formatting import format_days, format_money, format_price, format_quantity
from subscriptions.domain.terms import LicensingModel
from subscriptions.models.shown import shown_product


class SectionKey(StrEnum):
    """The sections, in the order in which they stand on a document."""

    CORE = "core"
    PREPAY = "prepay"
    TELCO = "telco"
    ONE_TIME = "one_time"
    ADJUSTMENTS = "adjustments"
    CREDITS = "credits"


LINES_SHOWN = 1_000
"""Of more, those of one product are added up: nobody reads a hundred thousand, and no renderer survives them."""


LONG_AMOUNT = 14
"""The most characters of an amount that its column usually holds on paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """
    One charge: its place on the document from 1, the product's name, a remark on what is charged, its figures.

    One that adds up several has place 0.
    """

    number: int
    description: str
    remark: str
    service: str
    quantity: str
    rate: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSection:
    """Lines of one family under their heading, with what they come to."""

    key: SectionKey
    title: str
    lines: tuple[DocumentLine, ...]
    subtotal: str

    @property
    def is_wide(self) -> bool:
        """Tell whether an amount in it is so long that its column needs more room on paper."""
        return any(len(amount) > LONG_AMOUNT for amount in (self.subtotal, *(line.amount for line in self.lines)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What decides how figures are written: currency, language, and whether licenses are counted in hours."""

    currency: str
    language: str
    licensing_model: str


SECTION_OF_KIND = {
    ChargeKind.PREPAY: SectionKey.PREPAY,
    ChargeKind.USAGE: SectionKey.CORE,
    ChargeKind.OVERAGE: SectionKey.CORE,
    ChargeKind.FAIR_USE: SectionKey.CORE,
    ChargeKind.CALL_PORTS: SectionKey.TELCO,
    ChargeKind.VOICE: SectionKey.TELCO,
    ChargeKind.NUMBER_SETUP: SectionKey.TELCO,
    ChargeKind.NUMBER: SectionKey.TELCO,
    ChargeKind.ONE_TIME: SectionKey.ONE_TIME,
    ChargeKind.HARDWARE: SectionKey.ONE_TIME,
    ChargeKind.ADJUSTMENT: SectionKey.ADJUSTMENTS,
    ChargeKind.CREDIT: SectionKey.CREDITS,
}


def sections_of(lines: Sequence[InvoiceLine], *, reading: Reading) -> tuple[DocumentSection, ...]:
    """
    Return the sections that have lines; words are in the language that is active.

    Of more than a thousand lines, those of one product and kind are added up.
    """
    return tuple(
        DocumentSection(
            key=key,
            title=_title(key),
            lines=tuple(shown_line(group, reading=reading) for group in groups),
            subtotal=format_money(
                Money(sum((line.amount for group in groups for line in group), Decimal(0)), reading.currency),
                reading.language,
            ),
        )
        for key, groups in grouped_lines(lines).items()
    )


def grouped_lines(lines: Sequence[InvoiceLine]) -> dict[SectionKey, list[list[InvoiceLine]]]:
    """
    Return the lines by section, those that stand as one together: each by itself, or of many those of a product.

    Whatever shows a document shows these, so that no two of them can disagree.
    """
    together = _one_by_one if len(lines) <= LINES_SHOWN else _of_a_product
    by_section: dict[SectionKey, list[InvoiceLine]] = {key: [] for key in SectionKey}
    for line in lines:
        by_section[_section_of(line)].append(line)
    return {key: together(own) for key, own in by_section.items() if own}


def shown_line(group: Sequence[InvoiceLine], *, reading: Reading) -> DocumentLine:
    """Return lines that stand together as one line; words are in the language that is active."""
    return document_line(group[0], reading=reading) if len(group) == 1 else _sum_of(group, reading)


def annex_note(lines: Sequence[InvoiceLine]) -> str:
    """Say where each line is if they are added up; empty if each is shown."""
    if len(lines) <= LINES_SHOWN:
        return ""
    return _(
        "This document has %(count)s lines. Here those of one product are added up; the file of lines that goes with "
        "it has each of them."
    ) % {"count": f"{len(lines):,}"}


def _one_by_one(lines: Sequence[InvoiceLine]) -> list[list[InvoiceLine]]:
    return [[line] for line in lines]


def _of_a_product(lines: Sequence[InvoiceLine]) -> list[list[InvoiceLine]]:
    """Return the lines of each product and kind together."""
    groups: dict[tuple[str, ...], list[InvoiceLine]] = {}
    for line in lines:
        groups.setdefault((line.kind, line.corrects, line.product, line.direction), []).append(line)
    return list(groups.values())


def _sum_of(group: Sequence[InvoiceLine], reading: Reading) -> DocumentLine:
    first = group[0]
    amount = Money(sum((line.amount for line in group), Decimal(0)), reading.currency)
    count = ngettext("%(count)s line", "%(count)s lines", len(group)) % {"count": f"{len(group):,}"}
    quantity = sum((line.quantity * line.months for line in group), Decimal(0))
    return DocumentLine(
        number=0,
        description=printable(shown_product(first.product, first.description)),
        remark=count,
        service=format_days(
            min(line.service_start for line in group), max(line.service_end for line in group), reading.language
        ),
        quantity=_with_unit(first, format_quantity(quantity, reading.language), reading=reading),
        rate="",
        amount=format_money(amount, reading.language),
    )


def _section_of(line: InvoiceLine) -> SectionKey:
    if line.kind == ChargeKind.FAIR_USE and line.product == BYOC_CLOUD:
        return SectionKey.TELCO
    return SECTION_OF_KIND[ChargeKind(line.kind)]


def _title(key: SectionKey) -> str:
    return {
        SectionKey.CORE: _("Core services"),
        SectionKey.PREPAY: _("Core services – Prepay"),
        SectionKey.TELCO: _("Telco services"),
        SectionKey.ONE_TIME: _("One-time charges"),
        SectionKey.ADJUSTMENTS: _("Adjustments"),
        SectionKey.CREDITS: _("Credited"),
    }[key]


def document_line(line: InvoiceLine, *, reading: Reading) -> DocumentLine:
    """Return a line as it is read; words are in the language that is active."""
    return DocumentLine(
        # A line that is not stored yet has no place.
        number=(line.position or 0) + 1,
        description=printable(shown_product(line.product, line.description)),
        remark=_remark(line),
        service=format_days(line.service_start, line.service_end, reading.language),
        quantity=_quantity(line, reading=reading),
        rate=format_price(line.unit_price, reading.currency, reading.language),
        amount=format_money(Money(line.amount, reading.currency), reading.language),
    )


def _remark(line: InvoiceLine) -> str:
    """Say what of the product is charged; nothing where its name says all."""
    what = _what(ChargeKind(line.corrects or line.kind), line)
    if line.kind != ChargeKind.ADJUSTMENT:
        return what
    return _("correction: %(what)s") % {"what": what or _("use in the period")}


def _what(kind: ChargeKind, line: InvoiceLine) -> str:
    if kind is ChargeKind.VOICE:
        return _calls(line.direction) % {"place": printable(line.destination)}
    if kind is ChargeKind.NUMBER and line.days is not None:
        return _("%(days)s of %(period_days)s days") % {"days": line.days, "period_days": line.period_days}
    return {
        ChargeKind.PREPAY: _("commitment"),
        ChargeKind.OVERAGE: _("overage above the commitment"),
        ChargeKind.FAIR_USE: _("above the fair-use allotment"),
        ChargeKind.CALL_PORTS: _("above the included call ports"),
        ChargeKind.NUMBER_SETUP: _("one-time setup"),
    }.get(kind, "")


def _calls(direction: str) -> str:
    return {
        "outbound": _("outbound to %(place)s"),
        "inbound": _("inbound from %(place)s"),
        "toll_free": _("toll-free from %(place)s"),
    }.get(direction, "%(place)s")


def _quantity(line: InvoiceLine, *, reading: Reading) -> str:
    if line.kind == ChargeKind.CREDIT and not line.quantity:
        # An amount off the price: no unit of it was given back.
        return "–"
    number = _with_unit(line, format_quantity(line.quantity, reading.language), reading=reading)
    if line.months == 1:
        return number
    months = ngettext("%(count)s month", "%(count)s months", line.months) % {"count": line.months}
    return f"{number} × {months}"


def _with_unit(line: InvoiceLine, number: str, *, reading: Reading) -> str:
    """Name the unit where it is not simply a piece or a person."""
    kind = ChargeKind(line.corrects or line.kind)
    hourly = reading.licensing_model == LicensingModel.HOURLY and line.product in CONTACT_CENTER_TIERS
    if kind is ChargeKind.VOICE or line.product in {BASIC_IVR, BYOC_CLOUD, VOICE_TRANSCRIPTION}:
        return _("%(number)s min") % {"number": number}
    if line.product == DATA_STORAGE:
        return _("%(number)s GB") % {"number": number}
    if line.product == CALL_PORTS:
        return _("%(number)s port-hours") % {"number": number}
    return _("%(number)s h") % {"number": number} if hourly else number
