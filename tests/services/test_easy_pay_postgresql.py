"""Two people who pay one invoice at once, and a notice that comes twice at once (BR-81)."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from moneyed import Money

from invoices.domain.card_payments import Happening
from invoices.models import CardPayment, GatewayNotice, Payment
from invoices.services.easy_pay.notices import take
from invoices.services.easy_pay.starting import start_card_payment
from invoices.services.gateways.contract import Notice
from tests.books import assert_the_books_hold
from tests.factories.documents import ISSUED_AT, a_subscription, draft_and_issue
from tests.together import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("committed_db")]

NOW = ISSUED_AT + timedelta(days=20)
ALL = Money("100.00", "USD")


def test_people_who_pay_at_once_are_led_to_one_page_and_the_money_is_recorded_once(committed_db):
    with transaction.atomic():
        invoice = draft_and_issue(a_subscription(), "100.00", dated=date(2026, 2, 15))
    people = [User.objects.create_user(f"payer-{number}") for number in range(3)]

    started = at_once(*(lambda by=by: start_card_payment(invoice, seen=ALL, by=by, now=NOW) for by in people))

    attempt = CardPayment.objects.get()
    assert started == [attempt] * 3

    def notice(event: str) -> Notice:
        return Notice(
            event=event, happening=Happening.PAID, happened_at=NOW, session=attempt.session, reference="r", amount=ALL
        )

    told = at_once(*(lambda event=event: take(notice(event), of="test", now=NOW) for event in ("e1", "e1", "e2")))

    assert told == [None] * 3
    assert Payment.objects.get().reference == "r"
    assert GatewayNotice.objects.count() == 2
    assert_the_books_hold()
