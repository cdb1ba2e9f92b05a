"""Entries of the journal: they balance, and say where each part belongs."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.domain.finance.journal import (
    PROPOSED,
    Booked,
    JournalAccount,
    Posting,
    Purpose,
    UnbalancedError,
    account_named,
    code_of,
    postings_of,
    recognition,
)
from invoices.domain.ledger import Account

SOFTWARE, VOICE = ("software", "overage"), ("telecom", "voice")


def booked(parts: dict, taxes: dict, /, *, is_credit_note: bool = False, **ledger: str) -> Booked:
    return Booked(
        name="INV-1",
        accounts={Account(name): Decimal(amount) for name, amount in ledger.items()},
        is_credit_note=is_credit_note,
        revenue={key: Decimal(amount) for key, amount in parts.items()},
        taxes={key: Decimal(amount) for key, amount in taxes.items()},
    )


def shown(postings: list[Posting]) -> list[tuple[str, str, str, str]]:
    return [(p.purpose.account.value, p.purpose.part, p.purpose.kind, str(p.amount)) for p in postings]


def test_an_invoice_is_split_by_what_was_sold_and_who_taxes_it():
    invoice = booked(
        {SOFTWARE: "100.00", VOICE: "20.00"}, {"Texas": "8.00", "Austin": "1.20"},
        receivable="129.20", revenue="-120.00", tax="-9.20",
    )  # fmt: skip
    assert shown(postings_of(invoice)) == [
        ("receivable", "", "", "129.20"),
        ("revenue", "software", "overage", "-100.00"),
        ("revenue", "telecom", "voice", "-20.00"),
        ("tax", "Austin", "", "-1.20"),
        ("tax", "Texas", "", "-8.00"),
    ]


def test_a_credit_note_is_the_other_way_round():
    note = booked({SOFTWARE: "10.00"}, {}, is_credit_note=True, receivable="-10.00", revenue="10.00")
    assert shown(postings_of(note)) == [("receivable", "", "", "-10.00"), ("revenue", "software", "overage", "10.00")]


def test_an_advance_is_deferred_and_a_credit_of_it_too():
    advance = ("software", "prepay")
    parts = {advance: "100.00", SOFTWARE: "20.00"}
    invoice = booked(parts, {}, receivable="120.00", revenue="-120.00")
    assert shown(postings_of(invoice)) == [
        ("receivable", "", "", "120.00"),
        ("revenue", "software", "overage", "-20.00"),
        ("deferred_revenue", "software", "", "-100.00"),
    ]
    note = booked({advance: "10.00"}, {}, is_credit_note=True, receivable="-10.00", revenue="10.00")
    assert shown(postings_of(note))[1:] == [("deferred_revenue", "software", "", "10.00")]


def test_what_is_earned_becomes_revenue_and_what_is_taken_back_is_deferred_again():
    parts = {"telecom": Decimal("-2.00"), "software": Decimal("8.33"), "service": Decimal(0)}
    assert shown(recognition(parts)) == [
        ("deferred_revenue", "software", "", "8.33"),
        ("deferred_revenue", "telecom", "", "-2.00"),
        ("revenue", "software", "prepay", "-8.33"),
        ("revenue", "telecom", "prepay", "2.00"),
    ]


def test_accounts_are_found_by_their_names():
    assert [account_named(one.value) for one in (*Account, *JournalAccount)] == [*Account, *JournalAccount]


def test_a_payment_has_no_parts():
    assert shown(postings_of(booked({}, {}, cash="50.00", receivable="-50.00"))) == [
        ("cash", "", "", "50.00"),
        ("receivable", "", "", "-50.00"),
    ]


def test_lines_that_cancel_out_are_told_though_nothing_is_owed():
    assert len(postings_of(booked({SOFTWARE: "5.00", VOICE: "-5.00"}, {}))) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        booked({SOFTWARE: "99.99"}, {}, receivable="100.00", revenue="-100.00"),
        booked({SOFTWARE: "100.00"}, {"Texas": "1.00"}, receivable="100.00", revenue="-100.00"),
        booked({SOFTWARE: "100.00"}, {}, receivable="101.00", revenue="-100.00"),
    ],
    ids=["revenue", "tax", "sides"],
)
def test_books_that_are_wrong_make_no_journal(wrong):
    with pytest.raises(UnbalancedError, match="INV-1"):
        postings_of(wrong)


@pytest.mark.parametrize(
    ("purpose", "code"),
    [
        (Purpose(account=Account.CASH), "1000"),
        (Purpose(account=Account.REVENUE, part="software", kind="prepay"), "4000"),
        (Purpose(account=Account.REVENUE, part="telecom", kind="voice"), "8338"),
        (Purpose(account=Account.REVENUE, part="hardware", kind="hardware"), "4200"),
        (Purpose(account=Account.TAX, part="Texas"), "2201"),
        (Purpose(account=Account.TAX, part="Ohio"), "2200"),
        (Purpose(account=JournalAccount.DEFERRED_REVENUE, part="software"), "2400"),
    ],
)
def test_the_closest_code_counts(purpose, code):
    codes = {
        Purpose(account=Account.REVENUE, kind="voice"): "8338",
        Purpose(account=Account.TAX, part="Texas"): "2201",
    }
    assert code_of(purpose, codes) == code


def test_every_part_has_a_proposed_code():
    assert {code_of(Purpose(account=account), {}) for account in set(Account) - {Account.REVENUE}} <= {
        *PROPOSED.values()
    }
    for category in ("software", "telecom", "hardware", "service"):
        assert code_of(Purpose(account=Account.REVENUE, part=category, kind="usage"), {}) in PROPOSED.values()


amounts = st.integers(-(10**6), 10**6).map(lambda cents: Decimal(cents).scaleb(-2))


@given(
    revenue=st.dictionaries(st.sampled_from([SOFTWARE, VOICE, ("hardware", "hardware")]), amounts),
    taxes=st.dictionaries(st.sampled_from(["Texas", "Ohio"]), amounts),
    is_credit_note=st.booleans(),
)
def test_debit_is_credit(revenue, taxes, is_credit_note):
    sign = 1 if is_credit_note else -1
    earned, tax = sum(revenue.values(), Decimal(0)), sum(taxes.values(), Decimal(0))
    ledger = {Account.RECEIVABLE: -sign * (earned + tax), Account.REVENUE: sign * earned, Account.TAX: sign * tax}
    postings = postings_of(
        Booked(name="any", accounts=ledger, is_credit_note=is_credit_note, revenue=revenue, taxes=taxes)
    )
    assert sum((posting.amount for posting in postings), Decimal(0)) == 0
    assert all(posting.amount for posting in postings)
