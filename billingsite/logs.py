"""Names, on every line of the log, the request or the task that it is about."""

import json
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

from django.http import HttpRequest
from django.http.response import HttpResponseBase

NOTHING = "-"
HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

about: ContextVar[str] = ContextVar("about", default=NOTHING)
"""The id of the request, or of the task, that this thread works on."""


class RequestIdMiddleware:
    """Give each request an id: the one that a proxy gave it if it is a sane one, else a new one; answer with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer with the id on it."""
        given = request.headers.get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else uuid4().hex
        token = about.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            about.reset(token)
        response.headers[HEADER] = request_id
        return response


class AboutFilter(logging.Filter):
    """Put the id on each record; it keeps none back."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True."""
        record.about = about.get()
        return True


class JsonFormatter(logging.Formatter):
    """Write a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        told = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "about": getattr(record, "about", NOTHING),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
