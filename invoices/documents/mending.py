"""Where what a cycle waits for is mended: each reason with the pages on which a person does it (BR-72)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from invoices.choices import BLOCK_LABELS
from invoices.documents.reasons import reason_in_words
from invoices.domain.block import BOUNDS, BlockCode
from invoices.models import BillingCycle


def with_ways_to_mend(
    cycle: BillingCycle, reasons: Sequence[Mapping[str, Any]], *, names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return reasons in words, with `ways`, the links to where each is mended; `names` are those of the products."""

    def product(code: str) -> str:
        return names.get(code, code)

    return [
        {
            "subject": BLOCK_LABELS[reason["code"]] if reason["code"] in BOUNDS else product(reason["subject"]),
            "message": reason_in_words(reason, product=product),
            "ways": _ways(cycle, reason["code"], reason["subject"]),
        }
        for reason in reasons
    ]


def _ways(cycle: BillingCycle, code: str, subject: str) -> list[dict[str, Any]]:
    subscription = cycle.subscription
    if code == BlockCode.UNPRICED_PRODUCT:
        book = _way(_("Add it to the price book"), "subscriptions_pricebook_changelist")
        ways = [book | {"query": f"?{urlencode({'currency__exact': subscription.currency})}"}]
        if subscription.last_service_date is None:
            # What is agreed now bears from the next period on (BR-15): it keeps the reason from coming back.
            agree = _way(
                _("Agree its price from the next period on"), "subscriptions_subscription_change_terms", subscription.pk
            )
            ways.append(agree | {"query": f"?{urlencode({'product': subject})}"})
        return ways
    if code == BlockCode.UNRATED_CALL and subscription.rate_deck_id is not None:
        return [_way(_("Add the rate to the deck"), "subscriptions_voiceratedeck_change", subscription.rate_deck_id)]
    if code == BlockCode.TIER_ABOVE_AGREEMENT:
        return [_way(_("Decide which tier is billed"), "invoices_billingcycle_decide", cycle.pk)]
    if code in BOUNDS:
        return [_way(_("Look at what would be issued"), "invoices_preview", subscription.pk)]
    return []


def _way(words: Any, page: str, *args: Any) -> dict[str, Any]:
    return {"words": words, "url": reverse(f"admin:{page}", args=args), "query": ""}
