"""What a list would change: raised, lowered, removed, added, renamed; and which prefix rates calls instead (BR-42)."""

from decimal import Decimal
from typing import Any

import pytest

from subscriptions.domain.price_list.comparison import ChangeKind, Comparison, compare
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList, Scope


def rate(prefix: str, price: str, words: str = "Somewhere", direction: str = "outbound") -> Entry:
    return Entry(code=prefix, direction=direction, price=Decimal(price), words=words)


def price(product: str, figure: str, setup: str | None = None) -> Entry:
    return Entry(code=product, price=Decimal(figure), extra=None if setup is None else Decimal(setup))


def rates_compared(before: list[Entry], after: list[Entry], **how: Any) -> Comparison:
    how = {"scope": Scope.COMPLETE} | how
    return compare(PriceList(entries=before), after, kind=ListKind.RATE_DECK, **how)


def books_compared(before: list[Entry], after: list[Entry], scope: Scope = Scope.COMPLETE) -> Comparison:
    return compare(PriceList(entries=before), after, kind=ListKind.PRICE_BOOK, scope=scope)


def told(comparison: Comparison) -> list[tuple[str, str]]:
    return [(change.kind.value, change.entry.code) for change in comparison.changes]


def test_each_change_is_told_by_kind_and_then_by_code() -> None:
    before = [price("a", "1"), price("b", "2"), price("c", "3"), price("d", "4"), price("e", "5")]
    after = [price("f", "6"), price("a", "1.000"), price("b", "1"), price("d", "5"), price("c", "4")]
    comparison = books_compared(before, after)
    assert told(comparison) == [("raised", "c"), ("raised", "d"), ("lowered", "b"), ("removed", "e"), ("added", "f")]
    assert comparison.unchanged == 1
    assert comparison.counts() == {
        ChangeKind.RAISED: 2,
        ChangeKind.LOWERED: 1,
        ChangeKind.REMOVED: 1,
        ChangeKind.ADDED: 1,
        ChangeKind.RENAMED: 0,
    }


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (price("n", "1", "2"), price("n", "1", "3"), ChangeKind.RAISED),
        (price("n", "1", None), price("n", "1", "3"), ChangeKind.RAISED),
        (price("n", "1", "3"), price("n", "1", None), ChangeKind.LOWERED),
        (price("n", "2", "1"), price("n", "1", "3"), ChangeKind.LOWERED),
        (rate("+1", "1", "US"), rate("+1", "1", "USA"), ChangeKind.RENAMED),
        (rate("+1", "1", "US"), rate("+1", "2", "USA"), ChangeKind.RAISED),
    ],
    ids=["setup up", "setup new", "setup gone", "price first", "renamed", "renamed and raised"],
)
def test_an_entry_goes_the_way_of_its_price_first(before: Entry, after: Entry, kind: ChangeKind) -> None:
    assert [change.kind for change in books_compared([before], [after]).changes] == [kind]


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [("75", "78", "4.0"), ("24", "20", "-16.7"), ("0.0119", "0.0119", None), ("0", "1", None), ("2", "0", "-100.0")],
)
def test_a_price_rises_or_falls_by_a_percentage(before: str, after: str, percent: str | None) -> None:
    [change] = books_compared([rate("+1", before)], [rate("+1", after, "Elsewhere")]).changes
    assert change.percent == (None if percent is None else Decimal(percent))


def test_a_file_of_changes_ends_nothing() -> None:
    comparison = books_compared([price("a", "1"), price("b", "2")], [price("b", "3")], Scope.CHANGES)
    assert told(comparison) == [("raised", "b")]
    assert comparison.unchanged == 1


def test_the_same_list_changes_nothing_in_whatever_order_it_comes() -> None:
    entries = [price("a", "1"), price("b", "2", "0")]
    comparison = books_compared(entries, entries[::-1])
    assert comparison.is_empty
    assert comparison.unchanged == 2


def test_calls_of_a_removed_prefix_are_rated_by_the_longest_shorter_one_that_stays() -> None:
    before = [rate("+3", "1"), rate("+33", "2"), rate("+336", "3"), rate("+3367", "4"), rate("+44", "5")]
    after = [rate("+3", "1"), rate("+33", "2")]
    comparison = rates_compared(before, after)
    shorter = {change.entry.code: change.shorter and change.shorter.code for change in comparison.changes}
    assert shorter == {"+336": "+33", "+3367": "+33", "+44": None}
    assert comparison.removed_and_rated_by_a_shorter() == 2


def test_a_prefix_for_all_calls_rates_what_nothing_else_does() -> None:
    [change] = rates_compared([rate("+", "9"), rate("+33", "1")], [rate("+", "9")]).changes
    assert change.shorter == rate("+", "9")


def test_an_added_prefix_says_what_rated_its_calls_so_far() -> None:
    comparison = rates_compared([rate("+33", "2")], [rate("+33", "2"), rate("+336", "3"), rate("+81", "4")])
    assert {change.entry.code: change.shorter for change in comparison.changes} == {
        "+336": rate("+33", "2"),
        "+81": None,
    }


def test_another_direction_rates_nothing() -> None:
    inbound = rate("+33", "1", direction="inbound")
    [change] = rates_compared([inbound, rate("+336", "2")], [inbound]).changes
    assert change.shorter is None


@pytest.mark.parametrize(("before", "after", "changes"), [(6, 6, False), (6, 60, True), (None, 60, False)])
def test_another_increment_is_a_change_of_a_deck_that_has_one(before: int | None, after: int, changes: bool) -> None:
    standing = PriceList(entries=[rate("+1", "1")], increment_seconds=before)
    comparison = compare(
        standing, [rate("+1", "1")], kind=ListKind.RATE_DECK, scope=Scope.COMPLETE, increment_seconds=after
    )
    assert comparison.is_empty is not changes
