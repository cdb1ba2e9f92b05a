"""What people type into any form: nothing that hides or turns text round, and no number of a payment card in notes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from subscriptions.domain.cards import holds_card_number
from subscriptions.domain.characters import find_misleading

_NOTES = {"note", "notes", "reason", "answer", "words", "comment"}


def validate_readable(value: object) -> None:
    """Refuse a character that hides, or that makes a text look like another."""
    for text in _texts(value):
        if (character := find_misleading(text, several_lines=True)) is not None:
            raise ValidationError(
                _("This holds a character that cannot be seen or misleads (%(character)s): type the text once more."),
                code="misleading",
                params={"character": character},
            )


def validate_no_card_number(value: object) -> None:
    """Refuse the number of a payment card, and repeat nothing of it."""
    if any(map(holds_card_number, _texts(value))):
        raise ValidationError(
            _("This looks like the number of a payment card. Leave it out: such numbers may not be kept here."),
            code="card_number",
        )


def check_texts(fields: Mapping[str, forms.Field]) -> None:
    """Let the fields of a form refuse what may not be typed; passwords are as they are."""
    for name, field in fields.items():
        if not isinstance(field, forms.CharField) or isinstance(field.widget, forms.PasswordInput):
            continue
        checks = [validate_readable]
        if name in _NOTES or isinstance(field.widget, forms.Textarea):
            checks.append(validate_no_card_number)
        field.validators += [check for check in checks if check not in field.validators]


class TextsForm(forms.Form):
    """A form whose texts are checked."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what Django's own form takes."""
        super().__init__(*args, **kwargs)
        check_texts(self.fields)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, (list, tuple)) else []
