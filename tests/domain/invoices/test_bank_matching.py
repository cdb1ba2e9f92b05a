"""Which invoices a sum pays, and what is left to a person (BR-80, BR-83)."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoices.domain.bank.identity import identities
from invoices.domain.bank.matching import SURE, Candidate, Finding, Known, payer_key, propose_all
from invoices.domain.bank.numbers import find_numbers, is_creditor_reference
from invoices.domain.bank.statement import Direction, StatementLine

ACME, UMBRA = 1, 2
IBAN = "DE89370400440532013000"


def an_invoice(number: int, left: str, owner: int = ACME, currency: str = "USD") -> Candidate:
    return Candidate(
        document_id=number,
        organization_id=owner,
        number=f"INV-{number:06}",
        currency=currency,
        due_date=date(2026, 1, 1) + timedelta(days=number),
        open=Decimal(left),
    )


def a_line(amount: str, text: str = "", **more) -> StatementLine:
    said = {"payer_account": "", "payer_name": "", "currency": "USD", "direction": Direction.IN} | more
    return StatementLine(place=1, account="OURS", booked_on=date(2026, 3, 2), amount=Decimal(amount), text=text, **said)


def known(invoices, lines, accounts=None, names=None) -> Known:
    by_number = {one.number: one for one in invoices}
    named, by_amount, open_of = {}, defaultdict(list), defaultdict(list)
    for key, line in enumerate(lines):
        numbers = [f"INV-{place:06}" for _prefix, place in find_numbers(line.text, ["INV-"])]
        found = [by_number[number] for number in numbers if number in by_number]
        if found:
            named[key] = found
    for one in invoices:
        if one.open > 0:
            by_amount[one.currency, one.open].append(one)
            open_of[one.organization_id, one.currency].append(one)
    return Known(
        named=named,
        by_amount=by_amount,
        open_of=open_of,
        payer_accounts={account: frozenset(owners) for account, owners in (accounts or {}).items()},
        payer_names={payer_key(name): frozenset(owners) for name, owners in (names or {}).items()},
    )


def proposed(invoices, *lines, accounts=None, names=None):
    return propose_all(list(enumerate(lines)), known(invoices, lines, accounts, names))


def shown(proposal):
    return (
        proposal.finding,
        proposal.organization_id,
        [(share.document_id, str(share.amount)) for share in proposal.shares],
    )


ONE, TWO, THREE = an_invoice(1, "100.00"), an_invoice(2, "200.00"), an_invoice(3, "100.00", UMBRA)
PAID, YEN = an_invoice(8, "0.00"), an_invoice(9, "100", currency="JPY")
BOOKS = [ONE, TWO, THREE, PAID, YEN]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (a_line("100.00", "INV-000001"), (Finding.NAMES_ONE, ACME, [(1, "100.00")])),
        (a_line("300.00", "inv 1, inv 2"), (Finding.NAMES_SEVERAL, ACME, [(1, "100.00"), (2, "200.00")])),
        (a_line("120.00", "INV-000001"), (Finding.NAMES_AND_MORE, ACME, [(1, "100.00")])),
        (a_line("90.00", "INV-000001"), (Finding.NAMES_AND_LESS, ACME, [(1, "90.00")])),
        (a_line("200.00", "INV-000001 INV-000003"), (Finding.NAMES_TWO_CUSTOMERS, None, [])),
        (a_line("50.00", "INV-000008"), (Finding.NAMES_PAID, ACME, [])),
        (a_line("100.00", "INV-000009"), (Finding.NAMES_OTHER_CURRENCY, ACME, [])),
        # A number that is no invoice is only text.
        (a_line("200.00", "INV-000077"), (Finding.AMOUNT_ONLY, ACME, [(2, "200.00")])),
        (a_line("200.00"), (Finding.AMOUNT_ONLY, ACME, [(2, "200.00")])),
        # Two organizations have an invoice open over 100: by amount alone it is neither's.
        (a_line("100.00"), (Finding.AMOUNT_OF_SEVERAL, None, [])),
        (a_line("77.00"), (Finding.NOTHING, None, [])),
        (a_line("100.00", currency="EUR"), (Finding.NOTHING, None, [])),
        (a_line("100.00", "INV-000001", currency="EUR"), (Finding.NAMES_OTHER_CURRENCY, ACME, [])),
        (a_line("100.00", "INV-000001", currency="CHF"), (Finding.OTHER_CURRENCY, None, [])),
        (a_line("100.00", "INV-000001", direction=Direction.OUT), (Finding.OUT, None, [])),
        (a_line("100.00", "INV-000001", direction=Direction.BOUNCED), (Finding.BOUNCED, None, [])),
        (a_line("100.00", "INV-000001", direction=Direction.RETURNED), (Finding.RETURNED, None, [])),
        (a_line("100.00", "INV-000001", direction=Direction.BATCH), (Finding.BATCH, None, [])),
    ],
)
def test_of_payers_nobody_knows(line, expected):
    (proposal,) = proposed(BOOKS, line)
    assert shown(proposal) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (a_line("200.00", payer_account=IBAN), (Finding.PAYER_ONE, ACME, [(2, "200.00")])),
        (a_line("300.00", payer_account=IBAN), (Finding.PAYER_SEVERAL, ACME, [(1, "100.00"), (2, "200.00")])),
        (a_line("250.00", payer_account=IBAN), (Finding.PAYER_ONLY, ACME, [(1, "100.00"), (2, "150.00")])),
        (a_line("100.00", payer_name="ACME,  Inc."), (Finding.PAYER_ONE, ACME, [(1, "100.00")])),
        # Who has always paid for one customer names another one's invoice.
        (a_line("100.00", "INV-000003", payer_account=IBAN), (Finding.NAMES_ANOTHERS, UMBRA, [(3, "100.00")])),
        # The account says more than the name.
        (a_line("100.00", payer_account=IBAN, payer_name="Umbra"), (Finding.PAYER_ONE, ACME, [(1, "100.00")])),
        (a_line("200.00", payer_name="Accountant"), (Finding.PAYER_OF_TWO, ACME, [(2, "200.00")])),
        (a_line("100.00", payer_name="Accountant"), (Finding.PAYER_OF_TWO, None, [])),
    ],
)
def test_of_payers_who_have_paid_before(line, expected):
    names = {"Acme Inc": [ACME], "Umbra": [UMBRA], "Accountant": [ACME, UMBRA]}
    (proposal,) = proposed(BOOKS, line, accounts={IBAN: [ACME]}, names=names)
    assert shown(proposal) == expected


def test_equal_invoices_of_a_known_payer_are_left_to_a_person_the_oldest_suggested():
    books = [an_invoice(1, "100.00"), an_invoice(2, "100.00")]
    (proposal,) = proposed(books, a_line("100.00", payer_account=IBAN), accounts={IBAN: [ACME]})
    assert shown(proposal) == (Finding.PAYER_SEVERAL_WAYS, ACME, [(1, "100.00")])


def test_the_same_invoice_is_paid_once_and_first_by_who_names_it():
    unnamed = a_line("100.00", payer_account=IBAN)
    proposals = proposed(BOOKS, unnamed, a_line("100.00", "INV-1"), a_line("100.00", "INV-1"), accounts={IBAN: [ACME]})
    assert [one.finding for one in proposals] == [Finding.PAYER_ONLY, Finding.NAMES_ONE, Finding.NAMES_PAID]


@st.composite
def situations(draw):
    invoices = [
        an_invoice(number, str(draw(st.integers(0, 4)) * 50), draw(st.sampled_from([ACME, UMBRA])), currency)
        for number in range(1, draw(st.integers(1, 6)) + 1)
        for currency in [draw(st.sampled_from(["USD", "EUR"]))]
    ]
    texts = st.lists(st.sampled_from([one.number for one in invoices] + ["INV-99", "thanks"]), max_size=3)
    lines = [
        a_line(
            str(draw(st.integers(1, 8)) * 25),
            " ".join(draw(texts)),
            payer_account=draw(st.sampled_from(["", IBAN, "OTHER", "BOTH"])),
            currency=draw(st.sampled_from(["USD", "EUR", "CHF"])),
            direction=draw(st.sampled_from(list(Direction))),
        )
        for _ in range(draw(st.integers(1, 6)))
    ]
    return invoices, lines


@settings(max_examples=200)
@given(situation=situations())
def test_nothing_crosses_currencies_or_organizations_and_no_invoice_is_paid_twice(situation):
    invoices, lines = situation
    accounts = {IBAN: [ACME], "OTHER": [UMBRA], "BOTH": [ACME, UMBRA]}
    by_id = {one.document_id: one for one in invoices}
    paid = defaultdict(Decimal)
    for line, proposal in zip(lines, proposed(invoices, *lines, accounts=accounts), strict=True):
        assert sum(share.amount for share in proposal.shares) <= line.amount
        for share in proposal.shares:
            invoice = by_id[share.document_id]
            assert share.amount > 0
            assert invoice.organization_id == proposal.organization_id
            assert invoice.currency == line.currency
            assert share.amount <= invoice.open
            if proposal.is_sure:
                paid[share.document_id] += share.amount
        if proposal.is_sure:
            assert line.direction is Direction.IN
            assert proposal.shares
            # By its amount alone nothing is ever recorded unseen.
            assert line.payer_account or any(by_id[one.document_id].number in line.text for one in proposal.shares)
        assert proposal.is_sure == (proposal.finding in SURE)
    assert all(amount <= by_id[pk].open for pk, amount in paid.items())


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("INV-000042", [42]),
        ("inv000042/INV 43", [42, 43]),
        ("Invoice INV-42.", [42]),
        ("INV:42 INV-42", [42]),
        ("XINV-42", []),
        ("INV-", []),
        ("INV-0", []),
        ("INV-0000 42 rest", [42]),
        ("INV-00\n0042", [42]),
        # Letters and figures alone: ISO 11649 has no hyphen.
        ("RF45 INV0 0004 2", []),
    ],
)
def test_numbers_in_what_payers_write(text, places):
    assert [place for _prefix, place in find_numbers(text, ["INV-"])] == places


def test_a_short_prefix_needs_all_its_zeros():
    assert find_numbers("R 5 pieces, R-000005", ["R-"]) == [("R-", 5)]


def test_a_creditor_reference_is_known_by_its_check_digits():
    check = next(f"{n:02}" for n in range(2, 99) if is_creditor_reference(f"RF{n:02}INV000042"))
    assert is_creditor_reference("RF18 5390 0754 7034")
    assert not is_creditor_reference("RF19 5390 0754 7034")
    assert find_numbers(f"RF{check} INV0 0004 2 thanks", ["INV-"]) == [("INV-", 42)]


def test_a_movement_is_the_same_in_every_file_that_brings_it():
    twice = [a_line("5.00", "coffee"), a_line("5.00", "coffee")]
    first, second = identities(twice)
    assert first != second
    # An overlapping file begins with other movements.
    assert identities([a_line("9.00"), *twice])[1:] == [first, second]
    assert identities([a_line("5.00", "coffee", currency="EUR")]) != [first]


def test_by_the_banks_reference_a_text_that_changes_is_the_same_movement():
    (one,) = identities([a_line("5.00", "coffee", bank_reference="R1")])
    assert identities([a_line("5.00", "COFFEE", bank_reference="R1")]) == [one]
    assert identities([a_line("6.00", "coffee", bank_reference="R1")]) != [one]
