"""What was billed beside what would have been, as people read it: tables of figures, and what is assumed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from moneyed import Money

from invoices.choices import CHARGE_KINDS
from invoices.documents.preview import Obstacles, obstacles_in_words
from invoices.documents.section import Reading, document_line
from invoices.domain.block import Block
from invoices.domain.what_if import ComparedPeriod, ComparedRow, Comparison, Figures, Sides, SupposedPrice, WhatIf
from invoices.models import InvoiceLine
from subscriptions.choices import COMMERCIAL_MODELS, EDITIONS, LICENSING_MODELS
from subscriptions.documents import Fact
from subscriptions.documents.refusals import in_words
from subscriptions.domain.formatting import format_days, format_money, format_percentage, format_price
from subscriptions.domain.money import round_half_up
from subscriptions.domain.period import BillingPeriod
from subscriptions.domain.terms import ContractTerms, LicensingModel
from subscriptions.domain.violations import Violation
from usage.documents import Reader

NOTHING = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class SideOfRow:
    """A quantity, its price and its amount in words."""

    quantity: str
    price: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfRow:
    """A kind of charge of a product, billed and supposed."""

    product: str
    kind: str
    billed: SideOfRow
    supposed: SideOfRow
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfTable:
    """The rows of a period, or of all of them, with their sums net of tax."""

    title: str
    rows: Sequence[WhatIfRow]
    billed: str
    supposed: str
    difference: str
    lacks_charges: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfDocument:
    """A what-if in one language: what is supposed, the result, each period, what was not charged, what is assumed."""

    supposed: Sequence[Fact]
    together: WhatIfTable
    share: str
    periods: Sequence[WhatIfTable]
    obstacles: Obstacles
    left_out: Obstacles
    assumptions: Sequence[str]


def build_what_if_document(
    comparison: Comparison, *, question: WhatIf, book: str, deck: str, cautions: Sequence[Violation], reader: Reader
) -> WhatIfDocument:
    """
    Return a comparison as it is read.

    `book` and `deck` are what the supposed price book and rate deck are called; `cautions` are what forbids such terms.
    """
    blocks = [block for compared in comparison.periods for block in compared.blocks]
    left_out = [block for compared in comparison.periods for block in compared.left_out]
    with translation.override(reader.language):
        days = _days(comparison.periods[0].period, comparison.periods[-1].period, reader)
        return WhatIfDocument(
            supposed=list(_supposed(comparison, question, book, deck, reader)),
            together=_table(days, comparison.sides, comparison, reader, blocks=[*blocks, *left_out]),
            share=_share(comparison.sides, reader),
            periods=[_period(compared, comparison, reader) for compared in comparison.periods],
            obstacles=obstacles_in_words(blocks, reader),
            left_out=obstacles_in_words(left_out, reader),
            assumptions=[*map(in_words, cautions), *_assumptions(question)],
        )


def _period(compared: ComparedPeriod, comparison: Comparison, reader: Reader) -> WhatIfTable:
    days = _days(compared.period, compared.period, reader)
    return _table(days, compared.sides, comparison, reader, blocks=[*compared.blocks, *compared.left_out])


def _table(title: str, sides: Sides, comparison: Comparison, reader: Reader, *, blocks: Sequence[Block]) -> WhatIfTable:
    return WhatIfTable(
        title=title,
        rows=[_row(row, comparison, reader) for row in sides.rows],
        billed=format_money(sides.billed, reader.language),
        supposed=format_money(sides.supposed, reader.language),
        difference=_difference(sides.difference, reader),
        lacks_charges=bool(blocks),
    )


def _row(row: ComparedRow, comparison: Comparison, reader: Reader) -> WhatIfRow:
    licensed, supposed = comparison.terms.licensing_model, comparison.supposed_terms.licensing_model
    return WhatIfRow(
        product=reader.product(row.product),
        kind=str(dict(CHARGE_KINDS)[row.kind.value]),
        billed=_side(row, row.billed, comparison, licensed, reader),
        supposed=_side(row, row.supposed, comparison, supposed, reader),
        difference=_difference(row.difference, reader),
    )


def _side(
    row: ComparedRow, figures: Figures | None, comparison: Comparison, licensed: LicensingModel, reader: Reader
) -> SideOfRow:
    """Write figures as a line of a document writes them, with its units."""
    if figures is None:
        return SideOfRow(quantity=NOTHING, price=NOTHING, amount=NOTHING)
    day = comparison.periods[0].period.start
    line = InvoiceLine(
        kind=row.kind.value,
        product=row.product,
        quantity=figures.quantity,
        unit_price=figures.unit_price or Decimal(0),
        amount=figures.amount.amount,
        service_start=day,
        service_end=day,
    )
    reading = Reading(currency=comparison.currency, language=reader.language, licensing_model=licensed.value)
    shown = document_line(line, reading=reading)
    return SideOfRow(
        quantity=shown.quantity,
        price=_("several") if figures.unit_price is None else shown.rate,
        amount=shown.amount,
    )


def _difference(amount: Money, reader: Reader) -> str:
    """Write how much more or less it would have been, with its sign."""
    return ("+" if amount.amount > 0 else "") + format_money(amount, reader.language)


def _share(sides: Sides, reader: Reader) -> str:
    """Write the difference in percent of what was billed; empty if nothing was."""
    if not sides.billed.amount:
        return ""
    percent = round_half_up(100 * sides.difference.amount / sides.billed.amount, 1)
    return ("+" if percent > 0 else "") + format_percentage(percent, reader.language)


def _days(first: BillingPeriod, last: BillingPeriod, reader: Reader) -> str:
    return format_days(first.start, last.last_day, reader.language)


def _supposed(comparison: Comparison, question: WhatIf, book: str, deck: str, reader: Reader) -> Iterator[Fact]:
    """Yield what is supposed to have been otherwise, as it was and as it would be."""
    was, would_be = comparison.terms, comparison.supposed_terms
    changed = [
        (
            pgettext("commercial model", "Billed"),
            _named(COMMERCIAL_MODELS, was.commercial_model),
            _named(COMMERCIAL_MODELS, would_be.commercial_model),
        ),
        (
            _("Licensed"),
            _named(LICENSING_MODELS, was.licensing_model),
            _named(LICENSING_MODELS, would_be.licensing_model),
        ),
        (_("Edition"), _named(EDITIONS, was.edition), _named(EDITIONS, would_be.edition)),
        (_("Ramp, months"), str(was.ramp_months), str(would_be.ramp_months)),
    ]
    for label, before, after in changed:
        if before != after:
            yield Fact(label=label, value=_("%(after)s instead of %(before)s") % {"before": before, "after": after})
    for row in question.supposition.prices:
        yield Fact(label=reader.product(row.product), value=_price(row, was, reader))
    if question.supposition.at_list_prices:
        yield Fact(label=_("Prices"), value=book or _("the price book in force at the start of each period"))
    if deck:
        yield Fact(label=_("Rate deck"), value=deck)


def _price(row: SupposedPrice, terms: ContractTerms, reader: Reader) -> str:
    figures = [
        (_("%(figure)s committed"), row.commitment, reader.quantity),
        (_("at %(figure)s"), row.price, lambda price: format_price(price, terms.currency, reader.language)),
        (
            _("%(figure)s above it"),
            row.overage_price,
            lambda price: format_price(price, terms.currency, reader.language),
        ),
    ]
    return ", ".join(words % {"figure": write(figure)} for words, figure, write in figures if figure is not None)


def _named(choices: Sequence[tuple[str, object]], value: str) -> str:
    return str(dict(choices)[value])


def _assumptions(question: WhatIf) -> Iterator[str]:
    yield _(
        "What is supposed holds for all of these periods from their first day; whatever is not named stays as agreed."
    )
    yield _(
        "Usage is that of each period when it was last rated: what came late and was billed as a correction is in it, "
        "on both sides. People would perhaps have worked otherwise under other terms."
    )
    yield _(
        "What is charged in advance is spread evenly over the periods it pays for, so that a year paid at its start "
        "compares with the same year paid month by month; it does not say when money is due."
    )
    yield _("Amounts are net of tax. One-time orders, hardware and credit notes made by hand are left out.")
    if question.supposition.at_list_prices:
        yield _("Agreed prices give way to list prices; a product that the price book does not name has no price here.")
