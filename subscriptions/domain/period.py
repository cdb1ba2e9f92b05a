"""Anniversary billing periods and the one conversion between local dates and instants (BR-01)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class BillingPeriod:
    """
    One month of service of a subscription, in dates of its billing time zone (BR-01).

    `end` is exclusive. `whole_end` is where the period would have ended without a cancellation (BR-16).
    """

    index: int
    start: date
    end: date
    whole_end: date

    @property
    def last_day(self) -> date:
        """Return the inclusive last day, as people are shown it."""
        return self.end - timedelta(days=1)

    @property
    def whole_days(self) -> int:
        """Return the days of the whole period, before a cancellation shortens it (BR-43)."""
        return (self.whole_end - self.start).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open range of UTC instants `[start, end)`."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        """Tell whether the instant lies inside."""
        return self.start <= instant < self.end


@lru_cache(maxsize=4096)
def period_start(*, effective_date: date, index: int) -> date:
    """Return the first day of period `index`, stepped from the effective date and clamped to the month's end."""
    # Stepped from the anchor each time: chained steps would turn the 31st into the 28th for ever after a February.
    years, month = divmod(effective_date.month - 1 + index, 12)
    year = effective_date.year + years
    return date(year, month + 1, min(effective_date.day, monthrange(year, month + 1)[1]))


@lru_cache(maxsize=4096)
def nth_period(*, effective_date: date, index: int) -> BillingPeriod:
    """Return the billing period `index`, counting from 0 (BR-01)."""
    end = period_start(effective_date=effective_date, index=index + 1)
    return BillingPeriod(
        index=index, start=period_start(effective_date=effective_date, index=index), end=end, whole_end=end
    )


def first_index_from(day: date, *, effective_date: date) -> int:
    """Return the index of the first period that starts on `day` or later; 0 before the effective date."""
    index = max(0, (day.year - effective_date.year) * 12 + day.month - effective_date.month - 1)
    while period_start(effective_date=effective_date, index=index) < day:
        index += 1
    return index


def index_holding(day: date, *, effective_date: date) -> int:
    """
    Return the index of the period that holds `day`.

    :raises ValueError: if the day lies before the effective date
    """
    if day < effective_date:
        raise ValueError(f"{day} lies before the effective date {effective_date}")
    return first_index_from(day + timedelta(days=1), effective_date=effective_date) - 1


@lru_cache(maxsize=4096)
def start_of_day(day: date, *, time_zone: str) -> datetime:
    """Return the first UTC instant at which the local date is `day` or later (BR-01)."""
    zone = ZoneInfo(time_zone)
    midnight = datetime.combine(day, time.min, tzinfo=zone)
    # fold=0: of a midnight that occurs twice the first, of one that does not exist the offset before the gap.
    instant = midnight.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) == midnight.replace(tzinfo=None):
        return instant
    return _transition(after=midnight.replace(fold=1).astimezone(UTC), until=instant, zone=zone)


def _transition(*, after: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant in `(after, until]` at which the zone's clocks jump, by bisection to the second."""
    offset_before = after.astimezone(zone).utcoffset()
    while until - after > ONE_SECOND:
        middle = after + timedelta(seconds=int((until - after).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset_before:
            after = middle
        else:
            until = middle
    return until


def local_date(instant: datetime, *, time_zone: str) -> date:
    """Return the date on the wall calendar of the zone at an instant."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def window(period: BillingPeriod, *, time_zone: str) -> Window:
    """Return the instants of a period, local midnight to local midnight (BR-01)."""
    return Window(
        start=start_of_day(period.start, time_zone=time_zone), end=start_of_day(period.end, time_zone=time_zone)
    )


def cutoff_at(period: BillingPeriod, *, time_zone: str, grace: timedelta) -> datetime:
    """Return the instant up to which an event received is in time for the period (BR-02)."""
    return start_of_day(period.end, time_zone=time_zone) + grace
