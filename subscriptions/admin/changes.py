"""What a form of the admin, and the tables below it, would change, a sentence for each field."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BaseForm, Field, ModelChoiceField, ModelMultipleChoiceField, PasswordInput
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from subscriptions.domain.formatting import format_day

NOTHING = "–"


def changes_in_words(form: BaseForm, formsets: Sequence[Any]) -> Iterator[str]:
    """Yield what a form and the tables below it would change, a sentence for each field."""
    yield from _changed_fields(form, of="")
    for formset in formsets:
        for row in formset.forms:
            of = f"{kind_of(row.instance)} {_name(row)}".strip()
            if row in formset.deleted_forms:
                yield _("%(row)s is deleted.") % {"row": of}
            elif row.has_changed():
                yield from _changed_fields(row, of=f"{of}, ")


def subject_of(row: Any) -> str:
    """Return what a change of a row is about: its kind and its name."""
    return f"{kind_of(row).capitalize()}: {row}"


def kind_of(row: Any) -> str:
    """Return what kind of row it is, as people call it."""
    return str(row._meta.verbose_name)  # noqa: SLF001


def _name(row: Any) -> str:
    return str(row.instance) if row.instance.pk else ""


def _changed_fields(form: Any, *, of: str) -> Iterator[str]:
    for name in form.changed_data:
        field = form.fields.get(name)
        # A password is told to nobody, and kept nowhere; the form for it says that it has changed without a field.
        if field is None or isinstance(field.widget, PasswordInput):
            continue
        words = {
            "field": f"{of}{field.label or name}",
            "before": _shown(field, form.get_initial_for_field(field, name)),
            "after": _shown(field, form.cleaned_data.get(name)),
        }
        if words["before"] == NOTHING:
            yield _("%(field)s: %(after)s") % words
        else:
            yield _("%(field)s: %(after)s instead of %(before)s") % words


def _shown(field: Field, value: Any) -> str:
    """Return a value of a field as a person reads it; the same whether it was typed or stored."""
    if value is None or value in ("", []):
        return NOTHING
    if isinstance(field, ModelChoiceField):
        return _shown_row(field, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    for code, words in getattr(field, "choices", ()):
        if str(code) == str(value):
            return str(words)
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_day(value, get_language() or "en")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _shown_row(field: "ModelChoiceField[Any]", value: Any) -> str:
    """Return a row that was picked, or the key under which it is stored: it may be offered no more."""
    if isinstance(field, ModelMultipleChoiceField):
        return ", ".join(sorted(map(str, value))) or NOTHING
    try:
        return str(value if isinstance(value, Model) else field.clean(value))
    except ValidationError:
        return str(value)
