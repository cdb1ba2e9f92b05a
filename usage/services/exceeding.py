"""Tells the webhooks of organizations of which more is in use than was committed to (BR-30)."""

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db.models import F, Q
from django.urls import reverse

from subscriptions.domain.money import plain
from subscriptions.domain.webhook import WebhookEvent
from subscriptions.models import Organization, WebhookEndpoint
from subscriptions.selectors.webhooks import list_listening
from subscriptions.services.webhooks.announcing import Announcement, announce_all
from usage.domain.known_period import KnownPeriod
from usage.domain.so_far import list_exceeded
from usage.services.current import get_current_usage

logger = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(minutes=15)
"""How often the use of an organization is compared with its commitment."""


def announce_next_exceeded(*, now: datetime) -> bool:
    """
    Look at the use of the organization that has waited longest, and queue what exceeds; return whether there was one.

    Each agreement, period and product is told of once.
    """
    waits = Q(use_looked_at__isnull=True) | Q(use_looked_at__lte=now - AGAIN_AFTER)
    keys = [endpoint.pk for each in list_listening(WebhookEvent.COMMITMENT_EXCEEDED).values() for endpoint in each]
    due = WebhookEndpoint.objects.filter(waits, pk__in=keys).order_by(F("use_looked_at").asc(nulls_first=True), "pk")
    for organization_id in due.values_list("organization_id", flat=True):
        # Whoever changes the rows first has it.
        if due.order_by().filter(organization_id=organization_id).update(use_looked_at=now):
            try:
                _announce(Organization.objects.get(pk=organization_id), now=now)
            # Whatever is wrong with one organization's use, the next one gets its turn.
            except Exception:
                logger.exception("The use of organization %s could not be compared", organization_id)
            return True
    return False


def _announce(organization: Organization, *, now: datetime) -> None:
    current = get_current_usage(organization=organization, now=now)
    # Too much to be counted while somebody waits: a worker will have counted it when this comes round again.
    if current is None or current.so_far is None:
        return
    known = current.known
    agreement = organization.subscriptions.filter(effective_date=known.terms.effective_date).latest("pk")
    announce_all(
        [
            Announcement(
                organization_id=organization.pk,
                event=WebhookEvent.COMMITMENT_EXCEEDED,
                subject=agreement.pk,
                occasion=f"{known.period.start.isoformat()} {product}",
                at=known.received_until,
                data=partial(_data, organization.code, agreement.pk, known, product, used),
            )
            for product, used in list_exceeded(current.so_far.billable, known=known)
        ],
        now=now,
    )


def _data(code: str, agreement: int, known: KnownPeriod, product: str, used: Decimal) -> dict[str, object]:
    return {
        "organization": code,
        "subscription": agreement,
        "product": product,
        "committed": plain(known.terms.commitment(product, known.period.index)),
        "in_use": plain(used),
        "period_start": known.period.start.isoformat(),
        "period_end": known.period.end.isoformat(),
        "links": {"page": f"{settings.SITE_URL}{reverse('licenses', args=[code])}"},
    }
