"""
Which rows wait for a person: one definition for the number on the staff's home and for the list behind it.

Each function takes rows, those of a person or of a list, and returns the ones that wait.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Extract, ExtractDay, ExtractMonth, ExtractYear, Now
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThanOrEqual

from subscriptions.choices import PdfState
from subscriptions.domain.quote import EXPIRING_SOON, QuoteState
from subscriptions.domain.terms import CommercialModel
from subscriptions.domain.trial import ENDING_SOON
from subscriptions.models import OutgoingMail, Quote, Subscription, Trial
from subscriptions.models.mail import SENDING_BEGAN
from subscriptions.models.rendered import RENDERING_BEGAN
from subscriptions.selectors.people import Person, is_lead, list_organizations_for_staff
from subscriptions.selectors.quotes import list_quotes_in_state

COUNTED_AT_MOST = 1_000
"""Counting stops here: beyond it nobody needs the number, and counting a million rows costs more than the page."""

TERMS_ENDING_WITHIN = timedelta(days=60)
BEGINNING_WITHIN = timedelta(days=7)

# What is being rendered at this moment has not failed: nobody is alarmed before it is due for another try.
_IS_AT_IT = Q(last_error=RENDERING_BEGAN, next_attempt_at__gt=Now())

PDF_STATES = {
    PdfState.READY: Q(rendered_at__isnull=False),
    PdfState.WAITING: Q(rendered_at__isnull=True) & (Q(last_error="") | _IS_AT_IT),
    PdfState.FAILED: Q(rendered_at__isnull=True) & ~Q(last_error="") & ~_IS_AT_IT,
}

# A mail that is being tried for the first time has not failed; one that failed before has, until it arrives.
_HAS_FAILED = Q(attempts__gt=0) & ~Q(attempts=1, last_error=SENDING_BEGAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """How many rows there are, as far as they were counted; `or_more` tells that counting stopped there."""

    count: int
    or_more: bool = False


def count_rows(rows: QuerySet[Any]) -> Bounded:
    """Return how many rows there are, up to a bound."""
    found = rows.order_by().values("pk")[: COUNTED_AT_MOST + 1].count()
    return Bounded(count=min(found, COUNTED_AT_MOST), or_more=found > COUNTED_AT_MOST)


def list_own(rows: QuerySet[Any], user: Person) -> QuerySet[Any]:
    """Return those of the rows that belong to the organizations a person works on; all of them for a lead (BR-92)."""
    return rows if is_lead(user) else rows.filter(organization__in=list_organizations_for_staff(user))


def list_trials_ending_soon(trials: QuerySet[Trial], *, at: datetime) -> QuerySet[Trial]:
    """Return the trials that run at an instant and end within a week of it (BR-19)."""
    paid = Subscription.objects.filter(organization=OuterRef("organization"))
    ended = Q(ends_at__lte=at) | Q(ended_at__lte=at)
    return trials.filter(~Exists(paid), ~ended, removed_at__isnull=True, ends_at__lte=at + ENDING_SOON)


def list_terms_ending(subscriptions: QuerySet[Subscription], *, on: date) -> QuerySet[Subscription]:
    """
    Return the agreements whose term ends within 60 days of a day, and is renewed, or that end for good by then (BR-17).

    The last day of service counts as the end of one that is cancelled; month to month there is no term.
    """
    until = on + TERMS_ENDING_WITHIN
    renewed = Q()
    for first, last in _months(on, until):
        renewed |= _renewed_between(first, last)
    goes_on = Q(last_service_date__isnull=True) | Q(last_service_date__gt=until)
    with_term = ~Q(commercial_model=CommercialModel.MONTH_TO_MONTH.value)
    return subscriptions.filter(
        (renewed & goes_on & with_term) | Q(last_service_date__gte=on, last_service_date__lte=until)
    )


def _months(after: date, until: date) -> Iterator[tuple[date, date]]:
    """Yield the days after one up to another, month by month: the first and the last of each."""
    first = after + timedelta(days=1)
    while first <= until:
        end = first.replace(day=monthrange(first.year, first.month)[1])
        yield first, min(end, until)
        first = end + timedelta(days=1)


def _renewed_between(first: date, last: date) -> Q:
    """Return the condition that a term follows another between two days of one month, both inclusive."""
    month, day = Value(first.year * 12 + first.month, output_field=IntegerField()), ExtractDay("effective_date")
    since = month - _whole(ExtractYear) * 12 - _whole(ExtractMonth) - F("ramp_months")
    in_month = Q(GreaterThan(since, 0)) & Q(Exact(since % F("term_months"), 0))
    # What starts on the 31st starts on the last day of a shorter month (BR-01).
    is_month_end = last.day == monthrange(last.year, last.month)[1]
    until_day = Q() if is_month_end else Q(LessThanOrEqual(day, last.day))
    return in_month & Q(GreaterThanOrEqual(day, first.day)) & until_day


def _whole(part: type[Extract]) -> Cast:
    # PostgreSQL extracts fractions, with which it reckons slowly.
    return Cast(part("effective_date"), IntegerField())


def list_agreements_beginning(subscriptions: QuerySet[Subscription], *, on: date) -> QuerySet[Subscription]:
    """Return the agreements whose first day of service comes within a week after a day."""
    return subscriptions.filter(effective_date__gt=on, effective_date__lte=on + BEGINNING_WITHIN)


def list_failed_mail(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Return the mails that could not be sent and are tried again."""
    return list_pending_mail(mails).filter(_HAS_FAILED)


def list_waiting_mail(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Return the mails that are to be sent and have not failed: that wait, or are tried for the first time."""
    return list_pending_mail(mails).exclude(_HAS_FAILED)


def list_pending_mail(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Return the mails that are to be sent still."""
    return mails.filter(sent_at__isnull=True, withdrawn_at__isnull=True)


def list_quotes_expiring(quotes: QuerySet[Quote], *, at: datetime) -> QuerySet[Quote]:
    """Return the issued quotes that nobody has answered and that expire within a week of an instant (BR-52)."""
    return list_quotes_in_state(quotes, QuoteState.ISSUED, at=at).filter(expires_at__lte=at + EXPIRING_SOON)


def list_by_pdf(documents: QuerySet[Any], pdfs: QuerySet[Any], state: PdfState) -> QuerySet[Any]:
    """Return those of the documents whose PDF stands there; `pdfs` are the rows that have the documents' keys."""
    return documents.filter(pk__in=pdfs.filter(PDF_STATES[state]).values("pk"))
