"""Random use: what people, calls and numbers did, as the events a platform reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.machine.agreements import ADD_ON, TIERS

USERS = ("ann", "bob", "carl", "dora")
REMOTES = ("+15550100", "+4930123456", "+33123456789")
KINDS = (
    *("shift", "shift", "shift", "shift"),
    *("login", "logout", "assigned", "unassigned", "queue", "deleted"),
    *("call", "call", "ivr", "byoc", "transcription", "storage", "api"),
    *("activated", "activated", "released"),
)
PRODUCTS = (*TIERS, "communicate", "collaborate", ADD_ON)
LENGTHS = (timedelta(0), timedelta(minutes=29), timedelta(minutes=30), timedelta(hours=4), timedelta(hours=40))
TIMES_OF_DAY = (0, 299, 300, 301, 840, 1439)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened so many days ago, at a time of that day in minutes, or right at an edge of a period."""

    kind: str
    user: str
    product: str
    remote: str
    length: timedelta
    days_ago: int
    minute: int
    edge: int | None
    """Seconds from the nearest edge of a period; None: not at an edge."""


happenings = st.lists(
    st.builds(
        Happening,
        kind=st.sampled_from(KINDS),
        user=st.sampled_from(USERS),
        product=st.sampled_from(PRODUCTS),
        remote=st.sampled_from(REMOTES),
        length=st.sampled_from(LENGTHS),
        days_ago=st.integers(0, 40),
        minute=st.sampled_from(TIMES_OF_DAY),
        edge=st.sampled_from([None, None, None, -1, 0, 1]),
    ),
    min_size=2,
    max_size=8,
)


def events_of(happening: Happening, *, at: datetime, until: datetime, number: int) -> Iterator[dict[str, Any]]:
    """Yield the events of something that happened at an instant; nothing is reported before it has happened."""
    told = _TOLD.get(happening.kind, _usage)(happening, at, f"s-{number}")
    for place, (event_type, subject, time, data) in enumerate(told):
        if time <= until:
            yield {
                "specversion": "1.0",
                "id": f"e-{number}-{place}",
                "source": "/platform",
                "type": event_type,
                "subject": subject,
                "time": time.isoformat(),
                "data": data,
            }


Told = Iterator[tuple[str, str, datetime, dict[str, Any]]]


def _shift(it: Happening, at: datetime, session: str) -> Told:
    """Tell of somebody who came, went on queue, worked and left."""
    yield "license.assigned", it.user, at - timedelta(hours=1), {"product": it.product}
    yield "user.logged_in", it.user, at, {"session": session, "client": "desktop"}
    yield "queue.joined", it.user, at, {}
    yield "queue.left", it.user, at + it.length, {}
    yield "user.logged_out", it.user, at + it.length, {"session": session}


def _login(it: Happening, at: datetime, session: str) -> Told:
    yield "user.logged_in", it.user, at, {"session": session, "client": "api" if it.length else "web"}


def _logout(it: Happening, at: datetime, session: str) -> Told:
    yield "user.logged_out", it.user, at, {"session": session}


def _queue(it: Happening, at: datetime, session: str) -> Told:
    yield "queue.joined", it.user, at, {}


def _deleted(it: Happening, at: datetime, session: str) -> Told:
    yield "user.deleted", it.user, at, {}


def _license(it: Happening, at: datetime, session: str) -> Told:
    yield f"license.{it.kind}", it.user, at, {"product": it.product}


def _call(it: Happening, at: datetime, session: str) -> Told:
    direction = "inbound" if it.user == "bob" else "outbound"
    data = {"direction": direction, "remote": it.remote, "seconds": 34 + int(it.length.total_seconds())}
    yield "call.completed", f"call-{session}", at, data


def _number(it: Happening, at: datetime, session: str) -> Told:
    product = "toll-free-number" if it.user == "dora" else "did-number"
    yield f"number.{it.kind}", f"+1555{it.user}", at, {"product": product}


def _usage(it: Happening, at: datetime, session: str) -> Told:
    seconds = {"seconds": 100_000 + int(it.length.total_seconds()) * 40}
    event_type, data = {
        "ivr": ("ivr.completed", seconds),
        "byoc": ("byoc.completed", seconds),
        "transcription": ("transcription.completed", seconds),
        "storage": ("storage.measured", {"gigabytes": f"{len(it.user) * 40}.25"}),
        "api": ("api.requested", {"count": 60_000 + int(it.length.total_seconds())}),
    }[it.kind]
    yield event_type, f"{it.kind}-{session}", at, data


_TOLD = {
    "shift": _shift,
    "login": _login,
    "logout": _logout,
    "queue": _queue,
    "deleted": _deleted,
    "assigned": _license,
    "unassigned": _license,
    "call": _call,
    "activated": _number,
    "released": _number,
}
