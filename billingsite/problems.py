"""Answers that refuse, in one form for the whole API: also where no operation was found (RFC 9457)."""

from collections.abc import Callable, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from subscriptions.api.problems import PROBLEM_JSON, FieldFault, Problem

API = "/api/v1/"
FOR_PEOPLE = "/api/v1/docs"

WORDS = {
    HTTPStatus.NOT_FOUND: "There is nothing here.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This cannot be done here; Allow says what can.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Too many bytes.",
}


def answer_problem(status: HTTPStatus, detail: str, *, errors: Sequence[FieldFault] = ()) -> HttpResponse:
    """Return why a request is refused."""
    problem = Problem(title=status.phrase, status=status, detail=detail, errors=list(errors))
    said = problem.model_dump(exclude=set() if errors else {"errors"})
    return JsonResponse(said, status=status, content_type=PROBLEM_JSON)


class ApiProblemMiddleware:
    """Tell programs as a problem what a page would tell people: no such address, another method, a bad request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep what makes the answer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer."""
        response = self.get_response(request)
        path = request.path_info
        is_refused = response.status_code >= HTTPStatus.BAD_REQUEST
        if not is_refused or not path.startswith(API) or path.startswith(FOR_PEOPLE):
            return response
        if response.get("Content-Type", "").startswith(PROBLEM_JSON):
            return response
        status = HTTPStatus(response.status_code)
        problem = answer_problem(status, WORDS.get(status, status.phrase))
        if "Allow" in response:
            problem["Allow"] = response["Allow"]
        return problem
