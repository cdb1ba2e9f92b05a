"""A list in force stands, except that what it does not know may be added (BR-31, BR-42)."""

from datetime import date
from decimal import Decimal

import pytest

from subscriptions.domain.price_list.admission import refusals
from subscriptions.domain.price_list.comparison import compare
from subscriptions.domain.price_list.entry import Entry, ListKind, PriceList, Scope, Target
from subscriptions.domain.price_list.fault import Problem

TODAY = date(2026, 11, 26)
IN_FORCE = date(2026, 1, 1)
TOMORROW = date(2026, 11, 27)
STANDING = [Entry(code="+33", price=Decimal(1), words="France"), Entry(code="+44", price=Decimal(2), words="UK")]


def problems(
    *changed: Entry,
    kind: ListKind = ListKind.RATE_DECK,
    on: date = IN_FORCE,
    since: date | None = IN_FORCE,
    scope: Scope = Scope.CHANGES,
    in_use: bool = True,
    increment: int = 6,
) -> list[Problem]:
    standing = PriceList(entries=STANDING if since else (), since=since, increment_seconds=6 if since else None)
    target = Target(kind=kind, effective_date=on, scope=scope, increment_seconds=increment)
    comparison = compare(standing, changed, kind=kind, scope=scope, increment_seconds=increment)
    faults = refusals(target, standing=standing, comparison=comparison, today=TODAY, in_use=in_use)
    return [fault.problem for fault in faults]


NEW = Entry(code="+81", price=Decimal(3), words="Japan")
COVERED = Entry(code="+336", price=Decimal(3), words="France, mobile")
RAISED = Entry(code="+33", price=Decimal(9), words="France")
RENAMED = Entry(code="+33", price=Decimal(1), words="Metropolitan France")


@pytest.mark.parametrize("entry", [NEW, COVERED, RAISED, RENAMED])
def test_a_list_to_come_takes_anything(entry: Entry) -> None:
    assert problems(entry, on=TOMORROW, scope=Scope.COMPLETE) == []


def test_the_day_that_has_begun_somewhere_is_no_day_to_come() -> None:
    assert problems(RAISED, on=TODAY, since=TODAY) == [Problem.STANDS]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [(NEW, []), (COVERED, [Problem.COVERED]), (RAISED, [Problem.STANDS]), (RENAMED, [Problem.STANDS])],
    ids=["new", "covered by a shorter one", "raised", "renamed"],
)
def test_a_deck_in_force_takes_only_what_it_does_not_rate(entry: Entry, expected: list[Problem]) -> None:
    assert problems(entry) == expected


def test_every_change_that_a_list_in_force_refuses_is_named() -> None:
    assert problems(RAISED, NEW, COVERED, scope=Scope.COMPLETE, increment=60) == [
        Problem.INCREMENT_STANDS,
        Problem.STANDS,
        Problem.STANDS,
        Problem.COVERED,
    ]


def test_a_deck_that_nobody_uses_takes_anything_from_any_day_on() -> None:
    assert problems(RAISED, in_use=False, increment=60) == []
    assert problems(RAISED, in_use=False, since=None) == []


def test_a_deck_in_use_gets_its_first_rates_from_a_day_to_come() -> None:
    assert problems(NEW, since=None) == [Problem.IN_USE]
    assert problems(NEW, since=None, on=TOMORROW) == []


def test_a_list_in_force_since_another_day_is_not_replaced_backwards() -> None:
    assert problems(NEW, on=date(2026, 6, 1)) == [Problem.OTHER_DAY]


def test_a_list_in_force_since_another_day_says_the_same_already() -> None:
    assert problems(*STANDING, on=date(2026, 6, 1), scope=Scope.COMPLETE) == []


def test_the_first_book_of_a_currency_begins_on_any_day() -> None:
    assert problems(NEW, kind=ListKind.PRICE_BOOK, since=None) == []
    assert problems(RAISED, kind=ListKind.PRICE_BOOK) == [Problem.STANDS]


def test_a_tax_in_force_stands_and_a_forgotten_one_is_added() -> None:
    assert problems(NEW, kind=ListKind.TAX_RATES, on=TODAY) == []
    assert problems(RAISED, kind=ListKind.TAX_RATES, on=TODAY) == [Problem.STANDS]
    assert problems(RAISED, kind=ListKind.TAX_RATES, on=TOMORROW) == []
