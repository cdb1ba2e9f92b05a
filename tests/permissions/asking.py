"""Sends a request and tells what it wrote."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass
from enum import Enum, auto
from html.parser import HTMLParser
from typing import Any
from unittest import mock

from django.db import connection, transaction
from django.http import HttpResponse
from django.template.backends.django import Template
from django.template.response import TemplateResponse
from django.test import Client

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b\W*(?:OR \w+ )?(?:INTO |FROM )?\W*(\w+)", re.IGNORECASE)
OF_THE_SESSION = frozenset({"django_session", "axes_accesslog", "account_emailaddress", "usage_throttle"})
"""Where it is noted that somebody is here, how busy, logs in or out, and what the library copies of their address."""

ONE_WRITE = {"Idempotency-Key": "walk"}
AS_BROWSERS_DO = {"csrfmiddlewaretoken": "is always sent"}


class Seen(Enum):
    """How much is made of what an answer shows: who may see it is decided before that, and other tests look at it."""

    NOTHING = auto()
    WHAT_IS_WRITTEN = auto()
    """Mails and the like: what is kept may be made by a template."""
    ALL = auto()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a request was answered, the tables in which it changed rows, and the keys of the rows that a list showed."""

    status: int
    location: str
    wrote: frozenset[str]
    page: str
    errors: str
    rows: frozenset[str]

    def json(self) -> Any:
        """Return what was answered to a program."""
        return json.loads(self.page)

    def __str__(self) -> str:
        """Return it in words."""
        to = f" to {self.location}" if self.location else ""
        wrote = f", and it wrote to {', '.join(sorted(self.wrote))}" if self.wrote else ""
        return f"{self.status}{to}{wrote} {self.errors}".strip()


def ask(
    client: Client, method: str, path: str, body: Mapping[str, Any] | str = "", *, seen: Seen = Seen.NOTHING
) -> Outcome:
    """Send a request and take back whatever it did; of what it shows only as much is made as is asked for."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        with _written() as tables, _only(seen):
            if isinstance(body, str):
                kind = "application/cloudevents+json" if path == "/api/v1/events" else "application/json"
                response = client.generic(method, path, body, content_type=kind, headers=ONE_WRITE)
            else:
                response = client.post(path, AS_BROWSERS_DO | body)
            rows, content = _listed(response), b"".join(response)
        transaction.set_rollback(True)
    # Whoever was logged out by it was not.
    client.cookies = cookies
    return Outcome(
        status=response.status_code,
        location=response.headers.get("Location", ""),
        wrote=frozenset(tables) - OF_THE_SESSION,
        page=content.decode(errors="replace"),
        errors=_errors(response),
        rows=rows,
    )


def _only(seen: Seen) -> AbstractContextManager[Any]:
    if seen is Seen.NOTHING:
        return mock.patch.object(Template, "render", return_value="")
    if seen is Seen.WHAT_IS_WRITTEN:
        return mock.patch.object(TemplateResponse, "rendered_content", "")
    return nullcontext()


def _listed(response: HttpResponse) -> frozenset[str]:
    changelist = (getattr(response, "context_data", None) or {}).get("cl")
    return frozenset(str(row.pk) for row in changelist.result_list) if changelist else frozenset()


def _errors(response: HttpResponse) -> str:
    context = getattr(response, "context_data", None) or {}
    forms = [context.get("errors"), getattr(context.get("form"), "errors", None)]
    return " ".join(str(errors) for errors in forms if errors)


@contextmanager
def _written() -> Iterator[set[str]]:
    """Collect the tables of which rows are inserted, changed or deleted."""
    tables: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        found = WRITES.match(str(sql))
        # Of what it inserts SQLite says only afterwards how many rows it was.
        if found and (found[1].upper() == "INSERT" or context["cursor"].rowcount):
            tables.add(found[2])
        return result

    with connection.execute_wrapper(note):
        yield tables


class _RowForm(HTMLParser):
    """Reads what a browser would send of the form of a row, and not of those for search and language."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: dict[str, list[str]] = {}
        self._is_inside = False
        self._select = self._area = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = of.get("id", "").endswith("_form")
        elif tag == "select":
            self._select = of.get("name", "")
        elif tag == "option" and self._select and "selected" in of:
            self._put(self._select, of.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = of.get("name", ""), []
        elif tag == "input" and _is_sent(of):
            self._put(of.get("name", ""), of.get("value", "on" if of.get("type") in {"checkbox", "radio"} else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            # A browser leaves out the first line break.
            self._put(self._area, "".join(self._text).replace("\r\n", "\n").removeprefix("\n"))
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)

    def _put(self, name: str, value: str) -> None:
        # Not the empty rows that a browser copies for each new one.
        if name and self._is_inside and "__prefix__" not in name:
            self.typed.setdefault(name, []).append(value)


def _is_sent(field: Mapping[str, str]) -> bool:
    kind = field.get("type")
    if kind in {"checkbox", "radio"}:
        return "checked" in field
    return kind not in {"submit", "button", "file", "image"}


def form_on(page: str) -> dict[str, list[str]]:
    """Return what a browser would send back of the page of a row."""
    reader = _RowForm()
    reader.feed(page)
    return reader.typed
