"""The API, version 1: the apps' routers, and one form for every refusal (RFC 9457 problem details)."""

import logging
from http import HTTPStatus
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.openapi.schema import OpenAPISchema

from usage.api import EVENT_SCHEMAS, Problem, RefusedError
from usage.api import router as usage_router

logger = logging.getLogger(__name__)


class SeatbillAPI(NinjaAPI):
    """The API whose OpenAPI document also names the schemas that msgspec checks."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the OpenAPI document."""
        document = super().get_openapi_schema(**options)
        document["components"]["schemas"] |= {"Problem": Problem.model_json_schema(), **EVENT_SCHEMAS}
        return document


api = SeatbillAPI(
    title="Seatbill",
    version="1",
    description="Report what was used; Seatbill counts it and bills it by contract.",
    urls_namespace="api-v1",
    # The page for people is ours: theirs cannot be read by everyone.
    docs_url=None,
)
api.add_router("", usage_router)


@api.exception_handler(RefusedError)
def answer_refused(request: HttpRequest, error: RefusedError) -> HttpResponse:
    """Answer a request that was refused as a whole."""
    response = _answer(error.status, error.detail)
    for name, value in error.headers.items():
        response[name] = value
    return response


@api.exception_handler(AuthenticationError)
def answer_unauthenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    """Answer a request without a valid key, the same whatever is wrong with it."""
    response = _answer(HTTPStatus.UNAUTHORIZED, "Send a valid key: Authorization: Bearer sbk_...")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Http404)
def answer_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    """Answer for what does not exist, or not for this sender."""
    return _answer(HTTPStatus.NOT_FOUND, "There is nothing here.")


@api.exception_handler(HttpError)
def answer_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer for what the framework refuses."""
    return _answer(HTTPStatus(error.status_code), str(error))


@api.exception_handler(OperationalError)
def answer_unavailable(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """Answer while the database is busy or away: nothing was acknowledged, and sending it again is safe."""
    logger.error("The database did not answer: %s", error)
    response = _answer(HTTPStatus.SERVICE_UNAVAILABLE, "Send the same again in a moment.")
    response["Retry-After"] = "5"
    return response


@api.exception_handler(Exception)
def answer_failure(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer for a fault of ours, without a word about it; the log has the details."""
    logger.error("An event could not be taken", exc_info=error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side: send the same again later.")


def _answer(status: HTTPStatus, detail: str) -> HttpResponse:
    problem = Problem(title=status.phrase, status=status, detail=detail)
    return JsonResponse(problem.model_dump(), status=status, content_type="application/problem+json")
