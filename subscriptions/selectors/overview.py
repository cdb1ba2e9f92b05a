"""Reads what an organization's overview shows of agreements, offers, people and mail; every list is short."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from subscriptions.choices import RequestState
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.period import local_date
from subscriptions.domain.quote import QuoteStepKind
from subscriptions.models import (
    ContactRequest,
    Order,
    Organization,
    OutgoingMail,
    Quote,
    QuoteStep,
    Subscription,
    Trial,
)
from subscriptions.selectors.attention import list_failed_mail
from subscriptions.selectors.trials import with_trial_facts

SHOWN_AGREEMENTS = 12
"""So many agreements of an organization are looked at; they follow each other, years apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreements:
    """The agreement that counts on a day, and the others of the organization, the newest first."""

    current: Subscription | None
    others: Sequence[Subscription]


def find_agreements(organization: Organization, *, now: datetime) -> Agreements:
    """Return the agreement that runs; if none does the next to begin; if there is none the one that ended last."""
    rows = organization.subscriptions.select_related("rate_deck", "issuing_entity").order_by("-effective_date")
    found = list(rows[:SHOWN_AGREEMENTS])
    days = {row.pk: local_date(now, time_zone=row.time_zone) for row in found}
    begun = [row for row in found if row.effective_date <= days[row.pk]]
    coming = [row for row in found if row.effective_date > days[row.pk]]
    running = [row for row in begun if not has_ended(row, on=days[row.pk])]
    current = next((row for rows in (running, coming[::-1], begun) for row in rows), None)
    return Agreements(current=current, others=[row for row in found if row is not current])


def has_ended(subscription: Subscription, *, on: date) -> bool:
    """Tell whether the last day of service lies before a day."""
    return subscription.last_service_date is not None and subscription.last_service_date < on


def list_open_quotes(organization: Organization) -> QuerySet[Quote]:
    """Return the quotes that wait for somebody: drafts, offers without an answer, and accepted ones to be processed."""
    ended = QuoteStep.objects.filter(
        quote=OuterRef("pk"), kind__in=[QuoteStepKind.DECLINED.value, QuoteStepKind.PROCESSED.value]
    )
    return Quote.objects.filter(~Exists(ended), organization=organization).prefetch_related("steps").order_by("-pk")


def list_orders_to_ship(organization: Organization) -> QuerySet[Order]:
    """Return the orders of hardware of which something has not shipped, oldest first, with `shipped`."""
    rows = Order.objects.filter(organization=organization, product__kind=ProductKind.HARDWARE, charged=False)
    shipped = rows.annotate(shipped=Sum("shipments__quantity", default=0))
    return shipped.exclude(shipped__gte=F("quantity")).select_related("product", "subscription").order_by("pk")


def list_open_requests(organization: Organization) -> QuerySet[ContactRequest]:
    """Return what the organization asked to change about its contacts and nobody has answered, oldest first."""
    return ContactRequest.objects.filter(organization=organization, state=RequestState.OPEN).order_by("asked_at", "pk")


def list_failed_mails(organization: Organization) -> QuerySet[OutgoingMail]:
    """Return the mails that could not be sent so far, the newest first."""
    failed = list_failed_mail(OutgoingMail.objects.filter(organization=organization))
    return failed.defer("body", "attachment").order_by("-queued_at", "-pk")


def find_trial(organization: Organization) -> Trial | None:
    """Return the organization's trial with its facts, None if it has none."""
    return with_trial_facts(Trial.objects.filter(organization=organization)).first()
