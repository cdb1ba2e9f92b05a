"""The navigation of a page: where a person may go from here."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from subscriptions.models import Organization
from subscriptions.selectors.people import Person, list_organizations_with_invoices, list_organizations_with_usage_view

register = template.Library()

SWITCHER_SIZE = 8
"""How many organizations the switcher names; the rest are a search away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A page of the current organization."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """The current organization's pages, and the other organizations that may be switched to."""

    current: Organization | None
    tabs: Sequence[Tab]
    others: Sequence[Organization]
    has_more: bool


@register.simple_tag(takes_context=True)
def navigation(context: Mapping[str, Any]) -> Navigation:
    """Return the navigation for whoever looks at the page; empty where the page has no request."""
    user: Person | None = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return Navigation(current=None, tabs=[], others=[], has_more=False)
    visible = list_organizations_with_invoices(user).order_by("name", "pk")
    current = context.get("organization") or _named_in_address(context["request"], visible)
    if current is not None:
        visible = visible.exclude(pk=current.pk)
    found = list(visible[: SWITCHER_SIZE + 1])
    return Navigation(
        current=current,
        tabs=[] if current is None else _tabs(current, user, context["request"].path),
        others=found[:SWITCHER_SIZE],
        has_more=len(found) > SWITCHER_SIZE,
    )


def _named_in_address(request: HttpRequest, visible: QuerySet[Organization]) -> Organization | None:
    """Return the organization that an address is about: a page of it that is not there still leads to its others."""
    found = re.match(r"/o/([-\w]+)/", request.path)
    return visible.filter(code=found[1]).first() if found else None


def _tabs(organization: Organization, user: Person, path: str) -> list[Tab]:
    pages = [(_("Invoices"), "invoice_list"), (_("My prices"), "prices")]
    if list_organizations_with_usage_view(user).filter(pk=organization.pk).exists():
        pages = [
            (_("Licenses"), "licenses"),
            (_("History"), "periods"),
            (_("Upcoming invoice"), "upcoming"),
            *pages,
            (_("Members"), "members"),
            (_("Events"), "events"),
            (_("Changes"), "changes"),
        ]
    urls = {name: reverse(name, args=[organization.code]) for _label, name in pages}
    # Who gets the invoices is asked from their page.
    contacts = reverse("billing_contacts", args=[organization.code])
    place = urls["invoice_list"] if path.startswith(contacts) else path
    return [Tab(label=label, url=urls[name], is_current=place.startswith(urls[name])) for label, name in pages]
