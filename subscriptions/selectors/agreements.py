"""Reads which agreement runs when; and locks one that is changed."""

from datetime import date

from django.db.models import OuterRef, Q, QuerySet, Subquery

from subscriptions.models import (
    Organization,
    Subscription,
)


def lock_organization(organization_id: int) -> None:
    """Let nobody else make or end an agreement of the organization until this transaction ends (BR-10)."""
    # Not its key: rows that name the organization are inserted meanwhile.
    Organization.objects.select_for_update(no_key=True).only("pk").get(pk=organization_id)


def lock_subscription(subscription_id: int) -> Subscription:
    """Return an agreement that nobody else changes, bills or overlaps until this transaction ends."""
    lock_organization(Subscription.objects.values_list("organization_id", flat=True).get(pk=subscription_id))
    rows = Subscription.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization", "rate_deck").get(pk=subscription_id)


def list_overlapping_subscriptions(
    *, organization_id: int, effective_date: date, last_service_date: date | None
) -> QuerySet[Subscription]:
    """Return the organization's subscriptions that run on any day of the given ones (BR-10: there may be none)."""
    running = Subscription.objects.filter(organization_id=organization_id).filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=effective_date)
    )
    return running if last_service_date is None else running.filter(effective_date__lte=last_service_date)


def find_agreement_to_order_under(
    *, organization_id: int, issuing_entity_id: int, currency: str, on: date
) -> Subscription | None:
    """Return the agreement under which a purchase is invoiced: the one that runs on a day, else the next to begin."""
    agreements = Subscription.objects.filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=on),
        organization_id=organization_id,
        issuing_entity_id=issuing_entity_id,
        currency=currency,
    )
    return agreements.order_by("effective_date").first()


def with_agreement_on(organizations: QuerySet[Organization], day: date) -> QuerySet[Organization]:
    """Add `agreed_model` and `agreed_currency` of the subscription that runs on a day; None if there is none."""
    running = Subscription.objects.filter(organization=OuterRef("pk"), effective_date__lte=day).filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=day)
    )
    return organizations.annotate(
        agreed_model=Subquery(running.values("commercial_model")[:1]),
        agreed_currency=Subquery(running.values("currency")[:1]),
    )
