"""What an organization's overview, a page of `subscriptions`, shows of use and money."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.http import Http404
from django.utils.translation import get_language
from moneyed import Money

from invoices.documents.audit_trail import DEEDS
from invoices.documents.dunning import dunning_of
from invoices.documents.mending import with_ways_to_mend
from invoices.domain.moving_in.boundary import Boundary
from invoices.selectors.shadow import find_boundary
from invoices.services import overview
from subscriptions.documents.audit_trail import Telling, tell_entry
from subscriptions.domain.formatting import format_money
from subscriptions.keysets import LARGEST_NUMBER
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.audit_trail import list_entries
from subscriptions.selectors.catalog import get_product_names

register = template.Library()

FRAGMENTS = "admin/invoices/overview"


@register.inclusion_tag(f"{FRAGMENTS}/upcoming.html", takes_context=True)
def upcoming_invoice(context: Mapping[str, Any], subscription: Subscription, now: datetime) -> dict[str, Any]:
    """Show this period's use against the commitment, and what would be invoiced for it."""
    return {
        "request": context["request"],
        "organization": subscription.organization,
        "subscription": subscription,
        "upcoming": overview.find_upcoming(subscription, now=now, language=_language()),
    }


@register.inclusion_tag(f"{FRAGMENTS}/account.html")
def account(organization: Organization, now: datetime, time_zone: str) -> dict[str, Any]:
    """Show what is owed in each currency and how old it is, the last documents and payments."""
    language = _language()
    return {
        "organization": organization,
        "balances": overview.list_balances(organization, now=now, time_zone=time_zone, language=language),
        "documents": [
            {"row": last, "total": _money(last.invoice.total, last.invoice.currency)}
            for last in overview.list_last_documents(organization, now=now)
        ],
        "payments": [
            {"payment": payment, "amount": _money(payment.amount, payment.currency)}
            for payment in overview.list_last_payments(organization)
        ],
    }


@register.inclusion_tag(f"{FRAGMENTS}/dunning.html")
def reminders(organization: Organization, now: datetime, time_zone: str) -> dict[str, Any]:
    """Show which reminders went out, what comes next, what was promised, and whether they are stopped."""
    return {"organization": organization, "dunning": dunning_of(organization, now=now, time_zone=time_zone)}


@register.inclusion_tag(f"{FRAGMENTS}/matters.html")
def billing_matters(organization: Organization) -> dict[str, Any]:
    """Show what waits for a person: held cycles, charges left out, usage that came too late, unsent documents."""
    held = list(overview.list_held_cycles(organization)[: overview.SHOWN])
    mended = list(overview.list_cycles_to_mend(organization)[: overview.SHOWN])
    names = get_product_names(_language())
    return {
        "organization": organization,
        "is_in_shadow": find_boundary(organization.pk) == Boundary(),
        "held": [(cycle, with_ways_to_mend(cycle, cycle.held_reasons, names=names)) for cycle in held],
        "left_out": [(cycle, with_ways_to_mend(cycle, cycle.left_out, names=names)) for cycle in mended],
        "too_late": list(overview.list_too_late(organization)[: overview.SHOWN]),
        "undelivered": list(overview.list_undelivered(organization)[: overview.SHOWN]),
    }


@register.inclusion_tag(f"{FRAGMENTS}/audit_trail.html")
def audit_trail(organization: Organization, limit: int, after: str = "") -> dict[str, Any]:
    """Show who did what about the organization, newest first; `after` names a place in the list."""
    rows = list_entries(organization.pk).order_by("-sequence")
    if after:
        rows = rows.filter(sequence__lt=_place(after))
    entries, language = list(rows[: limit + 1]), _language()
    telling = Telling(language=language, names=get_product_names(language))
    shown = [tell_entry(entry, telling, deeds=DEEDS) for entry in entries[:limit]]
    more = str(shown[-1].sequence) if len(entries) > limit else ""
    return {"organization": organization, "entries": shown, "more": more, "is_continued": bool(after)}


def _money(amount: Decimal, currency: str) -> str:
    return format_money(Money(amount, currency), _language())


def _place(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal()) or int(cursor) >= LARGEST_NUMBER:
        raise Http404
    return int(cursor)


def _language() -> str:
    return get_language() or "en"
