"""Whether anything was written since somebody last looked."""

from django.db import connection

ROWS_WRITTEN = {
    "sqlite": "SELECT total_changes()",
    "postgresql": "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables",
}
"""How many rows this transaction has inserted, updated and deleted, by whatever statement, taken back or not."""


def rows_written() -> int:
    """Return how many rows have been written: a number that only grows."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS_WRITTEN[connection.vendor])
        return int(cursor.fetchone()[0])
