"""A CSM at work on held cycles: adds what is missing, or decides."""

from collections.abc import Iterator
from decimal import Decimal

from invoices.domain.block import BlockCode
from invoices.domain.decision import CHOICES, Choice
from invoices.models import BillingCycle
from invoices.services.closing import Outcome
from invoices.services.deciding import Verdict, decide_hold, open_codes
from subscriptions.models import PriceBook, PriceBookEntry, VoiceRate
from subscriptions.selectors.rate_decks import find_rate_of
from subscriptions.services.rate_decks import renew_token
from tests.machine.world import World
from usage.domain.events import Direction, EventKind
from usage.models import UsageEvent


def waiting() -> list[BillingCycle]:
    """Return the cycles that are held, or were closed without something."""
    cycles = BillingCycle.objects.select_related("subscription__rate_deck", "organization").order_by("pk")
    return [cycle for cycle in cycles if cycle.held_reasons or cycle.left_out]


def mend(cycle: BillingCycle) -> None:
    """Add the prices and the prefixes that a cycle waits for (BR-72)."""
    for reason in (*cycle.held_reasons, *cycle.left_out):
        if reason["code"] == BlockCode.UNPRICED_PRODUCT:
            _add_price(cycle, reason["subject"])
        elif reason["code"] == BlockCode.UNRATED_CALL:
            _add_rate(cycle, reason["subject"])


def mend_everything() -> None:
    """Add whatever any cycle waits for."""
    for cycle in waiting():
        mend(cycle)


def decide(world: World, cycle: BillingCycle, *, which: int) -> None:
    """Take one of the decisions that a cycle leaves to a person."""
    open_choices = [(code, choice) for code in open_codes(cycle) for choice in CHOICES[code]]
    if open_choices:
        code, choice = open_choices[which % len(open_choices)]
        step = decide_hold(
            Verdict(code=code, choice=choice, reason="Agreed"), cycle_id=cycle.pk, decided_by=world.csm, now=world.now
        )
        assert step.outcome is not Outcome.FAILED


def leave_out_everything(world: World) -> None:
    """Bill without whatever a cycle waits for."""
    for cycle in waiting():
        for code in BlockCode:
            # What it waits for may have been mended by now: each try finds that out.
            cycle.refresh_from_db()
            if code in open_codes(cycle):
                verdict = Verdict(code=code, choice=Choice.LEAVE_OUT, reason="It follows")
                decide_hold(verdict, cycle_id=cycle.pk, decided_by=world.csm, now=world.now)


def decide_for_good(world: World) -> None:
    """Accept every tier that waits for somebody to decide."""
    for cycle in waiting():
        if BlockCode.TIER_ABOVE_AGREEMENT in open_codes(cycle):
            verdict = Verdict(code=BlockCode.TIER_ABOVE_AGREEMENT, choice=Choice.ACCEPT_TIER, reason="All right")
            decide_hold(verdict, cycle_id=cycle.pk, decided_by=world.csm, now=world.now)


def _add_price(cycle: BillingCycle, product: str) -> None:
    for book in PriceBook.objects.filter(currency=cycle.subscription.currency):
        PriceBookEntry.objects.get_or_create(price_book=book, product_id=product, defaults={"price": Decimal("44.4")})


def _add_rate(cycle: BillingCycle, call_id: str) -> None:
    deck = cycle.subscription.rate_deck
    assert deck is not None
    for direction, remote in _calls(cycle, call_id):
        prefix = remote[:3]
        for version in deck.versions.all():
            if find_rate_of(version, direction=direction, prefix=prefix) is None:
                VoiceRate.objects.create(
                    version=version,
                    direction=direction,
                    prefix=prefix,
                    destination=f"Beyond {prefix}",
                    per_minute=Decimal("0.0470"),
                )
                renew_token(version.pk)


def _calls(cycle: BillingCycle, call_id: str) -> Iterator[tuple[str, str]]:
    calls = UsageEvent.objects.filter(
        organization_id=cycle.organization_id, kind=EventKind.CALL, subject=call_id
    ).values_list("direction", "remote")
    for direction, remote in calls:
        yield Direction(direction).name.lower(), remote
