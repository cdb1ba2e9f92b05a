"""Tests do not see what others committed, and committing tests do not take away what migrations wrote."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from subscriptions.models import Account
from tests.architecture.test_tables import own_models

REFUSE_ON_SQLITE = [
    """
    CREATE TRIGGER frozen_account BEFORE DELETE ON subscriptions_account
    BEGIN SELECT RAISE(ABORT, 'frozen'); END
    """
]
REFUSE_ON_POSTGRESQL = [
    """
    CREATE OR REPLACE FUNCTION refuse_in_this_test() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'frozen'; END $$
    """,
    """
    CREATE TRIGGER frozen_account BEFORE DELETE OR TRUNCATE ON subscriptions_account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_in_this_test()
    """,
    "ALTER TABLE subscriptions_account ENABLE ALWAYS TRIGGER frozen_account",
]
FORGET = {
    "sqlite": ["DROP TRIGGER frozen_account"],
    "postgresql": ["DROP TRIGGER frozen_account ON subscriptions_account", "DROP FUNCTION refuse_in_this_test"],
}


@pytest.fixture
def frozen_accounts(committed_db):
    execute(REFUSE_ON_POSTGRESQL if connection.vendor == "postgresql" else REFUSE_ON_SQLITE)
    yield
    execute(FORGET[connection.vendor])


def test_a_flush_empties_frozen_tables_and_leaves_them_frozen(frozen_accounts):
    Account.objects.create(name="Committed")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        delete_all(Account)

    call_command("flush", interactive=False, verbosity=0)

    assert not Account.objects.exists()
    Account.objects.create(name="Committed again")
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        delete_all(Account)


def test_a_flush_leaves_what_the_migrations_wrote(committed_db):
    before = rows_per_table()
    Account.objects.create(name="Committed")

    call_command("flush", interactive=False, verbosity=0)

    assert rows_per_table() == before


def execute(statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def delete_all(model: type[Model]) -> None:
    execute([f"DELETE FROM {model._meta.db_table}"])


def rows_per_table() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in own_models()}
