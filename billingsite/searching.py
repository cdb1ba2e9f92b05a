"""One search over everything that staff look for on the telephone, and over the lists by their names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from invoices.models import Invoice, Payment
from subscriptions.models import Organization, Quote, Subscription

OF_A_KIND = 5
"""So many of each kind are shown; the list of the kind has them all."""

SHORTEST, LONGEST = 2, 100
"""A single letter would find nearly everything."""

SEARCHED: list[tuple[type[Model], str]] = [
    (Organization, "domain"),
    (Subscription, "contract"),
    (Invoice, "receipt"),
    (Quote, "request_quote"),
    (Payment, "payments"),
]
"""What is searched, each with its symbol, in the order in which it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that was found, and where it is."""

    title: str
    about: str
    url: str
    symbol: str


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what the words find among the person's own rows, and the lists that they name."""
    words = request.GET.get("s", "").replace("\x00", "").strip()[:LONGEST]
    found = [*_rows(request, words), *_lists(request, words)] if len(words) >= SHORTEST else []
    context = {"found": found, "words": words, "too_short": len(words) < SHORTEST}
    return render(request, "admin/seatbill/found.html", context)


def _rows(request: HttpRequest, words: str) -> Iterator[Found]:
    for model, symbol in SEARCHED:
        listed: Any = admin.site.get_model_admin(model)
        if not listed.has_view_permission(request):
            continue
        rows, _duplicates = listed.get_search_results(request, listed.get_queryset(request), words)
        rows = rows.order_by(*(listed.get_ordering(request) or listed.opts.ordering or ["-pk"]))
        few = list(rows.select_related(*_related(model))[: OF_A_KIND + 1])
        name = f"{listed.opts.app_label}_{listed.opts.model_name}"
        for row in few[:OF_A_KIND]:
            page = "overview" if model is Organization else "change"
            url = reverse(f"admin:{name}_{page}", args=[row.pk])
            yield Found(title=listed.title_of(row), about=_about(listed, row), url=url, symbol=symbol)
        if len(few) > OF_A_KIND:
            words_of_all = _("All that match: %(kind)s") % {"kind": capfirst(str(listed.opts.verbose_name_plural))}
            url = f"{reverse(f'admin:{name}_changelist')}?{urlencode({'q': words})}"
            yield Found(title=words_of_all, about="", url=url, symbol="list")


def _lists(request: HttpRequest, words: str) -> Iterator[Found]:
    # The theme's own site, of which nobody has told the types.
    site: Any = admin.site
    links = [item for section in site.get_sidebar_list(request) for item in section["items"]]
    named = {str(link["link"]): str(link["title"]) for link in links}
    for app in admin.site.get_app_list(request):
        for model in app["models"]:
            name = named.get(model["admin_url"], str(model["name"]))
            if words.casefold() in name.casefold() and model["admin_url"]:
                yield Found(title=name, about=_("List"), url=model["admin_url"], symbol="list")


def _related(model: type[Model]) -> list[str]:
    return [] if model is Organization else ["organization"]


def _about(listed: Any, row: Any) -> str:
    kind = capfirst(str(listed.opts.verbose_name))
    organization = row.legal_name if isinstance(row, Organization) else str(row.organization)
    return f"{kind} · {organization}"
