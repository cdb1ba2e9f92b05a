"""Rows of one organization join only rows of the same one, and rows of one agreement only rows of that agreement."""

from collections.abc import Iterator
from functools import cache

from django.db import connection, models

from tests.invariants.reading import own_models

OWNERS = ("organization", "subscription")


def assert_rows_belong_together() -> None:
    """Assert it for every foreign key between two tables that both say whose they are, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_joins_of_two_owners())
        assert cursor.fetchall() == []


@cache
def _joins_of_two_owners() -> str:
    return " UNION ALL ".join(_queries())


def _queries() -> Iterator[str]:
    for model in own_models():
        for field in model._meta.fields:
            if not isinstance(field, models.ForeignKey) or field.name in OWNERS[:1]:
                continue
            for owner in OWNERS:
                if field.name != owner and _has(model, owner) and _has(field.related_model, owner):
                    own, other = model._meta.db_table, field.related_model._meta.db_table
                    yield (
                        f"SELECT '{model._meta.label}.{field.name} joins two {owner}s' FROM {own} a JOIN {other} b"
                        f" ON a.{field.column} = b.{field.target_field.column} WHERE a.{owner}_id <> b.{owner}_id"
                    )


def _has(model: type[models.Model], owner: str) -> bool:
    return owner in {field.name for field in model._meta.fields}
