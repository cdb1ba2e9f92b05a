"""Events as the people of an organization read them: when, about whom, and what was reported."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from usage.documents.reader import Reader
from usage.domain.events import EventKind
from usage.models import UsageEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvent:
    """An accepted event, what it says besides whom it is about, and whether another one has voided it."""

    event: UsageEvent
    details: str
    is_retracted: bool


def build_reported(
    events: Iterable[UsageEvent], *, retracted: Collection[bytes], reader: Reader
) -> list[ReportedEvent]:
    """Return events as they are listed; `retracted` are the identities that were voided."""
    return [
        ReportedEvent(event=event, details=_details(event, reader), is_retracted=bytes(event.identity) in retracted)
        for event in events
    ]


def _details(event: UsageEvent, reader: Reader) -> str:
    parts = [
        reader.product(event.product) if event.product else "",
        event.get_client_display() if event.client else "",
        event.get_direction_display() if event.direction else "",
        event.remote or "",
        _amount(event, reader),
        _("session %(name)s") % {"name": event.session} if event.session else "",
    ]
    return " · ".join(part for part in parts if part)


def _amount(event: UsageEvent, reader: Reader) -> str:
    if event.gigabytes is not None:
        return _("%(quantity)s GB") % {"quantity": reader.quantity(event.gigabytes)}
    if event.amount is None:
        return ""
    words = _("%(quantity)s requests") if event.kind == EventKind.API else _("%(quantity)s seconds")
    return words % {"quantity": reader.quantity(Decimal(event.amount))}
