"""Why something was refused, in the language that is active."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext

from subscriptions.domain.violations import Violation


def in_words(violation: Violation) -> str:
    """Say what is wrong and what to do."""
    message = gettext(violation.message)
    if not violation.words:
        return message
    return message % {
        name: date_format(word) if isinstance(word, date) else word for name, word in violation.words.items()
    }
