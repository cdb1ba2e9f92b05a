"""Bank files: read once, matched with what is open, recorded once they are confirmed, whoever brings them (BR-80)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from moneyed import Money

from invoices.choices import BankFileState, BankLineState
from invoices.domain.bank.matching import Finding
from invoices.domain.payments import PaymentMethod, Share
from invoices.models import BankFile, BankFormat, BankLine, DocumentBalance, LedgerEntry, Payment
from invoices.selectors.accounts import get_unallocated
from invoices.selectors.bank import list_bank_lines
from invoices.services.bank.deciding import (
    Assignment,
    LineError,
    LineFault,
    assign_line,
    confirm_lines,
    fingerprint,
    set_line_aside,
    take_up_line,
)
from invoices.services.bank.matching_again import match_waiting_lines
from invoices.services.bank.uploads import KnownFileError, discard_bank_file, store_bank_file
from invoices.services.bank.working import RECORDED_AT_ONCE, work_on_bank_files
from invoices.services.payments import Receipt, record_payment, reverse_payment
from tests.books import assert_the_books_hold, contents, rows_per_table
from tests.factories.documents import ISSUED_AT, a_subscription, draft_and_issue, draft_and_issue_many
from tests.factories.subscriptions import a_subscription as agreed
from tests.factories.subscriptions import an_organization

NOW = ISSUED_AT + timedelta(days=20)
HEADINGS = "Date,Amount,Payer,IBAN,Memo,Ref"
FEBRUARY = date(2026, 2, 1)
THOUSAND = 1_000
OF_A_CHUNK = 45
"""More statements than a part of a file takes to be read, or to be recorded, however many lines it has."""


@pytest.fixture
def by(db):
    return User.objects.create_superuser("finance")


@pytest.fixture
def subscription(db):
    return a_subscription()


@pytest.fixture
def bank(db):
    return BankFormat.objects.create(
        name="First Pacific",
        account="021-77",
        currency="USD",
        date_column="Date",
        amount_column="Amount",
        payer_column="Payer",
        payer_account_column="IBAN",
        text_column="Memo",
        reference_column="Ref",
    )


def a_file(*rows: str) -> bytes:
    return "\n".join([HEADINGS, *rows]).encode()


def upload(bank: BankFormat, by: User, *rows: str, content: bytes = b"") -> BankFile:
    file = store_bank_file(content or a_file(*rows), file_name="march.csv", bank_format=bank, uploaded_by=by, now=NOW)
    work_on_bank_files(now=NOW)
    file.refresh_from_db()
    return file


def confirm(file: BankFile, by: User) -> int:
    lines = list_bank_lines(by)
    seen = fingerprint(lines.filter(file=file, state=BankLineState.PROPOSED))
    count = confirm_lines(file, lines, seen=seen, by=by, now=NOW)
    work_on_bank_files(now=NOW)
    return count


def states(file: BankFile) -> list[tuple[str, str]]:
    return list(file.lines.order_by("place").values_list("state", "finding"))


def left(*documents) -> list[Decimal]:
    return [DocumentBalance.objects.get(document=document).open for document in documents]


def test_a_thousand_movements_are_matched_and_recorded_once_however_often_the_file_comes(bank, by):
    """Five customers with 200 invoices each, and a line of the file for each of the thousand."""
    invoices = []
    for code in ("ash", "beech", "cedar", "date", "elm"):
        agreement = agreed(an_organization(code))
        invoices += draft_and_issue_many(agreement, [f"{100 + place}.00" for place in range(200)], dated=FEBRUARY)
    rows = [f"2026-03-02,{one.total},Somebody,,{one.number},R-{one.pk}" for one in invoices]
    content = a_file(*rows)

    with CaptureQueriesContext(connection) as reading:
        file = upload(bank, by, content=content)
    assert (file.state, file.lines_in_file, file.lines_known) == (BankFileState.READ, THOUSAND, 0)
    assert set(states(file)) == {(BankLineState.PROPOSED, Finding.NAMES_ONE)}
    assert len(reading) < 2 * OF_A_CHUNK
    with CaptureQueriesContext(connection) as recording:
        assert confirm(file, by) == THOUSAND
    assert len(recording) < (THOUSAND / RECORDED_AT_ONCE + 1) * OF_A_CHUNK
    assert set(states(file)) == {(BankLineState.RECORDED, Finding.NAMES_ONE)}
    assert Payment.objects.count() == THOUSAND
    assert not DocumentBalance.objects.filter(open__gt=0).exists()
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 0
    assert_the_books_hold()

    before = rows_per_table()
    with pytest.raises(KnownFileError):
        upload(bank, by, content=content)
    assert rows_per_table() == before
    again = upload(bank, by, content=content + b"\n2026-03-03,5.00,Nobody,,hello,NEW")
    assert (again.lines_in_file, again.lines_known) == (THOUSAND + 1, THOUSAND)
    assert (states(again), confirm(again, by)) == ([(BankLineState.WAITING, Finding.NOTHING)], 0)
    assert Payment.objects.count() == THOUSAND
    assert sum(LedgerEntry.objects.values_list("amount", flat=True)) == 0


def test_an_overlapping_file_and_equal_lines_without_a_reference(subscription, bank, by):
    one = upload(bank, by, "2026-03-02,7.00,A,,coffee,", "2026-03-02,7.00,A,,coffee,")
    two = upload(bank, by, "2026-03-01,9.00,B,,tea,", "2026-03-02,7.00,A,,coffee,", "2026-03-02,7.00,A,,coffee,")

    assert (one.lines.count(), two.lines.count(), two.lines_known) == (2, 1, 2)


def test_what_is_doubtful_waits_and_what_went_out_does_not(subscription, bank, by):
    invoice = draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))
    file = upload(
        bank,
        by,
        f"2026-03-02,100.00,Somebody,,{invoice.number},R1",
        "2026-03-02,55.00,Somebody,,thanks,R2",
        "2026-03-02,-3.00,Bank,,fee,R3",
    )
    assert states(file) == [
        (BankLineState.PROPOSED, Finding.NAMES_ONE),
        (BankLineState.WAITING, Finding.NOTHING),
        (BankLineState.OUT, Finding.OUT),
    ]
    assert Payment.objects.count() == 0
    assert confirm(file, by) == 1
    payment = Payment.objects.get()
    assert (payment.reference, payment.received_on, payment.method) == ("R1", date(2026, 3, 2), "ach")
    # Who has paid once is known: the next payment needs no number.
    later = draft_and_issue(subscription, "60.00", dated=date(2026, 2, 15))
    file = upload(bank, by, "2026-03-05,60.00,SOMEBODY,,,R9")
    assert states(file) == [(BankLineState.PROPOSED, Finding.PAYER_ONE)]
    assert confirm(file, by) == 1
    assert left(invoice, later) == [0, 0]
    assert_the_books_hold()


def test_what_has_changed_since_it_was_looked_at_is_not_confirmed(subscription, bank, by):
    invoice = draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))
    file = upload(bank, by, f"2026-03-02,100.00,Somebody,,{invoice.number},R1")
    lines = list_bank_lines(by)
    seen = fingerprint(lines.filter(state=BankLineState.PROPOSED))
    file.lines.update(shares=[{"document": invoice.pk, "number": invoice.number, "amount": "50.00"}])
    before = contents()

    assert confirm_lines(file, lines, seen=seen, by=by, now=NOW) == 0
    assert confirm_lines(file, lines, seen="", by=by, now=NOW) == 0
    assert contents() == before


def test_what_was_paid_meanwhile_waits_for_a_person_and_the_others_are_recorded(subscription, bank, by):
    first = draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))
    second = draft_and_issue(subscription, "70.00", dated=date(2026, 1, 16))
    third = draft_and_issue(subscription, "30.00", dated=date(2026, 1, 17))
    rows = [
        f"2026-03-02,{one.total},Somebody,,{one.number},R{place}" for place, one in enumerate([first, second, third])
    ]
    file = upload(bank, by, *rows)
    by_hand(subscription, "100.00", "CHECK-1", [Share(document_id=first.pk, amount=Decimal(100))], by)
    by_hand(subscription, "1.00", "R1", [], by)

    assert confirm(file, by) == 3
    assert states(file) == [
        (BankLineState.WAITING, Finding.CHANGED_SINCE),
        (BankLineState.WAITING, Finding.RECORDED_BEFORE),
        (BankLineState.RECORDED, Finding.NAMES_ONE),
    ]
    assert left(first, second, third) == [0, 70, 0]
    assert_the_books_hold()


def by_hand(subscription, amount: str, reference: str, shares: Sequence[Share], by: User) -> Payment:
    receipt = Receipt(
        organization=subscription.organization,
        amount=Money(amount, "USD"),
        method=PaymentMethod.CHECK,
        reference=reference,
        received_on=date(2026, 3, 1),
    )
    return record_payment(receipt, shares=shares, recorded_by=by, now=NOW)


def test_a_person_says_whose_it_is_and_that_tax_was_withheld(subscription, bank, by):
    invoice = draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))
    file = upload(bank, by, f"2026-03-02,90.00,Somebody,,{invoice.number},R1")
    line = file.lines.get()
    assignment = Assignment(
        organization=subscription.organization,
        shares=[Share(document_id=invoice.pk, amount=Decimal(100))],
        withheld=Decimal(10),
    )

    payment = assign_line(line, assignment, by=by, now=NOW)

    assert (left(invoice), get_unallocated(payment)) == ([0], 0)
    assert_the_books_hold()
    before = contents()
    with pytest.raises(LineError) as refused:
        assign_line(line, assignment, by=by, now=NOW)
    assert refused.value.fault is LineFault.DECIDED
    assert contents() == before
    reverse_payment(payment, reason="Of another customer.", by=by, now=NOW)
    take_up_line(line, by=by, now=NOW)
    line.refresh_from_db()
    assert (line.state, line.payment, left(invoice)) == (BankLineState.WAITING, None, [100])
    again = Assignment(organization=subscription.organization, shares=[])
    assert get_unallocated(assign_line(line, again, by=by, now=NOW)) == 90
    assert_the_books_hold()


def test_a_movement_is_set_aside_with_a_reason_and_taken_up_again(bank, by):
    file = upload(bank, by, "2026-03-02,90.00,Somebody,,hello,R1", "2026-03-02,-90.00,Somebody,,hello,R2")
    came, went = file.lines.order_by("place")
    with pytest.raises(LineError):
        set_line_aside(came, reason=" ", by=by, now=NOW)
    with pytest.raises(LineError):
        set_line_aside(went, reason="Nothing to do.", by=by, now=NOW)
    set_line_aside(came, reason="A deposit.", by=by, now=NOW)
    came.refresh_from_db()
    assert (came.state, came.reason) == (BankLineState.ASIDE, "A deposit.")
    assert not discard_bank_file(file, by=by, now=NOW)
    take_up_line(came, by=by, now=NOW)
    assert discard_bank_file(file, by=by, now=NOW)
    assert not BankLine.objects.exists()


def test_a_file_that_cannot_be_read_keeps_nothing_and_may_come_again(bank, by):
    content = a_file("02.03.2026,90.00,Somebody,,hello,R1", "2026-03-02,1.00,B,,b,R2")
    file = upload(bank, by, content=content)
    assert (file.state, file.lines.count(), len(file.faults)) == (BankFileState.FAULTY, 0, 1)
    bank.date_format = "%d.%m.%Y"
    bank.save()
    file = upload(bank, by, content=content)
    assert (file.state, len(file.faults)) == (BankFileState.FAULTY, 1)
    no_format = store_bank_file(b"a,b", file_name="x", bank_format=None, uploaded_by=by, now=NOW)
    work_on_bank_files(now=NOW)
    no_format.refresh_from_db()
    assert no_format.faults[0]["problem"] == "needs_format"


def test_what_only_fits_by_its_amount_is_left_to_a_person(subscription, bank, by):
    draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))
    file = upload(bank, by, "2026-03-02,100.00,Nobody,,,R1")
    assert states(file) == [(BankLineState.WAITING, Finding.AMOUNT_ONLY)]
    assert confirm(file, by) == 0
    assert Payment.objects.count() == 0


# --- Matched again ----------------------------------------------------------------------------------------------------


def test_an_invoice_that_is_issued_later_is_found_by_the_movement_that_waited_for_it(subscription, bank, by):
    file = upload(bank, by, "2026-03-02,100.00,Somebody,,INV-000001,R-1")
    assert states(file) == [(BankLineState.WAITING, Finding.NOTHING)]
    assert match_waiting_lines() == 0

    invoice = draft_and_issue(subscription, "100.00", dated=FEBRUARY)
    assert invoice.number == "INV-000001"

    assert [match_waiting_lines(), match_waiting_lines()] == [1, 0]
    assert states(file) == [(BankLineState.PROPOSED, Finding.NAMES_ONE)]
    assert not Payment.objects.exists(), "it is recorded once a person confirms it"
    assert confirm(file, by) == 1
    assert left(invoice) == [0]
    assert_the_books_hold()


def test_a_payer_that_a_person_has_named_is_known_to_what_waits(subscription, bank, by):
    invoices = [draft_and_issue(subscription, amount, dated=FEBRUARY) for amount in ("100.00", "60.00")]
    other = draft_and_issue(agreed(an_organization("other")), "60.00", dated=FEBRUARY)
    file = upload(bank, by, "2026-03-02,100.00,A. Payer,DE11,,R-1", "2026-03-03,60.00,A. Payer,DE11,,R-2")
    assert states(file)[1] == (BankLineState.WAITING, Finding.AMOUNT_OF_SEVERAL)

    mine = Assignment(organization=subscription.organization, shares=[Share(document_id=invoices[0].pk, amount=100)])
    assign_line(file.lines.get(bank_reference="R-1"), mine, by=by, now=NOW)

    assert match_waiting_lines() == 1
    second = file.lines.get(bank_reference="R-2")
    assert (second.state, second.finding) == (BankLineState.PROPOSED, Finding.PAYER_ONE)
    assert (second.organization, second.shares[0]["document"]) == (subscription.organization, invoices[1].pk)
    assert left(other) == [60]


def test_two_movements_for_one_invoice_do_not_both_get_it(subscription, bank, by):
    file = upload(bank, by, "2026-03-02,100.00,One,,INV-000001,R-1", "2026-03-02,100.00,Two,,INV-000001,R-2")
    draft_and_issue(subscription, "100.00", dated=FEBRUARY)

    match_waiting_lines()

    assert [state for state, _finding in states(file)] == [BankLineState.PROPOSED, BankLineState.WAITING]
    assert match_waiting_lines() == 0


def test_a_suggestion_that_is_paid_otherwise_is_none_any_more(subscription, bank, by):
    invoice = draft_and_issue(subscription, "100.00", dated=FEBRUARY)
    file = upload(bank, by, "2026-03-02,100.00,Somebody,,,R-1")
    line = file.lines.get()
    assert (line.finding, len(line.shares)) == (Finding.AMOUNT_ONLY, 1)
    receipt = Receipt(
        organization=subscription.organization,
        amount=Money("100.00", "USD"),
        method=PaymentMethod.WIRE,
        reference="ELSEWHERE",
        received_on=FEBRUARY,
    )
    record_payment(receipt, shares=None, recorded_by=by, now=NOW)

    assert match_waiting_lines() == 1

    line.refresh_from_db()
    assert (line.state, line.finding, line.organization, line.shares) == ("waiting", Finding.NOTHING, None, [])
    assert left(invoice) == [0]


def test_what_a_person_has_decided_about_stays_with_people(subscription, bank, by):
    draft_and_issue(subscription, "100.00", dated=FEBRUARY)
    file = upload(
        bank,
        by,
        "2026-03-02,100.00,Somebody,,INV-000001,R-1",
        "2026-03-02,70.00,Other,,nothing,R-2",
        "2026-03-03,-5.00,Bank,,fees,R-3",
    )
    confirm(file, by)
    paid, waits = file.lines.get(bank_reference="R-1"), file.lines.get(bank_reference="R-2")
    reverse_payment(paid.payment, reason="Not theirs.", by=by, now=NOW)
    take_up_line(paid, by=by, now=NOW)
    set_line_aside(waits, reason="Nobody knows.", by=by, now=NOW)
    take_up_line(waits, by=by, now=NOW)
    draft_and_issue(subscription, "70.00", dated=FEBRUARY)
    before = contents()

    assert match_waiting_lines() == 0
    assert contents() == before


def test_many_lines_that_wait_take_as_many_statements_as_few(subscription, bank, by):
    def statements(*rows: str) -> int:
        upload(bank, by, *rows)
        with CaptureQueriesContext(connection) as asked:
            match_waiting_lines()
        return len(asked)

    few = statements("2026-03-02,1.11,Nobody,,,Q-0")
    many = statements(*(f"2026-03-02,{place}.13,Nobody {place},,,Q-{place}" for place in range(1, 90)))
    assert many == few
