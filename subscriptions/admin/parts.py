"""Small parts of pages: labels, buttons, links, stored texts."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from moneyed import Money
from unfold import decorators

from subscriptions.domain.formatting import format_money

if TYPE_CHECKING:
    from subscriptions.admin.base import RowAdmin
    from subscriptions.models import Quote

F = TypeVar("F", bound=Callable[..., Any])

ROLE_PERMISSIONS = {"view", "add", "change", "lead"}
"""The permissions of an action that somebody's role decides about, whatever the state of the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The rows of one kind, as a link above the list of them."""

    words: Any
    count: int
    url: str
    is_current: bool


def badge(*, description: Any, colors: dict[str, str], ordering: str | None = None) -> Callable[[F], F]:
    """Show a column's `(value, words)` as a colored label."""
    return cast("Callable[[F], F]", decorators.display(description=description, label=colors, ordering=ordering))


def page_action(*, description: Any, icon: str, permissions: Sequence[str]) -> Callable[[F], F]:
    """
    Offer a method as a button on a row's own page; each permission is a method `has_..._permission`.

    Where it is not a role that is missing, the row itself is beyond it: somebody has done it, or whoever did comes back
    to its page. They are told so on the row's page.
    """
    offer = decorators.action(description=description, icon=icon, permissions=permissions)

    def offered(method: F) -> F:
        action = offer(method)

        @wraps(action)
        def act(self: "RowAdmin", request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return cast("HttpResponse", action(self, request, *args, **kwargs))
            except PermissionDenied:
                if "object_id" not in kwargs or not _has_role_for(self, request, permissions):
                    raise
                return self.not_possible(request, kwargs["object_id"])

        return cast("F", act)

    return offered


def _has_role_for(row_admin: "RowAdmin", request: HttpRequest, permissions: Sequence[str]) -> bool:
    """Tell whether somebody's role allows an action on some row; the permissions that are not of roles ask the row."""
    of_roles = [name for name in permissions if name in ROLE_PERMISSIONS]
    return all(getattr(row_admin, f"has_{name}_permission")(request) for name in of_roles)


def current_language() -> str:
    """Return the language in which the page is shown."""
    return get_language() or "en"


def enumerated(parts: Iterable[object]) -> str:
    """Write one after the other, as the language of the page does."""
    return pgettext("between the parts of a list", ", ").join(map(str, parts))


def shown_money(amount: Any, currency: str) -> str:
    """Write an amount in the language of the page."""
    return format_money(Money(amount, currency), current_language())


def pretty(value: object) -> str:
    """Show stored JSON so that a person can read it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return render_to_string("admin/seatbill/json.html", {"text": text})


def link_to_quote(quote: "Quote | None") -> str | None:
    """Show the quote that something was made of, as a link to its page."""
    if quote is None:
        return None
    url = reverse("admin:subscriptions_quote_change", args=[quote.pk])
    return render_to_string("admin/seatbill/link.html", {"url": url, "words": str(quote)})
