"""
Reports usage events to Seatbill: in batches, again with the same ids until they are taken, and never lost on the way.

    with Reporter("https://billing.example.com", key, source="/platform") as reporter:
        reporter.report("user.logged_in", subject="ann", data={"session": "s-1", "client": "desktop"})
"""

from seatbill_client.errors import RefusedError, ReporterClosedError, UndeliveredError
from seatbill_client.events import Event, Rejected, Report
from seatbill_client.reporter import Reporter
from seatbill_client.retrying import Retrying

__all__ = [
    "Event",
    "RefusedError",
    "Rejected",
    "Report",
    "Reporter",
    "ReporterClosedError",
    "Retrying",
    "UndeliveredError",
]
