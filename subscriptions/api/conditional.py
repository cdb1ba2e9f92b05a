"""Answers that a program may keep: sent again only if they have changed (RFC 9110)."""

from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags
from pydantic import BaseModel

KEPT_AND_ASKED_FOR = "private, no-cache"
"""It may be kept by who asked, who asks each time whether it still holds."""


def is_known(request: HttpRequest, response: HttpResponse, digest: str) -> bool:
    """Give an answer its tag, and tell whether the caller has that very one already."""
    tag = f'"{digest}"'
    response["ETag"], response["Cache-Control"] = tag, KEPT_AND_ASKED_FOR
    asked = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in asked or tag in [known.removeprefix("W/") for known in asked]


def digest_of(answer: BaseModel) -> str:
    """Return what an answer is told apart by."""
    return sha256(answer.model_dump_json().encode()).hexdigest()[:32]


def not_modified(response: HttpResponse) -> HttpResponse:
    """Return that the caller has it already."""
    bare = HttpResponse(status=304)
    for name in ("ETag", "Cache-Control"):
        bare[name] = response[name]
    del bare["Content-Type"]
    return bare
