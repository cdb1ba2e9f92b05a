"""SQLite and PostgreSQL make the same documents of the same story, to the last word."""

import pytest

from tests.reference.both_databases import ON_SQLITE, compare, documents_of, played_on

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.mark.parametrize("seeds", [range(10), pytest.param(range(10, 210), marks=pytest.mark.long)], ids=len)
def test_random_stories_come_out_alike_on_both_databases(seeds):
    documents, found = compare(played_on(ON_SQLITE, seeds), (documents_of(seed) for seed in seeds))

    assert found == []
    assert documents > len(seeds)
