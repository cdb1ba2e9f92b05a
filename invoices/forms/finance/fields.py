"""Fields of what a report is about: a month, a day."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

EARLIEST_YEAR, LATEST_YEAR = 2000, 2100


class MonthField(forms.CharField):
    """A month, typed or picked as `2026-03`; its value is the first day."""

    def __init__(self, **kwargs: Any) -> None:
        """Let browsers that know months offer them."""
        super().__init__(widget=UnfoldAdminTextInputWidget(attrs={"type": "month", "placeholder": "2026-03"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        """Read a month."""
        if isinstance(value, date):
            return value
        text = str(value or "").strip()
        if not text:
            return None
        try:
            month = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise ValidationError(_("Write a month as year and month, such as 2026-03.")) from None
        _within_reach(month)
        return month

    def prepare_value(self, value: Any) -> Any:
        """Show a month as it is typed."""
        return f"{value:%Y-%m}" if isinstance(value, date) else value


class DayField(forms.DateField):
    """A day, picked or typed as `2026-03-31`."""

    def __init__(self, **kwargs: Any) -> None:
        """Let the browser offer a calendar; it sends days in one way only."""
        widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> Any:
        """Read a day that a report may be about."""
        day = super().to_python(value)
        if day is not None:
            _within_reach(day)
        return day

    def prepare_value(self, value: Any) -> Any:
        """Show a day as a browser wants it."""
        return value.isoformat() if isinstance(value, date) else value


def _within_reach(day: date) -> None:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        words = _("Choose a day between %(first)s and %(last)s.")
        raise ValidationError(words % {"first": EARLIEST_YEAR, "last": LATEST_YEAR})
