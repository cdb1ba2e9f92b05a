"""A PostgreSQL that refuses to write, with an error of its own."""

import contextlib
from collections.abc import Iterator

from tests.faults.processes import another_session

SERIALIZATION_FAILURE, DEADLOCK, DISK_FULL = "40001", "40P01", "53100"


@contextlib.contextmanager
def refusing(table: str, *, code: str, times: int) -> Iterator[None]:
    """Let the database refuse insertions into a table with an error of its own, so many times: a rollback counts."""
    with another_session() as session:
        session.execute("DROP SEQUENCE IF EXISTS test_refusals CASCADE")
        session.execute("CREATE SEQUENCE test_refusals")
        session.execute(
            "CREATE OR REPLACE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF nextval('test_refusals') <= {times} THEN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END IF;"
            " RETURN NULL; END $$"
        )
        session.execute(
            f"CREATE TRIGGER test_refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH STATEMENT"
            " EXECUTE FUNCTION test_refuse()"
        )
    try:
        yield
    finally:
        with another_session() as session:
            session.execute("DROP FUNCTION test_refuse CASCADE")
            session.execute("DROP SEQUENCE test_refusals")
