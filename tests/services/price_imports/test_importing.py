"""A list is put into force whole or not at all, and changes none that has charged somebody (BR-31, BR-42, BR-78)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from subscriptions.choices import ImportState
from subscriptions.domain.price_list.entry import Scope, Target
from subscriptions.domain.price_list.fault import Problem
from subscriptions.models import (
    AuthorityRate,
    PriceBook,
    PriceBookEntry,
    PriceImport,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from subscriptions.selectors.catalog import get_list_prices, get_list_setup_prices
from subscriptions.selectors.clock import latest_date_at
from subscriptions.selectors.rate_decks import get_rate_deck
from subscriptions.services.price_imports import importing
from subscriptions.services.price_imports.checking import Findings, check_file
from subscriptions.services.price_imports.importing import OutdatedError, RefusedError, import_findings
from subscriptions.services.price_imports.working import import_file
from tests.factories.subscriptions import a_list_price, a_subscription
from tests.services.price_imports.files import (
    DECK_HEADER,
    IN_FORCE,
    NOW,
    TO_COME,
    a_csv,
    for_book,
    for_deck,
    for_taxes,
    rates_of,
)

pytestmark = pytest.mark.django_db

TODAY = latest_date_at(NOW)
BOOK = a_csv("product,price,setup_price", "purecloud-1,75.5,", "did-number,1.25,3")
FRANCE = ("outbound", "+33", "France", "0.0119")
MOBILE = ("outbound", "+336", "France, mobile", "0.0454")


def run(content: bytes, target: Target) -> Findings:
    return import_file(content, file_name="prices.csv", target=target, now=NOW)


def problems(findings: Findings) -> list[Problem]:
    return [fault.problem for fault in findings.faults]


def a_deck(*rates: tuple[str, str, str, str], on: date = IN_FORCE, used: bool = True) -> VoiceRateDeck:
    deck = VoiceRateDeck.objects.create(name="World", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=on)
    for direction, prefix, destination, per_minute in rates:
        VoiceRate.objects.create(
            version=version,
            direction=direction,
            prefix=prefix,
            destination=destination,
            per_minute=Decimal(per_minute),
        )
    if used:
        a_subscription(rate_deck=deck)
    return deck


def deck_csv(*rates: tuple[str, str, str, str]) -> bytes:
    return a_csv(DECK_HEADER, *(f'{direction},"{prefix}","{name}",{price}' for direction, prefix, name, price in rates))


def everything() -> list[Any]:
    """Return every price there is, to see that nothing changed."""
    models = (PriceBook, PriceBookEntry, VoiceRateDeckVersion, VoiceRate, TaxAuthority, AuthorityRate, PriceImport)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_book_is_in_force_from_its_day_on() -> None:
    a_list_price("purecloud-1", "70")
    a_list_price("purecloud-2", "110")
    run(BOOK, for_book())
    assert get_list_prices(currency="USD", on=date(2026, 12, 31)) == {"purecloud-1": 70, "purecloud-2": 110}
    assert get_list_prices(currency="USD", on=TO_COME) == {
        "purecloud-1": Decimal("75.5"),
        "did-number": Decimal("1.25"),
    }
    assert get_list_setup_prices(currency="USD", on=TO_COME) == {"did-number": 3}
    assert get_list_prices(currency="EUR", on=TO_COME) == {}


def test_a_file_of_changes_keeps_what_it_does_not_name() -> None:
    a_list_price("purecloud-1", "70")
    a_list_price("purecloud-2", "110")
    run(a_csv("product,price", "purecloud-1,75"), for_book(scope=Scope.CHANGES))
    assert get_list_prices(currency="USD", on=TO_COME) == {"purecloud-1": 75, "purecloud-2": 110}


def test_the_import_is_recorded() -> None:
    run(BOOK, for_book())
    row = PriceImport.objects.get()
    assert (row.state, row.imported_at, row.uploaded_at, row.uploaded_by) == (ImportState.IMPORTED, NOW, NOW, None)
    assert (row.kind, row.currency, row.effective_date, row.file_name) == ("price_book", "USD", TO_COME, "prices.csv")
    assert row.counts["added"] == 2
    assert bytes(row.content) == b""
    assert len(row.sha256) == 64


def test_the_same_file_again_changes_nothing() -> None:
    run(BOOK, for_book())
    before = everything()
    again = run(BOOK, for_book())
    assert again.comparison is not None
    assert again.comparison.is_empty
    assert everything() == before


def test_a_book_to_come_is_replaced_by_a_later_file() -> None:
    run(BOOK, for_book())
    run(a_csv("product,price", "purecloud-1,80", "purecloud-2,120"), for_book())
    assert PriceBook.objects.count() == 1
    assert get_list_prices(currency="USD", on=TO_COME) == {"purecloud-1": 80, "purecloud-2": 120}


def test_one_bad_row_keeps_everything_out() -> None:
    a_list_price("purecloud-1", "70")
    before = everything()
    findings = run(a_csv("product,price", "purecloud-1,75", "nobody,1", "purecloud-2,x"), for_book())
    assert problems(findings) == [Problem.UNKNOWN_PRODUCT, Problem.NOT_A_NUMBER]
    assert everything() == before


def test_a_row_that_fails_in_the_middle_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    deck = a_deck(FRANCE)
    before = everything()
    findings = check_file(deck_csv(FRANCE, MOBILE), target=for_deck(deck), today=TODAY)
    assert findings.comparison is not None
    # As if the check had let it through: the database refuses the last row after it took the others.
    entry = findings.comparison.changes[0].after
    assert entry is not None
    object.__setattr__(entry, "price", Decimal(-1))
    with pytest.raises(OutdatedError):
        import_findings(findings, target=for_deck(deck), today=TODAY)
    assert everything() == before


@pytest.mark.parametrize(
    ("line", "problem"),
    [("purecloud-1,75", Problem.STANDS), ("purecloud-1,70", None), ("purecloud-2,110", None)],
    ids=["another price", "the same price", "a product that was forgotten"],
)
def test_a_book_in_force_only_takes_what_it_does_not_know(line: str, problem: Problem | None) -> None:
    a_list_price("purecloud-1", "70", on=IN_FORCE)
    before = everything()
    findings = run(a_csv("product,price", line), for_book(IN_FORCE, scope=Scope.CHANGES))
    assert problems(findings) == ([] if problem is None else [problem])
    assert (everything() == before) is not (line == "purecloud-2,110")
    assert PriceBook.objects.count() == 1
    assert get_list_prices(currency="USD", on=IN_FORCE)["purecloud-1"] == 70


def test_a_complete_file_takes_nothing_away_from_a_book_in_force() -> None:
    a_list_price("purecloud-1", "70", on=IN_FORCE)
    a_list_price("purecloud-2", "110", on=IN_FORCE)
    before = everything()
    assert problems(run(a_csv("product,price", "purecloud-1,70"), for_book(IN_FORCE))) == [Problem.STANDS]
    assert everything() == before


def test_no_book_begins_in_the_past_of_one_in_force() -> None:
    a_list_price("purecloud-1", "70", on=IN_FORCE)
    before = everything()
    assert problems(run(BOOK, for_book(date(2026, 6, 1)))) == [Problem.OTHER_DAY]
    assert everything() == before


def test_a_version_of_a_deck_is_in_force_from_its_day_on() -> None:
    deck = a_deck(FRANCE, MOBILE)
    run(deck_csv(("outbound", "+33", "France", "0.01"), ("inbound", "+1", "US", "0.002")), for_deck(deck, increment=60))
    standing, coming = deck.versions.order_by("effective_date")
    assert rates_of(standing) == [FRANCE, MOBILE]
    assert rates_of(coming) == [("inbound", "+1", "US", "0.002"), ("outbound", "+33", "France", "0.01")]
    assert (coming.effective_date, coming.increment_seconds) == (TO_COME, 60)


def test_a_deck_in_force_takes_a_prefix_that_nothing_rates_and_rates_calls_by_it_at_once() -> None:
    deck = a_deck(FRANCE)
    version = deck.versions.get()
    assert get_rate_deck(version.pk).match(direction="outbound", remote="+813") is None
    assert not run(deck_csv(("outbound", "+81", "Japan", "0.02")), for_deck(deck, IN_FORCE, scope=Scope.CHANGES)).faults
    assert get_rate_deck(version.pk).match(direction="outbound", remote="+813") is not None
    assert deck.versions.count() == 1


def test_a_deck_in_force_takes_no_prefix_that_a_shorter_one_rates() -> None:
    deck = a_deck(FRANCE)
    before = everything()
    findings = run(deck_csv(MOBILE), for_deck(deck, IN_FORCE, scope=Scope.CHANGES))
    assert [(fault.problem, fault.line, fault.value, fault.detail) for fault in findings.faults] == [
        (Problem.COVERED, 2, "+336", "+33")
    ]
    assert everything() == before


def test_a_version_to_come_is_changed_and_never_remembered_as_it_was() -> None:
    deck = a_deck(FRANCE)
    run(deck_csv(FRANCE, MOBILE), for_deck(deck))
    version = deck.versions.get(effective_date=TO_COME)
    assert len(get_rate_deck(version.pk).rates) == 2
    run(deck_csv(("outbound", "+33", "France", "0.5")), for_deck(deck, increment=1))
    assert [(rate.prefix, rate.per_minute) for rate in get_rate_deck(version.pk).rates] == [("+33", Decimal("0.5"))]
    assert get_rate_deck(version.pk).increment_seconds == 1
    assert deck.versions.count() == 2


def test_a_deck_that_nobody_uses_is_filled_from_an_earlier_day_on() -> None:
    deck = a_deck(used=False, on=date(2025, 1, 1))
    run(deck_csv(FRANCE), for_deck(deck, IN_FORCE))
    run(deck_csv(MOBILE), for_deck(deck, IN_FORCE))
    assert rates_of(deck.versions.get(effective_date=IN_FORCE)) == [MOBILE]


def test_tax_rates_are_in_force_from_their_day_on_and_new_authorities_are_added() -> None:
    texas = TaxAuthority.objects.create(name="Texas")
    AuthorityRate.objects.create(authority=texas, effective_date=IN_FORCE, rate=6, taxable=100, categories=["software"])
    utah = TaxAuthority.objects.create(name="Utah")
    AuthorityRate.objects.create(authority=utah, effective_date=IN_FORCE, rate=4, taxable=100, categories=["software"])
    content = a_csv("authority;rate;taxable;categories", "Texas;8.25;80;telecom,software", "Iowa;7%;;service")

    run(content, for_taxes())
    run(content, for_taxes())

    rates = AuthorityRate.objects.order_by("authority__name", "effective_date")
    assert [(rate.authority.name, rate.effective_date, rate.rate, rate.taxable, rate.categories) for rate in rates] == [
        ("Iowa", TO_COME, 7, 100, ["service"]),
        ("Texas", IN_FORCE, 6, 100, ["software"]),
        ("Texas", TO_COME, Decimal("8.25"), 80, ["software", "telecom"]),
        ("Utah", IN_FORCE, 4, 100, ["software"]),
    ]

    run(a_csv("authority;rate;categories", "Texas;9;software"), for_taxes())
    assert [rate.rate for rate in texas.rates.order_by("effective_date")] == [6, 9]


def test_a_tax_rate_in_force_stands() -> None:
    texas = TaxAuthority.objects.create(name="Texas")
    AuthorityRate.objects.create(authority=texas, effective_date=IN_FORCE, rate=6, taxable=100, categories=["software"])
    before = everything()
    content = a_csv("authority;rate;categories", "Iowa;7;service", "Texas;8;software")
    assert problems(run(content, for_taxes(TODAY))) == [Problem.STANDS]
    assert everything() == before


def test_two_authorities_of_one_name_are_not_guessed() -> None:
    for _ in range(2):
        TaxAuthority.objects.create(name="Springfield")
    findings = run(a_csv("authority;rate;categories", "Springfield;7;service"), for_taxes())
    assert problems(findings) == [Problem.AMBIGUOUS_AUTHORITY]


def test_what_was_compared_with_another_list_is_not_imported() -> None:
    a_list_price("purecloud-1", "70", on=IN_FORCE)
    mine = check_file(BOOK, target=for_book(), today=TODAY)
    run(a_csv("product,price", "purecloud-1,72"), for_book(date(2026, 12, 15)))
    before = everything()
    with pytest.raises(OutdatedError):
        import_findings(mine, target=for_book(), today=TODAY)
    assert everything() == before


def test_a_list_whose_day_has_begun_meanwhile_is_not_imported() -> None:
    a_list_price("purecloud-1", "70", on=IN_FORCE)
    mine = check_file(BOOK, target=for_book(), today=TODAY)
    before = everything()
    with pytest.raises(RefusedError) as refused:
        import_findings(mine, target=for_book(), today=TO_COME)
    assert [fault.problem for fault in refused.value.faults] == [Problem.OTHER_DAY]
    assert everything() == before


def test_a_preview_says_since_when_and_until_when_a_list_is_in_force() -> None:
    a_list_price("purecloud-1", "70", on=IN_FORCE)
    a_list_price("purecloud-1", "90", on=date(2027, 6, 1))
    findings = check_file(BOOK, target=for_book(), today=TODAY)
    assert (findings.since, findings.until) == (IN_FORCE, date(2027, 6, 1))


def test_a_deck_of_fifty_thousand_prefixes_is_imported_and_read_once_for_all(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    deck = a_deck(FRANCE, ("outbound", "+7", "Russia", "0.1"))
    rates = [
        ("outbound", f"+{number}", f"Place {number // 50}", f"0.{number % 997:04}1") for number in range(10_000, 60_000)
    ]
    findings = run(deck_csv(*rates), for_deck(deck))
    assert findings.comparison is not None
    assert (len(findings.comparison.changes), findings.comparison.unchanged) == (50_002, 0)
    version = deck.versions.get(effective_date=TO_COME)
    assert version.rates.count() == 50_000
    rate = get_rate_deck(version.pk).match(direction="outbound", remote="+123456789")
    assert rate is not None
    assert rate.prefix == "+12345"
    # Its name alone is asked for again.
    with django_assert_num_queries(1):
        assert len(get_rate_deck(version.pk).rates) == 50_000
