"""Every billing rule that is built is named by the code that keeps it and by a test that holds it to it."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings

PROJECT = Path(settings.BASE_DIR)
RULES = [
    *("BR-01", "BR-02", "BR-03"),
    *("BR-10", "BR-11", "BR-12", "BR-13", "BR-14", "BR-15", "BR-16", "BR-17"),
    *("BR-20", "BR-21", "BR-22", "BR-23", "BR-24", "BR-25"),
    *("BR-30", "BR-31", "BR-32"),
    *("BR-40", "BR-41", "BR-42", "BR-43"),
    *("BR-50", "BR-51", "BR-52"),
    *("BR-70", "BR-71", "BR-72", "BR-73", "BR-74", "BR-75", "BR-76", "BR-77", "BR-78"),
]


def rules_named_in(files: Iterable[Path]) -> set[str]:
    """Return every rule named in the files."""
    return {rule for file in files for rule in re.findall(r"BR-\d\d", file.read_text(encoding="utf-8"))}


IN_CODE = rules_named_in(
    file
    for app in ("subscriptions", "usage", "invoices")
    for layer in ("domain", "services")
    for file in (PROJECT / app / layer).rglob("*.py")
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
