"""
The built-in test gateway: pages of this site with test cards, for a demo and for trying things out.

No money moves. What its page decides is signed and read like the notice of a real gateway, by the same code. It is
never chosen by itself but where DEBUG is on, and `manage.py check --deploy` refuses it.
"""

import hmac
import json
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac
from moneyed import Money

from invoices.domain.card_payments import Happening
from invoices.services.gateways.contract import (
    Checkout,
    ForgedNoticeError,
    Notice,
    OpenCheckout,
    UnreadableNoticeError,
)
from invoices.services.gateways.reading import LONGEST_REFERENCE, read_instant, read_name, read_units, to_units


class BuiltInGateway:
    """The gateway of demos: it remembers nothing, and signs with a key of this site."""

    code = "test"
    sends_to = ""
    debits_banks = False

    def start(self, wanted: Checkout) -> OpenCheckout:
        """Return the page of this site with the test cards."""
        return OpenCheckout(session=f"test_{wanted.token}", url=f"{wanted.return_path}test-gateway/")

    def write_notice(self, happening: Happening, *, session: str, amount: Money, now: datetime) -> tuple[bytes, str]:
        """Return what is reported of a checkout, and the signature over it."""
        body = json.dumps(
            {
                "id": f"{happening.value}:{session}",
                "happening": happening.value,
                "session": session,
                "reference": session.replace("test_", "TEST-", 1),
                "amount": to_units(amount),
                "currency": amount.currency.code,
                "created": int(now.timestamp()),
            }
        ).encode()
        return body, _sign(body)

    def read_notice(self, body: bytes, signature: str) -> Notice:
        """Return what a notice reports, once its signature is right."""
        if not (signature.isascii() and hmac.compare_digest(signature, _sign(body))):
            raise ForgedNoticeError("The signature does not fit.")
        try:
            data: Any = json.loads(body)
            happening = Happening(data["happening"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UnreadableNoticeError("The body is no notice.") from error
        return Notice(
            event=read_name(data, "id"),
            happening=happening,
            happened_at=read_instant(data, "created"),
            session=read_name(data, "session"),
            reference=read_name(data, "reference", longest=LONGEST_REFERENCE),
            amount=read_units(data, "amount"),
        )

    def ask(self, session: str, *, expires_at: datetime, now: datetime) -> list[Notice]:
        """Return that a checkout has expired, once it has: nothing else is ever late here."""
        return self.end(session, now=now) if now >= expires_at else []

    def end(self, session: str, *, now: datetime) -> list[Notice]:
        """Let a checkout be paid no more."""
        event = f"{Happening.EXPIRED.value}:{session}"
        return [Notice(event=event, happening=Happening.EXPIRED, happened_at=now, session=session)]


def _sign(body: bytes) -> str:
    return salted_hmac("seatbill.test-gateway", body, algorithm="sha256").hexdigest()
