"""Stripe as it answers and signs, without a network: the requests that it was sent are kept to be looked at."""

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import stripe

from invoices.services.gateways.stripe_checkout import StripeCheckout

WEBHOOK_SECRET = "whsec_for_tests"
CREATED = datetime(2026, 3, 7, 9, tzinfo=UTC)


class FakeStripe(stripe.HTTPClient):
    """What the library sends its requests by; one session for each idempotency key, as Stripe has it."""

    name = "fake"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str, dict[str, Any], dict[str, str]]] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.is_away = False

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, **_usage: Any) -> Any:
        if self.is_away:
            raise stripe.APIConnectionError("away", should_retry=False)
        path, fields = url.removeprefix("https://api.stripe.com/v1"), parse_qs(post_data or "")
        self.sent.append((method, path, fields, dict(headers)))
        answer = self._answer(method, path.partition("?")[0], fields, headers)
        status = 400 if "error" in answer else 200
        return json.dumps(answer), status, {"Request-Id": "req_1"}

    def close(self) -> None:
        """Close nothing."""

    def _answer(self, method: str, path: str, fields: Any, headers: Any) -> dict[str, Any]:
        if (method, path) == ("post", "/checkout/sessions"):
            key = headers["Idempotency-Key"]
            if key not in self.by_key:
                name = self.by_key[key] = f"cs_test_{len(self.sessions) + 1}"
                self.sessions[name] = a_session(
                    name,
                    token=fields["client_reference_id"][0],
                    units=int(fields["line_items[0][price_data][unit_amount]"][0]),
                )
            return self.sessions[self.by_key[key]]
        session = self.sessions[path.split("/")[3]]
        if path.endswith("/expire"):
            if session["status"] != "open":
                return {"error": {"type": "invalid_request_error", "message": "It is not open."}}
            session["status"] = "expired"
        return session


def a_session(name: str, *, token: str, units: int, status: str = "open", paid: bool = False) -> dict[str, Any]:
    """Return a checkout session as Stripe describes it, as far as it matters."""
    return {
        "id": name,
        "object": "checkout.session",
        "status": status,
        "payment_status": "paid" if paid else "unpaid",
        "payment_intent": f"pi_{name}" if status == "complete" else None,
        "client_reference_id": token,
        "amount_total": units,
        "currency": "usd",
        "metadata": {"attempt": token},
        "url": f"https://checkout.stripe.com/c/pay/{name}",
    }


def an_event(kind: str, about: dict[str, Any], *, name: str = "evt_1") -> bytes:
    """Return an event as Stripe sends it."""
    event = {
        "id": name,
        "object": "event",
        "type": kind,
        "created": int(CREATED.timestamp()),
        "data": {"object": about},
    }
    return json.dumps(event).encode()


def signed(body: bytes, *, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    """Return the signature that Stripe sends beside a body."""
    stamp = int(time.time() if at is None else at)
    return stripe.WebhookSignature.generate_signature_header(body.decode("utf-8", "surrogateescape"), secret, stamp)


def a_stripe(http_client: FakeStripe | None = None) -> StripeCheckout:
    """Return the gateway, at the fake."""
    return StripeCheckout(
        secret_key="sk_test_1",
        webhook_secret=WEBHOOK_SECRET,
        site_url="https://billing.example",
        http_client=http_client or FakeStripe(),
    )
