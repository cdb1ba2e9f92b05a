"""Writes the rates of versions that have charged nobody yet (BR-42)."""

from uuid import uuid4

from subscriptions.models import VoiceRate, VoiceRateDeckVersion

BATCH = 2000


def copy_rates_of_version_before(version: VoiceRateDeckVersion) -> int:
    """Give a new version the rates of the one it takes over from, and return how many there are."""
    earlier = VoiceRateDeckVersion.objects.filter(
        deck_id=version.deck_id, effective_date__lt=version.effective_date
    ).order_by("-effective_date")
    rates = VoiceRate.objects.filter(version=earlier.first()).order_by("pk")
    copies = (
        VoiceRate(
            version=version,
            direction=rate.direction,
            prefix=rate.prefix,
            destination=rate.destination,
            per_minute=rate.per_minute,
        )
        for rate in rates.iterator(chunk_size=BATCH)
    )
    return len(VoiceRate.objects.bulk_create(copies, batch_size=BATCH))


def renew_token(version_id: int) -> None:
    """Give a version whose rates were changed another name: rates are remembered under it and not read again."""
    VoiceRateDeckVersion.objects.filter(pk=version_id).update(token=uuid4())
