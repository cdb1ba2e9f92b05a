"""The list of people behind a number."""

from datetime import datetime, timedelta
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscriptions.tables import DATE, NUMBER, SiteTable
from usage.documents import PersonRow, Reader, format_hours


class PeopleTable(SiteTable):
    """People with the license counted for them and when they were logged in, in the billing time zone."""

    user = tables.Column(verbose_name=gettext_lazy("User"))
    license = tables.Column(verbose_name=gettext_lazy("License counted"), empty_values=())
    at_peak = tables.Column(verbose_name=gettext_lazy("At the peak"))
    first_login_at = tables.Column(verbose_name=gettext_lazy("First login"), attrs=DATE)
    last_seen_at = tables.Column(verbose_name=gettext_lazy("Last seen"), attrs=DATE)
    logged_in = tables.Column(verbose_name=gettext_lazy("Logged in"), attrs=NUMBER)

    class Meta(SiteTable.Meta):
        pass

    def __init__(self, data: list[PersonRow], *, reader: Reader, caption: str, **kwargs: Any) -> None:
        """Take whom to list, for whom, and what to call the list."""
        super().__init__(data, **kwargs)
        self.reader = reader
        self.caption = caption

    def render_license(self, value: str) -> str:
        """Say so where no license was counted."""
        return value or _("None: not counted")

    def render_at_peak(self, value: bool) -> str:
        """Write a yes or no."""
        return _("Yes") if value else _("No")

    def render_first_login_at(self, value: datetime) -> str:
        """Write the instant in the billing time zone."""
        return self.reader.moment(value)

    def render_last_seen_at(self, value: datetime) -> str:
        """Write the instant in the billing time zone."""
        return self.reader.moment(value)

    def render_logged_in(self, value: timedelta) -> str:
        """Write the time in hours and minutes."""
        return format_hours(value)
