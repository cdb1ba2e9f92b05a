"""The facts that are reported to us: their types, and the typed values that the meters read."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum


class EventType(StrEnum):
    """The CloudEvents `type` of each fact we understand."""

    LOGGED_IN = "user.logged_in"
    LOGGED_OUT = "user.logged_out"
    DELETED = "user.deleted"
    ASSIGNED = "license.assigned"
    UNASSIGNED = "license.unassigned"
    QUEUE_JOINED = "queue.joined"
    QUEUE_LEFT = "queue.left"
    CALL = "call.completed"
    IVR = "ivr.completed"
    BYOC = "byoc.completed"
    TRANSCRIPTION = "transcription.completed"
    STORAGE = "storage.measured"
    API = "api.requested"
    NUMBER_ACTIVATED = "number.activated"
    NUMBER_RELEASED = "number.released"
    RETRACTED = "event.retracted"


class EventKind(IntEnum):
    """The stored number of an event type; never renumbered."""

    LOGGED_IN = 1
    LOGGED_OUT = 2
    DELETED = 3
    ASSIGNED = 4
    UNASSIGNED = 5
    QUEUE_JOINED = 6
    QUEUE_LEFT = 7
    CALL = 8
    IVR = 9
    BYOC = 10
    TRANSCRIPTION = 11
    STORAGE = 12
    API = 13
    NUMBER_ACTIVATED = 14
    NUMBER_RELEASED = 15
    RETRACTED = 16

    @property
    def event_type(self) -> EventType:
        """Return the CloudEvents type."""
        return EventType[self.name]


PERSON_KINDS = (
    EventKind.LOGGED_IN,
    EventKind.LOGGED_OUT,
    EventKind.DELETED,
    EventKind.ASSIGNED,
    EventKind.UNASSIGNED,
    EventKind.QUEUE_JOINED,
    EventKind.QUEUE_LEFT,
)
"""The events whose subject is a user."""


class Client(IntEnum):
    """The stored number of the client a user logged in with; never renumbered."""

    DESKTOP = 1
    WEB = 2
    MOBILE = 3
    API = 4
    INTEGRATION = 5


INTERACTIVE_CLIENTS = frozenset({Client.DESKTOP, Client.WEB, Client.MOBILE})
"""The clients through which a person works; only they make a user billable (BR-20)."""


class Direction(IntEnum):
    """The stored number of a call's direction; never renumbered."""

    OUTBOUND = 1
    INBOUND = 2
    TOLL_FREE = 3


@dataclass(frozen=True, slots=True)
class Login:
    """A user opened a session."""

    user: str
    session: str
    client: Client
    at: datetime


@dataclass(frozen=True, slots=True)
class Logout:
    """A user closed a session."""

    user: str
    session: str
    at: datetime


@dataclass(frozen=True, slots=True)
class UserFact:
    """Something that happened to a user at an instant: deleted, joined or left a queue."""

    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Assignment:
    """A product was assigned to or taken from a user."""

    user: str
    product: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """A call that ended at `at` after so many seconds; `remote` is the far end's number in E.164."""

    call_id: str
    direction: Direction
    remote: str
    seconds: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Consumption:
    """So many seconds or requests of a fair-use resource."""

    resource: str
    amount: int
    at: datetime


@dataclass(frozen=True, slots=True)
class StorageReading:
    """The gigabytes the whole organization stores, from this instant until the next reading."""

    gigabytes: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class NumberFact:
    """A phone number was activated or released."""

    number: str
    product: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RareFacts:
    """
    What is reported about one period of one organization seldom enough to be held one by one, in no particular order.

    Duplicates and retracted events are gone; each list may reach back before the period as far as pairing needs.
    """

    deletions: list[UserFact] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    unassignments: list[Assignment] = field(default_factory=list)
    queue_joins: list[UserFact] = field(default_factory=list)
    queue_leaves: list[UserFact] = field(default_factory=list)
    consumptions: list[Consumption] = field(default_factory=list)
    readings: list[StorageReading] = field(default_factory=list)
    activations: list[NumberFact] = field(default_factory=list)
    releases: list[NumberFact] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFacts(RareFacts):
    """Everything reported that bears on one period of one organization, one by one: for stories and tests."""

    logins: list[Login] = field(default_factory=list)
    logouts: list[Logout] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
