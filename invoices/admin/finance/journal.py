"""The journal: what it comes to, its export, and what was exported before; and the codes of the accounting."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from invoices.admin.finance.shape import (
    Cell,
    Figure,
    Heading,
    Part,
    Table,
    for_leads,
    titled,
)
from invoices.choices import JOURNAL_ACCOUNTS
from invoices.domain.finance.journal import UnbalancedError
from invoices.exports.names import file_stem
from invoices.forms.finance.account_codes import AccountCodesForm
from invoices.forms.finance.reports import JournalForm
from invoices.models import JournalExport
from invoices.selectors.finance.journal import get_account_codes, list_exports, list_exports_over
from invoices.services.account_codes import set_account_codes
from invoices.services.journal import JournalFigures, Sides, export_journal, journal_again, look_at_journal
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.admin.roles import person
from subscriptions.domain.formatting import format_day, format_days
from subscriptions.domain.violations import Refused
from subscriptions.forms.fields import words_of
from subscriptions.selectors.clock import database_now, latest_local_date
from subscriptions.views.access import make_sure_of
from subscriptions.views.downloads import csv_response

EXPORTS_SHOWN = 50


@for_leads
@require_http_methods(["GET", "HEAD", "POST"])
def journal(request: HttpRequest) -> HttpResponseBase:
    """Show what the journal of a period comes to, and note it as exported once that is confirmed."""
    query = request.POST if request.method == "POST" else request.GET
    form = JournalForm(query.dict(), today=latest_local_date())
    if request.method == "POST" and form.is_valid():
        make_sure_of(request)
        return _export(request, form)
    figures, fault = None, ""
    if form.is_valid():
        try:
            figures = look_at_journal(form.period, codes=get_account_codes())
        except UnbalancedError as unbalanced:
            fault = str(unbalanced)
    context = {
        **admin.site.each_context(request),
        "title": _("Journal export"),
        "form": form,
        "figures": figures,
        "fault": fault,
        "parts": [_part(currency, figures) for currency in sorted(figures.totals)] if figures else [],
        "points": list(_points(form, figures)) if figures else [],
        "runs": form.is_valid() and database_now() < form.period.ends_everywhere_at,
        "exports": [_shown(row) for row in list_exports()[:EXPORTS_SHOWN]],
    }
    return TemplateResponse(request, "admin/seatbill/finance/journal.html", context)


@for_leads
@require_safe
def journal_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand out what was exported before: the same to the last byte."""
    exported = get_object_or_404(list_exports(), pk=pk)
    of = f"-{file_stem(exported.issuing_entity.code)}" if exported.issuing_entity else ""
    name = f"journal{of}-{exported.first_day}-{exported.last_day}"
    return csv_response(journal_again(exported), name=name)


@for_leads
@require_http_methods(["GET", "HEAD", "POST"])
def account_codes(request: HttpRequest) -> HttpResponseBase:
    """Show the codes under which the accounting keeps what the ledger holds, and set them."""
    form = AccountCodesForm(request.POST if request.method == "POST" else None, codes=get_account_codes())
    if form.is_valid():
        make_sure_of(request)
        count = set_account_codes(form.wanted(), by=person(request), now=database_now())
        words = ngettext("%(count)s account code was set.", "%(count)s account codes were set.", count)
        messages.success(request, words % {"count": count} if count else _("Nothing was changed."))
        return HttpResponseRedirect(reverse("report_account_codes"))
    context = {**admin.site.each_context(request), "title": _("Account codes"), "form": form}
    return TemplateResponse(request, "admin/seatbill/finance/account_codes.html", context)


def _export(request: HttpRequest, form: JournalForm) -> HttpResponseBase:
    period, back = form.period, f"{reverse('report_journal')}?{_query(form)}"
    try:
        exported = export_journal(period, seen=request.POST.get("seen", ""), by=person(request), now=database_now())
    except Refused as refused:
        for reason in refused.reasons:
            messages.error(request, str(words_of(reason).message))
        return HttpResponseRedirect(back)
    words = _("%(journal)s is noted as exported. Download it from the list below.")
    messages.success(request, words % {"journal": exported})
    return HttpResponseRedirect(f"{back}#exports")


def _query(form: JournalForm) -> str:
    period = form.period
    entity = f"&issuing_entity={period.issuing_entity_id}" if period.issuing_entity_id else ""
    return f"first_day={period.first_day}&last_day={period.last_day}{entity}"


def _points(form: JournalForm, figures: JournalFigures) -> Sequence[str]:
    """Return what exporting this will mean, and which of it was exported before."""
    points = [
        ngettext(
            "%(count)s entry with %(lines)s lines, posted from %(first)s to %(last)s.",
            "%(count)s entries with %(lines)s lines, posted from %(first)s to %(last)s.",
            figures.entries,
        )
        % {
            "count": figures.entries,
            "lines": figures.lines,
            "first": format_day(form.period.first_day, current_language()),
            "last": format_day(form.period.last_day, current_language()),
        },
        _("Debit and credit are equal in each currency."),
        _("It is noted who exported it and when, with the account codes of now: it can be downloaded again, the same."),
    ]
    for row in list_exports_over(form.period)[:3]:
        words = (
            _("Exactly this was exported on %(day)s by %(who)s.")
            if row.sha256 == figures.sha256
            else _(
                "Entries of it were exported on %(day)s by %(who)s: %(journal)s. Each has the same entry id as there."
            )
        )
        day = format_day(row.exported_at.date(), current_language())
        points.append(words % {"day": day, "who": row.exported_by, "journal": row})
    return points


def _part(currency: str, figures: JournalFigures) -> Part:
    totals, labels = figures.totals[currency], dict(JOURNAL_ACCOUNTS)
    of_currency = sorted((key[1:], sides) for key, sides in figures.accounts.items() if key[0] == currency)

    def sides_of(sides: Sides) -> list[Cell]:
        return [Cell(text=shown_money(amount, currency) if amount else "") for amount in (sides.debit, sides.credit)]

    return Part(
        title=titled(currency),
        figures=[
            Figure(number=shown_money(totals.debit, currency), words=pgettext("ledger", "debit")),
            Figure(number=shown_money(totals.credit, currency), words=pgettext("ledger", "credit")),
        ],
        tables=[
            Table(
                caption=_("By account"),
                columns=[
                    Heading(label=_("Account code"), is_number=False),
                    Heading(label=pgettext("report", "Account"), is_number=False),
                    Heading(label=pgettext("ledger", "debit")),
                    Heading(label=pgettext("ledger", "credit")),
                ],
                rows=[
                    [Cell(text=code), Cell(text=labels[account.value]), *sides_of(sides)]
                    for (code, account), sides in of_currency
                ],
                last=[Cell(text=_("Together")), Cell(text=""), *sides_of(totals)],
            )
        ],
    )


def _shown(row: JournalExport) -> dict[str, Any]:
    """Return an export as it is listed."""
    totals = [shown_money(Decimal(debit), currency) for currency, (debit, _credit) in sorted(row.totals.items())]
    return {
        "days": format_days(row.first_day, row.last_day, current_language()),
        "entity": row.issuing_entity,
        "entries": row.entries,
        "totals": totals,
        "exported_at": row.exported_at,
        "exported_by": row.exported_by.get_full_name() or row.exported_by.get_username(),
        "digest": row.sha256,
        "url": reverse("report_journal_file", args=[row.pk]),
    }
