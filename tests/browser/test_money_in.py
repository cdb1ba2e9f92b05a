"""An invoice from its issue to its payment, as the customer's people and programs hear of it."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import transaction
from playwright.sync_api import Page, expect
from standardwebhooks import Webhook

from invoices.models import RenderedPdf
from invoices.services.books.verify import verify_organization
from invoices.services.delivering import deliver_documents
from invoices.services.reminding import send_reminders
from invoices.services.rendering import render_pending_pdfs
from subscriptions.models import BillingContact, Membership
from subscriptions.selectors.clock import database_now
from subscriptions.services.mailing import send_pending_mail
from subscriptions.services.webhooks.delivering import deliver_webhooks
from tests.browser.conftest import As
from tests.browser.world import PASSWORD, World
from tests.factories.documents import draft_and_issue
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.webhooks import a_webhook_with_secret
from tests.receiver import Receiver, listening

pytestmark = pytest.mark.browser

PAYER = "paige"


def test_an_invoice_is_mailed_reminded_of_paid_by_card_and_told_to_a_program(
    world: World, as_: As, settings: pytest.FixtureRequest
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = ["127.0.0.1"]
    with listening() as receiver:
        organization = an_organization("harvest")
        person = User.objects.create_user(PAYER, email="paige@harvest.example", password=PASSWORD)
        Membership.objects.create(organization=organization, user=person, billing_contact=True)
        BillingContact.objects.create(organization=organization, name="Paige", email="paige@harvest.example")
        _endpoint, secret = a_webhook_with_secret(organization, url=receiver.url)

        # Issued a good month ago: it was due four days ago.
        with transaction.atomic():
            issued_on = (database_now() - timedelta(days=34)).date()
            invoice = draft_and_issue(a_subscription(organization), "410.00", dated=issued_on)
        RenderedPdf.objects.filter(rendered_at=None).exclude(pk=invoice.pk).update(next_attempt_at=tomorrow())
        render_pending_pdfs(now=database_now(), limit=1)
        deliver_documents(now=database_now(), limit=10)
        assert letter_to("paige@harvest.example", about=invoice.number).attachments

        # Past due.
        send_reminders(now=database_now())
        reminder = letter_to("paige@harvest.example", about=f"Reminder: invoice {invoice.number}")
        assert "$410.00" in reminder.body

        # Paid from the link in the reminder.
        page = as_("")
        log_in_at(page, re.search(r"https?://\S+", reminder.body)[0])
        page.get_by_role("link", name=re.compile("^Pay by card")).first.click()
        page.get_by_role("button", name=re.compile("^Go on and pay")).click()
        page.get_by_label("4242 4242 4242 4242").check()
        page.get_by_role("button", name=re.compile("^Pay")).click()
        expect(page.get_by_role("heading", name="Paid, thank you")).to_be_visible()

        page.goto("/o/harvest/invoices/statement/")
        expect(page.locator(".amount-due")).to_have_text("$0.00")

        # And nobody is reminded any more.
        send_reminders(now=database_now() + timedelta(days=40))
        deliver_webhooks(clock=database_now, until=database_now() + timedelta(seconds=20))
        told = [message["type"] for message in verified(receiver, secret)]

    assert told == ["invoice.issued", "invoice.paid"]
    assert len([one for one in mail.outbox if one.to == ["paige@harvest.example"]]) == 2
    assert list(verify_organization(organization.pk, now=None)) == []


def tomorrow():
    return database_now() + timedelta(days=1)


def letter_to(address: str, *, about: str) -> mail.EmailMessage:
    """Send the mail that waits, and return the one to an address whose subject says something."""
    send_pending_mail(now=database_now(), limit=100)
    [letter] = [one for one in mail.outbox if one.to == [address] and about in one.subject]
    return letter


def log_in_at(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("User name").fill(PAYER)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")


def verified(receiver: Receiver, secret: str) -> list[dict[str, object]]:
    """Return what arrived, each checked by its signature as a receiver would."""
    return [json.loads(Webhook(secret).verify(one.body, one.headers) and one.body) for one in receiver.received]
