"""A file of which no row can be read."""

from collections.abc import Sequence

from subscriptions.domain.price_list.fault import Fault


class UnreadableFileError(Exception):
    """Raised for a file that cannot be read at all."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep what is wrong with it."""
        super().__init__(", ".join(fault.problem for fault in faults))
        self.faults = faults
