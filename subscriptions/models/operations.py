"""
Operations of migrations that spare Django work.

It keeps, beside the tables, what the models were at each step, and makes those of all apps anew whenever one of them
changes or a step asks for them: with a hundred models that takes many times as long as the tables themselves.
"""

from collections.abc import Callable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateModels(Operation):
    """Creates several models in this order, as so many `CreateModel` would, and has Django make them all at once."""

    def __init__(self, models: list[CreateModel]) -> None:
        """Take the models; each comes after those it refers to."""
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models; whoever asks for them next makes them."""
        vars(state).pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, *arguments: Any, **named: Any) -> None:
        """Make their tables."""
        for model in self.models:
            model.database_forwards(*arguments, **named)

    def database_backwards(self, *arguments: Any, **named: Any) -> None:
        """Drop their tables."""
        for model in reversed(self.models):
            model.database_backwards(*arguments, **named)


class InDatabase(Operation):
    """Does something in the database alone; undoing it does nothing. Unlike `RunPython` it asks for no models."""

    def __init__(self, run: Callable[[BaseDatabaseSchemaEditor], None]) -> None:
        """Take what it does with the schema editor."""
        self.run = run

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the models as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Do it."""
        self.run(schema_editor)

    def database_backwards(self, *arguments: Any, **named: Any) -> None:
        """Leave it as it is."""
