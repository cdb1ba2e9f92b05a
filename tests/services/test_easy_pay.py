"""Paying by card online: one checkout at a time, the money in the books once, in whatever order it is told (BR-81)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, transaction
from moneyed import Money

from invoices.domain.card_payments import AttemptState, Doubt, Happening, Obstacle, Way
from invoices.domain.payments import PaymentMethod
from invoices.models import CardPayment, DocumentBalance, GatewayNotice, LedgerTransaction, Payment
from invoices.selectors.accounts import get_unallocated
from invoices.services.books.verify import verify_organization
from invoices.services.easy_pay.asking import ask_about_card_payments
from invoices.services.easy_pay.notices import receive, take
from invoices.services.easy_pay.settling import settle_notice
from invoices.services.easy_pay.starting import (
    AlreadyOnItsWayError,
    CannotPayError,
    OtherAmountError,
    start_card_payment,
)
from invoices.services.gateways.contract import ForgedNoticeError, GatewayError, Notice
from invoices.services.payments import reverse_payment
from subscriptions.choices import AuditOrigin
from subscriptions.models import AuditEntry
from subscriptions.services.origin import acting_from
from subscriptions.services.recording import Recording
from tests.books import assert_the_books_hold, rows_per_table
from tests.factories.documents import ISSUED_AT, a_subscription, draft_and_issue
from tests.factories.gateways import FakeStripe, a_session, a_stripe, an_event, signed
from tests.factories.payments import pay_by_wire

NOW = ISSUED_AT + timedelta(days=20)
ALL = Money("1186.50", "USD")
PI = "pi_cs_test_1"


@pytest.fixture
def by(db):
    return User.objects.create_user("percival", email="percival@okafor.example")


@pytest.fixture
def invoice(db):
    return draft_and_issue(a_subscription(), "1186.50", dated=date(2026, 2, 15))


@pytest.fixture
def fake(monkeypatch):
    """Let invoices be paid at Stripe, and return what answers in its place."""
    fake = FakeStripe()
    gateways = {"stripe": a_stripe(fake)}
    monkeypatch.setattr("invoices.services.easy_pay.offering.get_gateway", lambda: gateways["stripe"])
    monkeypatch.setattr("invoices.services.easy_pay.starting.find_gateway", gateways.get)
    monkeypatch.setattr("invoices.services.easy_pay.asking.find_gateway", gateways.get)
    return fake


@pytest.fixture
def attempt(fake, invoice, by):
    return start_card_payment(invoice, seen=ALL, by=by, now=NOW)


def a_notice(happening: Happening, *, event: str = "", amount: Money | None = ALL, **about: str) -> Notice:
    named = {"session": "cs_test_1", "reference": PI} | about
    return Notice(event=event or f"evt_{happening}", happening=happening, happened_at=NOW, amount=amount, **named)


def tell(*happenings: Happening) -> None:
    for happening in happenings:
        take(a_notice(happening), of="stripe", now=NOW)


def left(document) -> Decimal:
    return DocumentBalance.objects.get(document=document).open


def standing(attempt) -> AttemptState:
    return AttemptState(CardPayment.objects.get(pk=attempt.pk).state)


def doubts() -> list[str]:
    return list(GatewayNotice.objects.exclude(doubt="").order_by("pk").values_list("doubt", flat=True))


def pay_otherwise(invoice, amount: str, reference: str = "WIRE-1") -> Payment:
    return pay_by_wire(invoice.organization, Money(amount, "USD"), reference=reference, on=NOW.date(), at=NOW)


# --- Beginning --------------------------------------------------------------------------------------------------------


def test_a_checkout_is_begun_for_all_that_is_open(attempt, fake, by):
    assert (attempt.amount, attempt.way, attempt.session) == (Decimal("1186.50"), Way.CARD, "cs_test_1")
    assert attempt.url == "https://checkout.stripe.com/c/pay/cs_test_1"
    entry = AuditEntry.objects.get(deed="card_payment_started")
    assert (entry.actor_id, entry.organization_id) == (by.pk, attempt.organization_id)
    assert not Payment.objects.exists()


def test_whoever_asks_again_is_given_the_same_page(attempt, fake, invoice):
    other = User.objects.create_user("second")

    again = start_card_payment(invoice, seen=ALL, by=other, now=NOW + timedelta(minutes=30))

    assert again == attempt
    assert len(fake.sent) == 1
    assert CardPayment.objects.count() == 1


def test_a_page_about_to_expire_is_ended_and_another_one_begun(attempt, fake, invoice, by):
    later = start_card_payment(invoice, seen=ALL, by=by, now=NOW + timedelta(minutes=56))

    assert later.session == "cs_test_2"
    assert standing(attempt) is AttemptState.EXPIRED
    assert fake.sessions["cs_test_1"]["status"] == "expired"


def test_an_answer_that_was_lost_is_asked_for_again_under_its_own_key(fake, invoice, by):
    fake.is_away = True
    with pytest.raises(GatewayError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    fake.is_away = False

    soon = start_card_payment(invoice, seen=ALL, by=by, now=NOW + timedelta(minutes=1))

    assert CardPayment.objects.get() == soon
    assert list(fake.by_key) == [f"seatbill-{soon.token}"]


def test_an_answer_that_was_lost_long_ago_is_given_up(fake, invoice, by):
    fake.is_away = True
    with pytest.raises(GatewayError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    fake.is_away = False
    lost = CardPayment.objects.get()

    later = start_card_payment(invoice, seen=ALL, by=by, now=NOW + timedelta(minutes=20))

    assert later.pk != lost.pk
    assert standing(lost) is AttemptState.EXPIRED


def test_a_part_paid_meanwhile_makes_another_checkout_of_the_rest(attempt, fake, invoice, by):
    pay_otherwise(invoice, "86.50")

    with pytest.raises(OtherAmountError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    rest = start_card_payment(invoice, seen=Money(1100, "USD"), by=by, now=NOW)

    assert (rest.amount, rest.session) == (1100, "cs_test_2")
    assert standing(attempt) is AttemptState.EXPIRED


def test_a_checkout_paid_before_it_is_ended_counts(attempt, fake, invoice, by):
    fake.sessions["cs_test_1"] |= {"status": "complete", "payment_status": "paid", "payment_intent": PI}

    with pytest.raises(CannotPayError) as refused:
        start_card_payment(invoice, seen=ALL, by=by, now=NOW + timedelta(minutes=56))

    assert refused.value.obstacle is Obstacle.PAID
    assert standing(attempt) is AttemptState.PAID
    assert left(invoice) == 0


@pytest.mark.parametrize(
    ("case", "country", "limit", "obstacle"),
    [("from abroad", "CA", 25_000, Obstacle.COUNTRY)],
)
def test_what_cannot_be_paid_by_card_is_not_begun(case, country, limit, obstacle, fake, invoice, by):
    invoice.organization.country = country
    invoice.organization.save()
    before = rows_per_table()

    with pytest.raises(CannotPayError) as refused:
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)

    assert refused.value.obstacle is obstacle
    assert rows_per_table() == before
    assert fake.sent == []


def test_above_the_limit_stripe_debits_a_bank_account(fake, invoice, by, settings):
    settings.CARD_LIMIT = 1_186

    attempt = start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    take(a_notice(Happening.PROCESSING), of="stripe", now=NOW)

    assert fake.sent[0][2]["payment_method_types[0]"] == ["us_bank_account"]
    assert standing(attempt) is AttemptState.PROCESSING
    with pytest.raises(AlreadyOnItsWayError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    tell(Happening.PAID)
    assert Payment.objects.get().method == PaymentMethod.ACH


def test_without_a_gateway_nothing_is_begun(invoice, by, settings):
    settings.PAYMENT_GATEWAY = "none"

    with pytest.raises(CannotPayError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)

    assert not CardPayment.objects.exists()


def test_the_database_holds_one_open_checkout_of_an_invoice(attempt):
    fields = {field.attname: getattr(attempt, field.attname) for field in CardPayment._meta.fields}

    with pytest.raises(IntegrityError), transaction.atomic():
        CardPayment.objects.create(**fields | {"id": None, "token": "another", "session": "cs_x"})

    assert CardPayment.objects.count() == 1


# --- What is reported, in every order ---------------------------------------------------------------------------------


def test_a_paid_notice_pays_exactly_this_invoice(attempt, invoice):
    older = draft_and_issue(invoice.subscription, "50.00", dated=date(2026, 1, 15))

    with acting_from(AuditOrigin.WEBHOOK, "203.0.113.9"):
        tell(Happening.PAID)

    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.reference) == (Decimal("1186.50"), "card", PI)
    assert (payment.received_on, payment.recorded_by) == (NOW.date(), None)
    assert (left(invoice), left(older)) == (0, 50)
    assert CardPayment.objects.get().payment == payment
    assert set(AuditEntry.objects.filter(origin="webhook").values_list("deed", flat=True)) == {
        "payment_recorded",
        "card_payment_moved",
    }
    assert doubts() == []
    assert_the_books_hold()


def test_the_same_notice_is_taken_once(attempt, invoice):
    tell(Happening.PAID)
    before = rows_per_table()

    tell(Happening.PAID)
    assert rows_per_table() == before

    take(a_notice(Happening.PAID, event="evt_another"), of="stripe", now=NOW)
    assert Payment.objects.count() == 1
    assert left(invoice) == 0


@pytest.mark.parametrize(
    ("happenings", "state", "open_after"),
    [
        ((Happening.PAID, Happening.EXPIRED), AttemptState.PAID, 0),
        ((Happening.PROCESSING, Happening.PAID), AttemptState.PAID, 0),
        ((Happening.PROCESSING, Happening.DECLINED), AttemptState.DECLINED, Decimal("1186.50")),
        ((Happening.PAID, Happening.REFUNDED, Happening.EXPIRED), AttemptState.REVERSED, Decimal("1186.50")),
        ((Happening.PAID, Happening.DISPUTED, Happening.REFUNDED), AttemptState.REVERSED, Decimal("1186.50")),
    ],
)
def test_the_order_of_notices_changes_nothing(happenings, state, open_after, attempt, invoice):
    for order in permutations(happenings):
        with transaction.atomic():
            # By our token: what is refunded is named by it, too, before it is known that it was paid.
            for happening in order:
                take(a_notice(happening, session="", token=attempt.token), of="stripe", now=NOW)
            assert standing(attempt) is state, order
            assert left(invoice) == open_after, order
            assert Payment.objects.count() == (Happening.PAID in order)
            assert list(verify_organization(attempt.organization_id, now=None)) == []
            transaction.set_rollback(True)


def test_what_is_taken_back_opens_the_invoice_again_with_a_reason(attempt, fake, invoice, by):
    tell(Happening.PAID, Happening.DISPUTED)

    payment = Payment.objects.get()
    assert (payment.reversed_at, payment.reversed_by) == (NOW, None)
    assert payment.reversal_reason == "Disputed by the payer: the bank has taken the money."
    assert left(invoice) == ALL.amount
    assert doubts() == [Doubt.DISPUTED]
    assert LedgerTransaction.objects.filter(payment=payment).count() == 2
    assert_the_books_hold()
    again = start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    assert again.session == "cs_test_2"


def test_a_refund_of_what_a_person_reversed_before_changes_nothing_more(attempt, invoice, by):

    tell(Happening.PAID)
    reverse_payment(Payment.objects.get(), reason="Refunded at Stripe", by=by, now=NOW)

    tell(Happening.REFUNDED)

    assert standing(attempt) is AttemptState.REVERSED
    assert Payment.objects.get().reversal_reason == "Refunded at Stripe"
    assert_the_books_hold()


def test_what_was_paid_otherwise_meanwhile_leaves_credit_and_is_told(attempt, invoice):
    pay_otherwise(invoice, "1000.00")

    tell(Happening.PAID)

    payment = Payment.objects.get(method="card")
    assert get_unallocated(payment) == 1000
    assert left(invoice) == 0
    assert doubts() == [Doubt.PAID_OTHERWISE]
    assert standing(attempt) is AttemptState.PAID
    assert_the_books_hold()


# --- What does not fit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "amount"),
    [("less", Money("1186.49", "USD")), ("more", Money("1186.51", "USD")), ("in euros", Money("1186.50", "EUR"))],
)
def test_another_amount_is_kept_for_a_person_and_pays_nothing(case, amount, attempt, fake, invoice, by):
    take(a_notice(Happening.PAID, amount=amount), of="stripe", now=NOW)
    take(a_notice(Happening.PAID, amount=amount, event="evt_again"), of="stripe", now=NOW)

    assert not Payment.objects.exists()
    assert left(invoice) == ALL.amount
    assert standing(attempt) is AttemptState.DOUBTFUL
    assert doubts() == [Doubt.OTHER_AMOUNT]
    with pytest.raises(AlreadyOnItsWayError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)
    tell(Happening.EXPIRED)
    assert standing(attempt) is AttemptState.DOUBTFUL

    notice = GatewayNotice.objects.get(doubt=Doubt.OTHER_AMOUNT)
    recording = Recording(by=by, at=NOW)
    assert settle_notice(notice, reason="Refunded at Stripe.", recording=recording)
    assert not settle_notice(notice, reason="Once more.", recording=recording)
    assert GatewayNotice.objects.get(pk=notice.pk).reason == "Refunded at Stripe."
    assert start_card_payment(invoice, seen=ALL, by=by, now=NOW).session == "cs_test_2"
    assert_the_books_hold()


def test_money_for_a_checkout_that_nobody_began_is_kept_for_a_person(attempt, invoice):
    take(a_notice(Happening.PAID, session="cs_other", reference="pi_other"), of="stripe", now=NOW)
    take(a_notice(Happening.EXPIRED, session="cs_other", reference=""), of="stripe", now=NOW)

    assert doubts() == [Doubt.UNKNOWN]
    assert GatewayNotice.objects.get(doubt=Doubt.UNKNOWN).organization is None
    assert not Payment.objects.exists()
    assert standing(attempt) is AttemptState.STARTED


def test_a_session_of_another_gateway_is_unknown(attempt):
    take(a_notice(Happening.PAID), of="test", now=NOW)

    assert doubts() == [Doubt.UNKNOWN]
    assert standing(attempt) is AttemptState.STARTED


def test_a_reference_that_a_person_has_typed_is_not_recorded_twice(attempt, invoice):
    pay_otherwise(invoice, "1186.50", reference=PI)

    tell(Happening.PAID)

    assert Payment.objects.count() == 1
    assert (standing(attempt), doubts()) == (AttemptState.DOUBTFUL, [Doubt.RECORDED_BEFORE])
    assert_the_books_hold()


def test_a_part_refunded_leaves_the_payment_and_is_told(attempt, invoice):
    tell(Happening.PAID)

    take(a_notice(Happening.REFUNDED_IN_PART, amount=Money(10, "USD"), session=""), of="stripe", now=NOW)
    take(a_notice(Happening.DISPUTED, amount=Money(10, "USD"), session=""), of="stripe", now=NOW)

    assert (standing(attempt), left(invoice)) == (AttemptState.PAID, 0)
    assert doubts() == [Doubt.REFUNDED_IN_PART, Doubt.DISPUTED]


def test_a_late_notice_of_an_ended_try_does_not_push_out_the_new_one(attempt, fake, invoice, by):
    tell(Happening.EXPIRED)
    new = start_card_payment(invoice, seen=ALL, by=by, now=NOW)

    tell(Happening.PROCESSING)
    take(a_notice(Happening.PAID, event="evt_odd", amount=Money(1, "USD")), of="stripe", now=NOW)

    assert (standing(attempt), standing(new)) == (AttemptState.EXPIRED, AttemptState.STARTED)
    assert doubts() == [Doubt.OTHER_AMOUNT]

    take(a_notice(Happening.PAID, event="evt_at_last"), of="stripe", now=NOW)
    take(a_notice(Happening.PAID, event="evt_2", session="cs_test_2", reference="pi_2"), of="stripe", now=NOW)
    assert (standing(attempt), standing(new)) == (AttemptState.PAID, AttemptState.PAID)
    assert get_unallocated(Payment.objects.get(reference="pi_2")) == ALL.amount
    assert doubts() == [Doubt.OTHER_AMOUNT, Doubt.PAID_OTHERWISE]
    assert_the_books_hold()


def test_what_is_received_is_believed_by_its_signature(attempt, fake, invoice):
    gateway = a_stripe(fake)
    about = a_session("cs_test_1", token=attempt.token, units=118650, status="complete", paid=True)
    body = an_event("checkout.session.completed", about)
    before = rows_per_table()

    with pytest.raises(ForgedNoticeError):
        receive(gateway, body, signed(body, secret="whsec_other"), now=NOW)
    assert rows_per_table() == before

    receive(gateway, body, signed(body), now=NOW)
    assert left(invoice) == 0


# --- Notices that never came ------------------------------------------------------------------------------------------


def test_the_gateway_is_asked_after_an_hour_and_once_an_hour(attempt, fake, invoice):
    assert ask_about_card_payments(now=NOW + timedelta(minutes=59), limit=10) == 0
    assert ask_about_card_payments(now=NOW + timedelta(hours=1), limit=10) == 1
    assert standing(attempt) is AttemptState.STARTED

    fake.sessions["cs_test_1"] |= {"status": "complete", "payment_status": "paid", "payment_intent": PI}
    assert ask_about_card_payments(now=NOW + timedelta(hours=1, minutes=59), limit=10) == 0
    assert ask_about_card_payments(now=NOW + timedelta(hours=2), limit=10) == 1
    assert (standing(attempt), left(invoice)) == (AttemptState.PAID, 0)

    tell(Happening.PAID)
    assert Payment.objects.count() == 1
    assert ask_about_card_payments(now=NOW + timedelta(days=2), limit=10) == 0


def test_a_gateway_that_is_away_is_asked_again(attempt, fake):
    fake.is_away = True
    assert ask_about_card_payments(now=NOW + timedelta(hours=1), limit=10) == 1
    fake.is_away = False
    fake.sessions["cs_test_1"]["status"] = "expired"

    assert ask_about_card_payments(now=NOW + timedelta(hours=2), limit=10) == 1

    assert standing(attempt) is AttemptState.EXPIRED


def test_a_try_that_the_gateway_never_answered_ends_by_itself(fake, invoice, by):
    fake.is_away = True
    with pytest.raises(GatewayError):
        start_card_payment(invoice, seen=ALL, by=by, now=NOW)

    ask_about_card_payments(now=NOW + timedelta(hours=3), limit=10)

    assert CardPayment.objects.get().state == AttemptState.EXPIRED


# --- What is kept -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "touch"),
    [
        ("another amount", lambda: CardPayment.objects.update(amount=1)),
        ("another payment", lambda: CardPayment.objects.update(payment=None, state="started")),
        ("deleted", lambda: CardPayment.objects.all().delete()),
        ("a notice changed", lambda: GatewayNotice.objects.update(amount=1)),
        ("a notice deleted", lambda: GatewayNotice.objects.all().delete()),
    ],
)
def test_what_was_asked_for_and_reported_is_frozen(case, touch, attempt):
    tell(Happening.PAID)
    before = CardPayment.objects.values().get(), GatewayNotice.objects.values().get()

    with pytest.raises(DatabaseError), transaction.atomic():
        touch()

    assert (CardPayment.objects.values().get(), GatewayNotice.objects.values().get()) == before


def test_the_books_are_wrong_if_a_payment_taken_back_stands(attempt, invoice):
    tell(Happening.PAID)
    CardPayment.objects.update(state=AttemptState.REVERSED.value)

    [fault] = verify_organization(attempt.organization_id, now=None)

    assert "its payment stands" in str(fault)
