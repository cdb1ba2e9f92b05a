"""F22: a mail server that is away, slow or choosy holds up nothing but mail, and no mail but its own."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings

from subscriptions.choices import MailKind
from subscriptions.models import OutgoingMail
from subscriptions.services.mailing import send_pending_mail
from tests.faults.servers import Smtp, free_port

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def server(smtp: Smtp, settings: LazySettings) -> Smtp:
    """Let mail go by the test's own server, and wait for it for a second at most."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtp.port, 1
    return smtp


def queue(*people: str) -> None:
    for person in people:
        OutgoingMail.objects.create(
            kind=MailKind.INVOICE,
            key=person,
            recipient=f"{person}@example.com",
            language="en",
            subject="Your invoice",
            body="See the attachment.\n",
            queued_at=NOW,
            next_attempt_at=NOW,
        )


def sent() -> set[str]:
    return set(OutgoingMail.objects.exclude(sent_at=None).values_list("key", flat=True))


def test_f22_who_is_refused_keeps_no_one_else_from_their_mail(server: Smtp) -> None:
    server.refused = {"ben@"}
    queue("ann", "ben", "cid")

    assert send_pending_mail(now=NOW, limit=200) == 2

    assert sent() == {"ann", "cid"}
    refused = OutgoingMail.objects.get(key="ben")
    assert "no such person" in refused.last_error
    assert refused.next_attempt_at > NOW
    # It is tried again, with growing pauses, and shown to staff until then.
    server.refused = set()
    assert send_pending_mail(now=NOW + timedelta(minutes=5), limit=200) == 1


@pytest.mark.parametrize("state", ["down", "slow"])
def test_f22_a_server_that_is_away_is_asked_once_in_a_sweep(state: str, server: Smtp, settings: LazySettings) -> None:
    queue("ann", "ben", "cid", "dan")
    if state == "down":
        settings.EMAIL_PORT = free_port()
    else:
        server.seconds_to_answer = 5
    began = time.monotonic()

    assert send_pending_mail(now=NOW, limit=200) == 0

    # Each would have waited as long, and a worker with it.
    assert time.monotonic() - began < 4
    assert list(OutgoingMail.objects.order_by("pk").values_list("attempts", flat=True)) == [1, 0, 0, 0]
    settings.EMAIL_PORT, server.seconds_to_answer = server.port, 0
    assert send_pending_mail(now=NOW + timedelta(minutes=5), limit=200) == 4
    assert len(set(server.message_ids)) == 4


def test_f4_a_mail_has_the_same_name_whenever_it_is_sent(server: Smtp) -> None:
    queue("ann", "ben")
    send_pending_mail(now=NOW, limit=200)
    OutgoingMail.objects.update(sent_at=None, next_attempt_at=NOW)

    send_pending_mail(now=NOW, limit=200)

    first, second, *again = server.message_ids
    assert first != second
    assert again == [first, second]
