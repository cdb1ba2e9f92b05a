"""The list of the reports, with the question that each answers."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from invoices.admin.finance.shape import for_staff
from subscriptions.admin.roles import works_on_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A report in the list: the name of its address, what it is called, which question it answers, for whom it is."""

    page: str
    title: Any
    answers: Any
    is_for_leads: bool = False

    @property
    def url(self) -> str:
        """Return where it is."""
        return reverse(self.page)


ENTRIES = [
    Entry(
        page="report_billed",
        title=_("Billed, paid and owed"),
        answers=_("How much was invoiced, credited and received in each month, and what was owed at its end?"),
    ),
    Entry(
        page="report_recurring",
        title=_("Recurring revenue"),
        answers=_("What are the commitments worth a month, and what was won, raised, lowered and lost?"),
    ),
    Entry(
        page="report_commitments",
        title=_("Committed against used"),
        answers=_("Who uses more than they have committed to, and who less than half of it?"),
    ),
    Entry(
        page="report_deferred",
        title=_("Deferred revenue"),
        answers=_("What has been billed in advance and is not earned yet, and when will it be?"),
    ),
    Entry(
        page="report_journal",
        title=_("Journal export"),
        answers=_("Which entries does the accounting have to book for a period, under which codes?"),
        is_for_leads=True,
    ),
    Entry(
        page="report_account_codes",
        title=_("Account codes"),
        answers=_("Under which code does the accounting keep each account, kind of revenue and tax?"),
        is_for_leads=True,
    ),
]
"""In the order in which they are listed; another report is another entry."""


@for_staff
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """List the reports that a person may open."""
    is_lead = works_on_all(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Reports"),
        "entries": [entry for entry in ENTRIES if is_lead or not entry.is_for_leads],
        "is_lead": is_lead,
    }
    return TemplateResponse(request, "admin/seatbill/finance/index.html", context)
