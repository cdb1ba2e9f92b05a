"""Which reminders went out, what comes next and when, and what keeps them back, in words (BR-82)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from moneyed import Money

from invoices.choices import PROMISE_STATES
from invoices.domain.promises import PromiseState, pauses_until, promise_state
from invoices.domain.reminders import next_reminder
from invoices.models import DunningStop, Invoice, PaymentPromise, Reminder
from invoices.selectors.reminders import (
    Pauses,
    find_standing_promise,
    find_stop,
    get_mails_of,
    get_pauses,
    get_reached,
    group_by_mail,
    list_last_reminders,
    list_open_invoices,
    list_past_due_of,
    list_people_to_remind,
    list_promises_of,
    list_reminders_of,
)
from subscriptions.documents import printable
from subscriptions.domain.formatting import format_day, format_money
from subscriptions.domain.period import local_date
from subscriptions.models import Organization, OutgoingMail

SHOWN = 5
"""So many invoices, reminders and promises of an organization; the rest is a link away."""

REMINDERS_READ = 60
"""Of these the last few are shown: each went to every contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A reminder that went out: when, which, of what, and to whom it went."""

    day: str
    words: str
    to: str
    invoice_id: int
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A past-due invoice, how it stands, and what comes next of its reminders."""

    invoice_id: int
    number: str
    open: str
    days: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise to pay as it is shown."""

    pk: int
    words: str
    state: PromiseState
    state_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dunning:
    """Everything about the reminders of an organization; `stop` is empty while they go out."""

    stop: str
    stop_reason: str
    stop_id: int | None
    has_contacts: bool
    owes: bool
    promises: Sequence[Promise]
    coming: Sequence[Next]
    is_cut: bool
    gone: Sequence[Gone]


def dunning_of(organization: Organization, *, now: datetime, time_zone: str) -> Dunning:
    """Return everything about the reminders of an organization, some rows of each kind."""
    on, language = local_date(now, time_zone=time_zone), _language()
    stop = find_stop(organization.pk, on=on)
    rows = list(list_past_due_of(organization, on=on)[: SHOWN + 1])
    reached, pauses = get_reached(row.pk for row in rows), get_pauses(organization.pk)
    return Dunning(
        stop=_stop(stop, language) if stop else "",
        stop_reason=printable(stop.reason) if stop else "",
        stop_id=stop.pk if stop else None,
        has_contacts=bool(list_people_to_remind(organization.pk)),
        owes=list_open_invoices(organization).exists(),
        promises=[promise_in_words(row, on=on) for row in list_promises_of(organization)[:SHOWN]],
        coming=[_next(row, reached, pauses, now=now) for row in rows[:SHOWN]],
        is_cut=len(rows) > SHOWN,
        gone=list(_gone(list_last_reminders(organization)[:REMINDERS_READ], language))[:SHOWN],
    )


def reminders_sent(invoice: Invoice) -> list[str]:
    """
    Return which reminders of an invoice went out, when and to whom, a sentence for each, the newest first.

    What was withdrawn before it was sent is among them, with the reason.
    """
    return [
        _("%(day)s: %(reminder)s, to %(addresses)s") % {"day": gone.day, "reminder": gone.words, "addresses": gone.to}
        for gone in _gone(list_reminders_of(invoice), _language())
    ]


def what_comes_next(invoice: Invoice, *, now: datetime) -> str:
    """Return what comes next of an invoice's reminders, or why nothing does; its balance is read with it."""
    on = local_date(now, time_zone=invoice.subscription.time_zone)
    if not invoice.balance.open:
        return _("None: it is paid.")
    if not list_people_to_remind(invoice.organization_id):
        return _("None: the organization has no billing contact to write to.")
    return _coming(invoice, get_reached([invoice.pk]), get_pauses(invoice.organization_id), on=on)


def promise_of(invoice: Invoice, *, now: datetime) -> str:
    """Return what stands promised of an invoice, empty if nothing does."""
    standing = find_standing_promise(invoice)
    if standing is None:
        return ""
    on = local_date(now, time_zone=invoice.subscription.time_zone)
    is_paid = invoice.balance.open <= standing.remains
    state = promise_state(promised_on=standing.promise.promised_on, stands=True, is_paid=is_paid, on=on)
    return f"{_promised(standing.promise)} · {PROMISE_STATES[state]}"


def promise_in_words(promise: PaymentPromise, *, on: date) -> Promise:
    """Return a promise, read with its facts, as it is shown."""
    state = state_of(promise, on=on)
    return Promise(pk=promise.pk, words=_promised(promise), state=state, state_words=str(PROMISE_STATES[state]))


def state_of(promise: PaymentPromise, *, on: date) -> PromiseState:
    """Return how a promise, read with its facts, stands on a day."""
    was_taken_back = promise.withdrawn_at is not None
    return promise_state(
        promised_on=promise.promised_on,
        stands=promise.stands,  # type: ignore[attr-defined]
        is_paid=promise.is_paid and not was_taken_back,  # type: ignore[attr-defined]
        on=on,
    )


def _promised(promise: PaymentPromise) -> str:
    return _("%(amount)s on %(day)s, promised by %(person)s") % {
        "amount": format_money(Money(promise.amount, promise.currency), _language()),
        "day": format_day(promise.promised_on, _language()),
        "person": printable(promise.promised_by),
    }


def _stop(stop: DunningStop, language: str) -> str:
    facts = {
        "person": stop.stopped_by.get_full_name() or stop.stopped_by.get_username(),
        "since": format_day(stop.stopped_at.date(), language),
    }
    if stop.until is None:
        return _("Stopped by %(person)s on %(since)s, until somebody starts them again") % facts
    return _("Stopped by %(person)s on %(since)s, until the end of %(day)s") % (
        facts | {"day": format_day(stop.until, language)}
    )


def _next(invoice: Invoice, reached: Mapping[int, int], pauses: Pauses, *, now: datetime) -> Next:
    on = local_date(now, time_zone=invoice.subscription.time_zone)
    days = max(0, (on - invoice.due_date).days)
    return Next(
        invoice_id=invoice.pk,
        number=printable(invoice.number),
        open=format_money(Money(invoice.balance.open, invoice.currency), _language()),
        days=ngettext("%(days)s day past due", "%(days)s days past due", days) % {"days": days},
        words=_coming(invoice, reached, pauses, on=on),
    )


def _coming(invoice: Invoice, reached: Mapping[int, int], pauses: Pauses, *, on: date) -> str:
    """Say what comes next of an invoice's reminders, and on which day."""
    stop, promised_on = pauses.stop, pauses.promised.get(invoice.pk)
    if stop is not None and stop.until is None:
        return _("None: reminders are stopped.")
    ends = [day for day in (stop and stop.until, promised_on and pauses_until(promised_on)) if day]
    paused_until = max(ends, default=None)
    schedule = invoice.issuing_entity.reminder_days
    if not schedule:
        return _("None: its issuing entity has no schedule of reminders.")
    found = next_reminder(
        schedule,
        due_date=invoice.due_date,
        reached=reached.get(invoice.pk, 0),
        on=on,
        paused_until=paused_until if paused_until and paused_until >= on else None,
    )
    if found is None:
        return _("None: the last one has gone out.")
    words = {"level": found.step.level, "day": format_day(found.on, _language())}
    if found.on <= on:
        return _("Reminder %(level)s, within the hour") % words
    return _("Reminder %(level)s on %(day)s") % words


def _gone(reminders: Iterable[Reminder], language: str) -> Iterator[Gone]:
    found = list(reminders)
    mails = get_mails_of(found)
    by_invoice: dict[int, list[Reminder]] = {}
    for reminder in found:
        by_invoice.setdefault(reminder.invoice_id, []).append(reminder)
    told = [(rows[0].queued_at, rows) for of_one in by_invoice.values() for rows in group_by_mail(of_one).values()]
    for at, rows in sorted(told, key=lambda each: each[0], reverse=True):
        first = rows[0]
        yield Gone(
            day=format_day(at.date(), language),
            words=_reminder(first, language),
            to=", ".join(_receiver(mails.get(row.mail_key), row) for row in sorted(rows, key=lambda row: row.pk)),
            invoice_id=first.invoice_id,
            number=printable(first.invoice.number),
        )


def _reminder(reminder: Reminder, language: str) -> str:
    words = ngettext(
        "reminder %(level)s of %(amount)s, %(days)s day past due",
        "reminder %(level)s of %(amount)s, %(days)s days past due",
        reminder.days_past_due,
    )
    amount = format_money(Money(reminder.open, reminder.invoice.currency), language)
    return words % {"level": reminder.level, "amount": amount, "days": reminder.days_past_due}


def _receiver(mail: OutgoingMail | None, reminder: Reminder) -> str:
    if mail is None:
        return _("somebody who was erased")
    if mail.sent_at is not None:
        return mail.recipient
    if reminder.withdrawn_at is not None:
        state = _("withdrawn unsent: %(reason)s") % {"reason": reminder.get_withdrawal_display()}
    else:
        state = _("failed, tried again") if mail.has_failed else _("waiting")
    return _("%(address)s (%(state)s)") % {"address": mail.recipient, "state": state}


def _language() -> str:
    return get_language() or "en"
