"""Wakes a worker, so that nobody waits for the next tick; what is to do stands in the database."""

import logging

from subscriptions.services.broker import BROKER_ERRORS, send

logger = logging.getLogger(__name__)

TASK = "invoices.work_on_bank_files"


def wake_worker() -> None:
    """Ask a worker to look for bank files; without a broker the next tick that arrives does."""
    try:
        send(TASK)
    except BROKER_ERRORS as error:
        logger.warning("No worker was woken for a bank file: %s", error)
