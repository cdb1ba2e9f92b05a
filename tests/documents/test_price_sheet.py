"""What an organization pays today: agreed or from the book, and what changes on which day (BR-15, BR-31)."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from invoices.documents.price_sheet import find_price_sheet, list_rates
from invoices.exports.price_sheet import price_sheet_csv
from subscriptions.models import Product, VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from tests.factories.subscriptions import (
    a_change,
    a_list_price,
    a_prepaid_subscription,
    a_subscription,
    an_organization,
)

TODAY = date(2026, 3, 1)
"""In the period from February 15 to March 14."""


@pytest.fixture
def lantern(db):
    return an_organization()


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(17), tzinfo=UTC)


def change(subscription, on: date, product: str = "purecloud-3", **figures: str) -> None:
    a_change(
        subscription=subscription,
        product_id=product,
        effective_date=on,
        recorded_at=datetime(2026, 1, 10, tzinfo=UTC),
        reason="Agreed.",
        **{name: Decimal(value) for name, value in figures.items()},
    )


def sheet(organization, today: date = TODAY):
    found = find_price_sheet(organization, now=at_noon(today))
    assert found is not None
    return found


def product(organization, code: str, today: date = TODAY):
    return next(row for row in sheet(organization, today).products if row.code == code)


def told(organization, code: str) -> list[tuple[date, Decimal, Decimal | None]]:
    return [(day, terms.commitment, terms.price) for day, terms in product(organization, code).coming]


def test_an_agreed_price_stands_before_the_books(lantern):
    a_prepaid_subscription(lantern)
    a_list_price("purecloud-3", "165.00")
    a_list_price("did-number", "1.00")

    agreed, listed = product(lantern, "purecloud-3").now, product(lantern, "did-number").now

    assert (agreed.price, agreed.overage_price, agreed.commitment, agreed.is_agreed) == (140, 150, 2, True)
    assert (listed.price, listed.commitment, listed.is_agreed) == (1, 0, False)


def test_products_stand_by_kind_and_only_those_that_are_charged(lantern):
    Product.objects.create(code="recording", name="Recording", kind="add_on")
    Product.objects.create(code="telephone", name="Telephone", kind="hardware")
    for code in ("toll-free-number", "call-ports", "data-storage", "recording", "telephone", "purecloud-1"):
        a_list_price(code, "1.00")
    a_subscription(lantern, prices={})

    assert [row.code for row in sheet(lantern).products] == [
        "purecloud-1",
        "recording",
        "data-storage",
        "toll-free-number",
    ]


def test_the_first_edition_charges_ports_and_no_fair_use(lantern):
    for code in ("call-ports", "data-storage"):
        a_list_price(code, "1.00")
    a_subscription(lantern, prices={}, edition="2016")

    assert [row.code for row in sheet(lantern).products] == ["call-ports"]


def test_a_change_is_announced_with_the_first_day_it_is_charged_for(lantern):
    subscription = a_prepaid_subscription(lantern)
    change(subscription, date(2026, 2, 1), price="141.00")
    change(subscription, date(2026, 3, 20), price="145.00")
    change(subscription, date(2026, 4, 15), commitment="5")

    assert product(lantern, "purecloud-3").now.price == 141
    assert told(lantern, "purecloud-3") == [(date(2026, 4, 15), 5, 145)]


def test_a_book_to_come_changes_what_is_not_agreed(lantern):
    a_prepaid_subscription(lantern)
    for code in ("purecloud-3", "did-number"):
        a_list_price(code, "1.00")
        a_list_price(code, "1.20", on=date(2026, 6, 1))

    assert told(lantern, "did-number") == [(date(2026, 6, 15), 0, Decimal("1.20"))]
    assert told(lantern, "purecloud-3") == []


def test_a_commitment_begins_when_the_ramp_ends(lantern):
    a_prepaid_subscription(lantern, ramp_months=3, edition="2025")

    assert product(lantern, "purecloud-3").now.commitment == 0
    assert told(lantern, "purecloud-3") == [(date(2026, 4, 15), 2, 140)]
    assert sheet(lantern).free_until == date(2026, 4, 15)
    assert sheet(lantern, date(2026, 4, 15)).free_until is None


def test_a_prepaid_decrease_is_announced_for_the_next_contract_year(lantern):
    subscription = a_prepaid_subscription(lantern, commercial_model="PREPAY")
    change(subscription, date(2026, 4, 15), commitment="1")

    assert told(lantern, "purecloud-3") == [(date(2027, 1, 15), 1, 140)]


def test_in_other_editions_a_ramp_is_not_free(lantern):
    a_prepaid_subscription(lantern, ramp_months=3)

    assert sheet(lantern).free_until is None


def test_nothing_is_announced_after_the_last_period(lantern):
    subscription = a_prepaid_subscription(lantern, last_service_date=date(2026, 3, 14))
    change(subscription, date(2026, 4, 15), commitment="5")

    assert told(lantern, "purecloud-3") == []


@pytest.mark.parametrize(
    ("today", "since"),
    [
        (date(2026, 1, 1), date(2026, 1, 15)),
        (date(2026, 1, 15), date(2026, 1, 15)),
        (date(2026, 3, 14), date(2026, 2, 15)),
        (date(2026, 3, 15), date(2026, 3, 15)),
        (date(2026, 6, 30), date(2026, 6, 20)),
        (date(2027, 1, 1), None),
    ],
)
def test_prices_are_those_of_the_agreement_that_runs_and_of_its_period(today, since, lantern):
    a_subscription(lantern, last_service_date=date(2026, 6, 14))
    a_subscription(lantern, effective_date=date(2026, 6, 20), last_service_date=date(2026, 12, 31))

    found = find_price_sheet(lantern, now=at_noon(today))

    assert (found and found.since) == since


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (datetime(2026, 3, 15, 3, 59, tzinfo=UTC), date(2026, 2, 15)),
        (datetime(2026, 3, 15, 4, 0, tzinfo=UTC), date(2026, 3, 15)),
    ],
    ids=["a minute before midnight in New York", "at midnight"],
)
def test_a_period_begins_at_the_midnight_of_its_zone(now, since, lantern):
    a_subscription(lantern)

    assert find_price_sheet(lantern, now=now).since == since


@pytest.fixture
def deck(db) -> VoiceRateDeck:
    deck = VoiceRateDeck.objects.create(name="World", currency="USD")
    version = VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2026, 1, 1))
    VoiceRateDeckVersion.objects.create(deck=deck, effective_date=date(2026, 5, 1))
    for prefix, destination in (("+33", "France"), ("+336", "France, mobile"), ("+34", "Spain")):
        VoiceRate.objects.create(
            version=version, direction="outbound", prefix=prefix, destination=destination, per_minute=Decimal("0.0119")
        )
    return deck


def test_calls_are_rated_by_the_version_of_the_period_and_a_later_one_is_announced(lantern, deck):
    a_subscription(lantern, rate_deck=deck)

    found = sheet(lantern)

    assert found.deck_version.effective_date == date(2026, 1, 1)
    assert found.next_rates_on == date(2026, 5, 15)


@pytest.mark.parametrize(
    ("wanted", "prefixes"),
    [
        ("", ["+33", "+336", "+34"]),
        ("france", ["+33", "+336"]),
        ("+33", ["+33", "+336"]),
        ("33", ["+33", "+336"]),
        ("+33 6 12 34", ["+33", "+336"]),
        ("+34912", ["+34"]),
        ("mars", []),
    ],
)
def test_rates_are_found_by_place_by_prefix_and_by_number(wanted, prefixes, deck):
    version = deck.versions.get(effective_date=date(2026, 1, 1))

    found = list_rates(version, direction="outbound", wanted=wanted).order_by("prefix")

    assert [rate.prefix for rate in found] == prefixes


def test_the_file_has_every_price_every_change_and_every_rate(lantern, deck):
    subscription = a_prepaid_subscription(lantern, rate_deck=deck)
    change(subscription, date(2026, 3, 15), commitment="5")
    Product.objects.filter(code="did-number").update(name="=1+1")
    a_list_price("did-number", "1.00")

    lines = [line.strip() for line in price_sheet_csv(sheet(lantern))]

    assert lines[1:] == [
        "license,purecloud-3,PureCloud 3,2026-02-15,USD,2,140,150,,agreement,,",
        "license,purecloud-3,PureCloud 3,2026-03-15,USD,5,140,150,,agreement,,",
        "number,did-number,'=1+1,2026-02-15,USD,0,1,1,,price_book,,",
        "voice,voice,France,2026-02-15,USD,,0.0119,,,rate_deck,outbound,'+33",
        'voice,voice,"France, mobile",2026-02-15,USD,,0.0119,,,rate_deck,outbound,\'+336',
        "voice,voice,Spain,2026-02-15,USD,,0.0119,,,rate_deck,outbound,'+34",
    ]
