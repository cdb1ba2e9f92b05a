"""What is known at an instant: the events that stand (identity, BR-25), and the times they pair into (BR-23)."""

from collections import defaultdict
from datetime import timedelta

from tests.reference.clock import instant

PEOPLE_CLIENTS = {"desktop", "web", "mobile"}
FAR_FUTURE = instant("9999-01-01T00:00:00Z")


class Facts:
    """The events that count at a cut-off."""

    def __init__(self, events, cutoff):
        received = [event for event in _first_of_each_identity(events) if _received(event) <= cutoff]
        voided = {
            (event["data"]["source"], event["data"]["id"]) for event in received if event["type"] == "event.retracted"
        }
        self.events = [
            event
            for event in received
            if event["type"] != "event.retracted" and (event["source"], event["id"]) not in voided
        ]

    def of_type(self, *types):
        return [event for event in self.events if event["type"] in types]

    def sessions(self):
        """Return every session of a person as (user, begun, ended, session id, closed by the 24 hours)."""
        found = []
        for login in self.of_type("user.logged_in"):
            if login["data"]["client"] not in PEOPLE_CLIENTS:
                continue
            user, begun, session = login["subject"], instant(login["time"]), login["data"]["session"]
            ended = self._first_end(user, begun, "user.logged_out", "session", session)
            limit = begun + timedelta(hours=24)
            found.append((user, begun, min(ended, limit), session, ended > limit))
        return found

    def assignments(self):
        """Return every assignment as (user, begun, ended, product)."""
        return [
            (
                event["subject"],
                instant(event["time"]),
                self._first_end(
                    event["subject"],
                    instant(event["time"]),
                    "license.unassigned",
                    "product",
                    event["data"]["product"],
                ),
                event["data"]["product"],
            )
            for event in self.of_type("license.assigned")
        ]

    def on_queue(self):
        """Return every time on queue as (user, begun, ended)."""
        return [
            (
                event["subject"],
                instant(event["time"]),
                self._first_end(event["subject"], instant(event["time"]), "queue.left"),
            )
            for event in self.of_type("queue.joined")
        ]

    def _first_end(self, user, begun, end_type, field=None, value=None):
        ends = [
            instant(event["time"])
            for event in self.of_type(end_type, "user.deleted")
            if event["subject"] == user
            and instant(event["time"]) >= begun
            and (event["type"] == "user.deleted" or field is None or event["data"][field] == value)
        ]
        return min(ends, default=FAR_FUTURE)


def _received(event):
    return instant(event.get("received") or event["time"])


def _first_of_each_identity(events):
    groups = defaultdict(list)
    for event in events:
        groups[event["source"], event["id"]].append(event)
    return [min(group, key=_received) for group in groups.values()]
