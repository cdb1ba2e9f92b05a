"""Every line of ours beside that of the old system as CSV, and templates for its invoices and what is open of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from moneyed import Money

from invoices.domain.moving_in.old_invoices import COLUMNS as OLD_COLUMNS
from invoices.domain.moving_in.opening_balances import COLUMNS as OPENING_COLUMNS
from invoices.domain.moving_in.opening_balances import OpeningKind
from invoices.domain.moving_in.side_by_side import ComparedPeriod, Match, SideLine
from invoices.models import OldInvoice
from subscriptions.exports.csv_file import Value, csv_lines

COLUMNS = (
    *("organization", "period_start", "currency", "product", "description", "billed", "first_day", "last_day"),
    *("our_quantity", "our_price", "our_amount", "old_quantity", "old_price", "old_amount"),
    *("difference_quantity", "difference_price", "difference_amount", "reasons", "verdict", "note"),
)
"""Names for programs: the same in every language."""

EXAMPLE = (
    *("acme", "OLD-4711", "USD", "2026-03-01", "2026-03-31", "arrears", "purecloud-3", ""),
    *(Decimal(12), Decimal("140.00"), Decimal("1680.00"), Decimal("138.60")),
)

OPENING_EXAMPLES = (
    ("acme", "invoice", "OLD-4711", "2026-03-31", "2026-04-30", "USD", Decimal("1818.60")),
    ("acme", "credit", "PAY-220", "2026-04-02", "", "USD", Decimal("50.00")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRows:
    """A compared period of an organization, with the notes of its verdicts by the key of their match."""

    organization: str
    currency: str
    compared: ComparedPeriod
    notes: dict[tuple[int | None, int | None], str]


def differences_csv(periods: Iterable[PeriodRows]) -> Iterator[str]:
    """Yield the lines of a file: the columns' names, then match by match."""
    return csv_lines(COLUMNS, (row for period in periods for row in _rows(period)))


def template_csv() -> Iterator[str]:
    """Yield the lines of a file to fill in: the columns' names and an example."""
    return csv_lines(OLD_COLUMNS, [EXAMPLE])


def opening_template_csv() -> Iterator[str]:
    """Yield the lines of a file of opening balances to fill in: the columns' names, an open invoice and a credit."""
    return csv_lines(OPENING_COLUMNS, OPENING_EXAMPLES)


def opening_csv(code: str, invoices: Iterable[OldInvoice]) -> Iterator[str]:
    """
    Yield old invoices, read with their lines, as opening balances that are open in full; less than 0 is a credit.

    Dates are not known here: whoever fills them in deletes what is paid, and lowers what is paid in part. Of what came
    to 0 nothing is open.
    """
    totals = ((invoice, _with_tax(invoice)) for invoice in invoices)
    return csv_lines(
        OPENING_COLUMNS,
        (
            [code, _kind(total), invoice.number, "", "", invoice.currency, Money(abs(total), invoice.currency)]
            for invoice, total in totals
            if total
        ),
    )


def _kind(total: Decimal) -> str:
    return (OpeningKind.INVOICE if total > 0 else OpeningKind.CREDIT).value


def _with_tax(invoice: OldInvoice) -> Decimal:
    return sum((line.amount + line.tax for line in invoice.lines.all()), start=Decimal(0))


def _rows(period: PeriodRows) -> Iterator[Sequence[Value]]:
    for match in period.compared.sides.matches:
        line = match.ours or match.old
        if line is None:
            continue
        verdict = period.compared.verdicts.get(match.key)
        yield [
            *(period.organization, period.compared.first_day.isoformat(), period.currency),
            *(line.product, line.description, line.billed.value if line.billed else ""),
            *(line.first_day.isoformat(), line.last_day.isoformat()),
            *_figures(match.ours),
            *_figures(match.old),
            *_differences(match),
            " ".join(reason.value for reason in match.reasons),
            verdict.value if verdict else "",
            period.notes.get(match.key, ""),
        ]


def _figures(line: SideLine | None) -> tuple[Value, Value, Value]:
    return (None, None, None) if line is None else (line.quantity, line.unit_price, line.amount)


def _differences(match: Match) -> tuple[Value, Value, Value]:
    return match.quantity, match.unit_price, match.amount
