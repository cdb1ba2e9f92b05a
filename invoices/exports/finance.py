"""What finance asks for as files: the names of columns are for programs, the same in every language."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from moneyed import Money

from invoices.domain.finance.deferral import Rolled
from invoices.domain.finance.journal import Posting, Purpose, code_of
from invoices.selectors.finance.billed import BilledMonth
from invoices.selectors.finance.commitments import CommitmentUse
from invoices.selectors.finance.deferred import DeferredLine
from invoices.selectors.finance.journal import JournalEntry
from invoices.selectors.finance.recurring import RecurringOrganization
from subscriptions.domain.money import exponent, round_half_up
from subscriptions.exports.csv_file import Value, csv_lines
from subscriptions.exports.report import Report

SHARE_DECIMALS = 4

JOURNAL_COLUMNS = (
    *("entry_id", "line", "booked_on", "document_date", "kind", "reference", "organization"),
    *("issuing_entity", "account", "account_code", "debit", "credit", "currency", "text"),
)


def billed_report(months: Iterable[BilledMonth]) -> Report:
    """Return what was billed and paid, a row for each month, currency and, where asked, CSM."""
    return Report(
        name="billed-and-paid",
        columns=(
            *("month", "currency", "csm", "invoiced", "credited", "billed", "received", "taken_back"),
            *("carried_over", "owed"),
        ),
        rows=(
            (
                _month(row.month),
                row.currency,
                row.csms,
                *(Money(amount, row.currency) for amount in (row.invoiced, row.credited, row.billed)),
                *(Money(amount, row.currency) for amount in (row.received, row.taken_back, row.carried_over, row.owed)),
            )
            for row in months
        ),
    )


def recurring_report(organizations: Iterable[RecurringOrganization]) -> Report:
    """Return what recurs, a row for each organization, currency and month in which there is something to tell."""
    return Report(
        name="recurring-revenue",
        columns=("month", "organization_code", "organization", "csm", "currency", "mrr", "change", "movement"),
        rows=(
            (
                _month(month.month),
                each.organization.code,
                each.organization.name,
                each.csms,
                each.currency,
                Money(month.amount, each.currency),
                Money(month.change, each.currency),
                month.movement.value if month.movement else None,
            )
            for each in organizations
            for month in each.months
            if month.amount or month.change
        ),
    )


def commitments_report(rows: Iterable[CommitmentUse]) -> Report:
    """Return what was committed to and used, a row for each product of each period."""
    return Report(
        name="commitments",
        columns=(
            *("organization_code", "organization", "csm", "period_start", "period_last_day", "product", "committed"),
            *("used", "over", "share_used", "used_before", "charged_above", "currency", "fit"),
        ),
        rows=(
            (
                row.organization.code,
                row.organization.name,
                row.csms,
                row.period_start.isoformat(),
                (row.period_end - timedelta(days=1)).isoformat(),
                row.product,
                row.use.committed,
                row.use.used,
                row.use.over,
                None if row.use.share is None else round_half_up(row.use.share, SHARE_DECIMALS),
                None if row.before is None else row.before.used,
                Money(row.charged, row.currency),
                row.currency,
                row.fit.value,
            )
            for row in rows
        ),
    )


def deferred_lines_report(lines: Iterable[DeferredLine]) -> Report:
    """Return what is not earned yet, a row for each line of a document."""
    return Report(
        name="deferred-lines",
        columns=(
            *("organization_code", "organization", "document", "document_date", "product", "description"),
            *("service_start", "service_last_day", "currency", "amount", "earned", "deferred"),
        ),
        rows=(
            (
                *(line.organization_code, line.organization, line.number, line.document_date.isoformat()),
                *(line.product, line.description, line.start.isoformat(), line.last_day.isoformat(), line.currency),
                *(Money(amount, line.currency) for amount in (line.amount, line.earned, line.deferred)),
            )
            for line in lines
        ),
    )


def deferred_months_report(
    rolled: Mapping[str, Mapping[date, Rolled]], schedules: Mapping[str, Mapping[date, int]]
) -> Report:
    """Return how deferred revenue moved month by month, and when what is left will be earned."""
    return Report(
        name="deferred-months",
        columns=("month", "currency", "opening", "billed", "released", "closing", "to_be_released"),
        rows=_deferred_months(rolled, schedules),
    )


def _deferred_months(
    rolled: Mapping[str, Mapping[date, Rolled]], schedules: Mapping[str, Mapping[date, int]]
) -> Iterator[Sequence[Value]]:
    for currency, months in rolled.items():
        for month, row in months.items():
            figures = (row.opening, row.billed, row.released, row.closing)
            yield (_month(month), currency, *(_minor(figure, currency) for figure in figures), None)
        for month, figure in schedules.get(currency, {}).items():
            yield (_month(month), currency, None, None, None, None, _minor(figure, currency))


def journal_csv(entries: Iterable[JournalEntry], *, codes: Mapping[Purpose, str]) -> Iterator[str]:
    """Yield the lines of a journal: each entry's balance, and its name is the same each time."""
    return csv_lines(JOURNAL_COLUMNS, _journal_rows(entries, codes))


def _journal_rows(entries: Iterable[JournalEntry], codes: Mapping[Purpose, str]) -> Iterator[Sequence[Value]]:
    for entry in entries:
        for place, posting in enumerate(entry.postings, start=1):
            amount = Money(abs(posting.amount), entry.currency)
            yield (
                entry.name,
                str(place),
                entry.booked_on.isoformat(),
                entry.document_date.isoformat(),
                entry.kind.value,
                entry.reference,
                entry.organization,
                entry.issuing_entity,
                posting.purpose.account.value,
                code_of(posting.purpose, codes),
                amount if posting.amount > 0 else None,
                amount if posting.amount < 0 else None,
                entry.currency,
                _text(entry, posting),
            )


def _text(entry: JournalEntry, posting: Posting) -> str:
    parts = [entry.kind.value.replace("_", " ").capitalize(), entry.reference]
    about = [part for part in (posting.purpose.part, posting.purpose.kind.replace("_", " ")) if part]
    return " ".join(parts) + (f": {', '.join(about)}" if about else "")


def _month(month: date) -> str:
    return f"{month:%Y-%m}"


def _minor(figure: int, currency: str) -> Money:
    return Money(Decimal(figure).scaleb(-exponent(currency)), currency)
