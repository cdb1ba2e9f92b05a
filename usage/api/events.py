"""The ingestion endpoint: CloudEvents in, a count of what became of them out."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja import Router, Schema
from pydantic import Field

from subscriptions.api.problems import RefusedError, describe_problem
from usage.api.access import Sender, describe_rate
from usage.services.decoding import Batch, UnreadableBodyError, decode_batch, decode_single
from usage.services.ingestion import ForeignEventsError, SuspendedError, ingest
from usage.services.keys import get_rate, take_events
from usage.services.scope import Scope
from usage.services.throttling import TooFastError
from usage.services.wire import get_event_schema

router = Router(tags=["events"])

_SINGLE = "application/cloudevents+json"
_BATCH = "application/cloudevents-batch+json"
_EITHER = "application/json"

_EVENT_SCHEMA, EVENT_SCHEMAS = get_event_schema()
_BATCH_SCHEMA = {"type": "array", "items": _EVENT_SCHEMA, "maxItems": settings.MAX_BATCH_EVENTS}
_EXAMPLE = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/platform",
    "type": "user.logged_in",
    "subject": "ann",
    "time": "2026-01-20T14:00:00Z",
    "data": {"session": "s-1", "client": "desktop"},
}


class RejectedItem(Schema):
    """An event of the request that was not stored, and why."""

    index: int = Field(description="Its place in the request, from 0.")
    id: str | None = Field(description="Its id, where one could be read.")
    reason: str = Field(
        description="invalid, conflict, future, suspended, unknown_organization or foreign_organization."
    )
    message: str = Field(description="What is wrong, naming the field.")


class IngestionAnswer(Schema):
    """What became of the events of a request; the three figures add up to their number."""

    accepted: int = Field(description="Stored now.")
    duplicates: int = Field(description="Stored before, with the same content: nothing to do.")
    rejected: list[RejectedItem] = Field(description="Not stored as usage, but kept for a person to see and replay.")


@router.post(
    "/events",
    response={200: IngestionAnswer},
    summary="Report usage events",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                _SINGLE: {"schema": _EVENT_SCHEMA, "example": _EXAMPLE},
                _BATCH: {"schema": _BATCH_SCHEMA, "example": [_EXAMPLE]},
                _EITHER: {"schema": {"anyOf": [_EVENT_SCHEMA, _BATCH_SCHEMA]}},
            },
        },
        "responses": {
            400: describe_problem("The body is not JSON of the announced kind; nothing was stored."),
            401: describe_problem("No key, a wrong one, or a revoked one."),
            403: describe_problem(
                "The key lacks the scope events:write, every event is of another organization than the key, or the "
                "trial of the key's own has ended; nothing was stored."
            ),
            408: describe_problem("The body did not arrive in time; nothing was stored."),
            413: describe_problem("Too many bytes or too many events; send smaller batches."),
            415: describe_problem("Another content type, or a compressed body."),
            429: describe_problem(
                "Too many events for this key, or too many wrong keys from this address; nothing was stored. Send the "
                "same again after as many seconds as Retry-After says.",
                headers={"Retry-After": "Seconds after which it is worth trying again."},
            ),
            500: describe_problem("Something went wrong on our side; nothing was stored."),
            503: describe_problem("The database is busy or away; send the same again later."),
        },
    },
)
def report_events(request: HttpRequest, response: HttpResponse) -> dict[str, Any]:
    """
    Report one event or a batch of them. The answer is 200 also when some or all events are rejected.

    An event is known by (organization, source, id), for ever: sending it again is safe and counts once. The same
    identity with other content (type, subject, time, data) is a conflict: the first that was received stands.
    A key of one organization may leave out `organization`; a platform key names it in each event.
    """
    sender: Sender = request.auth  # type: ignore[attr-defined]
    content_type, events = _read_content_type(request), 0
    try:
        batch = _decode(content_type, _read_body(request))
        if len(batch) > settings.MAX_BATCH_EVENTS:
            raise RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {settings.MAX_BATCH_EVENTS} events at once."
            )
        events = len(batch)
    finally:
        # What cannot be read counts too, as one event: else it could be sent for ever.
        for name, value in _take_events(sender, events).items():
            response[name] = value
    try:
        report = ingest(batch, scope=Scope(sender.key.organization), now=sender.asked_at)
    except (ForeignEventsError, SuspendedError) as error:
        raise RefusedError(HTTPStatus.FORBIDDEN, str(error)) from error
    return {
        "accepted": report.accepted,
        "duplicates": report.duplicates,
        "rejected": [
            {"index": item.index, "id": item.id, "reason": item.reason, "message": item.message}
            for item in report.rejected
        ],
    }


def _take_events(sender: Sender, events: int) -> dict[str, str]:
    """Count events against what the key may report, and return the head that says what is left of it."""
    rate = get_rate(sender.key)
    try:
        left = take_events(sender.key, events, now=sender.asked_at)
    except TooFastError as error:
        raise RefusedError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"This key may report no more events now: send the same again in {error.retry_after} s.",
            headers=describe_rate("events", rate, None) | {"Retry-After": str(error.retry_after)},
        ) from error
    return describe_rate("events", rate, left)


def _read_content_type(request: HttpRequest) -> str:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Compressed bodies are not taken; send plain JSON.")
    content_type = (request.content_type or "").lower()
    if content_type not in {_SINGLE, _BATCH, _EITHER}:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send {_SINGLE}, {_BATCH} or {_EITHER}.")
    charset = (request.content_params or {}).get("charset", "utf-8").strip('"').lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send UTF-8.")
    return content_type


def _read_body(request: HttpRequest) -> bytes:
    """Return the body, reading never more than is allowed, whatever the request says of its length."""
    limit = settings.MAX_BATCH_BYTES
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdecimal() and int(announced) > limit:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {limit} bytes at once.")
    # Django reads nothing of a body that does not announce its length (chunked); the server's own stream ends with it.
    stream = request if announced else request.META.get("wsgi.input", request)
    try:
        body: bytes = stream.read(limit + 1)
    except (TimeoutError, UnreadablePostError) as error:
        raise RefusedError(
            HTTPStatus.REQUEST_TIMEOUT, f"The body did not arrive within {settings.MAX_BODY_SECONDS} s."
        ) from error
    if len(body) > limit:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {limit} bytes at once.")
    return body


def _decode(content_type: str, body: bytes) -> Batch:
    single = content_type == _SINGLE or (content_type == _EITHER and body.lstrip(b" \t\r\n").startswith(b"{"))
    try:
        return decode_single(body) if single else decode_batch(body)
    except UnreadableBodyError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, str(error)) from error
