"""How unusual a bill is beside the past of its own agreement: what is found, and how far it is from usual."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from invoices.domain.charge import Charge, ChargeKind, Service
from invoices.domain.draft import draft_invoice
from invoices.domain.prices import ListPrices, Prices
from invoices.domain.rating import rate_advance
from invoices.domain.unusual import (
    COMPARED_ARREARS,
    MOST_TIMES,
    Bill,
    Oddity,
    agreed_advance,
    bill_of,
    find_unusual,
    unusualness,
)
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.terms import AgreedPrice, CommercialModel, ContractTerms, LicensingModel, starts_on
from tests.domain.agreements import COMMITTABLE, agreements


def closed(arrears: object, *, advance: object = 0, months: int = 1, is_used: bool | None = True) -> Bill:
    advance = Decimal(str(advance))
    return Bill(arrears=Decimal(str(arrears)), advance=advance, months=months if advance else 0, is_used=is_used)


def found(bill: Bill, *past: Bill, agreed: Decimal | None = None) -> list[Oddity]:
    return [finding.oddity for finding in find_unusual(bill, past=past, agreed=agreed)]


USUAL = [closed(amount) for amount in (90, 110, 100, 95, 105, 100)]


@pytest.mark.parametrize(
    ("label", "arrears", "expected"),
    [
        ("as always", 100, []),
        ("a little more", 149, []),
        ("one and a half times the median", 150, [Oddity.MORE_ARREARS]),
        ("4.2 times the median", 420, [Oddity.MORE_ARREARS]),
        ("two thirds of it, rounded up", 67, []),
        ("less than two thirds", 66, [Oddity.LESS_ARREARS]),
        ("nothing, where there always was something", 0, [Oddity.NO_ARREARS]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arrears_are_compared_with_the_median_of_past_arrears(label, arrears, expected):
    assert found(closed(arrears), *USUAL) == expected


def test_a_finding_says_how_many_times_of_what_and_of_how_many():
    (finding,) = find_unusual(closed(420), past=USUAL)

    assert (finding.times, finding.usual, finding.past) == (Fraction(42, 10), 100, 6)
    assert unusualness([finding]) == 420


def test_a_quarter_of_the_usual_is_as_unusual_as_four_times_of_it():
    more, less = (find_unusual(closed(arrears), past=USUAL) for arrears in (400, 25))

    assert more[0].times == less[0].times == 4


def test_one_absurd_period_in_the_past_does_not_make_another_usual():
    assert found(closed(5000), *USUAL[:5], closed(5000)) == [Oddity.MORE_ARREARS]


def test_only_the_last_arrears_are_compared_with():
    long_ago = [closed(10)] * 20

    assert found(closed(100), *long_ago, *USUAL) == []
    assert len(USUAL) == COMPARED_ARREARS


def test_an_advance_is_never_compared_with_arrears():
    """A large advance beside small arrears is usual where the advance has always been large."""
    past = [closed(10, advance=10_000)] * 6

    assert found(closed(10, advance=10_000), *past, agreed=Decimal(10_000)) == []
    assert found(closed(10_000, advance=10_000), *past, agreed=Decimal(10_000)) == [Oddity.MORE_ARREARS]


def test_corrections_of_earlier_periods_are_no_arrears_of_this_one():
    bill = Bill(arrears=Decimal(100), corrections=Decimal(40), is_used=True)

    assert found(bill, *USUAL) == []


def test_what_makes_no_difference_to_the_bill_is_nothing_to_look_at():
    past = [closed("0.05", advance=40_000)] * 6

    assert found(closed("0.30", advance=40_000), *past) == []
    assert found(closed("0.30"), *[closed("0.05")] * 6) == [Oddity.MORE_ARREARS]


def test_where_most_periods_had_no_arrears_the_highest_counts():
    past = [*[closed(0, advance=500)] * 4, closed(100, advance=500), closed(80, advance=500)]

    assert found(closed(120, advance=500), *past) == []
    assert found(closed(300, advance=500), *past) == [Oddity.MORE_ARREARS]
    assert found(closed(0, advance=500), *past) == []


def test_arrears_where_there_never_were_any():
    past = [closed(0, advance=500)] * 3

    (finding,) = find_unusual(closed(50, advance=500), past=past)

    assert (finding.oddity, finding.past) == (Oddity.NEW_ARREARS, 3)
    assert found(closed(0, advance=500), *past) == []


def test_no_usage_at_all_where_there_always_was_some():
    silent = closed(0, advance=500, is_used=False)

    assert found(silent, *[closed(0, advance=500)] * 6) == [Oddity.NO_USAGE]
    assert found(silent, *[closed(0, advance=500)] * 5, silent) == []


def test_the_first_close_has_nothing_to_compare_with():
    opening = closed(0, advance=280, is_used=None)

    assert found(opening) == [Oddity.FIRST_BILL]
    assert found(closed(100, advance=280), opening, agreed=Decimal(280)) == [Oddity.FIRST_BILL]


@pytest.mark.parametrize(
    ("label", "advance", "months", "expected"),
    [
        ("the same", 1200, 12, []),
        ("twice as many seats", 2400, 12, [Oddity.GREATER_ADVANCE]),
        ("half as many seats", 600, 12, [Oddity.SMALLER_ADVANCE]),
        ("for other months", 300, 3, []),
        ("none this time", 0, 0, []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_advance_is_compared_with_the_latest_for_as_many_months(label, advance, months, expected):
    past = [closed(100, advance=900, months=12), closed(100, advance=1200, months=12), *[closed(100)] * 11]

    assert found(closed(100, advance=advance, months=months), *past) == expected


def test_an_advance_that_differs_from_what_was_agreed_is_among_the_worst():
    past = [closed(100, advance=280)] * 6

    (finding,) = find_unusual(closed(100, advance=281), past=past, agreed=Decimal(280))

    assert (finding.oddity, finding.usual) == (Oddity.ADVANCE_DIFFERS, 280)
    assert finding.times > 5


def test_what_would_be_held_lacks_charges_and_is_not_called_different():
    bill = Bill(obstacles=2, is_used=True, arrears=Decimal(100))

    assert found(bill, *USUAL, agreed=Decimal(280)) == [Oddity.WOULD_BE_HELD]


def test_a_credit_note_and_many_corrections_are_told():
    credit = Bill(arrears=Decimal(100), corrections=Decimal(-150), is_used=True)
    corrected = Bill(arrears=Decimal(100), corrections=Decimal(51), is_used=True)

    assert found(credit, *USUAL) == [Oddity.WOULD_BE_CREDIT]
    assert found(corrected, *USUAL) == [Oddity.MANY_CORRECTIONS]


def test_the_most_unusual_stands_first_and_decides_the_rank():
    bill = Bill(arrears=Decimal(1200), advance=Decimal(560), months=1, is_used=True)
    findings = find_unusual(bill, past=[closed(100, advance=280)] * 6, agreed=Decimal(560))

    assert [finding.oddity for finding in findings] == [Oddity.MORE_ARREARS, Oddity.GREATER_ADVANCE]
    assert unusualness(findings) == 1200
    assert unusualness([]) == 100


def test_nothing_is_more_than_a_hundred_times_away():
    assert find_unusual(closed(10**9), past=USUAL)[0].times == MOST_TIMES


def charge(kind: ChargeKind, amount: int, *, months: int = 1) -> Charge:
    return Charge(
        kind=kind,
        product="purecloud-3",
        quantity=Decimal(1),
        unit_price=Decimal(amount),
        amount=Money(amount, "USD"),
        service=Service(start=date(2026, 1, 15), last_day=date(2026, 2, 14)),
        tax_category=TaxCategory.SOFTWARE,
        months=months,
    )


def test_charges_are_told_apart_by_what_they_are_for():
    charges = [
        charge(ChargeKind.PREPAY, 280, months=12),
        charge(ChargeKind.OVERAGE, 150),
        charge(ChargeKind.VOICE, 7),
        charge(ChargeKind.ADJUSTMENT, -30),
    ]

    draft = draft_invoice(charges, currency="USD", dated=date(2026, 2, 15), net_days=30, tax_rates=[])
    assert bill_of(draft, is_used=True) == Bill(
        arrears=Decimal(157), corrections=Decimal(-30), advance=Decimal(280), months=12, is_used=True
    )


def test_a_credit_note_is_a_bill_with_the_signs_of_an_invoice():
    charges = [charge(ChargeKind.OVERAGE, 50), charge(ChargeKind.ADJUSTMENT, -80)]
    draft = draft_invoice(charges, currency="USD", dated=date(2026, 2, 15), net_days=30, tax_rates=[])

    assert draft.is_credit_note
    assert bill_of(draft) == Bill(arrears=Decimal(50), corrections=Decimal(-80))
    assert bill_of(None) == Bill()


@pytest.mark.parametrize(
    ("label", "model", "index", "expected"),
    [
        ("monthly: 2 x 140.00", CommercialModel.PREPAY_MONTHLY_COMMITMENT, 1, 280),
        ("a year: 2 x 140.00 x 12", CommercialModel.PREPAY, 0, 3360),
        ("within a paid year", CommercialModel.PREPAY, 1, 0),
        ("month to month", CommercialModel.MONTH_TO_MONTH, 1, 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_agreed_is_commitment_times_price(label, model, index, expected):
    terms = ContractTerms(
        effective_date=date(2026, 1, 15),
        currency="USD",
        commercial_model=model,
        licensing_model=LicensingModel.NAMED,
        prices=[AgreedPrice(product="purecloud-3", commitment=Decimal(2), price=Decimal(140))],
    )

    assert agreed_advance(Prices(terms=terms, list_prices={}), index=index) == expected


@given(terms=agreements(models=("PREPAY_MONTHLY_COMMITMENT", "PREPAY")), index=st.integers(0, 40), data=st.data())
def test_what_was_agreed_and_what_is_charged_come_to_the_same_by_two_ways(terms, index, data):
    product = st.sampled_from(COMMITTABLE)
    paid = data.draw(st.none() | st.dictionaries(product, st.integers(0, 200).map(Decimal), max_size=3))
    book = ListPrices(prices=dict.fromkeys(COMMITTABLE, Decimal("71.05")), setup_prices={})
    prices = Prices(terms=terms, list_prices={starts_on(terms, index): book})

    charges = rate_advance(index=index, prices=prices, paid=paid).charges

    assert agreed_advance(prices, index=index, paid=paid) == sum(line.amount.amount for line in charges)
