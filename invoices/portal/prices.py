"""My prices: what an organization pays for each product and each call destination, to read and to take along."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from invoices.documents.price_sheet import PriceSheet, find_price_sheet, list_rates
from invoices.exports.price_sheet import price_sheet_csv, price_sheet_xlsx
from invoices.portal.found import find_organization
from invoices.tables import PriceTable, RateTable
from subscriptions.choices import CALL_DIRECTIONS
from subscriptions.domain.formatting import currency_name, format_day
from subscriptions.models import Organization, VoiceRate
from subscriptions.selectors.clock import database_now
from subscriptions.tables import Keyset, KeysetPage, text
from subscriptions.views.downloads import csv_response, xlsx_response

BY_PREFIX = Keyset(column="prefix", parse=text, size=50)
LONGEST_SEARCH = 100


@require_safe
@login_required
def prices(request: HttpRequest, code: str) -> HttpResponse:
    """Show what an organization pays today, and what will change when."""
    organization = find_organization(request, code)
    sheet = find_price_sheet(organization, now=database_now())
    if sheet is None:
        return render(request, "invoices/portal/prices.html", {"organization": organization})
    language = get_language()
    context = {
        "organization": organization,
        "sheet": sheet,
        "since": format_day(sheet.since, language),
        "currency": currency_name(sheet.currency, language),
        "free_until": sheet.free_until and format_day(sheet.free_until, language),
        "table": PriceTable(sheet.products, currency=sheet.currency),
        "next_rates_on": sheet.next_rates_on and format_day(sheet.next_rates_on, language),
    }
    if sheet.deck_version is not None:
        context |= _rates(request, sheet)
    return render(request, "invoices/portal/prices.html", context)


@require_safe
@login_required
def prices_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out all prices as CSV, line by line."""
    organization = find_organization(request, code)
    return csv_response(price_sheet_csv(_sheet(organization)), name=_file_name(organization))


@require_safe
@login_required
def prices_xlsx(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out all prices as a spreadsheet."""
    organization = find_organization(request, code)
    return xlsx_response(price_sheet_xlsx(_sheet(organization)), name=_file_name(organization))


def _rates(request: HttpRequest, sheet: PriceSheet) -> dict[str, object]:
    assert sheet.deck_version is not None
    directions = dict(CALL_DIRECTIONS)
    direction = request.GET.get("direction", next(iter(directions)))
    wanted = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    if direction not in directions or "\x00" in wanted:
        raise Http404
    rates = list_rates(sheet.deck_version, direction=direction, wanted=wanted)
    page: KeysetPage[VoiceRate] = BY_PREFIX.page(rates, request.GET.dict())
    return {
        "page": page,
        "rates": RateTable(page.rows, currency=sheet.currency),
        "direction": direction,
        "directions": directions,
        "wanted": wanted,
    }


def _sheet(organization: Organization) -> PriceSheet:
    sheet = find_price_sheet(organization, now=database_now())
    if sheet is None:
        raise Http404
    return sheet


def _file_name(organization: Organization) -> str:
    return f"{organization.code}-prices"
