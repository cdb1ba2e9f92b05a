"""A throwaway database with the product's own tables, for stories to be played on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def throwaway_database() -> Iterator[None]:
    """Point the connection at a new, empty database of the same kind, and drop it afterwards."""
    creation = connection.creation
    own_name = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["NAME"] = f"seatbill_stories_{os.getpid()}"
    creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        creation.destroy_test_db(own_name, verbosity=0)
