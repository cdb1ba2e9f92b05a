"""What a person reads of a page, and a walk over the pages that link to each other."""

import re
from collections.abc import Collection, Iterable, Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

SAID_BY_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
ICON = "material-symbols-outlined"
"""The theme draws an icon by its name in a font."""

NOT_READ = {"script", "style", "code", "textarea", "pre", "template"}
ENGLISH = re.compile(r"[A-Za-z][a-z’']{2,}(?: [A-Za-z][a-z’']+)*")


class Words(HTMLParser):
    """Collects what is read, also by a screen reader, and where the links lead; not what is said to be English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self._passed_over: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if self._passed_over:
            self._passed_over += [tag] * (tag == self._passed_over[0])
        elif tag in NOT_READ or attributes.get("lang") == "en" or ICON in (attributes.get("class") or ""):
            self._passed_over.append(tag)
        else:
            self.said += [value for name, value in attrs if name in SAID_BY_ATTRIBUTES and value]
            if tag == "input" and attributes.get("type") in {"submit", "button"}:
                self.said.append(attributes.get("value") or "")
            if tag == "a" and attributes.get("href"):
                self.links.append(str(attributes["href"]))

    def handle_endtag(self, tag: str) -> None:
        if self._passed_over and tag == self._passed_over[0]:
            self._passed_over.pop()

    def handle_data(self, data: str) -> None:
        if not self._passed_over and data.strip():
            self.said.append(" ".join(data.split()))


def english_in(said: Iterable[str], *, names: Iterable[str], choices: Collection[str] = ()) -> list[str]:
    """Return the English that is left of what was said without the names, and without what is a choice as a whole."""
    # The longest first: a name may begin with another one.
    known = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
    return [
        found
        for text in said
        if ENGLISH.search(text) and text not in choices
        for found in ENGLISH.findall(known.sub(" ", text))
    ]


def walk(browser: Client, *starts: str, within: str, past: Collection[str] = ()) -> Iterator[tuple[str, HttpResponse]]:
    """Yield every kind of page below an address that links lead to, each once; `past` names those to pass by."""
    waiting, seen = list(starts), set(past)
    while waiting:
        address = waiting.pop(0)
        try:
            kind = resolve(urlsplit(address).path).view_name
        except Resolver404:
            continue
        if kind in seen:
            continue
        seen.add(kind)
        answer = browser.get(address)
        if answer.status_code != 200 or "text/html" not in answer.headers["Content-Type"]:
            b"".join(answer)  # a download is closed at its end
            continue
        yield address, answer
        targets = (urljoin(address, link) for link in Words(answer.content.decode()).links)
        waiting += [target for target in targets if target.startswith(within) and "://" not in target]


def is_not_possible(answer: HttpResponse) -> bool:
    """Tell whether an action was refused as its row stands: back on the row's page, with a word about it."""
    said = [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]
    words = "This is not possible as things stand now, so nothing was changed."
    return answer.status_code == 302 and said[-1:] == [words]
