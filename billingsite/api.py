"""The API, version 1: the apps' nouns, the scopes that let a key in to each, and one form for every refusal."""

import logging
from http import HTTPStatus
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from billingsite.api_document import Document
from billingsite.problems import answer_problem
from invoices.api import billable_usage, credit_notes, cycles, invoices, overview, payments
from subscriptions.api import organizations, subscriptions
from subscriptions.api.problems import FieldFault, RefusedError
from usage.api import current, events, snapshots
from usage.api.access import EventsKeyRequired, KeyRequired
from usage.domain.key_scopes import KeyScope

logger = logging.getLogger(__name__)

ORGANIZATION, USAGE, INVOICES = KeyScope.ORGANIZATION_READ, KeyScope.USAGE_READ, KeyScope.INVOICES_READ

NOUNS = [
    (events.router, EventsKeyRequired(KeyScope.EVENTS_WRITE)),
    (organizations.router, KeyRequired(ORGANIZATION)),
    (subscriptions.router, KeyRequired(ORGANIZATION)),
    (current.router, KeyRequired(USAGE)),
    (snapshots.router, KeyRequired(USAGE)),
    (cycles.router, KeyRequired(USAGE)),
    (invoices.router, KeyRequired(INVOICES)),
    (credit_notes.router, KeyRequired(INVOICES)),
    # Recording one needs a scope of its own.
    (payments.router, KeyRequired(INVOICES)),
    (billable_usage.router, KeyRequired(USAGE)),
    # It tells prices beside quantities.
    (overview.router, KeyRequired(ORGANIZATION, USAGE)),
]
"""What there is to ask for, and what a key needs to be for."""


class SeatbillAPI(NinjaAPI):
    """The API with its own OpenAPI document, whose answers say how much more a key may ask."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return the OpenAPI document."""
        return Document(self, self.get_root_path(path_params or {}) if path_prefix is None else path_prefix)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return by which name programs know an operation."""
        return operation.view_func.__name__

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """Return an answer to be filled in."""
        response = super().create_temporal_response(request)
        for name, value in getattr(request, "rate_of_key", {}).items():
            response[name] = value
        return response


api = SeatbillAPI(
    title="Seatbill",
    version="1",
    description="Report what was used; Seatbill counts it and bills it by contract. Read what was counted and billed.",
    urls_namespace="api-v1",
    # The page for people is ours: theirs cannot be read by everyone.
    docs_url=None,
)
for noun, key_required in NOUNS:
    api.add_router("", noun, auth=key_required)


@api.exception_handler(RefusedError)
def answer_refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    """Answer a request that was refused as a whole."""
    response = answer_problem(error.status, error.detail, errors=error.errors)
    for name, value in {**getattr(request, "rate_of_key", {}), **error.headers}.items():
        response[name] = value
    return response


@api.exception_handler(ValidationError)
def answer_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer a request with something in it that cannot be, and name each such thing."""
    # Where one of several forms is allowed, each of them has its own objection: the first will do.
    messages: dict[str, str] = {}
    for one in error.errors:
        messages.setdefault(_field(one["loc"]), str(one["msg"]))
    found = [FieldFault(field=field, message=message) for field, message in messages.items()]
    detail = "; ".join(f"{one.field}: {one.message}" for one in found[:3])
    return answer_problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=found)


@api.exception_handler(AuthenticationError)
def answer_unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Answer a request without a valid key, the same whatever is wrong with it."""
    response = answer_problem(HTTPStatus.UNAUTHORIZED, "Send a valid key: Authorization: Bearer sbk_...")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Http404)
def answer_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer for what does not exist, or not for this sender."""
    return answer_problem(HTTPStatus.NOT_FOUND, "There is nothing here.")


@api.exception_handler(HttpError)
def answer_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer for what the framework refuses."""
    return answer_problem(HTTPStatus(error.status_code), str(error))


@api.exception_handler(OperationalError)
def answer_unavailable(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """Answer while the database is busy or away: nothing was acknowledged, and sending it again is safe."""
    logger.error("The database did not answer: %s", error)
    response = answer_problem(HTTPStatus.SERVICE_UNAVAILABLE, "Send the same again in a moment.")
    response["Retry-After"] = "5"
    return response


@api.exception_handler(Exception)
def answer_failure(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer for a fault of ours, without a word about it; the log has the details."""
    logger.error("A request of the API could not be answered", exc_info=error)
    return answer_problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side: send the same again later."
    )


def _field(place: tuple[Any, ...]) -> str:
    """Return how a sender names a part of the request: without where it stood, and the name of our parameter."""
    kind, *path = place
    named = path[1:] if kind in {"body", "query"} and len(path) > 1 else path
    return ".".join(str(part) for part in (named[:1] if kind == "query" else named)) or str(kind)
