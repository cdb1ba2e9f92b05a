"""Who may pay by card online, and how a payment stands by what was reported of it (BR-81)."""

from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.card_payments import (
    TAKE_BACK,
    AttemptState,
    Happening,
    Obstacle,
    Payable,
    find_obstacle,
    state_after,
)

LIMIT = Decimal(25_000)


@pytest.mark.parametrize(
    ("case", "is_invoice", "left", "currency", "country", "obstacle"),
    [
        ("a US organization, in US dollars", True, "1186.00", "USD", "US", None),
        ("a cent", True, "0.01", "USD", "US", None),
        ("exactly the limit", True, "25000.00", "USD", "US", None),
        ("a cent above it", True, "25000.01", "USD", "US", Obstacle.ABOVE_LIMIT),
        ("far above it", True, "987654.32", "USD", "US", Obstacle.ABOVE_LIMIT),
        ("from abroad, in US dollars", True, "100.00", "USD", "CA", Obstacle.COUNTRY),
        ("from abroad, above the limit", True, "30000.00", "USD", "GB", Obstacle.COUNTRY),
        ("a US organization, in euros", True, "100.00", "EUR", "US", Obstacle.CURRENCY),
        ("in yen, more than 25,000 of them", True, "30000", "JPY", "US", Obstacle.CURRENCY),
        ("paid", True, "0.00", "USD", "US", Obstacle.PAID),
        ("paid, from abroad", True, "0.00", "EUR", "DE", Obstacle.PAID),
        ("a credit note", False, "100.00", "USD", "US", Obstacle.NOT_AN_INVOICE),
        ("a country that nobody has entered", True, "100.00", "USD", "", Obstacle.COUNTRY),
    ],
)
def test_who_may_pay_by_card(case, is_invoice, left, currency, country, obstacle):
    payable = Payable(is_invoice=is_invoice, open=Money(left, currency), country=country)

    assert find_obstacle(payable, limit=LIMIT) is obstacle


P, Q, D, E = Happening.PAID, Happening.PROCESSING, Happening.DECLINED, Happening.EXPIRED
R, X = Happening.REFUNDED, Happening.DISPUTED


@pytest.mark.parametrize(
    ("case", "reported", "state"),
    [
        ("nothing yet", [], AttemptState.STARTED),
        ("a debit on its way", [Q], AttemptState.PROCESSING),
        ("and there", [Q, P], AttemptState.PAID),
        ("and returned by the bank", [Q, D], AttemptState.DECLINED),
        ("nobody paid", [E], AttemptState.EXPIRED),
        ("said to be expired, and paid", [E, P], AttemptState.PAID),
        ("declined, then paid with another card", [D, P], AttemptState.PAID),
        ("refunded", [P, R], AttemptState.REVERSED),
        ("disputed", [P, X], AttemptState.REVERSED),
        ("refunded, of which the payment is not known yet", [R], AttemptState.STARTED),
        ("a part refunded", [P, Happening.REFUNDED_IN_PART], AttemptState.PAID),
        ("a dispute won: a person records it again", [P, X, Happening.DISPUTE_WON], AttemptState.REVERSED),
    ],
)
def test_how_a_payment_stands(case, reported, state):
    for order in permutations(reported):
        assert state_after(order) is state


reports = st.lists(st.sampled_from(Happening), max_size=8)


@given(reports, st.randoms())
def test_order_and_repetition_do_not_matter(reported, random):
    shuffled = [*reported, *reported[:3]]
    random.shuffle(shuffled)

    assert state_after(shuffled) is state_after(reported)


@given(reports, st.sampled_from(Happening))
def test_money_that_came_in_is_never_forgotten(reported, one_more):
    had_come = (AttemptState.PAID, AttemptState.REVERSED)

    if state_after(reported) in had_come:
        assert state_after([*reported, one_more]) in had_come
    assert (state_after(reported) in had_come) == (P in reported)
    assert (state_after(reported) is AttemptState.REVERSED) == (
        P in reported and any(one in reported for one in TAKE_BACK)
    )
