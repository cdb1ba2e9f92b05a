"""The second opinion agrees with every result that was computed by hand: so it may be asked about others."""

from pathlib import Path

import pytest
import yaml

from tests.reference.model import play
from tests.reference.stories import random_story

OURS = Path(__file__).parents[1] / "scenarios"
SHARED = OURS.parents[2] / "shared" / "scenarios"
STORIES = [*sorted(OURS.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_model_finds_what_was_computed_by_hand(path):
    story = yaml.safe_load(path.read_text(encoding="utf-8"))

    assert play(story) == story["expect"]


def test_a_seed_tells_the_same_story_again():
    assert random_story(7) == random_story(7) != random_story(8)


def test_a_story_survives_being_written_down():
    for seed in range(20):
        story = random_story(seed)
        assert yaml.safe_load(yaml.safe_dump(story)) == story
