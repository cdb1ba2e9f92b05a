"""Sends a request and tells what it wrote."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE|TRUNCATE|COPY)\W+(?:INTO\W+|FROM\W+|OR\W+\w+\W+INTO\W+)?(\w+)", re.I)
OF_THE_SESSION = frozenset({"django_session"})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a request was answered, and the tables that it wrote to."""

    status: int
    location: str
    wrote: frozenset[str]
    response: HttpResponse

    def __str__(self) -> str:
        """Return it in words."""
        to = f" to {self.location}" if self.location else ""
        wrote = f", and wrote to {', '.join(sorted(self.wrote))}" if self.wrote else ""
        return f"{self.status}{to}{wrote}"


def ask(client: Client, method: str, path: str, body: Mapping[str, Any] | str = "") -> Outcome:
    """Send a request and take back whatever it did."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        with _written() as tables:
            if isinstance(body, str):
                response = client.generic(method, path, body, content_type="application/cloudevents+json")
            else:
                response = client.get(path) if method == "GET" else client.post(path, body)
        transaction.set_rollback(True)
    client.cookies = cookies
    location = response.headers.get("Location", "")
    return Outcome(
        status=response.status_code, location=location, wrote=frozenset(tables) - OF_THE_SESSION, response=response
    )


@contextmanager
def _written() -> Iterator[set[str]]:
    tables: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if found := WRITES.match(str(sql)):
            tables.add(found[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield tables


class _Form(HTMLParser):
    """Reads what a browser would send of the form that has the most fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = [{}]
        self._select = self._area = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select = of.get("name", "")
        elif tag == "option" and self._select and "selected" in of:
            self._put(self._select, of.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = of.get("name", ""), []
        elif tag == "input" and of.get("type") not in {"submit", "button", "file", "image"}:
            if of.get("type") not in {"checkbox", "radio"} or "checked" in of:
                self._put(of.get("name", ""), of.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area:
            self._put(self._area, "".join(self._text).removeprefix("\n").removeprefix("\r\n"))
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self._text.append(data)

    def _put(self, name: str, value: str) -> None:
        # The empty rows that a browser copies for each new one.
        if name and "__prefix__" not in name:
            self.forms[-1].setdefault(name, []).append(value)


def form_on(page: str) -> dict[str, list[str]]:
    """Return what a browser would send back of a page."""
    reader = _Form()
    reader.feed(page)
    return max(reader.forms, key=len)
