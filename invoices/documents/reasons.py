"""Why a charge or a whole cycle waits, in the language that is active (BR-72)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from moneyed import Money

from invoices.domain.block import UNEXPECTED, Block, BlockCode
from subscriptions.choices import CALL_DIRECTIONS
from subscriptions.domain.formatting import format_money, format_quantity

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
    BlockCode.WRONG_CURRENCY.value: _(
        "Beyond a safety bound: an amount is in %(subject)s, and the agreement in %(agreed_currency)s."
    ),
    BlockCode.PERIOD_APART.value: _(
        "Beyond a safety bound: the period begins on %(begins)s and should begin on %(expected)s, where the one before "
        "it ended and was closed."
    ),
    BlockCode.ADVANCE_OFF.value: _(
        "Beyond a safety bound: %(amount)s would be charged in advance, and commitment × price is %(agreed_amount)s."
    ),
    BlockCode.SEATS_UNSEEN.value: _(
        "Beyond a safety bound: %(billed)s seats of %(subject)s would be billed, and people were seen on %(seen)s."
    ),
    BlockCode.ARREARS_JUMP.value: _(
        "Beyond a safety bound: the arrears of %(amount)s are more than %(times)s times the usual %(usual)s, which is "
        "the median of the last %(past)s."
    ),
    BlockCode.CREDIT_OF_NOTHING.value: _(
        "Beyond a safety bound: %(amount)s would be given back, and no earlier period is corrected."
    ),
    BlockCode.TOO_MANY_LINES.value: _(
        "Beyond a safety bound: the document would have %(lines)s lines, and %(most)s are the most."
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


def reasons_in_words(reasons: Iterable[Mapping[str, Any]], *, names: Mapping[str, str]) -> list[str]:
    """Say what each stored reason is about and what to mend; `names` are those of the products."""
    return [reason_in_words(reason, product=lambda code: names.get(code, code)) for reason in reasons]


def _money(word: str, _product: Callable[[str], str]) -> str:
    currency, amount = word.split(" ")
    return format_money(Money(amount, currency), get_language() or "en")


def _figure(word: str, _product: Callable[[str], str]) -> str:
    return format_quantity(Decimal(word), get_language() or "en")


def _day(word: str, _product: Callable[[str], str]) -> str:
    return date_format(date.fromisoformat(word))


_ABOUT_PRODUCTS = {
    BlockCode.TIER_ABOVE_AGREEMENT.value,
    BlockCode.UNPRICED_PRODUCT.value,
    BlockCode.SEATS_UNSEEN.value,
}
_SHOWN: Mapping[str, Callable[[str, Callable[[str], str]], str]] = {
    "agreed": lambda code, product: product(code),
    "users": lambda users, _product: users,
    "day": _day,
    "direction": lambda direction, _product: str(dict(CALL_DIRECTIONS)[direction]),
    "remote": lambda remote, _product: remote,
    "agreed_currency": lambda currency, _product: currency,
    "begins": _day,
    "expected": _day,
    "amount": _money,
    "agreed_amount": _money,
    "usual": _money,
    **dict.fromkeys(("billed", "seen", "times", "past", "lines", "most"), _figure),
}
