"""The page that documents the API works under its policy, from our own files alone."""

import pytest
from playwright.sync_api import Request

from tests.browser.conftest import As

pytestmark = pytest.mark.browser


def test_the_endpoint_can_be_read_with_nothing_from_elsewhere(as_: As) -> None:
    page = as_("")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108 - it keeps a mark on what is called
    page.goto("/api/v1/docs")
    page.get_by_text("Report usage events").click()
    page.get_by_text("Too many events for this key").wait_for()

    elsewhere = [request.url for request in asked if not request.url.startswith((page.url.split("/api/")[0], "data:"))]
    assert elsewhere == []
