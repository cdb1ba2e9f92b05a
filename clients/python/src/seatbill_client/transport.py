"""Sends one batch, and says what was answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

CONTENT_TYPE = "application/cloudevents-batch+json"
WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
TOO_LARGE = 413


@dataclass(frozen=True)
class Answer:
    """What was answered: a status (0: nothing), what it says, and after how many seconds to come again if it says."""

    status: int
    said: Any
    retry_after: float | None = None

    @property
    def is_worth_another_try(self) -> bool:
        """Tell whether the same may be taken later."""
        return self.status == 0 or self.status in WORTH_ANOTHER_TRY

    @property
    def detail(self) -> str:
        """Return the sentence that says why."""
        if isinstance(self.said, dict) and isinstance(self.said.get("detail"), str):
            return str(self.said["detail"])
        return str(self.said) if self.said else "nothing was said"


class _NoRedirect(HTTPRedirectHandler):
    """Follow no redirect: a key goes to nobody else, and a POST would become a GET."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Go nowhere."""


class Transport:
    """Sends batches to one site with one key."""

    def __init__(self, address: str, key: str, *, timeout: float) -> None:
        """
        Take the site's address, such as `https://billing.example.com`.

        :raises ValueError: if it is none, or the key would be sent where anybody could read it
        """
        if not address.startswith(("https://", "http://")):
            raise ValueError("address: begin it with https://")
        host = address.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]
        if address.startswith("http://") and host not in {"localhost", "127.0.0.1", "[", "testserver"}:
            raise ValueError("address: begin it with https://, else anybody on the way can read the key")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("key: this is none; it begins with sbk_")
        self._url = f"{address.rstrip('/')}/api/v1/events"
        self._key = key
        self._timeout = timeout
        self._opener = build_opener(_NoRedirect)

    def send(self, events: Sequence[bytes]) -> Answer:
        """Send events, each as JSON, and return what was answered."""
        body = b"[" + b",".join(events) + b"]"
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": CONTENT_TYPE}
        request = Request(self._url, data=body, headers=headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return Answer(response.status, json.loads(response.read()))
        except HTTPError as error:
            with error:
                return Answer(error.code, _said(error), _seconds(error.headers.get("Retry-After")))
        except (URLError, OSError, HTTPException, ValueError) as error:
            # Whether it arrived is not known: it is sent again, and counts once.
            return Answer(0, str(error))


def _said(error: HTTPError) -> Any:
    try:
        return json.loads(error.read())
    except (ValueError, OSError, HTTPException):
        return error.reason


def _seconds(text: str | None) -> float | None:
    try:
        return None if text is None else max(0.0, float(text))
    except ValueError:
        return None
