"""What organizations owed at the end of a day, by age, as a file: a row for each organization and currency (BR-82)."""

from collections.abc import Iterable, Iterator

from moneyed import Money

from invoices.choices import AGES
from invoices.selectors.ageing import AgedAccount, AsOf, list_aged
from subscriptions.exports.csv_file import Value
from subscriptions.exports.report import Report
from subscriptions.models import Organization

ORGANIZATIONS_AT_ONCE = 500


def ageing_report(organizations: Iterable[Organization], moment: AsOf, *, currency: str = "") -> Report:
    """Return the report over organizations, in their order; without a currency each in its own."""
    return Report(
        name=f"ageing {moment.on.isoformat()}",
        columns=("as of", "code", "organization", "currency", *map(str, AGES.values()), "open", "credit"),
        rows=_rows(organizations, moment, currency),
    )


def _rows(organizations: Iterable[Organization], moment: AsOf, currency: str) -> Iterator[list[Value]]:
    for some in _in_parts(organizations):
        for account in list_aged(list(some), moment):
            if currency in ("", account.currency):
                yield _row(some[account.organization_id], account, moment)


def _row(organization: Organization, account: AgedAccount, moment: AsOf) -> list[Value]:
    figures = (*account.aged.amounts.values(), account.open, account.credit)
    return [
        moment.on.isoformat(),
        organization.code,
        organization.name,
        account.currency,
        *(Money(figure, account.currency) for figure in figures),
    ]


def _in_parts(organizations: Iterable[Organization]) -> Iterator[dict[int, Organization]]:
    some: dict[int, Organization] = {}
    for organization in organizations:
        some[organization.pk] = organization
        if len(some) == ORGANIZATIONS_AT_ONCE:
            yield some
            some = {}
    if some:
        yield some
