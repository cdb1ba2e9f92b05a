"""What Celery wakes up: each task makes one service call and may run twice, late or not at all."""

from functools import partial

from celery import shared_task

from invoices.services.alerting import tell_of_failed_cycles
from invoices.services.announcing import announce_held, announce_past_due
from invoices.services.bank.matching_again import match_waiting_lines as match_every_waiting_line
from invoices.services.bank.waking import TASK as WORK_ON_BANK_FILES
from invoices.services.bank.working import work_on_bank_files as work_on_every_bank_file
from invoices.services.delivering import deliver_documents as deliver_everything_ready
from invoices.services.easy_pay.asking import ask_about_card_payments as ask_about_all_card_payments
from invoices.services.estimating import work_out_estimates as work_out_everything_wanted
from invoices.services.expecting import work_out_expected_bills as work_out_every_expected_bill
from invoices.services.orders import invoice_due_orders as invoice_every_due_order
from invoices.services.parking import look_through_books
from invoices.services.reminding import send_reminders as send_every_reminder_due
from invoices.services.rendering import render_pending_pdfs as render_everything_pending
from invoices.services.sweeping import close_due_cycles as close_everything_due
from invoices.services.switch import mail_held_back
from invoices.services.too_late import list_too_late_usage as list_everything_too_late
from invoices.services.withdrawing import withdraw_reminder
from subscriptions.selectors.clock import database_now
from subscriptions.services.mailing import send_pending_mail as send_everything_pending

PDFS_AT_ONCE = 50
BILLS_EXPECTED_AT_ONCE = 25
DOCUMENTS_MAILED_AT_ONCE = 200
MAILS_AT_ONCE = 200
PAYMENTS_ASKED_AT_ONCE = 50


@shared_task(name="invoices.close_due_cycles")
def close_due_cycles(**_later: object) -> None:
    """Close every cycle past its cut-off, and tell of those that could not be worked out."""
    close_everything_due(now=database_now())
    tell_of_failed_cycles(now=database_now())


@shared_task(name="invoices.invoice_due_orders")
def invoice_due_orders(**_later: object) -> None:
    """Invoice the orders that were processed and the hardware that shipped."""
    invoice_every_due_order(now=database_now())


@shared_task(name="invoices.list_too_late_usage")
def list_too_late_usage(**_later: object) -> None:
    """List what came too late to be billed by any close."""
    list_everything_too_late(now=database_now())


@shared_task(name="invoices.verify_books")
def verify_books(**_later: object) -> None:
    """Look through the books for what must never be, and park the organizations whose books are wrong."""
    look_through_books(now=database_now())


@shared_task(name="invoices.render_pending_pdfs")
def render_pending_pdfs(**_later: object) -> None:
    """Render the documents that have no PDF yet."""
    render_everything_pending(now=database_now(), limit=PDFS_AT_ONCE)


@shared_task(name="invoices.deliver_documents")
def deliver_documents(**_later: object) -> None:
    """Queue the mail of the documents that have their PDF."""
    deliver_everything_ready(now=database_now(), limit=DOCUMENTS_MAILED_AT_ONCE)


@shared_task(name="invoices.send_reminders")
def send_reminders(**_later: object) -> None:
    """Queue the reminders of past-due invoices that are due."""
    send_every_reminder_due(now=database_now())


@shared_task(name="invoices.send_pending_mail")
def send_pending_mail(**_later: object) -> None:
    """Send the mail that is due, but no document while issuing is switched off."""
    now = database_now()
    send_everything_pending(
        now=now, limit=MAILS_AT_ONCE, held_back=mail_held_back, withdraws=partial(withdraw_reminder, now=now)
    )


@shared_task(name="invoices.ask_about_card_payments")
def ask_about_card_payments(**_later: object) -> None:
    """Ask the gateway about online payments of which it should have reported something."""
    ask_about_all_card_payments(now=database_now(), limit=PAYMENTS_ASKED_AT_ONCE)


@shared_task(name="invoices.work_out_estimates")
def work_out_estimates(**_later: object) -> None:
    """Work out the previews and what-ifs that somebody waits for."""
    work_out_everything_wanted(now=database_now())


@shared_task(name="invoices.work_out_expected_bills")
def work_out_expected_bills(**_later: object) -> None:
    """Work out what is expected to be billed within a week."""
    work_out_every_expected_bill(now=database_now(), limit=BILLS_EXPECTED_AT_ONCE)


@shared_task(name=WORK_ON_BANK_FILES)
def work_on_bank_files(**_later: object) -> None:
    """Read the bank files that were uploaded, and record what was confirmed."""
    work_on_every_bank_file(now=database_now())


@shared_task(name="invoices.match_waiting_lines")
def match_waiting_lines(**_later: object) -> None:
    """Match the lines of bank files that wait with what is open by now."""
    match_every_waiting_line()


@shared_task(name="invoices.announce_states")
def announce_states(**_later: object) -> None:
    """Queue webhooks about invoices that are past due and periods that are held."""
    announce_past_due(now=database_now())
    announce_held(now=database_now())
