"""Every billing story comes out as its author computed it by hand."""

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from invoices.services.simulation.play import play_story
from invoices.services.simulation.reading import Written, parse_story, read_story
from invoices.services.simulation.result import differences
from tests.books import contents, rows_per_table

OURS = Path(__file__).parent
SHARED = OURS.parents[2] / "shared" / "scenarios"
"""The stories that the product was ordered with, where they lie beside the checkout."""

STORIES = [*sorted(OURS.glob("*.yaml")), *sorted(SHARED.glob("*.yaml"))]

NOT_BILLED_YET: dict[str, str] = {}
"""Stories that need a rule of a later version, with the field that is refused: shorten it when they play."""

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", STORIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_story_ends_as_expected(path):
    if path.stem in NOT_BILLED_YET:
        with pytest.raises(ValueError, match=f"^{NOT_BILLED_YET[path.stem]}: cannot be played yet"):
            play_story(read_story(path))
        return
    written = read_story(path)

    result = play_story(written)

    assert written.story.expect is not None
    assert list(differences(result.as_json(), written.story.expect)) == []


def test_every_story_says_what_it_expects_in_full():
    for path in STORIES:
        assert (read_story(path).story.expect or {}).keys() == {"invoices", "exceptions", "held"}, path


def test_a_story_leaves_nothing_behind():
    before = contents()

    play_story(read_story(OURS / "16-fair-use-to-the-unit.yaml"))

    assert contents() == before


def test_a_story_that_cannot_be_played_leaves_nothing_behind():
    before = rows_per_table()
    story = a_story(events=[{"specversion": "1.0", "id": "e-1"}])

    with pytest.raises(ValueError, match=r"^events\[0\]\."):
        play_story(story)

    assert rows_per_table() == before


def test_a_story_does_not_leak_into_the_next():
    busy, quiet = read_story(OURS / "30-add-ons-by-name.yaml"), a_story()
    alone = play_story(quiet)

    play_story(busy)

    assert play_story(quiet) == alone
    assert play_story(busy) == play_story(busy)


def test_a_story_comes_out_the_same_in_any_order_of_its_events():
    written = read_story(OURS / "22-sessions-without-an-end.yaml")
    events = list(reversed(written.story.events))
    backwards = Written(story=msgspec.structs.replace(written.story, events=events), texts=written.texts)

    assert play_story(backwards) == play_story(written)


def test_what_happens_after_the_clock_has_stopped_is_not_billed():
    at_the_cutoff = a_story(run_until="2026-02-15T11:00:00Z", events=a_day_of_ann())
    a_second_before = a_story(run_until="2026-02-15T10:59:59Z", events=a_day_of_ann())

    assert [document["total"] for document in play_story(at_the_cutoff).invoices] == ["75.00"]
    assert play_story(a_second_before).invoices == []


def test_a_story_may_be_told_in_another_time_zone():
    story = a_story(run_until="2026-02-15T23:00:00+12:00", events=a_day_of_ann())

    assert [document["total"] for document in play_story(story).invoices] == ["75.00"]


def test_events_may_lie_beside_the_story(tmp_path):
    (tmp_path / "usage.ndjson").write_text(
        "\n\n".join(json.dumps(event) for event in a_day_of_ann()) + "\n", encoding="utf-8"
    )
    (tmp_path / "story.yaml").write_text(as_yaml() + "events_file: usage.ndjson\n", encoding="utf-8")

    result = play_story(read_story(tmp_path / "story.yaml"))

    assert [document["total"] for document in result.invoices] == ["75.00"]


def test_a_story_may_be_written_in_json(tmp_path):
    (tmp_path / "story.json").write_text(
        """
        {"story": "in JSON", "organization": {"name": "Lantern", "country": "NO", "currency": "EUR"},
         "subscription": {"effective_date": "2026-01-15", "commercial_model": "MONTH_TO_MONTH",
                          "licensing_model": "named"},
         "prices": {"purecloud-1": {"price": "75.00"}}, "run_until": "2026-03-16T12:00:00Z"}
        """,
        encoding="utf-8",
    )

    assert play_story(read_story(tmp_path / "story.json")).invoices == []


@pytest.mark.parametrize(
    ("case", "result", "expected", "lines"),
    [
        ("equal", {"a": [1, {"b": "2"}]}, {"a": [1, {"b": "2"}]}, []),
        ("another value", {"a": {"b": "1.00"}}, {"a": {"b": "1.0"}}, ["a.b: expected 1.0, got 1.00"]),
        ("one too few", {"a": ["x"]}, {"a": ["x", "y"]}, ["a[1]: expected y, got nothing"]),
        ("one too many", {"a": ["x", "y"]}, {"a": ["x"]}, ["a[1]: expected nothing, got y"]),
        ("a field too many", {"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, ["a.c: expected nothing, got 2"]),
        ("a field too few", {"a": {}}, {"a": {"b": 1}}, ["a.b: expected 1, got nothing"]),
        ("another shape", {"a": []}, {"a": {"b": 1}}, ["a: expected {'b': 1}, got []"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_difference_is_told_by_its_path(case, result, expected, lines):
    assert list(differences(result, expected)) == lines


def test_a_wrong_expectation_is_found_in_a_played_story():
    result = play_story(a_story(events=a_day_of_ann()))
    expected = result.as_json() | {"invoices": [result.invoices[0] | {"total": "76.00"}]}

    assert list(differences(result.as_json(), expected)) == ["invoices[0].total: expected 76.00, got 75.00"]


def a_story(**changes: object) -> Written:
    """Return a story of one month to month subscription at 75.00."""
    plain = yaml.safe_load(as_yaml())
    if isinstance(changes.get("run_until"), str):
        changes["run_until"] = datetime.fromisoformat(changes["run_until"])
    return parse_story(plain | changes)


def as_yaml() -> str:
    return (
        "story: a small one\n"
        "organization: {name: Lantern, country: US, currency: USD}\n"
        "subscription: {effective_date: 2026-01-15, commercial_model: MONTH_TO_MONTH, licensing_model: named}\n"
        'prices: {purecloud-1: {price: "75.00"}}\n'
        "run_until: 2026-02-20T00:00:00Z\n"
    )


def a_day_of_ann() -> list[dict[str, object]]:
    event = {"specversion": "1.0", "source": "/hr", "subject": "ann"}
    return [
        event
        | {"id": "e-1", "type": "license.assigned", "time": "2026-01-16T13:00:00Z", "data": {"product": "purecloud-1"}},
        event
        | {
            "id": "e-2",
            "type": "user.logged_in",
            "time": "2026-01-16T14:00:00Z",
            "data": {"session": "s-1", "client": "desktop"},
        },
        event | {"id": "e-3", "type": "user.logged_out", "time": "2026-01-16T15:00:00Z", "data": {"session": "s-1"}},
    ]
