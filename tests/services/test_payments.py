"""Payments: recorded once per reference, spread over open invoices, reversed when they bounce (BR-80, BR-82)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from moneyed import Money

from invoices.choices import DocumentType
from invoices.documents.statement import movements
from invoices.domain.payments import Certificate, PaymentFault, PaymentMethod, Share
from invoices.models import Allocation, DocumentBalance, LedgerEntry, Payment, Withholding
from invoices.selectors.accounts import get_accounts, get_unallocated, list_movements
from invoices.services.books.verify import verify_books
from invoices.services.payments import (
    PaymentError,
    Receipt,
    allocate_payment,
    apply_credit_note,
    keep_certificate,
    record_payment,
    reverse_payment,
)
from subscriptions.services.recording import Recording
from tests.books import assert_the_books_hold, rows_per_table
from tests.factories.documents import ISSUED_AT, a_subscription, draft_and_issue

NOW = ISSUED_AT + timedelta(days=20)


@pytest.fixture
def by(db):
    return User.objects.create_user("finance")


@pytest.fixture
def subscription(db):
    return a_subscription()


@pytest.fixture
def january(subscription):
    return draft_and_issue(subscription, "100.00", dated=date(2026, 1, 15))


@pytest.fixture
def february(subscription):
    return draft_and_issue(subscription, "200.00", dated=date(2026, 2, 15))


def a_receipt(subscription, amount: str, reference: str = "WIRE-1", currency: str = "USD") -> Receipt:
    return Receipt(
        organization=subscription.organization,
        amount=Money(amount, currency),
        method=PaymentMethod.WIRE,
        reference=reference,
        received_on=date(2026, 3, 6),
    )


def left(*documents) -> list[Decimal]:
    return [DocumentBalance.objects.get(document=document).open for document in documents]


def test_a_payment_pays_what_has_been_due_longest_and_the_rest_stays(subscription, january, february, by):
    payment = record_payment(a_receipt(subscription, "350.00"), shares=None, recorded_by=by, now=NOW)

    assert left(january, february) == [0, 0]
    assert get_unallocated(payment) == 50
    (account,) = get_accounts(subscription.organization_id, on=date(2026, 3, 6))
    assert (account.balance, account.credit, account.aged.past_due) == (-50, 50, 0)
    assert_the_books_hold()


def test_a_part_is_paid_as_chosen(subscription, january, february, by):
    shares = [Share(document_id=february.pk, amount=Decimal("60.00"))]

    record_payment(a_receipt(subscription, "60.00"), shares=shares, recorded_by=by, now=NOW)

    assert left(january, february) == [100, 140]
    assert_the_books_hold()


def test_a_reference_is_recorded_once(subscription, january, by):
    record_payment(a_receipt(subscription, "60.00"), shares=None, recorded_by=by, now=NOW)
    before = rows_per_table()

    with pytest.raises(PaymentError) as refused:
        record_payment(a_receipt(subscription, "60.00", " WIRE-1 "), shares=None, recorded_by=by, now=NOW)

    assert refused.value.faults == {0: PaymentFault.RECORDED_BEFORE}
    assert rows_per_table() == before
    assert left(january) == [40]


def test_shares_that_do_not_fit_keep_nothing(subscription, january, by):
    before = rows_per_table()
    shares = [Share(document_id=january.pk, amount=Decimal("100.01"))]

    with pytest.raises(PaymentError) as refused:
        record_payment(a_receipt(subscription, "500.00"), shares=shares, recorded_by=by, now=NOW)

    assert refused.value.faults == {january.pk: PaymentFault.MORE_THAN_OPEN}
    assert rows_per_table() == before


def test_another_currency_pays_nothing_here(subscription, january, by):
    payment = record_payment(a_receipt(subscription, "100", currency="EUR"), shares=None, recorded_by=by, now=NOW)

    assert left(january) == [100]
    assert get_unallocated(payment) == 100
    accounts = get_accounts(subscription.organization_id, on=date(2026, 3, 6))
    assert [(account.currency, account.balance) for account in accounts] == [("EUR", -100), ("USD", 100)]
    assert_the_books_hold()


def test_what_was_left_pays_a_later_invoice(subscription, january, by):
    payment = record_payment(a_receipt(subscription, "150.00"), shares=None, recorded_by=by, now=NOW)
    later = draft_and_issue(subscription, "70.00", dated=date(2026, 3, 15))

    allocate_payment(payment, shares=[Share(document_id=later.pk, amount=Decimal(50))], by=by, now=NOW)
    assert (left(later), get_unallocated(payment)) == ([20], 0)

    with pytest.raises(PaymentError):
        allocate_payment(payment, shares=[Share(document_id=later.pk, amount=Decimal(1))], by=by, now=NOW)
    assert left(later) == [20]
    assert_the_books_hold()


def test_a_bounced_check_opens_what_it_paid_and_may_be_recorded_again(subscription, january, february, by):
    payment = record_payment(a_receipt(subscription, "250.00", "CHECK-7"), shares=None, recorded_by=by, now=NOW)

    reverse_payment(payment, reason="Returned by the bank", by=by, now=NOW)

    assert left(january, february) == [100, 200]
    assert get_unallocated(Payment.objects.get(pk=payment.pk)) == 0
    with pytest.raises(PaymentError) as refused:
        reverse_payment(payment, reason="Again", by=by, now=NOW)
    assert refused.value.faults == {0: PaymentFault.REVERSED}
    record_payment(a_receipt(subscription, "250.00", "CHECK-7"), shares=None, recorded_by=by, now=NOW)
    assert left(january, february) == [0, 50]
    assert_the_books_hold()


def test_a_reversal_wants_a_reason(subscription, january, by):
    payment = record_payment(a_receipt(subscription, "60.00"), shares=None, recorded_by=by, now=NOW)

    with pytest.raises(PaymentError):
        reverse_payment(payment, reason="  ", by=by, now=NOW)

    assert left(january) == [40]


def test_a_credit_note_pays_an_invoice(subscription, january, by):
    credit = draft_and_issue(subscription, "-30.00", dated=date(2026, 2, 15))
    assert credit.document_type == DocumentType.CREDIT_NOTE

    apply_credit_note(credit, shares=[Share(document_id=january.pk, amount=Decimal(30))], by=by, now=NOW)

    assert left(january, credit) == [70, 0]
    with pytest.raises(PaymentError):
        apply_credit_note(credit, shares=[Share(document_id=january.pk, amount=Decimal(1))], by=by, now=NOW)
    assert left(january, credit) == [70, 0]
    assert_the_books_hold()


@pytest.mark.parametrize(
    ("case", "touch"),
    [
        ("another amount", lambda: Payment.objects.update(amount=1)),
        ("another reference", lambda: Payment.objects.update(reference="X")),
        ("deleted", lambda: Payment.objects.all().delete()),
        ("an allocation changed", lambda: Allocation.objects.update(amount=1)),
        ("an allocation deleted", lambda: Allocation.objects.all().delete()),
    ],
)
def test_what_came_in_is_frozen(case, touch, subscription, january, by):
    record_payment(a_receipt(subscription, "60.00"), shares=None, recorded_by=by, now=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        touch()

    assert Payment.objects.get().amount == 60
    assert Allocation.objects.get().amount == 60


def withheld_from(subscription, january, by, **more):
    receipt = replace(a_receipt(subscription, "90.00"), withheld=Decimal("10.00"), **more)
    return record_payment(receipt, shares=[Share(document_id=january.pk, amount=Decimal(100))], recorded_by=by, now=NOW)


def test_tax_that_the_payer_withheld_settles_the_invoice_as_the_money_does(subscription, january, by):
    payment = withheld_from(subscription, january, by)

    assert (left(january), get_unallocated(payment)) == ([0], 0)
    posted = dict(LedgerEntry.objects.filter(transaction__payment=payment).values_list("account", "amount"))
    assert posted == {"cash": 90, "withholding_tax": 10, "receivable": -100}
    (account,) = get_accounts(subscription.organization_id, on=date(2026, 3, 6))
    assert (account.balance, account.credit, account.aged.past_due) == (0, 0, 0)
    *_issued, paid = movements(list_movements(subscription.organization_id, currency="USD"), time_zone="UTC")
    assert (paid.what, paid.paid, paid.balance) == ("Payment WIRE-1, $10.00 of it as withheld tax", 100, 0)
    assert_the_books_hold()

    reverse_payment(payment, reason="Returned by the bank.", by=by, now=NOW)

    assert left(january) == [100]
    taken_back = LedgerEntry.objects.filter(account="withholding_tax").values_list("amount", flat=True)
    assert sorted(taken_back) == [-10, 10]
    assert_the_books_hold()


def test_withheld_tax_never_stays_as_credit(subscription, january, by):
    receipt = replace(a_receipt(subscription, "90.00"), withheld=Decimal("10.00"))
    before = rows_per_table()

    with pytest.raises(PaymentError) as refused:
        record_payment(receipt, shares=[], recorded_by=by, now=NOW)

    assert refused.value.faults == {0: PaymentFault.WITHHELD_OF_NOTHING}
    assert rows_per_table() == before


def test_a_certificate_comes_with_the_payment_or_later_and_once(subscription, january, by):
    payment = withheld_from(subscription, january, by)
    certificate = Certificate(number="WHT-7", dated=date(2026, 4, 1))
    recording = Recording(by=by, at=NOW)

    assert keep_certificate(payment.withholding, certificate=certificate, file=None, recording=recording)
    other = Certificate(number="WHT-8", dated=date(2026, 4, 2))
    assert not keep_certificate(payment.withholding, certificate=other, file=None, recording=recording)

    payment.withholding.refresh_from_db()
    assert payment.withholding.certificate_number == "WHT-7"
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        Withholding.objects.update(certificate_number="WHT-8")
    assert_the_books_hold()


def test_the_books_tell_of_withheld_tax_that_is_not_posted(subscription, january, by):
    payment = record_payment(a_receipt(subscription, "90.00"), shares=None, recorded_by=by, now=NOW)
    Withholding.objects.create(organization=payment.organization, payment=payment, amount=Decimal(10))

    found = [str(fault) for fault in verify_books(now=None)]

    assert any("0 is posted as withheld tax, 10.00 was withheld" in fault for fault in found), found
