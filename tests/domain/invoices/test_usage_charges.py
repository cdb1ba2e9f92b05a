"""Resources, voice and numbers: what they cost in arrears (BR-32, BR-40, BR-41, BR-42, BR-43)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.charges.voice import CALL_DECIMALS, calls_amount
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.money import round_half_up
from subscriptions.domain.rate_deck import Rate, RateDeck
from tests.domain.agreements import agreed, an_agreement
from tests.domain.histories import PERIOD_START, activated, at, call, reading
from tests.domain.rated import DECK, arrears, blocks, lines

# BR-40, BR-41: resources


def test_storage_above_the_allotment_is_charged_by_the_gigabyte():
    terms = an_agreement(prices=[agreed("purecloud-2", "20", price="100")])
    rating = arrears(reading(Decimal(600), PERIOD_START), terms=terms, book={"data-storage": "0.25"})
    assert lines(rating) == [("fair_use", "data-storage", "100", "0.25", "25.00")]


def test_excess_port_hours_are_charged_as_telecom():
    terms = an_agreement(edition="2016", prices=[agreed("purecloud-1", "50", price="70"), agreed("communicate", "100")])
    rating = arrears([call(3600, at("01-20 12:00"))] * 230, terms=terms, book={"call-ports": "0.50"})
    assert lines(rating) == [("call_ports", "call-ports", "30", "0.50", "15.00")]
    assert rating.charges[0].tax_category is TaxCategory.TELECOM


# BR-42: voice


@pytest.mark.parametrize(
    ("seconds", "per_minute", "minutes", "amount"),
    [
        (34, "0.0119", "0.6", "0.0071"),
        (55, "0.0181", "1", "0.0181"),
        (113, "0.0470", "1.9", "0.0893"),
        (130, "0.0259", "2.2", "0.0570"),
        (11, "0.0150", "0.2", "0.0030"),
        (749, "0.0150", "12.5", "0.1875"),
    ],
)
def test_a_call_costs_its_adjusted_minutes_rounded_to_four_decimals(seconds, per_minute, minutes, amount):
    # Ten thousand of the same call turn the fourth decimal of one into whole dollars.
    deck = RateDeck(
        rates=[Rate(direction="outbound", prefix="+", destination="Anywhere", per_minute=Decimal(per_minute))]
    )
    rating = arrears([call(seconds, at("01-20 12:00"))] * 10_000, deck=deck)
    (line,) = rating.charges
    assert line.amount.amount == Decimal(amount) * 10_000
    assert line.quantity == Decimal(minutes) * 10_000
    assert line.unit_price == Decimal(per_minute)


@given(
    calls=st.dictionaries(st.integers(0, 9_000), st.integers(1, 50), max_size=6),
    per_minute=st.decimals(min_value=0, max_value=9, places=6),
)
def test_calls_cost_together_what_each_of_them_does_rounded(calls, per_minute):
    each = [
        count * round_half_up(Fraction(seconds, 60) * Fraction(per_minute), CALL_DECIMALS)
        for seconds, count in calls.items()
    ]
    assert calls_amount(calls, per_minute=per_minute) == sum(each)


def test_a_voice_line_is_the_sum_of_its_calls_rounded_once():
    told = [call(seconds, at("01-20 12:00"), remote="+331") for seconds in (34, 55, 113)]
    (line,) = arrears(told, deck=DECK).charges
    assert (line.destination, line.direction, line.product) == ("France", "outbound", "voice")
    # 36 + 60 + 114 s at 0.0470: 0.0282 + 0.0470 + 0.0893 = 0.1645
    assert (str(line.quantity), str(line.amount.amount)) == ("3.5", "0.16")
    assert line.tax_category is TaxCategory.TELECOM


def test_calls_too_cheap_to_cost_anything_still_have_their_line_and_calls_of_no_seconds_have_none():
    cheap = arrears(call(6, at("01-20 12:00"), remote="+34"), deck=DECK)
    assert [str(line.amount.amount) for line in cheap.charges] == ["0.00"]
    assert arrears(call(0, at("01-20 12:00"), remote="+34"), deck=DECK).charges == []


def test_an_unrated_call_holds_the_cycle_and_the_others_are_rated():
    rating = arrears(
        call(60, at("01-20 12:00"), remote="+49", call_id="c-9"),
        call(60, at("01-20 12:00"), remote="+331"),
        deck=DECK,
    )
    assert blocks(rating) == [("unrated_call", "c-9")]
    assert rating.blocks[0].words == (("direction", "outbound"), ("remote", "+49"))
    assert [line[1] for line in lines(rating)] == ["voice"]


# BR-43: numbers


def test_a_number_costs_its_set_up_and_its_share_of_the_month():
    told = [activated("+1", at("01-01 00:00")), activated("+2", at("01-26 14:00")), activated("+3", at("01-26 14:00"))]
    terms = an_agreement(prices=[agreed("did-number", price="1.00", setup_price="2.50")])
    rating = arrears(told, terms=terms, setup={"did-number": "9"})
    assert lines(rating) == [
        ("number_setup", "did-number", "2", "2.50", "5.00"),
        ("number", "did-number", "2", "1.00", "1.29"),
        ("number", "did-number", "1", "1.00", "1.00"),
    ]
    assert [(line.days, line.period_days) for line in rating.charges] == [(None, None), (20, 31), (31, 31)]
    assert {line.tax_category for line in rating.charges} == {TaxCategory.TELECOM}
    assert rating.charges[1].service.start == date(2026, 1, 15)


def test_a_set_up_without_a_price_is_free_and_one_of_the_book_is_charged():
    told = [activated("+1", at("01-20 14:00"))]
    assert [line[0] for line in lines(arrears(told, book={"did-number": "1"}))] == ["number"]
    assert lines(arrears(told, book={"did-number": "1"}, setup={"did-number": "3"}))[0] == (
        "number_setup",
        "did-number",
        "1",
        "3",
        "3.00",
    )


def test_the_days_of_a_number_are_a_share_of_the_whole_period_before_a_cancellation_shortens_it():
    terms = an_agreement(last_service_date=date(2026, 1, 25), prices=[agreed("did-number", price="31.00")])
    (line,) = arrears(activated("+1", at("01-01 00:00")), terms=terms).charges
    assert (line.days, line.period_days, str(line.amount.amount)) == (11, 31, "11.00")
    assert line.service.last_day == date(2026, 1, 25)
