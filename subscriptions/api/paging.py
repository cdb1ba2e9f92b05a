"""Lists page by page: from where the last page ended, newest first, without counting."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Schema
from pydantic import Field

from subscriptions.api.problems import refuse_field
from subscriptions.keysets import SortKey, read_slice

Row = TypeVar("Row", bound=Model)

LARGEST_PAGE = 200
BY_ID = (SortKey(path="pk", parse=int, descending=True),)
"""The order of what has no better one: that in which it was written, newest first."""

_BROKEN_CURSOR = "This is no cursor of ours: follow `next` of the page before, or leave it out to begin anew."


class PageQuery(Schema):
    """Which page of a list."""

    after: str | None = Field(
        default=None, max_length=1000, description="Where the page before ended: taken from its `next`, opaque."
    )
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="So many rows at most.")


class Page(Schema):
    """A part of a list, newest first."""

    next: str | None = Field(
        description="The address of the next page, to be resolved against this one's; null on the last."
    )


def read_page(
    request: HttpRequest, response: HttpResponse, rows: QuerySet[Row], query: PageQuery, keys: Sequence[SortKey] = BY_ID
) -> tuple[Sequence[Row], str | None]:
    """
    Return the rows of a page and the address of the next one, which also stands in the answer's head.

    :raises RefusedError: if the cursor was not made by us, or a parameter has no meaning here
    """
    _refuse_unknown(request, query)
    try:
        asked = {} if query.after is None else {"after": _opened(query.after)}
        found = read_slice(rows, asked, keys=keys, size=query.limit)
    except (Http404, ValueError) as error:
        raise refuse_field(HTTPStatus.BAD_REQUEST, "after", _BROKEN_CURSOR) from error
    if not found.after:
        return found.rows, None
    kept = {name: value for name, value in request.GET.items() if name != "after"}
    following = f"{request.path}?{urlencode(kept | {'after': _closed(found.after)})}"
    response["Link"] = f'<{following}>; rel="next"'
    return found.rows, following


def _refuse_unknown(request: HttpRequest, query: PageQuery) -> None:
    """Refuse a parameter that would be passed over: whoever mistypes a filter would take all rows for those."""
    known = list(type(query).model_fields)
    for name in request.GET:
        if name not in known:
            message = f"There is no such parameter here: use {', '.join(known)}."
            raise refuse_field(HTTPStatus.BAD_REQUEST, name[:100], message)


def _closed(cursor: str) -> str:
    return urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    return urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)).decode()
