"""The staff's pages: every table's list, form and row by itself, and each guided action by name."""

from collections.abc import Iterator

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import RequestFactory
from playwright.sync_api import Page

from invoices.models import (
    BankFile,
    BankLine,
    BillingCycle,
    DunningStop,
    GatewayNotice,
    Parking,
    Payment,
    PaymentPromise,
)
from subscriptions.models import (
    ContactRequest,
    Order,
    Organization,
    Subscription,
    Trial,
    WebhookDelivery,
    WebhookEndpoint,
)
from tests.browser.looks import Arguments, Look, Step, send
from tests.browser.world import (
    ABSURD,
    ACME,
    ENDED_TRIAL,
    MEMBER,
    MOVING,
    NEW,
    PARCEL,
    SUPERUSER,
    TRIAL,
    World,
    newest_invoice,
    row_of,
)


def tables() -> Iterator[Look]:
    """Give a look at each table's list, at one of its rows and, where rows are made by hand, at the form for it."""
    request = RequestFactory().get("/")
    request.user = User(is_staff=True, is_superuser=True)
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.label_lower.replace('.', '_')}"
        yield Look(name=f"{name}_changelist", who=SUPERUSER)
        yield Look(name=f"{name}_change", who=SUPERUSER, args=a_row(model))
        if model_admin.has_add_permission(request):
            yield Look(name=f"{name}_add", who=SUPERUSER)


def closed_forms() -> Iterator[str]:
    """Give the names of the forms at which nobody makes a row."""
    open_forms = {look.name for look in tables()}
    for model in admin.site._registry:
        name = f"admin:{model._meta.label_lower.replace('.', '_')}_add"
        if name not in open_forms:
            yield name


def a_row(model: type[Model]) -> Arguments:
    return lambda world: [row_of(model).pk]


def a_payment(world: World) -> list[object]:
    """Name a payment of which something is left, and whose certificate is awaited."""
    return [Payment.objects.filter(withholding__received_at=None, withholding__isnull=False).latest("pk").pk]


def act(name: str, args: Arguments, *, state: str = "", after: Step | None = None, query: str = "") -> Look:
    """Return a look at a guided action."""
    return Look(name=f"admin:{name}", who=SUPERUSER, args=args, state=state, after=after, query=query)


def quote(state: str) -> Arguments:
    return lambda world: [world.quotes[state].pk]


def held(world: World) -> list[object]:
    return [BillingCycle.objects.exclude(held_reasons=[]).get(organization__code=PARCEL).pk]


def webhook(world: World) -> list[object]:
    return [WebhookEndpoint.objects.get(organization__code=ACME, name="Accounting").pk]


def absurd_cycle() -> BillingCycle:
    return BillingCycle.objects.exclude(held_reasons=[]).get(organization__code=ABSURD)


def absurd(world: World) -> list[object]:
    return [absurd_cycle().pk]


def invoice(*more: object, code: str = PARCEL) -> Arguments:
    return lambda world: [newest_invoice(code).pk, *more]


def trial(code: str) -> Arguments:
    return lambda world: [Trial.objects.get(code=code).pk]


def agreement(*more: object) -> Arguments:
    return lambda world: [Subscription.objects.get(organization__code=MOVING).pk, *more]


def leaving(world: World) -> list[object]:
    return [world.leaving.pk]


def bank_file(name: str) -> Arguments:
    return lambda world: [BankFile.objects.get(file_name=name).pk]


def nothing(world: World) -> list[object]:
    return []


def of(code: str) -> Arguments:
    return lambda world: [Organization.objects.get(code=code).pk]


def price_import(state: str) -> Arguments:
    return lambda world: [world.price_imports[state].pk]


def approval(which: str) -> Arguments:
    return lambda world: [world.approvals[which].pk]


def organization(world: World) -> list[object]:
    return [world.acme.organization.pk]


def moving(*names: str) -> Arguments:
    return lambda world: [world.moving[name] for name in names]


def fill(**answers: str) -> Step:
    """Answer the questions of a guided action, by their names, and ask for the preview."""

    def answer(page: Page) -> None:
        for name, value in answers.items():
            field = page.locator(f"main [name={name}], #main [name={name}]").first
            if field.evaluate("(one) => one.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        send(page)

    return answer


GUIDED = [
    Look(name="admin:index", who=SUPERUSER),
    Look(name="admin:index", who="marisol", state="of a csm"),
    Look(name="admin:app_list", who=SUPERUSER, args=lambda world: ["subscriptions"]),
    Look(name="admin:login", who=MEMBER, state="not staff", status=403),
    act("invoices_run_review", nothing),
    act("invoices_moving_in", nothing),
    act("invoices_moving_in", nothing, state="nobody", query="?live"),
    act("invoices_moving_in_of", moving("organization")),
    act("invoices_moving_in_period", moving("organization", "cycle")),
    act("invoices_moving_in_period", moving("organization", "later"), state="not imported"),
    act("invoices_shadow_bill", moving("organization", "bill")),
    act("invoices_shadow_line", lambda world: [*moving("organization", "bill")(world), 2]),
    act("invoices_moving_in_begin", nothing),
    act("invoices_moving_in_begin", nothing, state="said who", after=fill(organization=NEW, reason="Moves in.")),
    act("invoices_old_invoices", nothing),
    act("invoices_old_file", moving("file"), state="kept"),
    act("invoices_old_file", moving("new_file"), state="right"),
    act("invoices_old_file", moving("faulty_file"), state="faulty"),
    act("invoices_moving_in_go_live", moving("organization")),
    act("invoices_moving_in_of", moving("moved"), state="live"),
    act("invoices_opening_balances", nothing),
    act("invoices_old_file", moving("balances"), state="balances"),
    act("invoices_old_file_withdraw", moving("file")),
    act("invoices_opening_item", moving("moved", "opening_item")),
    act("invoices_numberseries_set_next_number", nothing),
    act(
        "invoices_numberseries_set_next_number",
        nothing,
        state="said which",
        after=fill(next_number="90001", reason="The old system ended at 90,000."),
    ),
    Look(name="machinery", who=SUPERUSER),
    Look(name="reports", who=SUPERUSER),
    Look(name="reports", who="marisol", state="of a csm"),
    Look(name="report_billed", who=SUPERUSER),
    Look(name="report_billed", who=SUPERUSER, state="by csm", query="?by=csm"),
    Look(name="report_billed", who=SUPERUSER, state="refused", query="?first=2026-05&last=2026-04"),
    Look(name="report_recurring", who=SUPERUSER),
    Look(name="report_commitments", who=SUPERUSER),
    Look(name="report_deferred", who=SUPERUSER),
    Look(name="report_journal", who=SUPERUSER),
    Look(name="report_journal", who=SUPERUSER, state="empty", query="?first_day=2020-01-01&last_day=2020-01-31"),
    Look(name="report_account_codes", who=SUPERUSER),
    act("subscriptions_organization_overview", organization),
    act("subscriptions_organization_overview", of(MOVING), state="in full"),
    act("subscriptions_organization_overview", of(PARCEL), state="held"),
    act("subscriptions_organization_overview", of(NEW), state="new"),
    act("subscriptions_organization_overview", of(TRIAL), state="trial"),
    act("subscriptions_organization_history", organization),
    act("subscriptions_savedfilter_save", lambda world: ["invoices_invoice"], query="?document_type__exact=invoice"),
    act("subscriptions_order_ship", lambda world: [Order.objects.get(product="telephone").pk]),
    act("invoices_invoice_changelist", nothing, state="found nothing", query="?q=zebra"),
    act("subscriptions_priceimport_change", price_import("compared"), state="compared"),
    act("subscriptions_priceimport_change", price_import("faulty"), state="faulty"),
    act("subscriptions_priceimport_change", price_import("uploaded"), state="waits"),
    act("subscriptions_approval_ask", approval("draft")),
    act("subscriptions_approval_approve", approval("lead's")),
    act("subscriptions_approval_approve", approval("own"), state="ones own"),
    act("subscriptions_approval_decline", approval("lead's")),
    act("subscriptions_approval_withdraw", approval("own")),
    act("subscriptions_contactrequest_apply", a_row(ContactRequest)),
    act("subscriptions_contactrequest_decline", a_row(ContactRequest)),
    act("subscriptions_organization_change_contact", organization),
    Look(name="admin:password_change", who=SUPERUSER),
    act("auth_user_password_change", lambda world: [User.objects.get(username="gavin").pk]),
    act("auth_user_erase", lambda world: [User.objects.get(username="gavin").pk]),
    act("subscriptions_quote_change", quote("issued"), state="issued"),
    act("subscriptions_quote_issue", quote("draft")),
    act("subscriptions_quote_accept", quote("issued")),
    act("subscriptions_quote_accept", quote("issued"), state="refused", after=send),
    act("subscriptions_quote_decline", quote("issued")),
    act("subscriptions_quote_process", quote("accepted")),
    act("subscriptions_quote_copy", quote("issued")),
    act("subscriptions_subscription_change", agreement(), state="of a change"),
    act("subscriptions_subscription_change_terms", agreement()),
    act("subscriptions_subscription_change_terms", agreement(), state="refused", after=send),
    act("subscriptions_subscription_change_the_tier", agreement()),
    act("subscriptions_subscription_cancel", agreement()),
    act("subscriptions_subscription_change", leaving, state="cancelled"),
    act("subscriptions_subscription_take_cancellation_back", leaving),
    act("subscriptions_trial_extend", trial(TRIAL)),
    act("subscriptions_trial_end_now", trial(TRIAL)),
    act("subscriptions_trial_remove", trial(ENDED_TRIAL)),
    act("subscriptions_webhookendpoint_test", webhook),
    act("subscriptions_webhookendpoint_rotate", webhook),
    act("subscriptions_webhookendpoint_revoke_this", webhook),
    act(
        "subscriptions_webhookendpoint_turn_on",
        lambda world: [WebhookEndpoint.objects.get(organization__code=ACME, name="Old accounting").pk],
    ),
    act("subscriptions_webhookdelivery_send_this_again", a_row(WebhookDelivery)),
    act("usage_rejectedevent_send_this_again", lambda world: [world.acme.rejected.pk]),
    act("usage_ingestionkey_revoke_this", lambda world: [world.acme.key.pk]),
    act("invoices_toolateusage_events", lambda world: [world.acme.closed.too_late.get().pk]),
    act("invoices_toolateusage_settle_this", lambda world: [world.acme.closed.too_late.get().pk]),
    act("invoices_preview", agreement()),
    act("invoices_preview", lambda world: [world.acme.subscription.pk], state="of a held period"),
    act("invoices_preview_line", agreement(1)),
    act("invoices_what_if", agreement()),
    act(
        "invoices_what_if",
        agreement(),
        state="answered",
        query="?periods=3&commercial_model=MONTH_TO_MONTH",
    ),
    act("invoices_billingcycle_change", held, state="held"),
    act("invoices_billingcycle_try_this_again", held),
    act("invoices_billingcycle_decide", held),
    act("invoices_billingcycle_change", absurd, state="beyond a bound"),
    act("invoices_billingcycle_release", absurd),
    act("invoices_preview", lambda world: [absurd_cycle().subscription_id], state="beyond a bound"),
    act("invoices_issuingswitch_turn", nothing),
    act("invoices_issuingswitch_turn", nothing, state="said why", after=fill(reason="A price book was wrong.")),
    act("invoices_parking_let_go_on", a_row(Parking)),
    act("invoices_ageing", nothing),
    act("invoices_ageing", nothing, state="of a past day", query="?as_of=2026-03-31&currency=USD"),
    act("invoices_ageing", nothing, state="of no day", query="?as_of=2999-01-01"),
    act("invoices_stop_reminders", of(PARCEL)),
    act("invoices_stop_reminders", of(PARCEL), state="said why", after=fill(reason="They negotiate.")),
    act("invoices_dunningstop_start_again", a_row(DunningStop)),
    act("invoices_record_promise", of(PARCEL)),
    act("invoices_record_promise", of(PARCEL), state="refused", after=send),
    act("invoices_paymentpromise_take_back", a_row(PaymentPromise)),
    act("invoices_invoice_change", lambda world: [world.acme.invoice.pk], state="promised"),
    act("invoices_invoice_line", invoice(1)),
    act("invoices_invoice_change", invoice(code=MOVING), state="credited"),
    act("invoices_invoice_issue_credit_note", invoice()),
    act("invoices_invoice_issue_credit_note", invoice(), state="refused", after=send),
    act("invoices_invoice_send_again", invoice(), query="?times=0"),
    act("invoices_payment_allocate", a_payment),
    act("invoices_payment_reverse", a_payment),
    act("invoices_gatewaynotice_settle_this", a_row(GatewayNotice)),
    act("invoices_payment_keep_certificate", a_payment),
    act("invoices_bankfile_change", bank_file("march.csv"), state="matched"),
    act("invoices_bankfile_change", bank_file("wrong.csv"), state="faulty"),
    act("invoices_bankline_assign", a_row(BankLine)),
    act("invoices_bankline_assign", a_row(BankLine), state="asked what it pays", after=send),
    act("invoices_bankline_set_aside", a_row(BankLine)),
    act("invoices_bankline_take_up", lambda world: [BankLine.objects.get(state="aside").pk]),
]
