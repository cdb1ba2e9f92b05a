"""A page as one person sees it, and the steps that lead to a state of it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from playwright.sync_api import Page

from tests.browser.world import World

NOBODY = ""
Arguments = Callable[[World], list[object]]
Step = Callable[[Page], None]


@dataclass(frozen=True, kw_only=True)
class Look:
    """
    A page as one person sees it.

    `args` are those of its address; `at` is where the person starts instead, and `after` what they do there to get to
    it. `state` tells looks at the same page apart.
    """

    name: str
    who: str
    args: Arguments = lambda world: []
    query: str = ""
    state: str = ""
    status: int = 200
    at: Callable[[World], str] | None = None
    after: Step | None = None

    def __str__(self) -> str:
        """Return what a test is called."""
        return f"{self.name} {self.state}".strip().replace(" ", "-")

    def address(self, world: World) -> str:
        """Return where the person starts."""
        if self.at:
            return self.at(world)
        return (self.name if self.name.startswith("/") else reverse(self.name, args=self.args(world))) + self.query


def press(name: str) -> Step:
    """Press a button."""
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def follow(name: str) -> Step:
    """Follow a link."""
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click()


def send(page: Page) -> None:
    """Send the form of the page as it is, past the browser's own questions."""
    with page.expect_navigation():
        page.locator("main form, #main form").last.evaluate(
            "(form) => { form.noValidate = true; form.requestSubmit(); }"
        )


def first_of_the_list(page: Page) -> None:
    """Open what the first row of a table is about."""
    page.locator("tbody th a").first.click()
