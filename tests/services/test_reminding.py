"""Reminders of past-due invoices: each step once, to every contact, never where something keeps them back (BR-82)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import DatabaseError, transaction
from moneyed import Money

from invoices.documents.dunning import dunning_of, reminders_sent, what_comes_next
from invoices.domain.payments import PaymentMethod, Share
from invoices.models import DunningStop, Invoice, PaymentPromise, PromisedInvoice, Reminder
from invoices.selectors.reminders import get_reached, list_broken, with_promise_facts
from invoices.services import reminding
from invoices.services.books.fault import Fault
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.dunning import DunningError, start_reminders, stop_reminders
from invoices.services.parking import park
from invoices.services.payments import Receipt, apply_credit_note, record_payment, reverse_payment
from invoices.services.promises import Promised, record_promise, withdraw_promise
from invoices.services.reminding import send_reminders
from invoices.services.switch import mail_held_back, turn_switch
from invoices.services.withdrawing import withdraw_reminder
from subscriptions.domain.violations import Refused
from subscriptions.models import AuditEntry, BankAccount, BillingContact, OutgoingMail
from subscriptions.services.erasing import erase_person
from subscriptions.services.mailing import send_pending_mail
from subscriptions.services.recording import Recording
from tests.books import assert_the_books_hold, contents
from tests.factories.documents import draft_and_issue
from tests.portal import rows

ISSUED = date(2026, 2, 15)
DUE = date(2026, 3, 17)


def at(days: int, *, hour: int = 15) -> datetime:
    """Return an instant so many days after the due date: by default in the middle of the day in New York."""
    return datetime(DUE.year, DUE.month, DUE.day, hour, tzinfo=UTC) + timedelta(days=days)


@pytest.fixture
def agreement(db):
    return rows.make_subscription(rows.make_organization(), time_zone="America/New_York")


@pytest.fixture
def contact(agreement):
    return a_contact(agreement)


@pytest.fixture
def by(db):
    return User.objects.create_user("csm", is_staff=True, first_name="Cleo")


@pytest.fixture
def invoice(agreement, contact):
    return an_invoice(agreement)


def a_contact(agreement, email: str = "finn@acme.example", **fields) -> BillingContact:
    return BillingContact.objects.create(
        **{"organization": agreement.organization, "name": "Finn", "email": email} | fields
    )


def an_invoice(agreement, amount: str = "100.00", *, dated: date = ISSUED) -> Invoice:
    return draft_and_issue(agreement, amount, dated=dated)


def pay(agreement, amount: str, *, now: datetime):
    receipt = Receipt(
        organization=agreement.organization,
        amount=Money(amount, "USD"),
        method=PaymentMethod.WIRE,
        reference=f"WIRE-{amount}",
        received_on=now.date(),
    )
    return record_payment(receipt, shares=None, recorded_by=None, now=now)


def promise(agreement, *invoices, on: date, by, now: datetime, amount: str | None = None) -> PaymentPromise:
    promised = Promised(
        organization=agreement.organization,
        invoice_ids=[invoice.pk for invoice in invoices],
        amount=None if amount is None else Decimal(amount),
        promised_on=on,
        promised_by="Ms. Ito",
        note="On the phone.",
    )
    return record_promise(promised, recording=Recording(by=by, at=now))


def went_out() -> list[tuple[str, int]]:
    """Return to whom which step went, in the order of going out."""
    mails = dict(OutgoingMail.objects.values_list("key", "recipient"))
    return [(mails[key], after) for key, after in Reminder.objects.order_by("pk").values_list("mail_key", "after_days")]


# --- When, and how often ---------------------------------------------------------------------------------------------


def test_each_step_goes_out_once_however_often_it_is_swept(invoice):
    sent = [send_reminders(now=at(days)) for days in (0, 2, 3, 3, 4, 13, 14, 15, 30, 31, 400)]

    assert sent == [0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0]
    assert went_out() == [("finn@acme.example", 3), ("finn@acme.example", 14), ("finn@acme.example", 30)]
    assert list(Reminder.objects.order_by("pk").values_list("level", "days_past_due", "open")) == [
        (1, 3, 100),
        (2, 14, 100),
        (3, 30, 100),
    ]
    assert_the_books_hold()


def test_after_three_missed_months_only_the_highest_step_goes_out(invoice):
    assert [send_reminders(now=at(92)), send_reminders(now=at(93))] == [1, 0]
    assert went_out() == [("finn@acme.example", 30)]


def test_days_are_counted_where_the_invoice_is_due(invoice):
    # Three days past due begin at midnight in New York, four hours after that in UTC.
    assert send_reminders(now=at(3, hour=3)) == 0
    assert send_reminders(now=at(3, hour=4)) == 1


def test_every_contact_is_written_to_and_who_comes_later_gets_the_next_step(agreement, invoice):
    a_contact(agreement, "ann@acme.example", name="Ann")
    send_reminders(now=at(3))
    a_contact(agreement, "new@acme.example", name="New")
    send_reminders(now=at(4))
    assert [who for who, _step in went_out()] == ["finn@acme.example", "ann@acme.example"]

    send_reminders(now=at(14))
    assert [who for who, step in went_out() if step == 14] == [
        "finn@acme.example",
        "ann@acme.example",
        "new@acme.example",
    ]


def test_without_a_contact_it_waits_and_goes_out_once_there_is_one(agreement):
    an_invoice(agreement)
    assert send_reminders(now=at(20)) == 0
    a_contact(agreement)
    assert send_reminders(now=at(20)) == 1
    assert went_out() == [("finn@acme.example", 14)]


def test_the_schedule_is_that_of_the_issuing_entity(agreement, invoice):
    entity = agreement.issuing_entity
    entity.reminder_days = []
    entity.save()
    assert send_reminders(now=at(400)) == 0
    entity.reminder_days = [10]
    entity.save()
    assert [send_reminders(now=at(9)), send_reminders(now=at(10)), send_reminders(now=at(30))] == [0, 1, 0]


def test_the_database_refuses_a_step_that_went_to_a_contact_before(invoice):
    send_reminders(now=at(3))
    again = Reminder.objects.get()
    again.pk = None
    with pytest.raises(DatabaseError), transaction.atomic():
        again.save(force_insert=True)


# --- What keeps them back --------------------------------------------------------------------------------------------


def paid(agreement, invoice, by):
    pay(agreement, "100.00", now=at(1))


def credited(agreement, invoice, by):
    note = an_invoice(agreement, "-100.00", dated=date(2026, 2, 20))
    apply_credit_note(note, shares=[Share(document_id=invoice.pk, amount=Decimal(100))], by=by, now=at(1))


def parked(agreement, invoice, by):
    park(agreement.organization_id, [Fault(organization_id=agreement.organization_id, where="x", what="y")], now=at(1))


def switched_off(agreement, invoice, by):
    turn_switch(is_on=False, reason="A drill.", by=by, now=at(1))


def stopped(agreement, invoice, by):
    stop_reminders(agreement.organization, reason="They negotiate.", until=None, by=by, now=at(1))


def promised(agreement, invoice, by):
    promise(agreement, invoice, on=DUE + timedelta(days=90), by=by, now=at(1))


@pytest.mark.parametrize("happens", [paid, credited, parked, switched_off, stopped, promised])
def test_nothing_goes_out_where_something_keeps_it_back(happens, agreement, invoice, by):
    happens(agreement, invoice, by)

    assert [send_reminders(now=at(days)) for days in (3, 14, 60)] == [0, 0, 0]
    assert not Reminder.objects.exists()
    assert not OutgoingMail.objects.filter(kind="reminder").exists()


def test_nobody_is_reminded_of_a_credit_note(agreement, contact):
    an_invoice(agreement, "-40.00")
    assert send_reminders(now=at(60)) == 0


def test_what_is_paid_in_part_is_reminded_of_with_the_rest(agreement, invoice):
    pay(agreement, "60.00", now=at(1))
    send_reminders(now=at(3))
    assert Reminder.objects.get().open == 40
    assert "$40.00" in OutgoingMail.objects.get().subject


def test_a_reminder_that_is_queued_does_not_leave_while_issuing_is_switched_off(invoice, by):
    send_reminders(now=at(3))
    turn_switch(is_on=False, reason="A drill.", by=by, now=at(3))
    assert send_pending_mail(now=at(3), limit=9, held_back=mail_held_back) == 0
    turn_switch(is_on=True, reason="Over.", by=by, now=at(3))
    assert send_pending_mail(now=at(3), limit=9, held_back=mail_held_back) == 1


def test_one_organization_that_fails_stops_no_other(invoice, monkeypatch, caplog):
    other = rows.make_subscription(rows.make_organization("beta", "Beta"))
    a_contact(other, "ben@beta.example")
    an_invoice(other)
    write = reminding.reminder_mail

    def fail(*args, **facts):
        if facts["organization"] == "Acme Telecom, Inc.":
            raise ValueError("broken")
        return write(*args, **facts)

    monkeypatch.setattr(reminding, "reminder_mail", fail)
    assert send_reminders(now=at(3)) == 1
    assert went_out() == [("ben@beta.example", 3)]
    assert "could not be reminded" in caplog.text
    monkeypatch.undo()
    assert send_reminders(now=at(3)) == 1


# --- The mail --------------------------------------------------------------------------------------------------------


def test_several_invoices_at_one_step_are_one_mail_that_says_how_to_pay(agreement, contact):
    BankAccount.objects.create(
        issuing_entity=agreement.issuing_entity,
        currency="USD",
        bank_name="First Example Bank",
        details=[["Routing (ACH)", "021000021"]],
    )
    first, second = an_invoice(agreement), an_invoice(agreement, "250.50", dated=ISSUED + timedelta(days=1))
    send_reminders(now=at(5))
    send_pending_mail(now=at(5), limit=9)

    (message,) = mail.outbox
    assert message.subject == "Reminder: 2 invoices from Seat Cloud seat-us are past due, $350.50"
    for words in (
        "Hello Finn,",
        f"Invoice {first.number}: $100.00 open, due Mar 17, 2026, 5 days past due",
        f"Invoice {second.number}: $250.50 open, due Mar 18, 2026, 4 days past due",
        f"http://127.0.0.1:8000/o/acme/invoices/{first.number}/",
        "To be paid: $350.50",
        "First Example Bank\nRouting (ACH): 021000021",
        f"Reference: {first.number}, {second.number}",
        "this mail and your payment have crossed",
    ):
        assert words in message.body
    assert "\n\n\n" not in message.body


def test_the_tone_follows_the_step_and_the_language_the_contact(agreement, invoice):
    a_contact(agreement, "aiko@acme.example", name="Aiko", language="ja")
    for days in (3, 14, 30):
        send_reminders(now=at(days))

    english = OutgoingMail.objects.filter(recipient="finn@acme.example").order_by("pk")
    assert [one.subject.partition(":")[0] for one in english] == ["Reminder", "Still past due", "Final reminder"]
    assert "long past due and still unpaid" in english[2].body
    assert {one.language for one in OutgoingMail.objects.filter(recipient="aiko@acme.example")} == {"ja"}


def test_invoices_at_different_steps_are_different_mails(agreement, contact):
    an_invoice(agreement)
    an_invoice(agreement, dated=ISSUED + timedelta(days=20))
    send_reminders(now=at(25))
    assert sorted(step for _who, step in went_out()) == [3, 14]


# --- Stopping --------------------------------------------------------------------------------------------------------


def test_a_stop_with_a_last_day_ends_by_itself_and_the_latest_step_goes_out(agreement, invoice, by):
    stop_reminders(agreement.organization, reason="On leave.", until=DUE + timedelta(days=20), by=by, now=at(1))
    assert [send_reminders(now=at(days)) for days in (3, 14, 20)] == [0, 0, 0]
    assert send_reminders(now=at(21)) == 1
    assert went_out() == [("finn@acme.example", 14)]
    # Over by itself, it keeps nobody from stopping them once more.
    stop_reminders(agreement.organization, reason="Again.", until=None, by=by, now=at(22))
    assert send_reminders(now=at(40)) == 0


def test_started_again_they_go_on(agreement, invoice, by):
    stop_reminders(agreement.organization, reason="They negotiate.", until=None, by=by, now=at(1))
    start_reminders(agreement.organization, reason="They agreed.", by=by, now=at(31))
    assert send_reminders(now=at(31)) == 1
    assert went_out() == [("finn@acme.example", 30)]
    deeds = AuditEntry.objects.filter(deed__startswith="reminders").order_by("pk")
    assert [(entry.deed, entry.words.reason, entry.actor_id) for entry in deeds] == [
        ("reminders_stopped", "They negotiate.", by.pk),
        ("reminders_started", "They agreed.", by.pk),
    ]


def test_a_stop_is_refused_with_its_reason_and_nothing_changes(agreement, by):
    before = contents()
    for facts in ({"reason": " ", "until": None}, {"reason": "Why.", "until": DUE}):
        with pytest.raises(Refused):
            stop_reminders(agreement.organization, by=by, now=at(9), **facts)
    with pytest.raises(Refused) as refused:
        start_reminders(agreement.organization, reason="Why.", by=by, now=at(9))
    assert [reason.code for reason in refused.value.reasons] == [DunningError.NOT_STOPPED]
    assert contents() == before

    stop_reminders(agreement.organization, reason="Why.", until=None, by=by, now=at(9))
    with pytest.raises(Refused) as refused:
        stop_reminders(agreement.organization, reason="Why.", until=None, by=by, now=at(9))
    assert [reason.code for reason in refused.value.reasons] == [DunningError.STOPPED]
    assert DunningStop.objects.count() == 1


# --- Promises --------------------------------------------------------------------------------------------------------


def broken(now: datetime) -> list[int]:
    return list(list_broken(PaymentPromise.objects.all(), on=now.date()).values_list("pk", flat=True))


def test_a_promise_pauses_until_the_day_after_it_then_it_is_broken_and_reminders_go_on(agreement, invoice, by):
    found = promise(agreement, invoice, on=DUE + timedelta(days=20), by=by, now=at(1))
    assert (found.amount, found.currency) == (100, "USD")

    assert [send_reminders(now=at(days)) for days in (3, 14, 20, 21)] == [0, 0, 0, 0]
    assert broken(at(21)) == []
    assert broken(at(22)) == [found.pk]
    assert send_reminders(now=at(22)) == 1
    assert went_out() == [("finn@acme.example", 14)]
    assert_the_books_hold()


def test_a_promise_that_is_paid_is_kept_and_broken_once_the_payment_bounces(agreement, invoice, by):
    promise(agreement, invoice, on=DUE + timedelta(days=5), by=by, now=at(1))
    payment = pay(agreement, "100.00", now=at(5))
    assert broken(at(30)) == []
    (found,) = with_promise_facts(PaymentPromise.objects.all())
    assert (found.stands, found.is_paid) == (True, True)
    reverse_payment(payment, reason="It bounced.", by=by, now=at(31))
    assert broken(at(31)) == [found.pk]


def test_a_part_that_was_promised_and_paid_is_kept(agreement, invoice, by):
    found = promise(agreement, invoice, on=DUE + timedelta(days=5), by=by, now=at(1), amount="60.00")
    pay(agreement, "59.99", now=at(5))
    assert broken(at(7)) == [found.pk]
    pay(agreement, "0.01", now=at(8))
    assert broken(at(8)) == []


def test_a_later_promise_takes_the_place_of_the_one_before(agreement, invoice, by):
    second = an_invoice(agreement, "50.00", dated=ISSUED + timedelta(days=1))
    earlier = promise(agreement, invoice, second, on=DUE + timedelta(days=5), by=by, now=at(1))
    promise(agreement, invoice, on=DUE + timedelta(days=40), by=by, now=at(7))
    # The other invoice of the first promise is still missing.
    assert broken(at(8)) == [earlier.pk]
    assert send_reminders(now=at(15)) == 1
    assert [pk for (pk,) in Reminder.objects.values_list("invoice_id")] == [second.pk]


def test_a_promise_that_is_taken_back_lets_reminders_go_on(agreement, invoice, by):
    found = promise(agreement, invoice, on=DUE + timedelta(days=40), by=by, now=at(1))
    withdraw_promise(found.pk, reason="They cannot.", recording=Recording(by=by, at=at(10)))
    assert broken(at(60)) == []
    assert send_reminders(now=at(10)) == 1
    before = contents()
    with pytest.raises(Refused):
        withdraw_promise(found.pk, reason="Again.", recording=Recording(by=by, at=at(11)))
    assert contents() == before


@pytest.mark.parametrize(
    ("label", "facts", "code"),
    [
        ("yesterday", {"on": DUE}, "in_the_past"),
        ("in two years", {"on": DUE + timedelta(days=700)}, "too_far"),
        ("nothing", {"amount": "0"}, "no_sum"),
        ("less than nothing", {"amount": "-5"}, "no_sum"),
        ("a fraction of a cent", {"amount": "5.001"}, "no_sum"),
        ("not a number", {"amount": "NaN"}, "no_sum"),
        ("more than is open", {"amount": "100.01"}, "more_than_open"),
    ],
)
def test_what_is_no_promise_is_refused_and_nothing_changes(label, facts, code, agreement, invoice, by):
    before = contents()
    with pytest.raises(Refused) as refused:
        promise(agreement, invoice, **{"on": DUE + timedelta(days=20)} | facts, by=by, now=at(10))
    assert [reason.code.value for reason in refused.value.reasons] == [code], label
    assert contents() == before


def test_an_invoice_of_somebody_else_or_that_is_paid_cannot_be_promised(agreement, invoice, by):
    foreign = an_invoice(rows.make_subscription(rows.make_organization("beta", "Beta")))
    with pytest.raises(Refused):
        promise(agreement, invoice, foreign, on=DUE + timedelta(days=20), by=by, now=at(1))
    with pytest.raises(Refused):
        promise(agreement, on=DUE + timedelta(days=20), by=by, now=at(1))
    pay(agreement, "100.00", now=at(1))
    with pytest.raises(Refused):
        promise(agreement, invoice, on=DUE + timedelta(days=20), by=by, now=at(1))
    assert not PromisedInvoice.objects.exists()


# --- Withdrawn before it is sent -------------------------------------------------------------------------------------


def send_mail(now: datetime) -> int:
    return send_pending_mail(now=now, limit=9, held_back=mail_held_back, withdraws=partial(withdraw_reminder, now=now))


def paid(agreement, invoice, by):
    pay(agreement, "100.00", now=at(3))


def paid_in_part(agreement, invoice, by):
    pay(agreement, "60.00", now=at(3))


def credited(agreement, invoice, by):
    request = CreditRequest(place=1, parts=None, reason="Waived")
    issue_credit(invoice_id=invoice.pk, request=request, issued_by=by, now=at(3))


def promised(agreement, invoice, by):
    promise(agreement, invoice, on=DUE + timedelta(days=20), by=by, now=at(3))


def stopped(agreement, invoice, by):
    stop_reminders(agreement.organization, reason="They negotiate.", until=None, by=by, now=at(3))


def parked(agreement, invoice, by):
    park(agreement.organization_id, [Fault(organization_id=agreement.organization_id, where="x", what="y")], now=at(3))


@pytest.mark.parametrize(
    ("happen", "reason", "words"),
    [
        (paid, "settled", "nothing is open any more"),
        (credited, "settled", "nothing is open any more"),
        (paid_in_part, "changed", "another amount is open"),
        (promised, "promised", "it was promised"),
        (stopped, "stopped", "reminders were stopped"),
        (parked, "parked", "the organization is parked"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
def test_a_reminder_that_waits_is_withdrawn_once_it_is_not_true_any_more(agreement, invoice, by, happen, reason, words):
    send_reminders(now=at(3))
    happen(agreement, invoice, by)

    assert [send_mail(at(3)), send_mail(at(4))] == [0, 0]

    assert mail.outbox == []
    letter, reminder = OutgoingMail.objects.get(kind="reminder"), Reminder.objects.get()
    assert (letter.sent_at, letter.withdrawn_at, letter.last_error) == (None, at(3), "")
    assert (reminder.withdrawn_at, reminder.withdrawal) == (at(3), reason)
    assert reminders_sent(invoice) == [
        f"Mar 20, 2026: reminder 1 of $100.00, 3 days past due, to finn@acme.example (withdrawn unsent: {words})"
    ]
    assert get_reached([invoice.pk]) == {}, "the step counts as not sent"


def test_what_still_holds_is_sent(agreement, invoice, by):
    send_reminders(now=at(3))
    stop_reminders(agreement.organization, reason="A day.", until=DUE + timedelta(days=3), by=by, now=at(3))
    start_reminders(agreement.organization, reason="Over.", by=by, now=at(3))
    promise(agreement, invoice, on=DUE + timedelta(days=9), by=by, now=at(3))
    withdraw_promise(PaymentPromise.objects.get().pk, reason="They cannot.", recording=Recording(by=by, at=at(3)))

    assert send_mail(at(3)) == 1
    assert Reminder.objects.get().withdrawn_at is None


def test_a_step_that_was_withdrawn_goes_out_later_with_what_is_open_then(agreement, invoice):
    send_reminders(now=at(3))
    pay(agreement, "60.00", now=at(3))
    send_mail(at(3))

    assert send_reminders(now=at(4)) == 1
    assert send_mail(at(4)) == 1

    (message,) = mail.outbox
    assert "$40.00" in message.subject
    assert list(Reminder.objects.order_by("pk").values_list("after_days", "open", "withdrawal")) == [
        (3, 100, "changed"),
        (3, 40, ""),
    ]
    assert send_reminders(now=at(5)) == 0


def test_a_payment_that_bounces_lets_the_step_go_out(agreement, invoice, by):
    send_reminders(now=at(3))
    payment = pay(agreement, "100.00", now=at(3))
    send_mail(at(3))
    reverse_payment(payment, reason="Bounced.", by=by, now=at(5))

    send_reminders(now=at(6))
    assert send_mail(at(6)) == 1


def test_one_invoice_of_several_withdraws_their_mail_and_the_others_get_a_new_one(agreement, contact):
    first, second = an_invoice(agreement), an_invoice(agreement, "250.50", dated=ISSUED + timedelta(days=1))
    send_reminders(now=at(5))
    share = [Share(document_id=first.pk, amount=Decimal(100))]
    receipt = Receipt(
        organization=agreement.organization,
        amount=Money("100.00", "USD"),
        method=PaymentMethod.WIRE,
        reference="WIRE",
        received_on=ISSUED,
    )
    record_payment(receipt, shares=share, recorded_by=None, now=at(5))

    assert send_mail(at(5)) == 0
    assert dict(Reminder.objects.values_list("invoice", "withdrawal")) == {
        first.pk: "settled",
        second.pk: "together",
    }
    send_reminders(now=at(5, hour=16))
    assert send_mail(at(5, hour=16)) == 1
    (message,) = mail.outbox
    assert (first.number in message.body, second.number in message.body) == (False, True)


def test_what_was_sent_to_one_contact_and_withdrawn_for_another_was_read_by_somebody(agreement, invoice, by):
    a_contact(agreement, "ann@acme.example", name="Ann")
    send_reminders(now=at(3))
    first = OutgoingMail.objects.order_by("pk").first()
    OutgoingMail.objects.exclude(pk=first.pk).update(next_attempt_at=at(4))
    assert send_mail(at(3)) == 1
    pay(agreement, "60.00", now=at(3))

    assert send_mail(at(4)) == 0
    assert get_reached([invoice.pk]) == {invoice.pk: 3}
    assert send_reminders(now=at(5)) == 0


def test_a_mail_that_another_worker_has_just_sent_is_not_withdrawn(agreement, invoice):
    send_reminders(now=at(3))
    letter = OutgoingMail.objects.get()
    OutgoingMail.objects.update(sent_at=at(3))
    pay(agreement, "100.00", now=at(3))

    assert withdraw_reminder(letter, now=at(3))
    letter.refresh_from_db()
    assert (letter.sent_at, letter.withdrawn_at) == (at(3), None)
    assert Reminder.objects.get().withdrawn_at is None


def test_a_mail_that_another_worker_withdrew_is_not_sent_by_who_took_it_before(agreement, invoice):
    """A worker that stood still for longer than a mail is put off: another one took it meanwhile."""
    send_reminders(now=at(3))
    letter = OutgoingMail.objects.get()
    pay(agreement, "100.00", now=at(3))
    assert send_mail(at(3)) == 0

    assert withdraw_reminder(letter, now=at(3, hour=16))
    assert Reminder.objects.get().withdrawn_at == at(3)


def test_a_reminder_is_withdrawn_once_and_nothing_else_of_it_changes(agreement, invoice):
    send_reminders(now=at(3))
    pay(agreement, "100.00", now=at(3))
    send_mail(at(3))
    for change in ({"withdrawal": "promised"}, {"withdrawn_at": None, "withdrawal": ""}, {"open": 1}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Reminder.objects.update(**change)
    assert Reminder.objects.get().withdrawal == "settled"


def test_other_mail_is_none_of_its_business(agreement, invoice):
    assert not withdraw_reminder(OutgoingMail(kind="invoice", organization=agreement.organization), now=at(3))


# --- In words --------------------------------------------------------------------------------------------------------


def test_the_pages_say_what_went_out_and_what_comes_next(agreement, invoice, by):
    send_reminders(now=at(3))
    send_pending_mail(now=at(3), limit=9)
    assert reminders_sent(invoice) == ["Mar 20, 2026: reminder 1 of $100.00, 3 days past due, to finn@acme.example"]
    shown = dunning_of(agreement.organization, now=at(4), time_zone="America/New_York")
    assert [(row.number, row.open, row.days, row.words) for row in shown.coming] == [
        (invoice.number, "$100.00", "4 days past due", "Reminder 2 on Mar 31, 2026")
    ]
    assert [(gone.day, gone.to) for gone in shown.gone] == [("Mar 20, 2026", "finn@acme.example")]

    promise(agreement, invoice, on=DUE + timedelta(days=20), by=by, now=at(5))
    invoice = Invoice.objects.select_related("balance").get(pk=invoice.pk)
    assert what_comes_next(invoice, now=at(5)) == "Reminder 2 on Apr 8, 2026"
    stop_reminders(agreement.organization, reason="They negotiate.", until=None, by=by, now=at(5))
    assert what_comes_next(invoice, now=at(5)) == "None: reminders are stopped."
    shown = dunning_of(agreement.organization, now=at(5), time_zone="America/New_York")
    assert (shown.stop, shown.stop_reason) == (
        "Stopped by Cleo on Mar 22, 2026, until somebody starts them again",
        "They negotiate.",
    )


def test_whoever_is_erased_is_not_named_by_a_reminder(agreement, invoice, by):
    person = User.objects.create_user("finn", email="finn@acme.example")
    send_reminders(now=at(3))
    erase_person(person.pk, erased_by=by, reason="Asked for", now=at(4))
    assert reminders_sent(invoice) == [
        "Mar 20, 2026: reminder 1 of $100.00, 3 days past due, to somebody who was erased"
    ]
    assert "finn" not in str(list(Reminder.objects.values()))
