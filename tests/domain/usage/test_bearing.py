"""What is read to count a period: what its agreement is billed by, nothing else (BR-20 to BR-24, BR-40 to BR-43)."""

from datetime import UTC, datetime

import pytest

from subscriptions.domain.rate_deck import RateDeck
from tests.domain.agreements import an_agreement
from tests.domain.histories import PERIOD
from tests.domain.rated import DECK
from usage.domain.bearing import bearing_on, pool_kinds
from usage.domain.events import EventKind

EVERYONE = {
    EventKind.LOGGED_IN,
    EventKind.LOGGED_OUT,
    EventKind.DELETED,
    EventKind.ASSIGNED,
    EventKind.UNASSIGNED,
    EventKind.NUMBER_ACTIVATED,
    EventKind.NUMBER_RELEASED,
}
RESOURCES = {EventKind.IVR, EventKind.BYOC, EventKind.TRANSCRIPTION, EventKind.API, EventKind.STORAGE}
QUEUES = {EventKind.QUEUE_JOINED, EventKind.QUEUE_LEFT}


@pytest.mark.parametrize(
    ("edition", "model", "deck", "kinds"),
    [
        ("2016", "named", None, EVERYONE | {EventKind.CALL}),
        ("2016", "concurrent", None, EVERYONE | {EventKind.CALL} | QUEUES),
        ("2019", "named", None, EVERYONE | RESOURCES),
        ("2019", "concurrent", None, EVERYONE | RESOURCES),
        ("2019", "named", DECK, EVERYONE | RESOURCES | {EventKind.CALL}),
        ("2025", "hourly", DECK, EVERYONE | RESOURCES | {EventKind.CALL}),
    ],
)
def test_only_what_the_agreement_is_billed_by_is_read(edition: str, model: str, deck: RateDeck | None, kinds: set):
    terms = an_agreement(edition=edition, licensing_model=model)

    assert bearing_on(PERIOD, terms=terms, deck=deck).kinds == kinds


def test_calls_are_read_beyond_the_end_where_they_occupy_ports_until_they_end():
    with_ports, without = (
        bearing_on(PERIOD, terms=an_agreement(edition=edition), deck=DECK).calls for edition in ("2016", "2019")
    )

    assert (with_ports.start, with_ports.end) == (PERIOD.start, datetime.max.replace(tzinfo=UTC))
    assert without == PERIOD


def test_the_pool_of_edition_2016_needs_a_queue():
    licenses = {EventKind.DELETED, EventKind.ASSIGNED, EventKind.UNASSIGNED}

    assert pool_kinds(an_agreement(edition="2016")) == licenses | QUEUES
    assert pool_kinds(an_agreement(edition="2019")) == licenses
