"""Every billing rule that is built is named by the code that keeps it and by a test that holds it to it."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings

PROJECT = Path(settings.BASE_DIR)
PAGE = (PROJECT / "docs" / "billing-rules.md").read_text(encoding="utf-8")


def rules_that_are_built() -> list[str]:
    """Return the rules that stand in a row of the page on billing rules, ranges and lists of them included."""
    rules = []
    for row in re.findall(r"^\| (BR-[^|]+?) \|", PAGE, flags=re.MULTILINE):
        numbers = [int(number) for number in re.findall(r"\d\d", row)]
        rules += range(numbers[0], numbers[-1] + 1) if " to " in row else numbers
    return [f"BR-{number:02}" for number in rules]


RULES = rules_that_are_built()


def rules_named_in(files: Iterable[Path]) -> set[str]:
    """Return every rule named in the files."""
    return {rule for file in files for rule in re.findall(r"BR-\d\d", file.read_text(encoding="utf-8"))}


IN_CODE = rules_named_in(
    file for app in ("subscriptions", "usage", "invoices") for file in (PROJECT / app).rglob("*.py")
)
IN_TESTS = rules_named_in(
    file for file in (PROJECT / "tests").rglob("*") if file.suffix in {".py", ".yaml"} and file != Path(__file__)
)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_its_code(rule):
    assert rule in IN_CODE


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_named_by_a_test(rule):
    assert rule in IN_TESTS


def test_each_rule_stands_in_one_row_of_the_page():
    assert len(RULES) == len(set(RULES)) > 30


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py)?)`", PAGE))))
def test_the_page_names_code_that_is_there(path):
    assert (PROJECT / path.rstrip("/")).exists()
