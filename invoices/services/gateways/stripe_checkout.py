"""Stripe Checkout: a page of Stripe's on which a card is typed, so that no card number ever gets here (BR-81)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from invoices.domain.card_payments import Happening, Way
from invoices.services.gateways.contract import (
    Checkout,
    ForgedNoticeError,
    GatewayError,
    Notice,
    OpenCheckout,
    UnreadableNoticeError,
)
from invoices.services.gateways.reading import (
    LONGEST_REFERENCE,
    read_instant,
    read_name,
    read_part,
    read_units,
    to_units,
)

if TYPE_CHECKING:
    import stripe

TIMEOUT_SECONDS = 10
TOLERANCE_SECONDS = 300
"""A notice that was signed longer ago is not believed: somebody may have kept it."""

METHODS = {Way.CARD: "card", Way.BANK_DEBIT: "us_bank_account"}

_OF_SESSIONS = {
    "checkout.session.completed": Happening.PAID,
    "checkout.session.async_payment_succeeded": Happening.PAID,
    "checkout.session.async_payment_failed": Happening.DECLINED,
    "checkout.session.expired": Happening.EXPIRED,
}
# Of money that has moved: an inquiry alone, which only opens a dispute, moves none.
_OF_DISPUTES = {
    "charge.dispute.funds_withdrawn": Happening.DISPUTED,
    "charge.dispute.funds_reinstated": Happening.DISPUTE_WON,
}


class StripeCheckout:
    """Stripe Checkout, by an account's secret key and the secret with which it signs its notices."""

    code = "stripe"
    debits_banks = True

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        site_url: str,
        sends_to: str = "https://checkout.stripe.com",
        http_client: "stripe.HTTPClient | None" = None,
    ) -> None:
        """Take the account; `http_client` is what sends requests, by default one that waits some seconds."""
        self.sends_to = sends_to
        self._secret_key, self._webhook_secret, self._site_url = secret_key, webhook_secret, site_url
        self._http_client = http_client

    def start(self, wanted: Checkout) -> OpenCheckout:
        """Open a page on which this is paid; Stripe knows a repeated request by its key."""
        import stripe  # noqa: PLC0415 - the library takes a second to load, and most processes never pay

        address = f"{self._site_url}{wanted.return_path}"
        params: Any = {
            "mode": "payment",
            "payment_method_types": [METHODS[wanted.way]],
            "client_reference_id": wanted.token,
            "metadata": {"attempt": wanted.token},
            "payment_intent_data": {"metadata": {"attempt": wanted.token}, "description": wanted.title},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": wanted.amount.currency.code.lower(),
                        "unit_amount": to_units(wanted.amount),
                        "product_data": {"name": wanted.title},
                    },
                }
            ],
            "success_url": address,
            "cancel_url": f"{address}?cancelled=yes",
            "expires_at": int(wanted.expires_at.timestamp()),
        }
        if wanted.payer_email:
            params["customer_email"] = wanted.payer_email
        try:
            session = self._client().v1.checkout.sessions.create(
                params, {"idempotency_key": f"seatbill-{wanted.token}"}
            )
        except stripe.StripeError as error:
            raise GatewayError(f"Stripe opened no checkout: {type(error).__name__}") from error
        if not session.url:
            raise GatewayError("Stripe named no page for a checkout.")
        return OpenCheckout(session=session.id, url=session.url)

    def read_notice(self, body: bytes, signature: str) -> Notice | None:
        """Return what a notice reports, once its signature over these very bytes is right."""
        import stripe  # noqa: PLC0415

        # The library compares texts, and would fail at others.
        if not signature.isascii():
            raise ForgedNoticeError("The signature is none.")
        try:
            stripe.WebhookSignature.verify_header(body, signature, self._webhook_secret, TOLERANCE_SECONDS)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
            raise ForgedNoticeError("The signature does not fit.") from error
        try:
            event = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise UnreadableNoticeError("The body is no JSON.") from error
        if not isinstance(event, dict):
            raise UnreadableNoticeError("The body is no event.")
        return self._read(event)

    def ask(self, session: str, *, expires_at: datetime, now: datetime) -> list[Notice]:
        """Return what Stripe says of a checkout now; nothing while it is open."""
        import stripe  # noqa: PLC0415

        del expires_at
        try:
            found = self._client().v1.checkout.sessions.retrieve(session, {"expand": ["payment_intent"]})
        except stripe.StripeError as error:
            raise GatewayError(f"Stripe did not say how a checkout stands: {type(error).__name__}") from error
        data = json.loads(str(found))
        happening = _standing(data)
        try:
            return [] if happening is None else [_of_session(data, happening, event=_asked(session, happening), at=now)]
        except UnreadableNoticeError as error:
            raise GatewayError(f"Stripe described a checkout oddly: {error}") from error

    def end(self, session: str, *, now: datetime) -> list[Notice]:
        """Let a checkout expire; one that is paid or has expired is what it is."""
        import stripe  # noqa: PLC0415

        try:
            self._client().v1.checkout.sessions.expire(session)
        except stripe.InvalidRequestError:
            # It is not open any more; what it is, it says when asked.
            pass
        except stripe.StripeError as error:
            raise GatewayError(f"Stripe did not end a checkout: {type(error).__name__}") from error
        return self.ask(session, expires_at=now, now=now)

    def _client(self) -> "stripe.StripeClient":
        import stripe  # noqa: PLC0415

        http_client = self._http_client or stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
        return stripe.StripeClient(self._secret_key, http_client=http_client, max_network_retries=1)

    def _read(self, event: Mapping[str, Any]) -> Notice | None:
        name, kind = read_name(event, "id"), read_name(event, "type")
        data = read_part(read_part(event, "data"), "object")
        if not name or not kind:
            raise UnreadableNoticeError("The event has no name.")
        if kind in _OF_SESSIONS:
            happening = _OF_SESSIONS[kind]
            if kind == "checkout.session.completed" and data.get("payment_status") == "unpaid":
                happening = Happening.PROCESSING
            return _of_session(data, happening, event=name, at=read_instant(event, "created"))
        if kind == "charge.refunded":
            happening = Happening.REFUNDED if data.get("refunded") is True else Happening.REFUNDED_IN_PART
            amount = read_units(data, "amount_refunded")
        elif kind in _OF_DISPUTES:
            happening, amount = _OF_DISPUTES[kind], read_units(data, "amount")
        else:
            return None
        return Notice(
            event=name,
            happening=happening,
            happened_at=read_instant(event, "created"),
            token=read_name(read_part(data, "metadata"), "attempt"),
            reference=_intent(data),
            amount=amount,
        )


def _of_session(data: Mapping[str, Any], happening: Happening, *, event: str, at: datetime) -> Notice:
    session = read_name(data, "id")
    if not session:
        raise UnreadableNoticeError("The checkout has no name.")
    return Notice(
        event=event,
        happening=happening,
        happened_at=at,
        session=session,
        token=read_name(data, "client_reference_id"),
        reference=_intent(data),
        amount=read_units(data, "amount_total"),
    )


def _intent(data: Mapping[str, Any]) -> str:
    """Return the name of a payment, which stands there alone or with all that is known of it."""
    found = data.get("payment_intent")
    of = found if isinstance(found, dict) else {"id": found}
    return read_name(of, "id", longest=LONGEST_REFERENCE)


def _standing(data: Mapping[str, Any]) -> Happening | None:
    if data.get("status") == "expired":
        return Happening.EXPIRED
    if data.get("status") != "complete":
        return None
    if data.get("payment_status") != "unpaid":
        return Happening.PAID
    intent = data.get("payment_intent")
    # A debit that failed asks for another account, which nobody can give any more.
    failed = isinstance(intent, dict) and intent.get("status") in {"requires_payment_method", "canceled"}
    return Happening.DECLINED if failed else Happening.PROCESSING


def _asked(session: str, happening: Happening) -> str:
    """Return how an answer is called: however often it is given, it is one."""
    return f"asked:{happening.value}:{session}"
