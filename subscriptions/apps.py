"""The application's registration with Django, and the words of models in the reader's language."""

from collections.abc import Iterable

from django.apps import AppConfig
from django.db.models import Field, Model
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    """Register the app under its label."""

    name = "subscriptions"
    verbose_name = _("Agreements")

    def import_models(self) -> None:
        """Load the models, with words that are translated when they are shown."""
        super().import_models()
        translate_names(self.models.values())


def translate_names(models: Iterable[type[Model]]) -> None:
    """
    Translate what models and their fields are called, and their help texts, whenever they are shown.

    A field is called by its name: to mark each for translation would be to write each name twice. Call this before
    the first form is made of a model.
    """
    for model in models:
        meta = model._meta  # noqa: SLF001
        meta.verbose_name, meta.verbose_name_plural = _(str(meta.verbose_name)), _(str(meta.verbose_name_plural))
        for field in _own_fields(model):
            field.verbose_name = _(str(field.verbose_name))
            field.help_text = field.help_text and _(str(field.help_text))


def words_of(model: type[Model]) -> list[str]:
    """Return every word that `translate_names` lets be translated, as it stands in the code."""
    meta = model._meta  # noqa: SLF001
    words = [meta.verbose_name, meta.verbose_name_plural]
    words += [word for field in _own_fields(model) for word in (field.verbose_name, field.help_text) if word]
    with translation.override(None):
        return [str(word) for word in words]


def _own_fields(model: type[Model]) -> list["Field[object, object]"]:
    meta = model._meta  # noqa: SLF001
    return [field for field in (*meta.fields, *meta.many_to_many) if not field.auto_created]
