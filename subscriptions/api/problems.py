"""Why a request is refused, in one form for all (RFC 9457)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from ninja import Schema
from pydantic import Field

PROBLEM_JSON = "application/problem+json"


class FieldFault(Schema):
    """What is wrong with one part of a request."""

    field: str = Field(description="The parameter, header or field of the body; one inside another after a dot.")
    message: str = Field(description="What is wrong with it, and what to send instead.")


class Problem(Schema):
    """Why a request was refused (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What is wrong, in a sentence.")
    errors: list[FieldFault] = Field(default=[], description="Each part that is to be mended; left out if it is none.")


class RefusedError(Exception):
    """A request that is refused as a whole; nothing of it was stored."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldFault] = (),
    ) -> None:
        """Keep the status to answer, the sentence that says why, what the answer's head says besides, what to mend."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.errors = errors


def refuse_field(status: HTTPStatus, field: str, message: str) -> RefusedError:
    """Return the refusal of a request because of one part of it."""
    return RefusedError(status, f"{field}: {message}", errors=[FieldFault(field=field, message=message)])


def describe_problem(description: str, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return how the OpenAPI document tells of a refusal."""
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    described = {
        name: {"description": words, "schema": {"type": "integer", "minimum": 1}}
        for name, words in (headers or {}).items()
    }
    return {"description": description, "content": content} | ({"headers": described} if described else {})
