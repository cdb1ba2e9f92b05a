"""Why this credit: the line of the invoice that it gives back, and what was given back of it before (BR-76)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from moneyed import Money

from invoices.documents.explanation.shape import Answer, Evidence, Row, figure_column, text_column
from invoices.documents.section import DocumentLine
from subscriptions.documents import Fact
from subscriptions.domain.formatting import format_day, format_money
from usage.documents import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """One credit note's part of a line: its number and date, and what it gave back."""

    number: str
    dated: date
    quantity: Decimal
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditOf:
    """The line that is credited, its invoice, and every credit of it up to this one, which is the last."""

    number: str
    dated: date
    line: DocumentLine
    charged: Money
    given: Sequence[GivenBack]


def explain_credit(credit: CreditOf, *, shown: DocumentLine, reader: Reader) -> Answer:
    """Explain a line of a credit note that a person issued."""
    this, before = credit.given[-1], credit.given[:-1]
    already = sum((row.amount for row in before), start=credit.charged * 0)
    left = credit.charged - already
    names = {
        "number": credit.number,
        "day": format_day(credit.dated, reader.language),
        "place": credit.line.number,
    }
    return Answer(
        rules=["BR-76", "BR-78"],
        words=[
            _("A person gave back a part of an issued invoice, which itself never changes, or all of it."),
            _("Tax is given back at the rates of that invoice, so that all of it together gives back all of its tax."),
        ],
        facts=[
            Fact(label=_("Credits"), value=_("line %(place)s of invoice %(number)s of %(day)s") % names),
            Fact(label=_("Charged there"), value=f"{credit.line.quantity} × {credit.line.rate} = {credit.line.amount}"),
            Fact(label=_("Credited before"), value=format_money(already, reader.language)),
            Fact(label=_("Credited on"), value=format_day(this.dated, reader.language)),
            Fact(label=_("Left afterwards"), value=format_money(left - this.amount, reader.language)),
        ],
        arithmetic=_arithmetic(shown, this, left, reader),
        evidence=_all_credits(credit),
    )


def _arithmetic(shown: DocumentLine, this: GivenBack, left: Money, reader: Reader) -> str:
    rest = format_money(left - this.amount, reader.language)
    return f"{format_money(left, reader.language)} − {shown.amount} = {rest}"  # noqa: RUF001


def _all_credits(credit: CreditOf) -> Evidence:
    def rows() -> Iterator[Row]:
        for row in credit.given:
            yield (row.number, row.dated, row.quantity, row.amount.amount)

    return Evidence(
        title=_("What was given back of this line so far"),
        note=_("A quantity of 0 is an amount off the price."),
        columns=[
            text_column(_("Credit note")),
            text_column(_("Day")),
            figure_column(_("Quantity")),
            figure_column(_("Amount")),
        ],
        source=rows,
    )
