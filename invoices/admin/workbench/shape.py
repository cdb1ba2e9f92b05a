"""What the staff's home is made of: sections of numbers, each a link to exactly the rows it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from subscriptions.admin.roles import person, works_on_all
from subscriptions.selectors.attention import Bounded, count_rows, list_own
from subscriptions.selectors.clock import database_now

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Row = TypeVar("Row", bound=Model)

ROWS_SHOWN = 5
"""So many rows of a section are shown on the home; its number leads to the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Who looks at the home, and when."""

    user: "User"
    now: datetime
    is_lead: bool

    def own(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return those of the rows that belong to the organizations the person works on."""
        return list_own(rows, self.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """How many rows wait, what for, and where they are listed; `details` say more, `is_bad` that it is urgent."""

    count: Bounded
    words: Any
    url: str
    details: Sequence[Any] = ()
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A row as it is shown on the home: a link with what it is, where it belongs, and in which words it waits."""

    organization: str
    what: Any
    url: str
    words: Sequence[Any] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What waits of one kind; `key` names it in the page."""

    key: str
    title: Any
    numbers: Sequence[Number]
    rows: Sequence[Shown] = ()
    more: tuple[Any, str] | None = None

    @property
    def waiting(self) -> list[Number]:
        """Return the numbers that are not 0."""
        return [number for number in self.numbers if number.count.count]


def looker_of(request: HttpRequest) -> Looker:
    """Return who looks, at this instant."""
    return Looker(user=person(request), now=database_now(), is_lead=works_on_all(request))


def number_of(rows: QuerySet[Any], page: str, words: Any, *, is_bad: bool = False, **query: str) -> Number:
    """Return how many rows there are, with the address of the list that shows them: a page and what filters it."""
    return Number(count=count_rows(rows), words=words, url=list_url(page, **query), is_bad=is_bad)


def list_url(page: str, **query: str) -> str:
    """Return the address of some rows of a list: of an app and model, and what filters them."""
    url = reverse(f"admin:{page}_changelist")
    return f"{url}?{urlencode(query)}" if query else url


def row_url(page: str, key: int) -> str:
    """Return the address of a row's own page."""
    return reverse(f"admin:{page}_change", args=[key])
