"""Why a charge or a whole cycle waits, in the language that is active (BR-72)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from invoices.domain.block import UNEXPECTED, Block, BlockCode
from subscriptions.choices import CALL_DIRECTIONS

SENTENCES = {
    BlockCode.TIER_ABOVE_AGREEMENT.value: _(
        "Somebody in the pool held %(subject)s, above the agreed %(agreed)s: the whole peak of %(users)s would be "
        "billed at it. Accept the higher tier or bill the agreed one."
    ),
    BlockCode.UNPRICED_PRODUCT.value: _(
        "%(subject)s has no price for the service from %(day)s: add it to the price book in force on that day. A price "
        "that is agreed now holds from the next period on."
    ),
    BlockCode.UNRATED_CALL.value: _(
        "Call %(subject)s (%(direction)s, %(remote)s) has no rate: add its prefix to the rate deck."
    ),
    UNEXPECTED: _("Seatbill could not work this cycle out. It is tried again every hour; the log has the details."),
}


def stored_reason(block: Block) -> dict[str, Any]:
    """Return a reason as it is stored with its cycle: its code and what its words are about, in no language."""
    return {"code": block.code.value, "subject": block.subject, "words": dict(block.words)}


def reason_in_words(reason: Mapping[str, Any], *, product: Callable[[str], str] = str) -> str:
    """
    Say what a stored reason is about and what to mend; `product` returns what a product is called.

    One that was stored when it still carried its words has those.
    """
    if "message" in reason:
        return str(reason["message"])
    words = {name: _SHOWN[name](word, product) for name, word in reason.get("words", {}).items()}
    subject = product(reason["subject"]) if reason["code"] in _ABOUT_PRODUCTS else reason["subject"]
    return str(SENTENCES[reason["code"]]) % {**words, "subject": subject}


_ABOUT_PRODUCTS = {BlockCode.TIER_ABOVE_AGREEMENT.value, BlockCode.UNPRICED_PRODUCT.value}
_SHOWN: Mapping[str, Callable[[str, Callable[[str], str]], str]] = {
    "agreed": lambda code, product: product(code),
    "users": lambda users, _product: users,
    "day": lambda day, _product: date_format(date.fromisoformat(day)),
    "direction": lambda direction, _product: str(dict(CALL_DIRECTIONS)[direction]),
    "remote": lambda remote, _product: remote,
}
