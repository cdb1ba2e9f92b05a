"""The migrations with which the apps begin leave a database alone that the many before them made, or refuse it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.management.base import CommandError
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from subscriptions.models.operations import CreateModels, FirstMigration

FIRST = {
    key: migration
    for key, migration in MigrationLoader(None).disk_migrations.items()
    if isinstance(migration, FirstMigration)
}
LAST_BEFORE = {"subscriptions": "0021_idempotency", "usage": "0012_key_scopes", "invoices": "0018_reports"}
EACH = pytest.mark.parametrize("key", sorted(FIRST), ids=".".join)

pytestmark = pytest.mark.django_db


@pytest.fixture
def made_earlier() -> Callable[..., None]:
    """Let the database say of itself that these migrations made it."""
    recorder = MigrationRecorder(connection)

    def record(app: str, *names: str) -> None:
        recorder.migration_qs.filter(app=app).delete()
        for name in names:
            recorder.record_applied(app, name)

    return record


def test_each_app_begins_with_them():
    assert {app for app, _name in FIRST} == set(LAST_BEFORE)
    assert {(app, migration.last_before) for (app, _), migration in FIRST.items()} == set(LAST_BEFORE.items())


@EACH
def test_what_the_earlier_ones_made_is_left_as_it_is(key, made_earlier):
    made_earlier(key[0], "0001_initial", LAST_BEFORE[key[0]])
    loader = MigrationLoader(None)
    before = loader.project_state(key, at_end=False)

    after = FIRST[key].apply(before, UntouchedEditor())

    assert after == loader.project_state(key)


@EACH
def test_a_database_that_stopped_halfway_is_refused(key, made_earlier):
    made_earlier(key[0], "0001_initial", "0002_and_so_on")

    with pytest.raises(CommandError, match=rf"stands before the migration {key[0]}\.{LAST_BEFORE[key[0]]}, "):
        FIRST[key].apply(ProjectState(), UntouchedEditor())


def test_models_made_together_are_as_those_made_one_by_one():
    fleet = migrations.CreateModel("Fleet", [("id", models.BigAutoField(primary_key=True))])
    ship = migrations.CreateModel(
        "Ship",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("fleet", models.ForeignKey("subscriptions.Fleet", models.PROTECT, related_name="ships")),
        ],
    )
    together, one_by_one = made(CreateModels([fleet, ship])), made(fleet, ship)

    assert together.state == one_by_one.state
    assert together.statements == one_by_one.statements
    assert len(together.statements) >= 3
    assert together.state.apps.get_model("subscriptions", "Fleet").ships.rel.name == "ships"


class UntouchedEditor:
    """Can be asked for its connection, and for nothing else."""

    connection = connection


def made(*operations) -> SimpleNamespace:
    """Return the models after operations on models that Django has made already, and the statements they take."""
    state = ProjectState()
    assert list(state.apps.get_models()) == []
    # Nothing is executed, so it may stand in the test's transaction.
    editor = connection.SchemaEditorClass(connection, collect_sql=True, atomic=False)
    editor.deferred_sql = []
    for operation in operations:
        before = state.clone()
        operation.state_forwards("subscriptions", state)
        operation.database_forwards("subscriptions", editor, before, state)
    return SimpleNamespace(state=state, statements=[*editor.collected_sql, *map(str, editor.deferred_sql)])
