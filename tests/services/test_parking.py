"""What is wrong stops one organization and nobody else: its people are told, and two steps let it go on (ADR 33)."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.models import F

from invoices.documents.reasons import reason_in_words
from invoices.models import BillingCycle, DocumentBalance, Invoice, Parking
from invoices.selectors.stopped import find_parking
from invoices.services import closing, orders
from invoices.services.alerting import tell_of_failed_cycles
from invoices.services.books.fault import Fault
from invoices.services.closing import Outcome, close_cycle_now
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.parking import look_through_books, park, unpark
from invoices.services.previewing import next_cycle, preview_cycle
from invoices.services.sweeping import close_due_cycles
from invoices.services.switch import IssuingStoppedError, turn_switch
from subscriptions.domain.violations import Refused
from subscriptions.models import Order, OutgoingMail, Product
from subscriptions.services.recording import Recording
from tests.books import assert_the_books_hold, contents
from tests.factories.subscriptions import a_prepaid_subscription, an_organization
from tests.factories.trials import a_trial
from tests.factories.usage import a_working_day, report
from tests.flushing import WITHOUT_TRIGGERS
from usage.models import EventIdentity

pytestmark = pytest.mark.django_db

BEGIN = datetime(2026, 1, 15, 5, tzinfo=UTC)
CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _quietly(monkeypatch):
    """Do not print what is made to go wrong."""
    for name in ("invoices.services.closing", "invoices.services.parking"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", False)


@pytest.fixture
def lead(db):
    return a_person("lead", "lead@seatbill.test", is_superuser=True)


def a_person(name, email="", **fields):
    return User.objects.create_user(name, email=email, is_staff=True, **fields)


def a_fleet(size):
    fleet = [a_prepaid_subscription(an_organization(f"org-{number:03}")) for number in range(size)]
    close_due_cycles(now=BEGIN)
    return fleet


def make_wrong(subscription, *, by=1):
    """Let less be open of an organization's first invoice than there is, or right it."""
    first = Invoice.objects.filter(subscription=subscription).earliest("pk")
    DocumentBalance.objects.filter(document=first).update(open=F("open") - by)


def test_an_exception_in_the_middle_of_a_dozen_organizations_stops_one(lead, monkeypatch):
    fleet = a_fleet(12)
    csm = a_person("csm", "csm@seatbill.test")
    struck = fleet[6]
    struck.organization.csms.add(csm)
    plan = closing.plan_from

    def plan_or_fail(ground):
        if ground.cycle.subscription_id == struck.pk:
            raise ZeroDivisionError("nobody thought of this")
        return plan(ground)

    with monkeypatch.context() as patched:
        patched.setattr(closing, "plan_from", plan_or_fail)
        steps = close_due_cycles(now=CUTOFF)
        tell_of_failed_cycles(now=CUTOFF)
        # An hour later it fails once more; nobody is told twice.
        close_due_cycles(now=CUTOFF + 61 * A_MINUTE)
        tell_of_failed_cycles(now=CUTOFF + 61 * A_MINUTE)

    outcomes = [step.outcome for step in steps]
    assert (outcomes.count(Outcome.CLOSED), outcomes.count(Outcome.FAILED)) == (11, 1)
    waiting = BillingCycle.objects.exclude(held_reasons=[]).get()
    assert waiting.subscription == struck
    assert "could not work this cycle out" in reason_in_words(waiting.held_reasons[0])
    told = OutgoingMail.objects.get()
    assert (told.recipient, told.kind) == ("csm@seatbill.test", "cycle_failed")
    assert "nobody thought" not in told.body
    mended = close_cycle_now(cycle_id=waiting.pk, now=CUTOFF + 62 * A_MINUTE)
    again = close_cycle_now(cycle_id=waiting.pk, now=CUTOFF + 63 * A_MINUTE)
    assert (mended.outcome, again.outcome) == (Outcome.CLOSED, Outcome.NOT_DUE)
    assert Invoice.objects.filter(subscription=struck).count() == 2
    assert_the_books_hold()


def test_wrong_books_of_one_of_a_dozen_organizations_stop_it_until_they_are_right(lead):
    fleet = a_fleet(12)
    wrong = fleet[6]
    make_wrong(wrong)

    assert look_through_books(now=CUTOFF) == 1
    steps = close_due_cycles(now=CUTOFF)

    assert [step.outcome for step in steps] == 11 * [Outcome.CLOSED]
    parking = Parking.objects.get()
    assert (parking.organization, parking.fault_count) == (wrong.organization, 1)
    assert "279.00 is open, 280.00 follows from what pays it" in parking.faults[0]
    told = OutgoingMail.objects.get()
    assert (told.recipient, told.kind) == ("lead@seatbill.test", "books_wrong")
    assert parking.faults[0] in told.body

    # A night later: nobody is told twice, and nothing became worse because nothing could close.
    assert look_through_books(now=CUTOFF + timedelta(days=1)) == 2
    assert (Parking.objects.count(), OutgoingMail.objects.count()) == (1, 1)
    with pytest.raises(Refused, match="still wrong"):
        let_go_on(parking, lead)
    make_wrong(wrong, by=-1)
    let_go_on(parking, lead)
    steps = close_due_cycles(now=CUTOFF + timedelta(days=1))
    assert [(step.outcome, step.invoice.subscription_id) for step in steps] == [(Outcome.CLOSED, wrong.pk)]
    assert close_due_cycles(now=CUTOFF + timedelta(days=1)) == []
    assert_the_books_hold()


def let_go_on(parking, lead, *, reason="The amount was restored from the backup."):
    return unpark(parking.pk, reason=reason, recording=Recording(by=lead, at=CUTOFF + timedelta(days=1)))


@pytest.fixture
def parked(lead):
    """A parked organization, whose books are right again by now."""
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    make_wrong(subscription)
    look_through_books(now=CUTOFF)
    make_wrong(subscription, by=-1)
    return subscription


def test_nothing_is_issued_for_a_parked_organization_and_previews_work(parked, lead):
    before = contents()
    invoice = Invoice.objects.get()

    assert close_due_cycles(now=CUTOFF) == []
    assert close_cycle_now(cycle_id=parked.cycles.get().pk, now=CUTOFF).outcome is Outcome.NOT_DUE
    whole = CreditRequest(place=1, parts=None, reason="Never worked.")
    with pytest.raises(IssuingStoppedError):
        issue_credit(invoice_id=invoice.pk, request=whole, issued_by=lead, now=CUTOFF)
    assert contents() == before
    assert preview_cycle(next_cycle(parked), as_of=CUTOFF).draft is not None


def test_it_goes_on_once_and_with_a_reason(parked, lead):
    parking = Parking.objects.get()
    with pytest.raises(Refused, match="Say what was mended"):
        let_go_on(parking, lead, reason=" ")
    let_go_on(parking, lead)
    with pytest.raises(Refused, match="not parked any more"):
        let_go_on(parking, lead)

    assert find_parking(parked.organization_id) is None
    parking.refresh_from_db()
    assert (parking.unparked_by, parking.reason) == (lead, "The amount was restored from the backup.")


def test_an_organization_may_be_parked_again_later(parked, lead):
    let_go_on(Parking.objects.get(), lead)
    make_wrong(parked)

    look_through_books(now=CUTOFF + timedelta(days=2))

    assert [parking.unparked_at is None for parking in Parking.objects.order_by("pk")] == [False, True]
    assert OutgoingMail.objects.count() == 2


def test_what_is_overdue_parks_nobody(lead):
    subscription = a_prepaid_subscription()
    close_due_cycles(now=BEGIN)

    assert look_through_books(now=CUTOFF + timedelta(hours=2)) == 1

    assert not Parking.objects.exists()
    assert [step.outcome for step in close_due_cycles(now=CUTOFF)] == [Outcome.CLOSED]
    assert subscription.invoices.count() == 2


def test_while_issuing_is_off_nothing_is_overdue(lead):
    a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    turn_switch(is_on=False, reason="Stop.", by=lead, now=CUTOFF)

    assert look_through_books(now=CUTOFF + timedelta(days=9)) == 0


def test_leads_are_told_where_an_organization_has_no_csm_or_none_with_an_address(lead):
    finance = a_person("finance", "finance@seatbill.test")
    finance.user_permissions.add(Permission.objects.get(codename="lead", content_type__app_label="subscriptions"))
    a_person("nobody", "nobody@seatbill.test")
    subscription = a_prepaid_subscription()
    subscription.organization.csms.add(a_person("silent"))
    close_due_cycles(now=BEGIN)
    make_wrong(subscription)

    look_through_books(now=CUTOFF)

    recipients = OutgoingMail.objects.order_by("recipient").values_list("recipient", flat=True)
    assert list(recipients) == ["finance@seatbill.test", "lead@seatbill.test"]


def test_wrong_numbers_of_no_single_organization_are_told_to_leads_and_park_nobody(lead):
    a_prepaid_subscription()
    close_due_cycles(now=BEGIN)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE invoices_numberseries SET last_number = 7")

    look_through_books(now=CUTOFF)
    look_through_books(now=CUTOFF + A_MINUTE)

    assert not Parking.objects.exists()
    told = OutgoingMail.objects.get()
    assert (told.subject, told.organization) == ("The books are wrong", None)
    assert "7 numbers were given" in told.body


def test_only_so_many_faults_are_kept_and_the_rest_is_counted(lead):
    organization = an_organization()
    many = [Fault(organization_id=organization.pk, where=f"INV-{k}", what="it has no lines") for k in range(60)]
    parking = park(organization.pk, many, now=CUTOFF)

    assert (len(parking.faults), parking.fault_count) == (50, 60)
    assert "and 50 more" in OutgoingMail.objects.get().body


def test_a_retried_sweep_finds_a_parked_organization_among_others(lead):
    fleet = a_fleet(3)
    for subscription in fleet:
        report(subscription.organization, *a_working_day("ann", "2026-01-20", "purecloud-3"))
    park(fleet[1].organization_id, [], now=CUTOFF)

    assert [step.outcome for step in close_due_cycles(now=CUTOFF)] == 2 * [Outcome.CLOSED]


def test_an_order_that_fails_keeps_no_other_from_its_invoice(lead, monkeypatch):
    monkeypatch.setattr(logging.getLogger("invoices.services.orders"), "propagate", False)
    package = Product.objects.create(code="package", name="Enablement package", kind="one_time")
    sold = [
        Order.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            product=package,
            quantity=1,
            price=900,
            processed_on="2026-01-20",
        )
        for subscription in a_fleet(3)
    ]
    sale = orders.sale_charge

    def fail_for_one(asked):
        if asked.key == f"order|{sold[1].pk}":
            raise ZeroDivisionError("nobody thought of this")
        return sale(asked)

    with monkeypatch.context() as patched:
        patched.setattr(orders, "sale_charge", fail_for_one)
        assert len(orders.invoice_due_orders(now=CUTOFF)) == 2

    (invoice,) = orders.invoice_due_orders(now=CUTOFF)
    assert invoice.organization == sold[1].organization
    assert_the_books_hold()


def test_a_trial_is_not_parked(lead):
    trial = a_trial("tryout")
    report(trial.organization, *a_working_day("ann", "2026-01-20"))
    with connection.cursor() as cursor, WITHOUT_TRIGGERS[connection.vendor](cursor):
        EventIdentity.objects.first().delete()

    assert look_through_books(now=CUTOFF) == 1

    assert not Parking.objects.exists()
    assert not OutgoingMail.objects.exists()
