"""Asks the gateway about payments of which it has reported nothing: a notice may get lost (BR-81)."""

import logging
from datetime import datetime, timedelta

from invoices.domain.card_payments import AttemptState
from invoices.models import CardPayment
from invoices.selectors.card_payments import list_to_ask_about
from invoices.services.easy_pay.notices import take
from invoices.services.easy_pay.starting import ASKED_AFTER, end_attempt
from invoices.services.gateways.choosing import find_gateway
from invoices.services.gateways.contract import GatewayError

logger = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(hours=1)
"""So long after it expired a try that nobody can be asked about has ended."""


def ask_about_card_payments(*, now: datetime, limit: int) -> int:
    """Ask about up to `limit` payments whose notice is due, each at most once an hour; return how many were asked."""
    asked = 0
    for attempt in list_to_ask_about(now=now)[:limit]:
        # Whoever comes second finds it asked about.
        if not list_to_ask_about(now=now).filter(pk=attempt.pk).update(ask_at=now + ASKED_AFTER):
            continue
        asked += 1
        try:
            _ask(attempt, now=now)
        except GatewayError as error:
            logger.warning("Nothing is known of the online payment %s: %s", attempt.pk, error)
        # Whatever is wrong with one of them, the next one is still asked about.
        except Exception:
            logger.exception("The online payment %s could not be asked about", attempt.pk)
    return asked


def _ask(attempt: CardPayment, *, now: datetime) -> None:
    gateway = find_gateway(attempt.gateway)
    if gateway is not None and attempt.session:
        for notice in gateway.ask(attempt.session, expires_at=attempt.expires_at, now=now):
            take(notice, of=attempt.gateway, now=now)
    elif attempt.state == AttemptState.STARTED and now >= attempt.expires_at + GIVEN_UP_AFTER:
        end_attempt(attempt, now=now)
