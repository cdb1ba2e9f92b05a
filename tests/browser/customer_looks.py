"""The customer's pages, the doors to them, and what a person is told when something is wrong."""

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Page

from invoices.models import BillingCycle
from subscriptions.models import WebhookDelivery, WebhookEndpoint
from tests.browser.looks import NOBODY, Arguments, Look, Step, first_of_the_list, send
from tests.browser.world import (
    ACME,
    ADMIN,
    CONTACT,
    ENDED_TRIAL,
    IN_EUROS,
    MEMBER,
    MOVING,
    NEW,
    PARCEL,
    PASSWORD,
    PAYER,
    SUPERUSER,
    TRIAL,
    WITH_NEW_ADDRESS,
    WITH_SECOND_FACTOR,
    World,
    newest_invoice,
)
from usage.models import IngestionKey


def of(code: str, *more: object) -> Arguments:
    return lambda world: [code, *more]


def of_invoice(*more: object) -> Arguments:
    return lambda world: [MOVING, newest_invoice(MOVING).number, *more]


def of_opening_item(world: World) -> list[object]:
    return ["quayside", world.moving["opening_item"]]


def of_period(code: str = MOVING) -> Arguments:
    return lambda world: [code, closed_period(code)]


def closed_period(code: str) -> str:
    closed = BillingCycle.objects.filter(organization__code=code, state="closed", usage_snapshot__isnull=False)
    return closed.latest("period_start").period_start.isoformat()


def people_of_a_period(world: World) -> str:
    return reverse("period_people", args=of_period()(world))


def page_of(name: str, code: str = MOVING) -> Callable[[World], str]:
    return lambda world: reverse(name, args=[code])


def of_key(world: World) -> list[object]:
    return [MOVING, IngestionKey.objects.filter(organization__code=MOVING).latest("pk").pk]


def payment(state: str) -> Arguments:
    return lambda world: [ACME, world.payments[state].token]


def on_its_way(world: World) -> list[object]:
    return [ACME, world.payments["processing"].invoice.number]


def choose_what_asks(page: Page) -> None:
    page.get_by_label("4000 0027 6000 3184").check()
    page.get_by_role("button", name="Pay").click()


def make_a_key(page: Page) -> None:
    page.get_by_label("What will use it").fill("Contact center")
    page.get_by_role("button", name="Make the key").click()


def of_webhook(code: str, name: str = "Accounting") -> Arguments:
    return lambda world: [code, WebhookEndpoint.objects.get(organization__code=code, name=name).pk]


def of_message(code: str) -> Arguments:
    return lambda world: [code, WebhookDelivery.objects.filter(organization__code=code).earliest("pk").pk]


def make_a_webhook(page: Page) -> None:
    page.get_by_label("What listens there").fill("Ticket system")
    page.get_by_label("Address").fill("https://tickets.example.com/billing?team=a-very-long-name-of-a-team-of-people")
    page.get_by_label("An invoice was paid in full").check()
    page.get_by_role("button", name="Make the endpoint").click()


CUSTOMER = [
    Look(name="api_docs", who=NOBODY),
    Look(name="organizations", who=SUPERUSER),
    Look(name="organizations", who=SUPERUSER, query="?q=zebra", state="found nothing"),
    Look(name="organizations", who="clive", state="of nobody"),
    Look(name="licenses", who=ADMIN, args=of(MOVING)),
    Look(name="licenses", who=MEMBER, args=of(NEW), state="no agreement"),
    Look(name="licenses", who=SUPERUSER, args=of(TRIAL), state="trial"),
    Look(name="licenses", who=SUPERUSER, args=of(ENDED_TRIAL), state="trial that ended"),
    Look(name="licenses", who=SUPERUSER, args=of(ACME), state="nothing used"),
    Look(name="end_trial", who="hazel", args=of(TRIAL)),
    Look(name="everyone", who=ADMIN, args=of(MOVING)),
    Look(name="everyone", who=ADMIN, args=of(MOVING), query="?q=zebra", state="found nobody"),
    Look(name="everyone", who=SUPERUSER, args=of(ACME), state="nobody yet"),
    Look(name="people", who=ADMIN, args=of(MOVING, "purecloud-2")),
    Look(name="person", who=ADMIN, at=page_of("everyone"), after=first_of_the_list),
    Look(name="events", who=ADMIN, args=of(MOVING)),
    Look(name="events", who=ADMIN, args=of(MOVING), query="?subject=ann", state="refused"),
    Look(name="events", who=ADMIN, args=of(MOVING), query="?day=2001-01-01", state="found nothing"),
    Look(name="events", who=MEMBER, args=of(NEW), state="none"),
    Look(name="changes", who=ADMIN, args=of(MOVING)),
    Look(
        name="changes",
        who=ADMIN,
        args=of(MOVING),
        query="?first=2001-01-01&last=2001-01-02",
        state="found nothing",
    ),
    Look(name="changes", who=ADMIN, args=of(MOVING), query="?first=2026-01-02&last=2026-01-01", state="refused"),
    Look(name="rejected_events", who=SUPERUSER, args=of(ACME)),
    Look(name="rejected_events", who=MEMBER, args=of(NEW), state="none"),
    Look(name="rejected_event", who=SUPERUSER, at=page_of("rejected_events", ACME), after=first_of_the_list),
    Look(name="keys", who=ADMIN, args=of(MOVING)),
    Look(name="keys", who=ADMIN, args=of(MOVING), state="refused", after=send),
    Look(name="keys", who=MEMBER, args=of(NEW), state="none"),
    Look(name="keys", who=SUPERUSER, args=of(ACME), state="made", after=make_a_key),
    Look(name="key_replace", who=ADMIN, args=of_key),
    Look(name="key_revoke", who=ADMIN, args=of_key),
    Look(name="webhooks", who=ADMIN, args=of(MOVING)),
    Look(name="webhooks", who=ADMIN, args=of(MOVING), state="refused", after=send),
    Look(name="webhooks", who=MEMBER, args=of(NEW), state="none"),
    Look(name="webhooks", who=SUPERUSER, args=of(ACME), state="made", after=make_a_webhook),
    Look(name="webhook", who=ADMIN, args=of_webhook(MOVING)),
    Look(name="webhook", who=SUPERUSER, args=of_webhook(ACME, "Old accounting"), state="off"),
    Look(name="webhook_rotate", who=ADMIN, args=of_webhook(MOVING)),
    Look(name="webhook_revoke", who=ADMIN, args=of_webhook(MOVING)),
    Look(name="webhook_delivery", who=ADMIN, args=of_message(MOVING)),
    Look(name="webhook_delivery", who=SUPERUSER, args=of_message(ACME), state="given up"),
    Look(name="upcoming", who=ADMIN, args=of(MOVING)),
    Look(name="upcoming", who=MEMBER, args=of(NEW), state="no agreement"),
    Look(name="upcoming", who=SUPERUSER, args=of(PARCEL), state="of a held period"),
    Look(name="upcoming_line", who=ADMIN, args=of(MOVING, 1)),
    Look(name="periods", who=ADMIN, args=of(MOVING)),
    Look(name="periods", who=MEMBER, args=of(NEW), state="none"),
    Look(name="period_report", who=ADMIN, args=of(MOVING)),
    Look(name="period_report", who=MEMBER, args=of(NEW), state="empty"),
    Look(name="period", who=ADMIN, args=of_period()),
    Look(name="period_people", who=ADMIN, args=of_period()),
    Look(
        name="period_person",
        who=ADMIN,
        at=lambda world: reverse("period_people", args=of_period()(world)),
        after=first_of_the_list,
    ),
    Look(name="prices", who=CONTACT, args=of(MOVING)),
    Look(name="prices", who=MEMBER, args=of(NEW), state="no agreement"),
    Look(name="invoice_list", who=CONTACT, args=of(MOVING)),
    Look(name="invoice_list", who=MEMBER, args=of(NEW), state="none"),
    Look(name="how_to_read", who=CONTACT, args=of(MOVING)),
    Look(name="statement", who=CONTACT, args=of(MOVING)),
    Look(name="statement", who=CONTACT, args=of(MOVING), state="of a past day", query="?as_of=2026-10-31"),
    Look(name="statement", who=CONTACT, args=of(MOVING), state="of no day", query="?as_of=2999-01-01"),
    Look(name="statement", who=MEMBER, args=of(NEW), state="empty"),
    Look(name="invoice_detail", who=CONTACT, args=of_invoice()),
    Look(name="invoice_detail", who=SUPERUSER, args=of(IN_EUROS, "RE-7"), state="in euros"),
    Look(name="opening_item", who=SUPERUSER, args=of_opening_item),
    Look(name="line_detail", who=CONTACT, args=of_invoice(1)),
    Look(name="invoice_list", who=PAYER, args=of(ACME), state="to be paid"),
    Look(name="invoice_detail", who=PAYER, args=lambda world: [ACME, world.to_pay.number], state="to be paid"),
    Look(name="invoice_detail", who=PAYER, args=lambda world: [ACME, world.too_large.number], state="too large"),
    Look(name="invoice_pay", who=PAYER, args=lambda world: [ACME, world.to_pay.number]),
    Look(name="invoice_pay", who=PAYER, args=lambda world: [ACME, world.too_large.number], state="too large"),
    Look(name="invoice_pay", who=PAYER, args=on_its_way, state="on its way"),
    Look(name="card_payment", who=PAYER, args=payment("started"), state="awaited"),
    Look(name="card_payment", who=PAYER, args=payment("started"), state="cancelled", query="?cancelled=yes"),
    *(
        Look(name="card_payment", who=PAYER, args=payment(state), state=state)
        for state in ("paid", "declined", "processing", "doubtful")
    ),
    Look(name="test_gateway", who=PAYER, args=payment("started")),
    Look(name="test_gateway", who=PAYER, args=payment("started"), state="asks", after=choose_what_asks),
    Look(name="billing_contacts", who=CONTACT, args=of(MOVING)),
    Look(name="billing_contacts", who=MEMBER, args=of(NEW), state="none"),
    Look(name="billing_contacts", who=MEMBER, args=of(NEW), state="refused", after=send),
    Look(name="members", who=ADMIN, args=of(MOVING)),
    Look(name="members", who=MEMBER, args=of(NEW), state="refused", after=send),
    Look(name="member_remove", who=ADMIN, args=lambda world: [MOVING, world.member]),
    Look(name="invitation", who=NOBODY, at=lambda world: world.invitation),
    Look(name="invitation", who=CONTACT, at=lambda world: world.invitation, state="for a member"),
    Look(name="invitation", who=NOBODY, args=lambda world: ["damaged"], state="damaged", status=410),
    Look(name="trial_request", who=NOBODY),
    Look(name="trial_request", who=NOBODY, state="refused", after=send),
    Look(name="trial_asked", who=NOBODY),
    Look(name="trial_confirm", who=NOBODY, at=lambda world: world.trial_link),
    Look(name="trial_confirm", who=NOBODY, args=lambda world: ["gone"], state="gone", status=404),
]


# --- Logging in -------------------------------------------------------------------------------------------------------


def guess(name: str, *, times: int = 1) -> Step:
    """Try to log in as somebody with a wrong password, so often."""

    def try_it(page: Page) -> None:
        for _ in range(times):
            page.get_by_label("User name").fill(name)
            page.get_by_label("Password").fill("wrong")
            page.get_by_role("button", name="Log in").click()

    return try_it


def without_its_cookie(page: Page) -> None:
    """Send a form after the browser has forgotten the site."""
    page.context.clear_cookies()
    guess("heike")(page)


def half_way_in(page: Page) -> None:
    """Log in as the person with a second factor, as far as the password."""
    page.get_by_label("User name").fill(WITH_SECOND_FACTOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


ACCOUNT = [
    Look(name="account_login", who=NOBODY),
    Look(name="account_login", who=NOBODY, state="wrong password", after=guess("heike")),
    Look(name="account_login", who=NOBODY, state="locked out", after=guess("kenji", times=5)),
    Look(name="account_logout", who=MEMBER),
    Look(name="account_signup", who=NOBODY),
    Look(name="account_inactive", who=NOBODY),
    Look(name="account_reauthenticate", who=MEMBER),
    Look(name="account_email", who="fenella"),
    Look(name="account_email", who=WITH_NEW_ADDRESS, state="changing"),
    Look(name="account_email_verification_sent", who=NOBODY),
    Look(name="account_confirm_email", who=NOBODY, args=lambda world: [world.email_key]),
    Look(name="account_confirm_email", who=NOBODY, args=lambda world: ["spent"], state="spent"),
    Look(name="account_change_password", who=MEMBER),
    Look(name="account_change_password", who=MEMBER, state="refused", after=send),
    Look(name="account_reset_password", who=NOBODY),
    Look(name="account_reset_password_done", who=NOBODY),
    Look(name="account_reset_password_from_key", who=NOBODY, at=lambda world: world.password_link),
    Look(name="account_reset_password_from_key", who=NOBODY, args=lambda world: ["1", "spent"], state="spent"),
    Look(name="account_reset_password_from_key_done", who=NOBODY),
    Look(name="mfa_index", who=MEMBER),
    Look(name="mfa_index", who=WITH_SECOND_FACTOR, state="in use"),
    Look(name="mfa_authenticate", who=NOBODY, at=lambda world: reverse("account_login"), after=half_way_in),
    Look(name="mfa_reauthenticate", who=WITH_SECOND_FACTOR),
    Look(name="mfa_activate_totp", who=MEMBER),
    Look(name="mfa_deactivate_totp", who=WITH_SECOND_FACTOR),
    Look(name="mfa_view_recovery_codes", who=WITH_SECOND_FACTOR),
    Look(name="mfa_generate_recovery_codes", who=WITH_SECOND_FACTOR),
]

WRONG = [
    Look(name="/suspicious/", who=MEMBER, status=400),
    Look(name="licenses", who=MEMBER, args=of(MOVING), state="forbidden", status=403),
    Look(name="/nowhere/", who=MEMBER, status=404),
    Look(name="/nowhere/", who=NOBODY, status=404, state="logged out"),
    Look(name="invoice_detail", who=CONTACT, args=of(MOVING, "INV-0"), state="not there", status=404),
    Look(name="/broken/", who=MEMBER, status=500),
    Look(name="account_login", who=NOBODY, state="too old", after=without_its_cookie),
    Look(name="/admin/nowhere/", who=SUPERUSER, status=404),
]
