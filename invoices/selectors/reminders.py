"""Reads which past-due invoices are to be reminded of, what keeps reminders back, and what went out (BR-82)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from invoices.choices import PAYABLE
from invoices.domain.promises import DAYS_OF_GRACE, last_day_broken, pauses_until
from invoices.domain.reminders import due_dates_by_step
from invoices.models import (
    DocumentBalance,
    DunningStop,
    Invoice,
    OpeningBalance,
    PaymentPromise,
    PromisedInvoice,
    Reminder,
)
from invoices.selectors.stopped import list_parked
from subscriptions.domain.period import local_date
from subscriptions.models import BillingContact, IssuingEntity, Organization, OutgoingMail

WHERE_DAYS_BEGIN = "Pacific/Kiritimati"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pauses:
    """What keeps the reminders of an organization's invoices back: a stop of all, and promises by invoice."""

    stop: DunningStop | None
    promised: Mapping[int, date]

    def is_stopped(self, *, on: date) -> bool:
        """Tell whether all reminders are stopped on a day."""
        return self.stop is not None and (self.stop.until is None or on <= self.stop.until)

    def is_promised(self, invoice_id: int, *, on: date) -> bool:
        """Tell whether a promise keeps the reminders of an invoice back on a day."""
        promised_on = self.promised.get(invoice_id)
        return promised_on is not None and on <= pauses_until(promised_on)


def list_to_remind(*, now: datetime) -> QuerySet[Invoice]:
    """
    Return the invoices of which a reminder may be due somewhere in the world at an instant, and nothing keeps it back.

    They are open and past due, their latest step has not been reached, and their organization is not parked and has
    somebody to write to. Whether it is that day already where the invoice is due is for the caller to look at.
    """
    latest = local_date(now, time_zone=WHERE_DAYS_BEGIN)
    steps = _at_a_step(on=latest)
    if steps is None:
        return Invoice.objects.none()
    open_ones = DocumentBalance.objects.filter(open__gt=0).values("document_id")
    owner = {"organization": OuterRef("organization")}
    # What is paused until a day is paused everywhere while it lasts where days begin first.
    promised = PromisedInvoice.objects.filter(
        invoice=OuterRef("pk"), ended_at__isnull=True, promise__promised_on__gte=latest - DAYS_OF_GRACE
    )
    return Invoice.objects.filter(
        steps,
        ~Exists(DunningStop.objects.filter(_stops(latest), **owner)),
        ~Exists(promised),
        ~Exists(list_parked().filter(**owner)),
        Exists(BillingContact.objects.filter(**owner)),
        pk__in=open_ones,
        document_type__in=PAYABLE,
    )


def _at_a_step(*, on: date) -> Q | None:
    """Return that an invoice is at a step of its issuing entity's schedule on a day and was not reminded at it."""
    condition: Q | None = None
    for entity_id, days in IssuingEntity.objects.order_by("pk").values_list("pk", "reminder_days"):
        for step, first, last in due_dates_by_step(days, on=on):
            reached = _sent_or_waiting().filter(invoice=OuterRef("pk"), after_days__gte=step.after_days)
            # What fell due in the old system is reminded of from the next step on (ADR 43).
            passed = OpeningBalance.objects.filter(document=OuterRef("pk"), days_past_due__gte=step.after_days)
            at_it = Q(issuing_entity=entity_id, due_date__lte=last)
            if first is not None:
                at_it &= Q(due_date__gte=first)
            at_it &= Q(~Exists(reached)) & Q(~Exists(passed))
            condition = at_it if condition is None else condition | at_it
    return condition


def get_pauses(organization_id: int) -> Pauses:
    """Return the stop of an organization that is open, and by invoice the day promised last, if that promise stands."""
    stop = DunningStop.objects.filter(organization_id=organization_id, started_at__isnull=True).first()
    standing = PromisedInvoice.objects.filter(organization_id=organization_id, ended_at__isnull=True)
    return Pauses(stop=stop, promised=dict(standing.values_list("invoice_id", "promise__promised_on")))


def find_stop(organization_id: int, *, on: date) -> DunningStop | None:
    """Return why no reminder goes to an organization on a day; None if they do."""
    rows = DunningStop.objects.filter(_stops(on), organization_id=organization_id)
    return rows.select_related("stopped_by").first()


def _stops(on: date) -> Q:
    return Q(started_at__isnull=True) & (Q(until__isnull=True) | Q(until__gte=on))


def get_reached(invoice_ids: Iterable[int]) -> dict[int, int]:
    """
    Return after how many days the latest step was that each invoice was reminded at; nothing where none was.

    What was past due when it was carried over counts as reminded until then: by the old system, or by nobody (ADR 43).
    """
    ids = list(invoice_ids)
    carried = OpeningBalance.objects.filter(document__in=ids, days_past_due__gt=0)
    found = dict(carried.values_list("document_id", "days_past_due"))
    rows = _sent_or_waiting().filter(invoice__in=ids).order_by().values("invoice_id")
    for pk, reached in rows.annotate(reached=Max("after_days")).values_list("invoice_id", "reached"):
        found[pk] = max(reached, found.get(pk, 0))
    return found


def _sent_or_waiting() -> QuerySet[Reminder]:
    """Return the reminders that count: what was withdrawn before it was sent reminded nobody."""
    return Reminder.objects.filter(withdrawn_at__isnull=True)


def list_past_due_of(organization: Organization, *, on: date) -> QuerySet[Invoice]:
    """Return the invoices of an organization of which something is past due, the oldest first, with what is open."""
    open_ones = DocumentBalance.objects.filter(organization=organization, open__gt=0).values("document_id")
    rows = Invoice.objects.filter(pk__in=open_ones, document_type__in=PAYABLE, due_date__lt=on)
    shown_with = rows.select_related("balance", "subscription", "issuing_entity").defer("frozen")
    return shown_with.order_by("due_date", "pk")


def list_open_invoices(organization: Organization) -> QuerySet[Invoice]:
    """Return the invoices of an organization of which something is to be paid, past due or not, oldest due first."""
    open_ones = DocumentBalance.objects.filter(organization=organization, open__gt=0).values("document_id")
    rows = Invoice.objects.filter(pk__in=open_ones, document_type__in=PAYABLE)
    return rows.select_related("balance").defer("frozen").order_by("due_date", "pk")


def list_reminders_of(invoice: Invoice) -> QuerySet[Reminder]:
    """Return the reminders of an invoice that went out, or were withdrawn before, the newest first."""
    rows = Reminder.objects.filter(invoice=invoice).select_related("invoice")
    return rows.defer("invoice__frozen").order_by("-pk")


def list_last_reminders(organization: Organization) -> QuerySet[Reminder]:
    """Return the reminders that went to an organization, the newest first, with their documents."""
    rows = Reminder.objects.filter(organization=organization).select_related("invoice")
    return rows.defer("invoice__frozen").order_by("-pk")


def get_mails_of(reminders: Iterable[Reminder]) -> dict[str, OutgoingMail]:
    """Return the mails of reminders by their keys; those of a person who was erased are gone."""
    rows = OutgoingMail.objects.filter(key__in={reminder.mail_key for reminder in reminders})
    return {mail.key: mail for mail in rows.defer("body", "attachment")}


def list_promises_of(organization: Organization) -> QuerySet[PaymentPromise]:
    """Return the promises of an organization that stand for some invoice that is still open, the next first."""
    stands = PromisedInvoice.objects.filter(
        promise=OuterRef("pk"), ended_at__isnull=True, invoice__balance__open__gt=F("remains")
    )
    rows = PaymentPromise.objects.filter(Exists(stands), organization=organization)
    return with_promise_facts(rows).order_by("promised_on", "pk")


def find_standing_promise(invoice: Invoice) -> PromisedInvoice | None:
    """Return what stands promised of an invoice; None if nothing does."""
    return PromisedInvoice.objects.filter(invoice=invoice, ended_at__isnull=True).select_related("promise").first()


def with_promise_facts(promises: QuerySet[PaymentPromise]) -> QuerySet[PaymentPromise]:
    """Add `stands`: it was neither taken back nor replaced, and `is_paid`: no more is open than was to remain."""
    parts = PromisedInvoice.objects.filter(promise=OuterRef("pk"))
    return promises.annotate(
        stands=Exists(parts.filter(ended_at__isnull=True)),
        is_paid=~Exists(parts.filter(_missing())),
    )


def list_broken(promises: QuerySet[PaymentPromise], *, on: date) -> QuerySet[PaymentPromise]:
    """Return the promises whose day has passed and of which something is missing; nobody took them back (BR-82)."""
    missing = PromisedInvoice.objects.filter(_missing(), promise=OuterRef("pk"), ended_at__isnull=True)
    return promises.filter(Exists(missing), promised_on__lte=last_day_broken(on=on))


def _missing() -> Q:
    return Q(invoice__balance__open__gt=F("remains"))


def list_people_to_remind(organization_id: int) -> list[BillingContact]:
    """Return the billing contacts of an organization, in the order in which they became one."""
    return list(BillingContact.objects.filter(organization_id=organization_id).order_by("pk"))


def group_by_mail(reminders: Collection[Reminder]) -> dict[tuple[int, datetime], list[Reminder]]:
    """Return reminders by level and time: what was sent of one invoice to several contacts is one thing to show."""
    found: defaultdict[tuple[int, datetime], list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        found[reminder.level, reminder.queued_at].append(reminder)
    return dict(found)
