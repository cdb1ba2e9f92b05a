"""Reads a bank's CSV file by the layout that is kept for that bank; what cannot be read says where and why."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from invoices.domain.bank.layout import JOINS, Layout, Signs
from invoices.domain.bank.statement import (
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    MAX_LINES,
    Direction,
    StatementFault,
    StatementLine,
    StatementProblem,
    UnreadableStatementError,
    compact,
    tidy,
)
from subscriptions.domain.money import CURRENCIES, exponent

_GROUPS = re.compile("[\\s'\u2019\u00a0\u202f]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_DIGITS = 15


def read_csv_statement(content: bytes, layout: Layout) -> list[StatementLine]:
    """
    Return the movements of a file, in its order; rows without a date and an amount, such as totals, are none.

    :raises UnreadableStatementError: with the first faults, if any row cannot be read: half a file is not kept
    """
    rows = list(_rows(content, layout))
    above, below = rows[: layout.header_lines], rows[layout.header_lines :]
    columns = _columns(layout, above[-1][1] if above else ())
    lines: list[StatementLine] = []
    faults: list[StatementFault] = []
    for place, cells in below:
        reader = _Reader(layout=layout, columns=columns, cells=cells, place=place)
        if reader.is_blank:
            continue
        try:
            line = reader.line()
        except UnreadableStatementError as error:
            faults += error.faults
            continue
        if line is not None:
            lines.append(line)
        if len(lines) > MAX_LINES:
            raise _unreadable(StatementProblem.TOO_MANY_LINES, found=f"{MAX_LINES:,}")
    if faults:
        raise UnreadableStatementError(faults)
    if not lines:
        raise _unreadable(StatementProblem.EMPTY)
    return lines


def read_amount(text: str, *, decimal_mark: str) -> Decimal | None:
    """
    Return an amount as a bank writes it, None if it is none: `1.234,56`, `-1 234.56`, `12,00-`, `(12.00)`.

    Groups of digits are of three; the sign that is not the decimal mark may stand between them.
    """
    text = _GROUPS.sub("", text)
    is_negative = text.startswith("-") or text.endswith("-") or (text.startswith("(") and text.endswith(")"))
    text = text.strip("+-()")
    group = "." if decimal_mark == "," else ","
    mark = re.escape(decimal_mark)
    found = re.fullmatch(rf"(\d+|\d{{1,3}}(?:{re.escape(group)}\d{{3}})+)?(?:{mark}(\d+))?", text, re.ASCII)
    if not found or not (found[1] or found[2]):
        return None
    whole, fraction = (found[1] or "0").replace(group, ""), found[2] or "0"
    if len(whole.lstrip("0")) + len(fraction.rstrip("0")) > _MOST_DIGITS:
        return None
    amount = Decimal(f"{whole}.{fraction}")
    return -amount if is_negative else amount


def fits(amount: Decimal, currency: str) -> bool:
    """Tell whether an amount has no smaller parts than its currency; two decimals, of one that is not billed in."""
    decimals = exponent(currency) if currency in CURRENCIES else 2
    return amount == round(amount, decimals)


class _Reader:
    """Reads one row."""

    def __init__(self, *, layout: Layout, columns: Mapping[str, int], cells: Sequence[str], place: int) -> None:
        self.layout, self.columns, self.cells, self.place = layout, columns, cells, place

    @property
    def is_blank(self) -> bool:
        amounts = (self.layout.amount_column, self.layout.credit_column, self.layout.debit_column)
        return not self.cell(self.layout.date_column) or not any(self.cell(name) for name in amounts)

    def line(self) -> StatementLine | None:
        layout = self.layout
        currency = (self.cell(layout.currency_column) or layout.currency).upper()
        if not _CURRENCY.fullmatch(currency):
            raise self.fault(StatementProblem.NO_CURRENCY, layout.currency_column)
        column, amount = self.amount()
        if not amount:
            # Nothing has moved: banks write such lines to say something.
            return None
        if not fits(amount, currency):
            raise self.fault(StatementProblem.FRACTIONS, column)
        text = " ".join(filter(None, (self.cell(name.strip()) for name in layout.text_column.split(JOINS))))
        return StatementLine(
            place=self.place,
            account=compact(layout.account),
            booked_on=self.day(),
            amount=abs(amount),
            currency=currency,
            direction=Direction.IN if amount > 0 else Direction.OUT,
            payer_name=tidy(self.cell(layout.payer_column)),
            payer_account=compact(self.cell(layout.payer_account_column)),
            text=tidy(text, at_most=LONGEST_TEXT),
            bank_reference=tidy(self.cell(layout.reference_column), at_most=LONGEST_REFERENCE),
        )

    def day(self) -> date:
        text = self.cell(self.layout.date_column)
        try:
            day = datetime.strptime(text, self.layout.date_format).date()  # noqa: DTZ007 - a day of the bank's calendar
        except ValueError:
            raise self.fault(StatementProblem.NO_DATE, self.layout.date_column) from None
        if day.year < 1900:
            raise self.fault(StatementProblem.NO_DATE, self.layout.date_column)
        return day

    def amount(self) -> tuple[str, Decimal]:
        """Return the column and what moved; negative is what went out."""
        layout = self.layout
        if layout.signs is Signs.COLUMNS:
            came, went = self.figure(layout.credit_column), self.figure(layout.debit_column)
            if came and went:
                raise self.fault(StatementProblem.NO_DIRECTION, layout.debit_column)
            # Some banks write what went out as a negative amount in its own column, too.
            return (layout.credit_column, came) if came else (layout.debit_column, -abs(went))
        amount = self.figure(layout.amount_column)
        if layout.signs is Signs.REVERSED:
            amount = -amount
        if layout.signs is Signs.INDICATOR:
            word = self.cell(layout.indicator_column).casefold()
            if not word:
                raise self.fault(StatementProblem.NO_DIRECTION, layout.indicator_column)
            amount = amount if word == layout.credit_word.strip().casefold() else -amount
        return layout.amount_column, amount

    def figure(self, column: str) -> Decimal:
        text = self.cell(column)
        if not text:
            return Decimal(0)
        amount = read_amount(text, decimal_mark=self.layout.decimal_mark)
        if amount is None:
            raise self.fault(StatementProblem.NO_AMOUNT, column)
        return amount

    def cell(self, column: str) -> str:
        if not column:
            return ""
        index = self.columns[column]
        return self.cells[index].strip() if index < len(self.cells) else ""

    def fault(self, problem: StatementProblem, column: str) -> UnreadableStatementError:
        return _unreadable(problem, line=self.place, column=column, found=tidy(self.cell(column), at_most=60))


def _rows(content: bytes, layout: Layout) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield each row that is not blank with the line on which it begins; header lines count as they stand."""
    try:
        text = content.decode(layout.encoding)
    except UnicodeError:
        raise _unreadable(StatementProblem.ENCODING) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if line <= layout.header_lines or any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise _unreadable(StatementProblem.BROKEN_QUOTES, line=line) from None


def _columns(layout: Layout, headings: Sequence[str]) -> dict[str, int]:
    """Return where each column stands that the layout names."""
    known = {heading.strip().casefold(): index for index, heading in reversed(list(enumerate(headings)))}
    single = [
        layout.date_column,
        layout.amount_column,
        layout.credit_column,
        layout.debit_column,
        layout.indicator_column,
        layout.currency_column,
        layout.payer_column,
        layout.payer_account_column,
        layout.reference_column,
        *(name.strip() for name in layout.text_column.split(JOINS)),
    ]
    found, missing = {}, []
    for name in filter(None, single):
        if name.strip().casefold() in known:
            found[name] = known[name.strip().casefold()]
        elif name.strip().isdecimal() and int(name) >= 1:
            found[name] = int(name) - 1
        else:
            missing.append(
                StatementFault(problem=StatementProblem.NO_COLUMN, line=layout.header_lines, column=name.strip())
            )
    if missing:
        raise UnreadableStatementError(missing)
    return found


def _unreadable(
    problem: StatementProblem, *, line: int = 0, column: str = "", found: str = ""
) -> UnreadableStatementError:
    return UnreadableStatementError([StatementFault(problem=problem, line=line, column=column, found=found)])
