"""For whom a page is written: a language, a time zone, what products are called."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time
from django.utils.translation import gettext as _

from subscriptions.domain.formatting import format_moment, format_quantity, zone_name
from subscriptions.domain.period import local_date
from usage.domain.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a page is written: a language, the billing time zone, what products are called."""

    language: str
    time_zone: str
    names: dict[str, str]

    def quantity(self, quantity: Decimal) -> str:
        """Write a quantity."""
        return format_quantity(quantity, self.language)

    def product(self, code: str) -> str:
        """Return what a product is called; its code if it is not in the catalog."""
        return self.names.get(code, code)

    def moment(self, instant: datetime) -> str:
        """Write an instant on the billing zone's calendar and clock: `Jan 20, 9:05 AM`."""
        day = format_skeleton("MMMd", instant, tzinfo=ZoneInfo(self.time_zone), locale=self._locale)
        return format_moment(day, self.clock(instant), self.language)

    def date(self, instant: datetime) -> date:
        """Return the date on the billing zone's calendar."""
        return local_date(instant, time_zone=self.time_zone)

    def clock(self, instant: datetime) -> str:
        """Write an instant on the billing zone's clock: `9:05 AM`."""
        time = format_time(instant, "short", tzinfo=ZoneInfo(self.time_zone), locale=self._locale)
        return time.replace("\u202f", " ")

    def span(self, time: Interval) -> str:
        """Write a time, its day once if it ends on the same: `Jan 20, 9:05 AM – 11:00 AM`."""
        same_day = self.date(time.start) == self.date(time.end)
        return _("%(start)s – %(end)s") % {
            "start": self.moment(time.start),
            "end": self.clock(time.end) if same_day else self.moment(time.end),
        }

    def hours(self, time: Interval) -> str:
        """Write a time of one day by the clock alone: `9:05 AM – 11:00 AM`."""
        return _("%(start)s – %(end)s") % {"start": self.clock(time.start), "end": self.clock(time.end)}

    @property
    def zone(self) -> str:
        """Return what people call the billing time zone."""
        return zone_name(self.time_zone, self.language)

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language, sep="-" if "-" in self.language else "_")


def format_hours(duration: timedelta) -> str:
    """Write a time logged in: `12 h 05 min`."""
    hours, minutes = divmod(int(duration.total_seconds()) // 60, 60)
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": f"{minutes:02}"}
