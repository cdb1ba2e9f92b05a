"""Resources day by day: what was used on each, and the units in which that is said (BR-40)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from subscriptions.domain.catalog import API_REQUESTS, BASIC_IVR, BYOC_CLOUD, VOICE_TRANSCRIPTION
from usage.domain.events import EventKind

RESOURCE_OF: Mapping[int, str] = {
    EventKind.IVR: BASIC_IVR,
    EventKind.BYOC: BYOC_CLOUD,
    EventKind.TRANSCRIPTION: VOICE_TRANSCRIPTION,
    EventKind.API: API_REQUESTS,
}
"""The resources that are used up event by event; storage is measured as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfResources:
    """What was used on a local day: minutes, requests, or the average of the gigabytes stored."""

    date: date
    used: Mapping[str, Fraction]


def used_by_then(days: Sequence[DayOfResources], resource: str) -> list[Fraction]:
    """Return what had been used of a resource by the end of each day."""
    so_far, result = Fraction(), []
    for day in days:
        so_far += day.used.get(resource, Fraction())
        result.append(so_far)
    return result
