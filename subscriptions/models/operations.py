"""
What migrations are made of here, so that an empty database is ready in seconds.

Beside the tables Django keeps what the models were at each step, and makes those of all apps anew whenever one of them
changes or a step asks for them: with a hundred models that takes many times as long as the tables themselves.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import names_digest
from django.db.migrations import Migration
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

BEGAN_EARLIER = "0001_initial"


class FirstMigration(Migration):
    """
    One of the migrations with which an app begins; it took the place of many smaller ones, up to `last_before`.

    A database that the earlier ones made has all of it already, and is left as it is. Django's `replaces` is for one
    file in the place of several: of several new ones it would take some for applied in a database that stopped halfway.
    """

    last_before: str

    def apply(self, project_state: ProjectState, schema_editor: Any, collect_sql: bool = False) -> ProjectState:
        """Do all of it, or nothing. :raises CommandError: if the earlier migrations stopped halfway."""
        recorded = MigrationRecorder(schema_editor.connection).applied_migrations()
        if (self.app_label, BEGAN_EARLIER) not in recorded:
            return super().apply(project_state, schema_editor, collect_sql)
        if (self.app_label, self.last_before) not in recorded:
            raise CommandError(
                f"This database is from an earlier version and stands before the migration {self.app_label}."
                f"{self.last_before}, which this version no longer has. Its tables are as they were. Check out the"
                " last commit that has it, run `manage.py migrate` there, then update again."
            )
        return self.mutate_state(project_state, preserve=False)


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


class WithoutOwnIndex(Operation):
    """
    Lets foreign keys do without an index of their own, where another one begins with the same column.

    Only the indexes are dropped: to alter a field, Django would build the whole table anew on SQLite.
    """

    def __init__(self, model: str, *names: str) -> None:
        """Take the model and its foreign keys."""
        self.model, self.names = model, names

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the index out of the fields; whoever asks for the models next makes them."""
        vars(state).pop("apps", None)
        for name in self.names:
            field = state.models[app_label, self.model].fields[name].clone()
            field.db_index = False
            state.alter_field(app_label, self.model, name, field, preserve_default=True)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the indexes."""
        for index, _table, _column in self._indexes(app_label):
            schema_editor.execute(f"DROP INDEX IF EXISTS {index}")

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Build them again."""
        for index, table, column in self._indexes(app_label):
            schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({column})")

    def _indexes(self, app_label: str) -> Iterator[tuple[str, str, str]]:
        """Yield the indexes by the names that Django gave them, with table and column."""
        table = f"{app_label}_{self.model}"
        for column in (f"{name}_id" for name in self.names):
            yield f"{table}_{column}_{names_digest(table, column, length=8)}", table, column
