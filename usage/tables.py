"""The list of people behind a number."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import django_tables2 as tables
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscriptions.tables import DATE, NUMBER, SiteTable
from usage.documents import PersonRow, Reader, format_hours
from usage.models import LivePerson, SnapshotUser


class PeopleTable(SiteTable):
    """People with the license counted for them and when they were logged in, in the billing time zone."""

    user = tables.Column(
        verbose_name=gettext_lazy("User"),
        attrs={"td": {"class": "person"}},
        linkify=lambda record, table: table.person_page(record.user),
    )
    license = tables.Column(verbose_name=gettext_lazy("License counted"), empty_values=())
    at_peak = tables.Column(verbose_name=gettext_lazy("At the peak"))
    first_login_at = tables.Column(verbose_name=gettext_lazy("First log-in"), attrs=DATE)
    last_seen_at = tables.Column(verbose_name=gettext_lazy("Last seen"), attrs=DATE)
    logged_in = tables.Column(verbose_name=gettext_lazy("Logged in"), attrs=NUMBER)

    class Meta(SiteTable.Meta):
        attrs = {"class": "stack"}

    def __init__(
        self,
        data: Sequence[PersonRow | SnapshotUser | LivePerson],
        *,
        reader: Reader,
        caption: str,
        person_url: str,
        **kwargs: Any,
    ) -> None:
        """Take whom to list, for whom, what to call the list, and the address of a person's page."""
        super().__init__(data, **kwargs)
        self.reader = reader
        self.caption = caption
        self.person_url = person_url

    def person_page(self, user: str) -> str:
        """Return the address of a person's page; the platform's ids may hold anything."""
        return f"{self.person_url}?{urlencode({'user': user})}"

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


class KeptPeopleTable(PeopleTable):
    """People that are kept in rows, a page of them."""

    at_peak = tables.Column(verbose_name=gettext_lazy("At the peak"), orderable=False)
    license = tables.Column(verbose_name=gettext_lazy("License counted"), empty_values=(), orderable=False)
    seconds = tables.Column(verbose_name=gettext_lazy("Logged in"), attrs=NUMBER)

    class Meta(PeopleTable.Meta):
        exclude = ("logged_in",)

    def render_license(self, value: str) -> str:
        """Name the license; say so where none was counted."""
        return self.reader.product(value) if value else _("None: not counted")

    def render_seconds(self, value: int) -> str:
        """Write the time in hours and minutes."""
        return format_hours(timedelta(seconds=value))


class LivePeopleTable(KeptPeopleTable):
    """The people of a running period as a worker counted them last."""

    class Meta(KeptPeopleTable.Meta):
        pass


class CountedPeopleTable(KeptPeopleTable):
    """The people of a closed period as its close kept them."""

    at_peak = tables.Column(verbose_name=gettext_lazy("At the peak"), accessor="user", orderable=False)

    class Meta(KeptPeopleTable.Meta):
        pass

    def __init__(self, data: Sequence[SnapshotUser], *, at_peak: frozenset[str], **kwargs: Any) -> None:
        """Take the people of one page, and who was in at the peak."""
        super().__init__(data, **kwargs)
        self.at_peak = at_peak

    def render_at_peak(self, value: str) -> str:  # type: ignore[override]
        """Write whether this user was in at the peak."""
        return _("Yes") if value in self.at_peak else _("No")
