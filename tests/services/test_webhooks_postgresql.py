"""Workers that run at the same time send each message once, and one message of an endpoint at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Lock
from time import sleep

import pytest
from django.db import connection

from subscriptions.models import WebhookDelivery
from subscriptions.selectors.clock import database_now
from subscriptions.services.webhooks.delivering import deliver_webhooks
from tests.factories.subscriptions import an_organization
from tests.factories.webhooks import a_waiting_message, a_webhook
from tests.receiver import listening

pytestmark = pytest.mark.postgresql

WORKERS = 3


def test_workers_at_the_same_time_send_each_message_once_and_to_an_endpoint_one_by_one(committed_db, settings):
    settings.WEBHOOK_ALLOW_PRIVATE = ["127.0.0.1"]
    now, begin, lock = database_now(), Barrier(WORKERS), Lock()
    at_it, most = 0, 0

    def answer(handler):
        nonlocal at_it, most
        with lock:
            at_it += 1
            most = max(most, at_it)
        sleep(0.02)
        with lock:
            at_it -= 1
        handler.send_response(204)
        handler.end_headers()

    def work(_number):
        try:
            begin.wait()
            return deliver_webhooks(clock=lambda: now, until=now.replace(year=now.year + 1))
        finally:
            connection.close()

    with listening() as receiver, ThreadPoolExecutor(WORKERS) as pool:
        receiver.answer = answer
        endpoint = a_webhook(an_organization("acme"), url=receiver.url, at=now)
        messages = [a_waiting_message(endpoint, subject=subject, at=now) for subject in range(12)]
        assert sum(pool.map(work, range(WORKERS))) == len(messages)

    assert sorted(receiver.ids) == sorted(message.message_id for message in messages)
    assert most == 1
    assert not WebhookDelivery.objects.filter(delivered_at=None).exists()
