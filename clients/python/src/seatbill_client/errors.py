"""What can go wrong for a sender; each error carries the events that were not taken, so that none is lost."""

from collections.abc import Sequence

from seatbill_client.events import Event


class UndeliveredError(Exception):
    """Events that could not be delivered by now: `events` has them, to be kept and reported again as they are."""

    def __init__(self, message: str, events: Sequence[Event]) -> None:
        """Keep what was not delivered."""
        super().__init__(message)
        self.events = list(events)


class RefusedError(UndeliveredError):
    """A request that was refused, and would be again: a wrong key, a missing scope, another organization's events."""

    def __init__(self, status: int, detail: str, events: Sequence[Event]) -> None:
        """Keep the status that was answered, and the sentence that says why."""
        super().__init__(f"{status}: {detail}", events)
        self.status = status
        self.detail = detail


class ReporterClosedError(RuntimeError):
    """A reporter that is closed takes no more events."""
