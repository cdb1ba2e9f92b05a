"""When: instants, local midnights and billing periods (BR-01, BR-02, BR-16), searched minute by minute."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True)
class Period:
    """A billing period as it is closed; ``whole_days`` counts it before a cancellation shortens it."""

    number: int
    first_day: date
    last_day: date
    whole_days: int
    start: datetime
    end: datetime
    cutoff: datetime

    def holds(self, instant):
        return self.start <= instant < self.end

    def meets(self, begun, ended):
        """Tell whether `[begun, ended)` has an instant in the period; where both are one, it is that instant."""
        if begun == ended:
            return self.holds(begun)
        return max(begun, self.start) < min(ended, self.end)


def instant(written):
    """Return the instant that a story writes as a string, or that YAML has read already."""
    read = written if isinstance(written, datetime) else datetime.fromisoformat(written)
    return read.astimezone(UTC)


def day(written):
    return written if isinstance(written, date) else date.fromisoformat(written)


def local_day(moment, zone):
    return moment.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def midnight(wanted, zone):
    """Return the first instant at which the local date is the wanted day or later."""
    moment = datetime(wanted.year, wanted.month, wanted.day, tzinfo=UTC) - timedelta(hours=16)
    while local_day(moment, zone) < wanted:
        moment += timedelta(minutes=1)
    while local_day(moment - timedelta(seconds=1), zone) >= wanted:
        moment -= timedelta(seconds=1)
    return moment


def months_after(first, months):
    return first + relativedelta(months=months)
