"""Lets the demo's newcomers move in: into shadow, compared with their old system, and one of them live (ADR 42, 43)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User

from invoices.domain.charge import ChargeKind
from invoices.domain.moving_in.old_invoices import COLUMNS as INVOICE_COLUMNS
from invoices.domain.moving_in.opening_balances import COLUMNS as BALANCE_COLUMNS
from invoices.domain.moving_in.opening_balances import OldFile, OpeningKind
from invoices.domain.moving_in.side_by_side import Verdict
from invoices.models import ShadowBill, ShadowLine
from invoices.selectors.opening import list_waiting, sums_of_rows
from invoices.services.demo.shapes import Cast, Newcomer, Role
from invoices.services.shadow.beginning import Launch, begin_shadow, go_live, list_launch_days
from invoices.services.shadow.comparing import compare
from invoices.services.shadow.judging import Judgement, judge
from invoices.services.shadow.old_files import keep_old_file, upload_old_file
from subscriptions.domain.period import start_of_day
from subscriptions.exports.csv_file import Value, csv_lines
from subscriptions.models import Organization
from subscriptions.services.recording import Recording

CHEAPER = Decimal("1.00")
"""By so much less the old system billed each unit of what it billed last."""


def put_into_shadow(cast: Cast, organizations: Mapping[str, Organization]) -> None:
    """Put the newcomers into shadow as their agreements begin."""
    for newcomer in cast.newcomers:
        organization = organizations[newcomer.customer.code]
        agreement = organization.subscriptions.get()
        begins = start_of_day(agreement.effective_date, time_zone=agreement.time_zone)
        reason = "Moves in: both systems run side by side until they agree."
        begin_shadow(organization, reason=reason, by=_lead(cast), now=begins)


def compare_and_go_live(cast: Cast, organizations: Mapping[str, Organization], *, today: date, at: datetime) -> None:
    """Import what the old systems billed, explain a difference, and take those live of whom something is open there."""
    lead = _lead(cast)
    for newcomer in cast.newcomers:
        organization = organizations[newcomer.customer.code]
        rows = _old_invoices(organization, differs=not newcomer.owed)
        _bring(organization, OldFile.INVOICES, csv_lines(INVOICE_COLUMNS, rows), by=lead, at=at)
        if newcomer.owed:
            balances = _balances(newcomer, today)
            _bring(organization, OldFile.BALANCES, csv_lines(BALANCE_COLUMNS, balances), by=lead, at=at)
            _take_live(organization, by=lead, at=at)
        else:
            _explain(organization, by=lead, at=at)


def _lead(cast: Cast) -> User:
    return User.objects.get(username=next(person.username for person in cast.people if person.role is Role.LEAD))


def _bring(organization: Organization, holds: OldFile, lines: Iterator[str], *, by: User, at: datetime) -> None:
    name = f"{organization.code}-{holds.value}.csv"
    file = upload_old_file(name, "".join(lines).encode(), holds=holds, by=by, now=at)
    keep_old_file(file.pk, reason="As the old system shows it today.", recording=Recording(by=by, at=at))


def _old_invoices(organization: Organization, *, differs: bool) -> Iterator[list[Value]]:
    """Yield what the old system billed: the same as we would have, but for the last price if it differs."""
    bills = ShadowBill.objects.filter(organization=organization).order_by("invoice_date", "pk")
    numbered = [(f"OLD-{number}", bill) for number, bill in enumerate(bills.prefetch_related("lines"), start=3101)]
    lines = [(number, bill, line) for number, bill in numbered for line in bill.lines.order_by("position")]
    last = next((line.pk for _number, _bill, line in reversed(lines) if line.kind != ChargeKind.PREPAY), None)
    for number, bill, line in lines:
        yield _old_line(organization, number, bill, line, less=CHEAPER if differs and line.pk == last else Decimal(0))


def _old_line(
    organization: Organization, number: str, bill: ShadowBill, line: ShadowLine, *, less: Decimal
) -> list[Value]:
    kind = "advance" if line.kind == ChargeKind.PREPAY else "arrears"
    days = [line.service_start.isoformat(), line.service_end.isoformat()]
    price = line.unit_price - less
    amount = line.amount - less * line.quantity * line.months
    return [organization.code, number, bill.currency, *days, kind, line.product, "", line.quantity, price, amount, 0]


def _balances(newcomer: Newcomer, today: date) -> Iterator[list[Value]]:
    for owed in newcomer.owed:
        dated = (today - timedelta(days=owed.days_ago)).isoformat()
        due = "" if owed.due_days_ago is None else (today - timedelta(days=owed.due_days_ago)).isoformat()
        kind = OpeningKind.INVOICE if due else OpeningKind.CREDIT
        agreed = newcomer.customer.agreement
        yield [newcomer.customer.code, kind.value, owed.number, dated, due, agreed.currency, Decimal(owed.amount)]


def _explain(organization: Organization, *, by: User, at: datetime) -> None:
    """Say of every difference whose mistake it was."""
    for period in compare(organization.pk).periods:
        for match in period.compared.open_matches:
            note = "The old system still bills the price of last year."
            judge(Judgement(key=match.key, verdict=Verdict.OURS, note=note), period=period, by=by, now=at)


def _take_live(organization: Organization, *, by: User, at: datetime) -> None:
    launch = Launch(
        live_from=list_launch_days(organization.pk, today=at.date())[0],
        ahead_is_billed=True,
        reason="Two periods agree to the cent.",
        balances=sums_of_rows(list_waiting(organization.pk)).key,
    )
    go_live(organization.shadow.pk, launch, today=at.date(), by=by, now=at)
