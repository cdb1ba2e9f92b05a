"""The paper on which an organization's invented life is written, event by event."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from invoices.services.demo.shapes import Customer

Event = dict[str, object]

HOLIDAYS = ((1, 1), (12, 25), (12, 26))
"""Month and day on which hardly anyone works, wherever they are."""

SENT_AGAIN = 0.002
ARRIVES_HOURS_LATE = 0.004
ARRIVES_DAYS_LATE = 0.0003


class Story:
    """One organization's events until `horizon`, the last UTC midnight, and the luck that shapes them."""

    def __init__(self, customer: Customer, today: date) -> None:
        """Open an empty story; the same customer and day have the same luck."""
        self.customer = customer
        self.rng = Random(f"{customer.code} {today}")  # noqa: S311  (invented data, and it has to come out the same)
        self.zone = ZoneInfo(customer.agreement.time_zone)
        self.horizon = datetime.combine(today, time.min, tzinfo=UTC)
        self.start = customer.agreement.effective_date(today)
        self.last_day = self.horizon.astimezone(self.zone).date()
        if customer.agreement.ends_days_ago is not None:
            self.last_day = min(self.last_day, today - timedelta(days=customer.agreement.ends_days_ago))
        self.source = f"/platform/{customer.region}"
        self.events: list[Event] = []

    def days(self, *, since: date | None = None, until: date | None = None) -> Iterator[date]:
        """Yield the days of the story, or a part of them, both ends included."""
        day, last = since or self.start, until or self.last_day
        while day <= last:
            yield day
            day += timedelta(days=1)

    def some_day(self, earliest: float, latest: float) -> date:
        """Return a day within so much of the time from the start until now."""
        return self.start + timedelta(days=int((self.last_day - self.start).days * self.rng.uniform(earliest, latest)))

    def local(self, day: date, hour: float) -> datetime:
        """Return so many hours after midnight on the wall clock; the hours may run into the next day."""
        wall = datetime.combine(day, time.min) + timedelta(hours=hour)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def minutes(self, least: float, most: float) -> timedelta:
        """Return some minutes, to the second."""
        return timedelta(seconds=int(60 * self.rng.uniform(least, most)))

    def pace(self, day: date) -> float:
        """Return how busy a day is, beside an ordinary one."""
        if (day.month, day.day) in HOLIDAYS:
            return 0.05
        works = any(day.weekday() in crew.days for crew in self.customer.crews)
        return (0.55 if day.weekday() >= 5 else 1.0) if works else 0.04

    def report(
        self,
        event_type: str,
        subject: str,
        at: datetime,
        data: Mapping[str, object] | None = None,
        *,
        received: datetime | None = None,
    ) -> str:
        """Write an event down and return its id; what the platform sends twice stands there twice."""
        event: Event = {
            "specversion": "1.0",
            "id": f"{self.rng.getrandbits(64):016x}",
            "source": self.source,
            "type": event_type,
            "subject": subject,
            "time": _text(at),
            "received": _text(received or self._arrival(at)),
        }
        if data is not None:
            event["data"] = dict(data)
        self.events.append(event)
        if self.rng.random() < SENT_AGAIN:
            self.events.append(event)
        return str(event["id"])

    def _arrival(self, at: datetime) -> datetime:
        """Return when an event reached us: mostly within a minute, now and then hours or days later."""
        luck, arrival = self.rng.random(), at + timedelta(seconds=self.rng.randrange(2, 55))
        if luck < ARRIVES_DAYS_LATE:
            arrival += timedelta(hours=self.rng.uniform(20, 70))
        elif luck < ARRIVES_HOURS_LATE:
            arrival += timedelta(minutes=self.rng.uniform(20, 300))
        return arrival if arrival < self.horizon else at + timedelta(seconds=1)


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
