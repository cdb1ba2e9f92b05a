"""Small parts of pages: labels, buttons, links, stored texts."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from moneyed import Money
from unfold import decorators

from subscriptions.domain.formatting import format_money

if TYPE_CHECKING:
    from subscriptions.models import Quote

F = TypeVar("F", bound=Callable[..., Any])


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
    """Offer a method as a button on a row's own page; each permission is a method `has_..._permission`."""
    return cast("Callable[[F], F]", decorators.action(description=description, icon=icon, permissions=permissions))


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
