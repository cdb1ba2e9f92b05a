"""The ageing report: what is owed over organizations by age, as of the end of any day, in each currency (BR-82)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from invoices.choices import AGES
from invoices.domain.ageing import Age, Aged
from invoices.exports.ageing import ageing_report
from invoices.forms import AgeingForm
from invoices.selectors.ageing import AgedAccount, AsOf, as_of, list_aged, list_owing, total_aged
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.admin.roles import person, works_on_all
from subscriptions.domain.formatting import currency_name, format_day
from subscriptions.models import Organization
from subscriptions.selectors.clock import database_now
from subscriptions.selectors.people import list_organizations_for_staff
from subscriptions.tables import Keyset, text
from subscriptions.views.downloads import hand_out

STAFFS_CLOCK = "UTC"
"""Days of a report over organizations end at one instant for all of them, else its sums would be of no moment."""

BY_NAME = Keyset(column="name", parse=text, size=50)
ROWS_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """An amount and what it is."""

    label: Any
    amount: str
    is_bad: bool
    is_nothing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedRow:
    """What an organization, or all of them, owed in one currency."""

    name: str
    url: str
    currency: str
    cells: Sequence[Cell]
    open: str
    credit: str


class AgeingPages:
    """Adds the ageing report to a model's pages; it belongs to no row."""

    admin_site: Any

    def ageing_urls(self) -> list[URLPattern]:
        """Return the addresses of the page and its files."""
        wrap = self.admin_site.admin_view
        return [
            path("ageing/", wrap(self.ageing), name="invoices_ageing"),
            path("ageing/ageing.<str:ending>", wrap(self.ageing_file), name="invoices_ageing_file"),
        ]

    def ageing(self, request: HttpRequest) -> HttpResponse:
        """Show what is owed by age: all together in each currency, then organization by organization."""
        form = AgeingForm(request.GET or None, today=database_now().date())
        context: dict[str, Any] = {"form": form, "ages": AGES.values()}
        if not form.is_bound or form.is_valid():
            moment, currency = _asked(form)
            own = list_organizations_for_staff(person(request))
            totals = total_aged(None if works_on_all(request) else own, moment)
            page = BY_NAME.page(list_owing(own, moment, currency=currency), request.GET.dict())
            named = {organization.pk: organization for organization in page.rows}
            accounts = [one for one in list_aged(list(named), moment) if currency in ("", one.currency)]
            query = {"as_of": moment.on.isoformat() if moment.until else "", "currency": currency}
            context |= {
                "page": page,
                "totals": [_total(code, found) for code, found in totals.items() if currency in ("", code)],
                "rows": [_row(named[account.organization_id], account) for account in accounts],
                "day": format_day(moment.on, current_language()),
                "is_past": moment.until is not None,
                "query": urlencode({name: value for name, value in query.items() if value}),
            }
        shared = {**self.admin_site.each_context(request), "content_title": _("Ageing"), "title": _("Ageing")}
        return TemplateResponse(request, "admin/seatbill/ageing.html", shared | context)

    def ageing_file(self, request: HttpRequest, ending: str) -> HttpResponseBase:
        """Hand out the report, all organizations of it, as CSV or XLSX."""
        form, back = AgeingForm(request.GET, today=database_now().date()), reverse("admin:invoices_ageing")
        if not form.is_valid():
            # The page says what is wrong with it.
            return HttpResponseRedirect(f"{back}?{request.GET.urlencode()}")
        moment, currency = _asked(form)
        own = list_owing(list_organizations_for_staff(person(request)), moment, currency=currency)
        rows = own.order_by("name", "pk").iterator(chunk_size=ROWS_READ_AT_ONCE)
        return hand_out(
            request,
            ageing_report(rows, moment, currency=currency),
            ending=ending,
            name=f"ageing-{moment.on}",
            back=f"{back}?{request.GET.urlencode()}",
        )


def _asked(form: AgeingForm) -> tuple[AsOf, str]:
    typed = form.cleaned_data if form.is_bound else {}
    return as_of(typed.get("as_of"), now=database_now(), time_zone=STAFFS_CLOCK), typed.get("currency", "")


def _row(organization: Organization, account: AgedAccount) -> AgedRow:
    return AgedRow(
        name=organization.name,
        url=reverse("admin:subscriptions_organization_overview", args=[organization.pk]),
        currency=account.currency,
        cells=_cells(account.aged, account.currency),
        open=shown_money(account.open, account.currency),
        credit=shown_money(account.credit, account.currency) if account.credit else "",
    )


def _total(currency: str, found: Aged) -> AgedRow:
    return AgedRow(
        name=currency_name(currency, current_language()),
        url="",
        currency=currency,
        cells=_cells(found, currency),
        open=shown_money(sum(found.amounts.values()), currency),
        credit="",
    )


def _cells(found: Aged, currency: str) -> list[Cell]:
    return [
        Cell(
            label=AGES[age],
            amount=shown_money(amount, currency),
            is_bad=bool(amount) and age in {Age.UP_TO_90, Age.OVER_90},
            is_nothing=not amount,
        )
        for age, amount in found.amounts.items()
    ]
