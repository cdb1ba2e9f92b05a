"""What comes out of the printer: the page without what is only for the screen, and no table cut off at its edge."""

import io
import os
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import As
from tests.browser.world import ADMIN, CONTACT, MOVING, World, newest_invoice

pytestmark = pytest.mark.browser

PAPERS = {
    "invoice": (CONTACT, lambda: f"/o/{MOVING}/invoices/{newest_invoice(MOVING).number}/", "Together"),
    "statement": (CONTACT, lambda: f"/o/{MOVING}/invoices/statement/", "Paid or credited"),
    "licenses": (ADMIN, lambda: f"/o/{MOVING}/licenses/", "PureCloud 2"),
    "line": (CONTACT, lambda: f"/o/{MOVING}/invoices/{newest_invoice(MOVING).number}/lines/1/", "The rule"),
    "prices": (CONTACT, lambda: f"/o/{MOVING}/prices/", "Calls, per minute"),
}
DARK_INK = "rgb(23, 35, 43)"
"""Whoever reads white on black still prints black on white."""

A4 = {"width": 680, "height": 1009}
"""A sheet less its margins, in pixels of CSS."""


@pytest.mark.parametrize("paper", PAPERS)
def test_a_page_is_printed_without_the_way_around_it(paper: str, world: World, as_: As) -> None:
    who, address, words = PAPERS[paper]
    page = as_(who)
    page.goto(address())
    page.emulate_media(media="print", color_scheme="dark")

    content = page.pdf(format="A4")

    if folder := os.environ.get("TEST_PICTURES"):
        (Path(folder) / f"{paper}.pdf").write_bytes(content)
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert words in text
    for only_on_screen in ("Skip to the content", "Log out", "Upcoming invoice", "My prices\nMembers", "Why?", "←"):
        assert only_on_screen not in text
    assert cut_off(page) == []
    assert page.evaluate("() => getComputedStyle(document.body).color") == DARK_INK


def cut_off(page: Page) -> list[str]:
    """Return what is wider than the sheet, by its class."""
    page.set_viewport_size(A4)
    return page.evaluate(
        "() => [...document.querySelectorAll('main *')]"
        ".filter((one) => one.getBoundingClientRect().right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1)"
        ".filter((one) => getComputedStyle(one).display !== 'inline' && !one.closest('.visually-hidden'))"
        ".map((one) => `${one.tagName} ${one.className}: ${one.textContent.trim().slice(0, 40)}`)"
    )
