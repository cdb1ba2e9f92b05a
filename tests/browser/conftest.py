"""
A browser, the site on a port of its own, and rows to look at: made once for each file, since a look changes nothing.

Playwright keeps an event loop running in the thread of the tests. Django then gives that thread another connection to
the database, and would refuse to use it; therefore the loop ends with the file, so that no other test meets it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Response, sync_playwright
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from tests.browser import world as rows
from tests.browser.world import World

CHROMIUM = os.environ.get("TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
As = Callable[[str], Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say why nothing is looked at where there is no browser; `bin/test` installs one and names it."""
    if CHROMIUM:
        return
    missing = pytest.mark.skip(reason="no Chromium here: install it, set TEST_CHROMIUM, or run bin/test")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let the tests of a file use the database, in the place of pytest-django's `db`: what they write is committed."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)
        cache.clear()


@pytest.fixture(scope="module")
def world(db: None) -> Iterator[World]:
    """Write the rows for all tests of a file, and serve the site."""
    with override_settings(ROOT_URLCONF="tests.browser.urls"):
        server = LiveServer("127.0.0.1")
        try:
            # However long the tests take, whoever has logged in has just done so.
            with override_settings(SITE_URL=server.url, ACCOUNT_REAUTHENTICATION_TIMEOUT=86_400):
                yield rows.make_world(server.url)
        finally:
            server.stop()


@pytest.fixture(scope="module")
def chromium(world: World, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Start the browser, after the world: from here on, the tests reach the database by a connection of their own."""
    monkeypatch_module.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
        connections.close_all()


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    """Change the environment for all tests of a file."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def contexts(chromium: Browser, world: World) -> Iterator[dict[str, BrowserContext]]:
    """Return what each person's browser keeps between pages, by name."""
    made: dict[str, BrowserContext] = {}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture(scope="module")
def blank(chromium: Browser) -> dict[str, Page]:
    """Keep each person's page for their next test: the browser makes a window for another, which takes long."""
    return {}


@pytest.fixture
def as_(
    chromium: Browser,
    world: World,
    contexts: dict[str, BrowserContext],
    blank: dict[str, Page],
    request: pytest.FixtureRequest,
) -> Iterator[As]:
    """Open a page as a person who has just logged in; nobody is "", and keeps nothing."""
    opened: list[tuple[str, Page]] = []
    said: list[str] = []
    heard: dict[Any, Callable[[Any], None]] = {
        "pageerror": lambda error: said.append(str(error)),
        "console": lambda message: said.append(message.text) if is_complaint(message) else None,
        "response": lambda answer: said.append(answer.url) if is_missing_part(answer) else None,
    }

    def open_page(name: str) -> Page:
        if name and name not in contexts:
            contexts[name] = chromium.new_context(base_url=world.url)
            contexts[name].add_cookies([session_of(name, world.url)])
        context = contexts[name] if name else chromium.new_context(base_url=world.url)
        page = blank.pop(name, None) or context.new_page()
        for event, hear in heard.items():
            page.on(event, hear)
        page.set_default_timeout(10_000)
        opened.append((name, page))
        return page

    yield open_page
    if folder := os.environ.get("TEST_PICTURES"):
        for number, (_, page) in enumerate(opened):
            page.screenshot(path=Path(folder) / f"end-{request.node.name.replace('/', '')}-{number}.png")
    for name, page in opened:
        # Whatever it has said by now is heard before this is answered.
        page.emulate_media(color_scheme="null", media="null", reduced_motion="null")
        for event, hear in heard.items():
            page.remove_listener(event, hear)
        if not name:
            page.context.close()
        elif name in blank:
            page.close()
        else:
            blank[name] = left(page)
    # A script that fails, a file that is missing, a style that the policy of the page refuses.
    assert not said, "\n".join(said)


def left(page: Page) -> Page:
    """Leave a page, whatever it asks about what was typed, and return it empty and as large as a new one."""
    page.on("dialog", Dialog.accept)
    page.goto("about:blank")
    page.remove_listener("dialog", Dialog.accept)
    page.set_viewport_size({"width": 1280, "height": 720})
    return page


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def is_complaint(message: ConsoleMessage) -> bool:
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def is_missing_part(answer: Response) -> bool:
    return answer.status >= 400 and answer.request.resource_type != "document"


def session_of(name: str, url: str) -> dict[str, str]:
    """Log a person in by the form, with their password given once more as grave steps ask, and return the cookie."""
    client = Client()
    answer = client.post("/account/login/", {"login": name, "password": rows.PASSWORD})
    assert answer.status_code == 302, f"{name} cannot log in"
    if answer["Location"].startswith("/account/two-factor/"):
        client.post(answer["Location"], {"code": code_of(rows.SECRET)})
    client.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}
