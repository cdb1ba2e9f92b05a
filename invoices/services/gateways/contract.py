"""What a payment gateway has to do: open a page on which somebody pays, and report what became of it (BR-81)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from moneyed import Money

from invoices.domain.card_payments import Happening, Way


class GatewayError(Exception):
    """The gateway is away, or refuses; nothing is known of what was asked. It is worth trying again."""


class ForgedNoticeError(Exception):
    """A notice that the gateway did not sign, or too long ago."""


class UnreadableNoticeError(Exception):
    """A notice that the gateway signed, and that does not look as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """
    What is to be paid, and where the person goes afterwards; the same whenever it is asked for once more.

    `token` is ours and names it, `title` says what is paid, `return_path` is a page of this site.
    """

    token: str
    amount: Money
    way: Way
    title: str
    payer_email: str
    return_path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheckout:
    """How the gateway calls a checkout, and the address of the page on which it is paid."""

    session: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """
    Something that happened at the gateway; `event` is its own name for it, told once or often.

    What it is about is named by `session`, by our `token` or by the `reference` of a payment, as far as each is told.
    """

    event: str
    happening: Happening
    happened_at: datetime
    session: str = ""
    token: str = ""
    reference: str = ""
    amount: Money | None = None


class Gateway(Protocol):
    """A payment gateway."""

    code: str
    sends_to: str
    """The origin of its page, such as `https://pay.example`; empty if it is on this site."""
    debits_banks: bool
    """Whether it also takes what is above the limit for cards, from a bank account."""

    def start(self, wanted: Checkout) -> OpenCheckout:
        """
        Open a page on which this is paid; the same token again returns the same page.

        :raises GatewayError: if there is none now
        """

    def read_notice(self, body: bytes, signature: str) -> Notice | None:
        """
        Return what a signed notice reports; None if it is nothing that concerns us.

        :raises ForgedNoticeError: if the signature is wrong or old
        :raises UnreadableNoticeError: if it makes no sense
        """

    def ask(self, session: str, *, expires_at: datetime, now: datetime) -> list[Notice]:
        """
        Return what has become of a checkout; nothing while it is open.

        :raises GatewayError: if it cannot say now
        """

    def end(self, session: str, *, now: datetime) -> list[Notice]:
        """
        Let a checkout be paid no more, and return what has become of it.

        :raises GatewayError: if it cannot say now
        """
