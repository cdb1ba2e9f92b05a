"""Two people who credit one invoice at once, and a close beside a credit (BR-70, BR-74)."""

import threading
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from invoices.domain.crediting import CreditedPart, UncreditableError
from invoices.models import Credit, Invoice, InvoiceLine
from invoices.services import crediting
from invoices.services.crediting import CreditRefusedError, CreditRequest, issue_credit
from invoices.services.sweeping import close_due_cycles
from tests.books import assert_the_books_hold
from tests.factories.subscriptions import a_subscription
from tests.factories.usage import a_working_day, report
from tests.together import PATIENCE, Beside, at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)


@pytest.fixture
def invoice(committed_db):
    subscription = a_subscription()
    for user in ("ann", "bob", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    return Invoice.objects.get()


def ask(invoice, person, seats, *, place=1):
    parts = None if seats is None else [CreditedPart(position=0, quantity=Decimal(seats))]
    request = CreditRequest(place=place, parts=parts, reason="Asked for")
    return issue_credit(invoice_id=invoice.pk, request=request, issued_by=person, now=CUTOFF)


def test_of_people_who_credit_one_invoice_at_once_one_is_answered(invoice):
    people = [User.objects.create_user(f"csm-{number}") for number in range(4)]
    outcomes = at_once(*(lambda person=person: ask(invoice, person, 2) for person in people))
    assert sum(isinstance(outcome, Invoice) for outcome in outcomes) == 1
    refusals = [outcome for outcome in outcomes if not isinstance(outcome, Invoice)]
    assert all(isinstance(outcome, CreditRefusedError | UncreditableError) for outcome in refusals)
    assert Credit.objects.count() == 1
    assert_the_books_hold()


def test_one_person_who_asks_many_times_at_once_gets_one_answer(invoice):
    csm = User.objects.create_user("csm")
    assert len(set(at_once(*[lambda: ask(invoice, csm, 2)] * 4))) == 1
    assert Credit.objects.count() == 1
    assert_the_books_hold()


def test_a_close_waits_for_a_credit_of_what_it_rates_again(invoice, monkeypatch):
    csm = User.objects.create_user("csm")
    for what in ("in-2026-01-20T14:00:00Z", "out-2026-01-20T22:00:00Z"):
        retraction = {
            "specversion": "1.0",
            "id": f"r-{what}",
            "source": "/platform",
            "type": "event.retracted",
            "subject": "cid",
            "time": "2026-03-03T00:00:00Z",
            "data": {"source": "/platform", "id": f"cid-{what}"},
        }
        report(invoice.organization, retraction)
    locked, go_on = threading.Event(), threading.Event()
    lock = crediting._lock

    def lock_and_wait(invoice_id):
        found = lock(invoice_id)
        locked.set()
        assert go_on.wait(PATIENCE)
        return found

    monkeypatch.setattr(crediting, "_lock", lock_and_wait)
    credit = Beside(lambda: ask(invoice, csm, 1))
    assert locked.wait(PATIENCE)
    close = Beside(lambda: close_due_cycles(now=SECOND_CUTOFF))
    assert close.is_waiting()
    go_on.set()
    credit.end()
    close.end()

    # The seat that was retracted had been given back already.
    assert Credit.objects.count() == 1
    assert not InvoiceLine.objects.filter(kind="adjustment").exists()
    assert_the_books_hold()
