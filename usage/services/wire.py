"""Events as they travel: CloudEvents 1.0 in JSON, one struct per type, so that one decode checks everything."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.json import schema_components

TEXT_LENGTH = 255
LONGEST_SECONDS = 2_147_483_647
GREATEST_COUNT = 1_000_000_000_000

Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LENGTH)]
ProductCode = Annotated[str, Meta(min_length=1, max_length=50)]
Instant = Annotated[datetime, Meta(tz=True)]
Seconds = Annotated[int, Meta(ge=0, le=LONGEST_SECONDS)]
Count = Annotated[int, Meta(ge=0, le=GREATEST_COUNT)]
PhoneNumber = Annotated[str, Meta(pattern=r"^\+[0-9]{1,15}\Z", description="E.164: a plus sign and up to 15 digits.")]
# Kept as text: a float would lose digits, and Python's Decimal reads forms that are not JSON numbers.
Gigabytes = Annotated[
    Raw,
    Meta(
        extra_json_schema={
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]{1,14}(\.[0-9]{1,6})?$"},
            ],
            "description": "A plain decimal, at most 14 digits before and 6 after the point.",
        }
    ),
]


class SessionStart(Struct, gc=False):
    """The data of a login."""

    session: Text
    client: Literal["desktop", "web", "mobile", "api", "integration"]


class SessionEnd(Struct, gc=False):
    """The data of a logout."""

    session: Text


class NamedProduct(Struct, gc=False):
    """The product that was assigned, taken away, activated or released."""

    product: ProductCode


class CallData(Struct, gc=False):
    """The data of a call."""

    direction: Literal["outbound", "inbound", "toll_free"]
    remote: PhoneNumber
    seconds: Seconds


class Duration(Struct, gc=False):
    """How long something ran."""

    seconds: Seconds


class Reading(Struct, gc=False):
    """How much is stored."""

    gigabytes: Gigabytes


class Requests(Struct, gc=False):
    """How many requests were made."""

    count: Count


class EventName(Struct, gc=False):
    """The identity of the event that a retraction voids."""

    source: Text
    id: Text


class WireEvent(Struct, gc=False, kw_only=True, tag_field="type"):
    """What every event carries; unknown extension attributes are ignored."""

    specversion: Literal["1.0"]
    id: Text
    source: Text
    subject: Text
    time: Instant
    organization: Text | UnsetType = UNSET
    # Read by a trusted import only; to the API it is one more unknown attribute, whatever it holds.
    received: Raw | UnsetType = UNSET
    datacontenttype: Raw | UnsetType = UNSET


class BareEvent(WireEvent, gc=False, kw_only=True):
    """An event whose subject says everything; data is tolerated."""

    data: Raw | UnsetType = UNSET


class LoggedIn(WireEvent, gc=False, kw_only=True, tag="user.logged_in"):
    """A user opened a session."""

    data: SessionStart


class LoggedOut(WireEvent, gc=False, kw_only=True, tag="user.logged_out"):
    """A user closed a session."""

    data: SessionEnd


class UserDeleted(BareEvent, gc=False, kw_only=True, tag="user.deleted"):
    """A user was deleted."""


class LicenseAssigned(WireEvent, gc=False, kw_only=True, tag="license.assigned"):
    """A license or add-on was assigned to a user."""

    data: NamedProduct


class LicenseUnassigned(WireEvent, gc=False, kw_only=True, tag="license.unassigned"):
    """A license or add-on was taken from a user."""

    data: NamedProduct


class QueueJoined(BareEvent, gc=False, kw_only=True, tag="queue.joined"):
    """A user went on queue."""


class QueueLeft(BareEvent, gc=False, kw_only=True, tag="queue.left"):
    """A user went off queue."""


class CallCompleted(WireEvent, gc=False, kw_only=True, tag="call.completed"):
    """A call ended."""

    data: CallData


class IvrCompleted(WireEvent, gc=False, kw_only=True, tag="ivr.completed"):
    """A call left the basic IVR."""

    data: Duration


class ByocCompleted(WireEvent, gc=False, kw_only=True, tag="byoc.completed"):
    """A call over the organization's own carrier ended."""

    data: Duration


class TranscriptionCompleted(WireEvent, gc=False, kw_only=True, tag="transcription.completed"):
    """A transcription ended."""

    data: Duration


class StorageMeasured(WireEvent, gc=False, kw_only=True, tag="storage.measured"):
    """The organization's storage was measured."""

    data: Reading


class ApiRequested(WireEvent, gc=False, kw_only=True, tag="api.requested"):
    """The platform's API was used."""

    data: Requests


class NumberActivated(WireEvent, gc=False, kw_only=True, tag="number.activated"):
    """A phone number was activated."""

    data: NamedProduct


class NumberReleased(WireEvent, gc=False, kw_only=True, tag="number.released"):
    """A phone number was released."""

    data: NamedProduct


class EventRetracted(WireEvent, gc=False, kw_only=True, tag="event.retracted"):
    """An event was reported by mistake (BR-25)."""

    data: EventName


AnyEvent = (
    LoggedIn
    | LoggedOut
    | UserDeleted
    | LicenseAssigned
    | LicenseUnassigned
    | QueueJoined
    | QueueLeft
    | CallCompleted
    | IvrCompleted
    | ByocCompleted
    | TranscriptionCompleted
    | StorageMeasured
    | ApiRequested
    | NumberActivated
    | NumberReleased
    | EventRetracted
)


def get_event_schema() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the JSON schema of one event and the named schemas it refers to, for the OpenAPI document."""
    (event,), components = schema_components([AnyEvent], ref_template="#/components/schemas/{name}")
    return event, components
