"""The final invoice shows what is open of earlier ones, as it stood when it was issued (BR-16)."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User

from invoices.documents import get_invoice_document
from invoices.models import Invoice
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.sweeping import close_due_cycles
from tests.factories.subscriptions import a_prepaid_subscription, a_subscription, an_organization
from tests.factories.usage import a_working_day, report

pytestmark = pytest.mark.usefixtures("billing")

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
# The last day of service is March 3; its period closes six hours after it.
LAST_CUTOFF = datetime(2026, 3, 4, 11, tzinfo=UTC)
ENDING = {"last_service_date": date(2026, 3, 3), "cancelled_on": date(2026, 2, 20)}


def work(subscription, *days, user="ann", product="purecloud-1"):
    for day in days:
        report(subscription.organization, *a_working_day(user, day, product))


def balance_of(invoice):
    document = get_invoice_document(invoice, language="en")
    return [(fact.label, fact.value) for fact in document.balance]


def test_it_shows_the_balance_of_earlier_invoices_and_with_its_own():
    subscription = a_subscription(**ENDING)
    work(subscription, "2026-01-20", "2026-02-20")

    close_due_cycles(now=CUTOFF)
    close_due_cycles(now=LAST_CUTOFF)

    first, final = Invoice.objects.order_by("pk")
    assert balance_of(first) == []
    assert balance_of(final) == [
        ("Open balance of earlier invoices", "$75.00"),
        ("Open balance with this document", "$150.00"),
    ]


def test_it_stays_as_it_stood_on_issue():
    subscription = a_subscription(**ENDING)
    work(subscription, "2026-01-20", "2026-02-20")
    close_due_cycles(now=CUTOFF)
    close_due_cycles(now=LAST_CUTOFF)
    first, final = Invoice.objects.order_by("pk")
    before = balance_of(final)

    csm = User.objects.create_user("csm", is_staff=True)
    request = CreditRequest(place=1, parts=None, reason="Waived")
    issue_credit(invoice_id=first.pk, request=request, issued_by=csm, now=LAST_CUTOFF)

    assert balance_of(Invoice.objects.get(pk=final.pk)) == before


def test_what_was_credited_before_is_not_open_any_more():
    subscription = a_subscription(**ENDING)
    work(subscription, "2026-01-20", "2026-02-20")
    close_due_cycles(now=CUTOFF)
    csm = User.objects.create_user("csm", is_staff=True)
    request = CreditRequest(place=1, parts=None, reason="Waived")
    credit_note = issue_credit(invoice_id=Invoice.objects.get().pk, request=request, issued_by=csm, now=CUTOFF)

    close_due_cycles(now=LAST_CUTOFF)

    final = Invoice.objects.exclude(cycle=None).order_by("pk").last()
    assert balance_of(final)[0] == ("Open balance of earlier invoices", "$0.00")
    assert balance_of(credit_note) == []


def test_a_balance_in_another_currency_or_of_somebody_else_is_not_in_it():
    subscription = a_subscription(**ENDING)
    other = a_subscription(an_organization("harbor"))
    work(other, "2026-01-20")
    work(subscription, "2026-02-20")
    close_due_cycles(now=CUTOFF)

    close_due_cycles(now=LAST_CUTOFF)

    final = Invoice.objects.get(subscription=subscription)
    assert balance_of(final) == [
        ("Open balance of earlier invoices", "$0.00"),
        ("Open balance with this document", "$75.00"),
    ]


def test_a_final_credit_note_lowers_it():
    subscription = a_subscription(**ENDING)
    work(subscription, "2026-01-20")
    work(subscription, "2026-01-20", user="bob")
    close_due_cycles(now=CUTOFF)
    retraction = {
        "specversion": "1.0",
        "type": "event.retracted",
        "source": "/platform",
        "subject": "bob",
        "time": "2026-02-25T00:00:00Z",
    }
    for what in ("in-2026-01-20T14:00:00Z", "out-2026-01-20T22:00:00Z"):
        target = {"source": "/platform", "id": f"bob-{what}"}
        report(subscription.organization, retraction | {"id": f"r-{what}", "data": target})

    close_due_cycles(now=LAST_CUTOFF)

    final = Invoice.objects.get(document_type="credit_note")
    assert balance_of(final) == [
        ("Open balance of earlier invoices", "$150.00"),
        ("Open balance with this document", "$75.00"),
    ]


def test_where_the_last_period_owes_nothing_there_is_no_document():
    subscription = a_subscription(**ENDING)
    work(subscription, "2026-01-20")
    close_due_cycles(now=CUTOFF)

    close_due_cycles(now=LAST_CUTOFF)

    assert Invoice.objects.count() == 1
    assert list(subscription.cycles.values_list("state", flat=True)) == ["closed", "closed"]


def test_no_other_invoice_of_an_agreement_shows_it():
    subscription = a_prepaid_subscription(**ENDING)
    work(subscription, "2026-01-20", "2026-02-20", product="purecloud-3")

    close_due_cycles(now=CUTOFF)

    assert Invoice.objects.count() == 2
    assert [balance_of(invoice) for invoice in Invoice.objects.all()] == [[], []]
