"""Writes of the API: each carries an idempotency key, and is done once."""

import json
from collections.abc import Callable
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Schema

from subscriptions.api.caller import caller_of
from subscriptions.api.problems import RefusedError, describe_problem, refuse_field
from subscriptions.models import Organization
from subscriptions.services.idempotency import Answer, Asked, OtherRequestError, UnderWayError, do_once

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="Chosen by the sender, another for each write, such as a UUID: what is sent again under the same "
        "key is done once, and answered as it was the first time, for 7 days.",
        examples=["4f5a3c1e-9d0b-4d36-8a55-6f6a0d0c3b1e"],
    ),
]
"""How a write names itself."""

WRITE_ANSWERS: dict[int, Any] = {
    409: describe_problem(
        "The same request is being done at this moment: send it again after so many seconds.",
        headers={"Retry-After": "Seconds after which it is worth trying again."},
    ),
}


def write_once(
    request: HttpRequest,
    key: str,
    asked: Schema,
    *,
    organization: Organization,
    do: Callable[[], tuple[HTTPStatus, Schema]],
) -> HttpResponse:
    """
    Do a write and return its answer, or the one that the same write had before.

    :raises RefusedError: if the key was used for another request, or the same is being done at this moment
    """
    caller = caller_of(request)
    same = Asked(
        caller=caller.name,
        organization=organization,
        key=key,
        fingerprint=_fingerprint(request, asked),
    )
    try:
        answer = do_once(same, lambda: _answer(*do()), now=caller.asked_at)
    except OtherRequestError as error:
        message = "It was used for another request: choose another key, or send the same as then."
        raise refuse_field(HTTPStatus.UNPROCESSABLE_ENTITY, "Idempotency-Key", message) from error
    except UnderWayError as error:
        raise RefusedError(
            HTTPStatus.CONFLICT,
            "The same request is being done at this moment: send it again in a moment.",
            headers={"Retry-After": "2"},
        ) from error
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json; charset=utf-8")
    if answer.is_kept:
        response["Idempotency-Replayed"] = "true"
    return response


def _fingerprint(request: HttpRequest, asked: Schema) -> str:
    """Return what a request is told apart by: its address and what it says, however that was written."""
    said = json.dumps(asked.model_dump(mode="json"), sort_keys=True)
    return sha256(f"{request.method} {request.path}\n{said}".encode()).hexdigest()


def _answer(status: HTTPStatus, said: Schema) -> Answer:
    return Answer(status=status, body=said.model_dump_json())
