"""Takes what Stripe reports: believed by its signature alone (BR-81)."""

from datetime import timedelta
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from invoices.services.easy_pay.notices import receive
from invoices.services.gateways.choosing import find_gateway
from invoices.services.gateways.contract import ForgedNoticeError, UnreadableNoticeError
from subscriptions.choices import AuditOrigin
from subscriptions.selectors.clock import database_now
from subscriptions.services.origin import acting_from
from subscriptions.views.origin import address_of
from usage.services.throttling import Rate, TooFastError, take

LONGEST_BODY = 256 * 1024
FORGED = Rate(burst=20, refilled_in=timedelta(minutes=1))
"""How often an address may send what is not signed; what is signed is always taken."""


@csrf_exempt
@require_POST
def stripe_notice(request: HttpRequest) -> HttpResponse:
    """Take a notice of Stripe's; there is no such page where Stripe is not set up."""
    gateway = find_gateway("stripe")
    if gateway is None:
        return _answer(HTTPStatus.NOT_FOUND, "Nothing is paid at Stripe here.")
    try:
        body = _read_body(request)
    except (TimeoutError, UnreadablePostError):
        return _answer(HTTPStatus.REQUEST_TIMEOUT, "The body did not arrive in time.")
    if body is None:
        return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {LONGEST_BODY} bytes.")
    address, now = address_of(request), database_now()
    try:
        with acting_from(AuditOrigin.WEBHOOK, address):
            receive(gateway, body, request.headers.get("Stripe-Signature", ""), now=now)
    except ForgedNoticeError:
        return _refuse_forged(address)
    except UnreadableNoticeError as error:
        return _answer(HTTPStatus.BAD_REQUEST, str(error))
    return _answer(HTTPStatus.OK, "Taken.")


def _refuse_forged(address: str) -> HttpResponse:
    try:
        take(1, of=f"forged notice {address}", rate=FORGED, now=database_now())
    except TooFastError as error:
        response = _answer(HTTPStatus.TOO_MANY_REQUESTS, "Too much came from here that is not signed.")
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return _answer(HTTPStatus.BAD_REQUEST, "The signature is missing, wrong or old.")


def _read_body(request: HttpRequest) -> bytes | None:
    """Return the body as it was sent; None if it is longer than any notice."""
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdecimal() and int(announced) > LONGEST_BODY:
        return None
    # Django reads nothing of a body that does not announce its length (chunked); the server's own stream ends with it.
    stream = request if announced else request.META.get("wsgi.input", request)
    body: bytes = stream.read(LONGEST_BODY + 1)
    return body if len(body) <= LONGEST_BODY else None


def _answer(status: HTTPStatus, words: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
