"""Reads the rates of calls: decks, their versions, and the rates of one."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from subscriptions.domain.rate_deck import Rate, RateDeck
from subscriptions.models import (
    Subscription,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from subscriptions.selectors.in_force import find_in_force


def list_rate_decks(currency: str) -> QuerySet[VoiceRateDeck]:
    """Return the rate decks in a currency, by name."""
    return VoiceRateDeck.objects.filter(currency=currency).order_by("name")


def get_rate_deck_version(deck_id: int | None, *, on: date) -> int | None:
    """Return which version of a rate deck is in force on a day; None without a deck, or before its first version."""
    return None if deck_id is None else get_rate_deck_versions([(deck_id, on)]).get((deck_id, on))


def get_rate_deck_versions(asked: Collection[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """Return which version of each rate deck is in force on each day, of those that have one by then."""
    versions = VoiceRateDeckVersion.objects.filter(deck__in={deck_id for deck_id, _day in asked})
    return find_in_force(asked, versions.order_by("effective_date").values_list("deck_id", "effective_date", "pk"))


def list_rate_decks_in_use(*, on: date) -> QuerySet[VoiceRateDeck]:
    """Return the decks by which calls are rated: those of agreements that have begun."""
    begun = Subscription.objects.filter(rate_deck__isnull=False, effective_date__lte=on)
    return VoiceRateDeck.objects.filter(pk__in=begun.values("rate_deck_id"))


def list_open_rate_versions(*, on: date) -> QuerySet[VoiceRateDeckVersion]:
    """Return the versions whose rates have charged nobody yet: still to come, or of a deck that is not in use."""
    in_use = list_rate_decks_in_use(on=on).values("pk")
    return VoiceRateDeckVersion.objects.filter(Q(effective_date__gt=on) | ~Q(deck_id__in=in_use))


def find_rate_of(version: VoiceRateDeckVersion, *, direction: str, prefix: str) -> VoiceRate | None:
    """Return the rate by which a version rates calls with numbers that begin with a prefix, None if it has none."""
    beginnings = [prefix[:length] for length in range(len(prefix) + 1)]
    rates = VoiceRate.objects.filter(version=version, direction=direction, prefix__in=beginnings)
    return max(rates, key=lambda rate: len(rate.prefix), default=None)


def get_rate_deck(version_id: int, *, latest_rate_id: int | None = None) -> RateDeck:
    """Return the rates of one version of a deck; with `latest_rate_id` as they were before others were added."""
    return _read_rate_deck(_token_of(version_id), latest_rate_id)


def get_latest_rate_id(version_id: int) -> int:
    """Return the latest rate of a version, by which its rates of today are told from those added later; 0 if none."""
    return _read_latest_rate_id(_token_of(version_id))


def _token_of(version_id: int) -> UUID:
    return VoiceRateDeckVersion.objects.values_list("token", flat=True).get(pk=version_id)


def find_rate_sheet(version_id: int) -> str:
    """Return what the deck of a version is called."""
    return VoiceRateDeck.objects.values_list("name", flat=True).get(versions=version_id)


@lru_cache(maxsize=8)
def _read_latest_rate_id(token: UUID) -> int:
    latest: int | None = VoiceRate.objects.filter(version__token=token).aggregate(latest=Max("pk"))["latest"]
    return latest or 0


@lru_cache(maxsize=8)
def _read_rate_deck(token: UUID, latest_rate_id: int | None) -> RateDeck:
    # What a version rates does not change, so a large deck is read once for all on it. The token and not the key names
    # it: a key is given out again after a rollback.
    version = VoiceRateDeckVersion.objects.get(token=token)
    rates = VoiceRate.objects.filter(version=version).order_by("pk")
    if latest_rate_id is not None:
        rates = rates.filter(pk__lte=latest_rate_id)
    return RateDeck(
        rates=[
            Rate(direction=direction, prefix=prefix, destination=destination, per_minute=per_minute)
            for direction, prefix, destination, per_minute in rates.values_list(
                "direction", "prefix", "destination", "per_minute"
            )
        ],
        increment_seconds=version.increment_seconds,
    )
