"""Each line of the log names the request, or the task, that it is about."""

import json
import logging

import pytest
from django.http import HttpRequest, HttpResponse

from billingsite.logs import NOTHING, AboutFilter, JsonFormatter, RequestIdMiddleware, about


def answered(header: str | None) -> tuple[str, str]:
    """Return the id that the answer bears, and the one that was logged with while it was made."""
    request, seen = HttpRequest(), []
    if header is not None:
        request.META["HTTP_X_REQUEST_ID"] = header

    def answer(_request: HttpRequest) -> HttpResponse:
        seen.append(about.get())
        return HttpResponse()

    response = RequestIdMiddleware(answer)(request)
    return response["X-Request-ID"], seen[0]


def test_a_sane_id_of_a_proxy_is_kept() -> None:
    assert answered("7f3a-44c0.b2_1") == ("7f3a-44c0.b2_1", "7f3a-44c0.b2_1")
    assert about.get() == NOTHING


@pytest.mark.parametrize(
    "header", [None, "", "short", "x" * 65, "with spaces in it", "evil\nline of a log", "ünsafe-id"]
)
def test_anything_else_is_replaced_by_a_new_one(header: str | None) -> None:
    given, logged = answered(header)
    assert given == logged != header
    assert len(given) == 32


def test_a_line_as_json_says_what_it_is_about() -> None:
    record = logging.LogRecord("seatbill", logging.ERROR, __file__, 1, "It broke: %s\nhere", ("ü",), None)
    token = about.set("request-1")
    try:
        assert AboutFilter().filter(record)
    finally:
        about.reset(token)

    line = JsonFormatter().format(record)

    assert "\n" not in line
    told = json.loads(line)
    assert (told["about"], told["level"], told["message"]) == ("request-1", "ERROR", "It broke: ü\nhere")
