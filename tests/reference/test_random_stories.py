"""The product and the model that was written from the rules alone agree on stories that nobody thought of."""

from functools import _lru_cache_wrapper
from gc import collect, get_objects

import pytest
import yaml
from django.db import connection

from invoices.services.books.whole import OWN_APPS
from invoices.services.simulation.play import play_story
from invoices.services.simulation.reading import parse_story
from invoices.services.simulation.result import differences
from tests.books import rows_per_table
from tests.reference.model import play
from tests.reference.stories import random_story

SHORT_SET = range(160)
LONG_SET = range(160, 5_000)
OWN_TO = {"sqlite": SHORT_SET[::2], "postgresql": SHORT_SET[1::2]}
"""Each database plays stories of its own; that both make the same of one is in test_both_databases."""

pytestmark = pytest.mark.django_db


def assert_agreement(seed):
    """Play a random story both ways; where they differ, tell the story so that it can be played again by itself."""
    story = random_story(seed)
    expected = play(story)

    found = list(differences(play_story(parse_story(story)).as_json(), expected))

    if found:
        told = yaml.safe_dump(story | {"expect": expected}, sort_keys=False, width=200)
        pytest.fail("\n".join(["the model expects something else:", *found, "in this story:", told]), pytrace=False)


@pytest.mark.parametrize("seed", OWN_TO[connection.vendor])
def test_a_random_story_comes_out_as_the_model_says(seed):
    assert_agreement(seed)


@pytest.mark.long
@pytest.mark.parametrize("seeds", [range(start, start + 40) for start in LONG_SET[::40]], ids=lambda seeds: seeds.start)
def test_many_random_stories_come_out_as_the_model_says(seeds):
    for seed in seeds:
        assert_agreement(seed)


@pytest.mark.parametrize("stories", [10, pytest.param(1_000, marks=pytest.mark.long)])
def test_stories_played_one_after_the_other_neither_add_up_nor_cost_more(stories):
    for seed in (1, 2):
        statements_of(seed)
    first = [statements_of(seed) for seed in (1, 2)]
    rows, values = rows_per_table(), values_outside_caches()

    for seed in range(3, 3 + stories):
        statements_of(seed)

    assert [statements_of(seed) for seed in (1, 2)] == first
    assert all(cache.cache_info().currsize <= (cache.cache_info().maxsize or stories / 10) for cache in caches())
    assert rows_per_table() == rows
    assert values_outside_caches() == values


def statements_of(seed):
    """Play a random story and return how many statements that took."""
    written, statements = parse_story(random_story(seed)), 0

    def count(execute, *args):
        nonlocal statements
        statements += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        play_story(written)
    return statements


def values_outside_caches():
    """Return how many rows, terms, facts, charges and the like are remembered somewhere; empties the caches."""
    for cache in caches():
        cache.cache_clear()
    collect()
    return sum(1 for found in get_objects() if is_ours(type(found)))


def caches():
    """Return every function of ours that remembers its results."""
    collect()
    return [found for found in get_objects() if isinstance(found, _lru_cache_wrapper) and is_ours(found)]


def is_ours(named):
    return str(getattr(named, "__module__", "")).partition(".")[0] in OWN_APPS
