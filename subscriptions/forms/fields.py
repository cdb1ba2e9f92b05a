"""Fields that several forms share: lists typed as lines, countries, time zones; and faults in words."""

import re
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from subscriptions.documents.refusals import in_words
from subscriptions.domain.formatting import country_codes, country_name
from subscriptions.domain.reminders import LATEST_DAY, MOST_REMINDERS, are_reminder_days
from subscriptions.domain.violations import Violation

Row = TypeVar("Row", bound=Model)


class LinesField(forms.CharField):
    """A list of words, typed one on each line."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Show a list as lines."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as a list, without the empty ones."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the lines differ; how they were spaced does not matter."""
        try:
            return bool(list(initial or []) != self.to_python(data))
        except ValidationError:
            return True


class DaysField(forms.CharField):
    """The days of a schedule of reminders, typed with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """Show a list as it is typed."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read numbers as a list."""
        words = [word for word in re.split(r"[\s,;、\uff0c]+", (value or "").strip()) if word]
        if not all(word.isascii() and word.isdecimal() and len(word) <= len(str(LATEST_DAY)) for word in words):
            raise ValidationError(_("Write numbers of days with commas between them, such as “3, 14, 30”."))
        return [int(word) for word in words]

    def validate(self, value: Any) -> None:
        """Refuse what is no schedule (BR-82)."""
        super().validate(value)
        if not are_reminder_days(value):
            raise ValidationError(
                _("Write at most %(most)s numbers of days, each greater than the one before, from 1 to %(latest)s."),
                params={"most": MOST_REMINDERS, "latest": LATEST_DAY},
            )

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Tell whether the days differ; how they were spaced does not matter."""
        try:
            return bool(list(initial or []) != self.to_python(data))
        except ValidationError:
            return True


class LabelledLinesField(LinesField):
    """A list of label and value pairs, typed as `label: value` on each line; a wide colon will do as well."""

    def prepare_value(self, value: Any) -> Any:
        """Show pairs as lines."""
        return "\n".join(": ".join(pair) for pair in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read lines as pairs."""
        pairs = []
        for line in super().to_python(value):
            pair = [part.strip() for part in re.split("[:\uff1a]", line, maxsplit=1)]
            if len(pair) < 2 or not all(pair):
                raise ValidationError(
                    _("Write “label: value” on each line, such as “Routing (ACH): 021000021”; this is not: %(line)s"),
                    params={"line": line},
                )
            pairs.append(pair)
        return pairs


class PlainDecimalField(forms.DecimalField):
    """A figure that is shown with the decimals it needs: `2500`, not `2500.000000`."""

    def prepare_value(self, value: Any) -> Any:
        """Show a stored figure as somebody would type it; what was typed stays as it is."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value


class CountryField(forms.ChoiceField):
    """A country, picked by name."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer every country."""
        super().__init__(choices=countries, widget=UnfoldAdminSelect2Widget, **kwargs)


def within_reach(day: date) -> None:
    """
    Refuse a day whose periods no calendar can count.

    :raises ValidationError: if it lies outside of two centuries
    """
    if not 2000 <= day.year < 2200:
        raise ValidationError(_("A date lies between 2000 and 2199."), code="out_of_reach")


def words_of(violation: Violation) -> ValidationError:
    """Return a fault as a form shows it."""
    return ValidationError(in_words(violation), code=violation.code.value)


def filled_in(row: Row, cleaned: dict[str, Any]) -> Row:
    """Return the row with what was typed in it, as far as it could be read."""
    for name, value in cleaned.items():
        setattr(row, name, value)
    return row


def time_zones() -> list[tuple[str, str]]:
    """Return the places and UTC; names without a continent are old spellings of them."""
    names = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [(name, name.replace("_", " ")) for name in ["UTC", *sorted(names)]]


def countries() -> list[tuple[str, str]]:
    """Return the countries by name; regions such as EU and codes kept for private use are no addresses."""
    language = get_language() or "en"
    choices = ((code, f"{country_name(code, language)} ({code})") for code in country_codes())
    return [("", ""), *sorted(choices, key=lambda pair: pair[1])]
