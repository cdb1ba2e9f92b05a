"""Composes the staff's home; Unfold calls it with the context of the admin's index."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from invoices.admin.workbench import billing, customers, machinery
from invoices.admin.workbench.shape import looker_of
from subscriptions.selectors.heartbeats import get_signs

SECTIONS = (
    billing.parked,
    billing.held,
    billing.online_payments,
    billing.broken_promises,
    billing.past_due,
    billing.bank,
    billing.due,
    machinery.rejected_events,
    machinery.mail,
    machinery.webhooks,
    machinery.pdfs,
    billing.too_late,
    billing.over_commitment,
    customers.terms,
    customers.trials,
    customers.quotes,
    customers.requests,
)
"""In the order in which they matter: what keeps money from coming in first."""

SECTIONS_OF_LEADS = (customers.approvals, customers.price_imports)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the context of the admin's index what needs its reader today."""
    looker = looker_of(request)
    shown = (*SECTIONS, *SECTIONS_OF_LEADS) if looker.is_lead else SECTIONS
    sections = [section(looker) for section in shown]
    return context | {
        "waiting": [section for section in sections if section.waiting],
        "calm": [section for section in sections if not section.waiting],
        "silences": get_signs().silent(now=looker.now),
        "is_lead": looker.is_lead,
        "as_of": looker.now,
        "title": _("Home"),
    }
