"""Mail waits in the database with what it tells of, leaves at least once, and is tried again for ever."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from subscriptions.choices import MailKind
from subscriptions.models import OutgoingMail
from subscriptions.services.mail import send_pending_mail, write_mail
from tests.factories.trials import STARTED

pytestmark = pytest.mark.django_db

NOW = STARTED


def write(recipient: str = "ann@lantern.test", **context) -> OutgoingMail:
    return write_mail(
        MailKind.TRIAL_CONFIRMATION,
        organization_id=None,
        recipient=recipient,
        language="en",
        context={"name": "Ann", "company": "Lantern", "url": "https://here/", "days": 3} | context,
        now=NOW,
    )


@pytest.fixture
def broken_server(monkeypatch):
    """Let every mail to "broken" addresses fail."""
    send = EmailMessage.send

    def fail(self, *_args, **_more):
        if "broken" in self.to[0]:
            raise OSError("Connection refused")
        return send(self)

    monkeypatch.setattr(EmailMessage, "send", fail)


def test_the_first_line_is_the_subject_and_nothing_is_escaped():
    row = write(company='Ann\'s & "Sons" <Ltd>')

    assert row.subject == "Confirm your Seatbill trial"
    assert 'asked for a trial for Ann\'s & "Sons" <Ltd> with this address' in row.body
    assert not mail.outbox


def test_a_name_with_a_line_break_does_not_reach_the_head_of_a_mail():
    row = write_mail(
        MailKind.TRIAL_STORAGE,
        organization_id=None,
        recipient="ann@lantern.test",
        language="en",
        context={"organization": "Lantern\nBcc: all@lantern.test"},
        now=NOW,
    )

    send_pending_mail(now=NOW, limit=1)

    assert "\n" not in row.subject
    assert mail.outbox[0].recipients() == ["ann@lantern.test"]


def test_a_mail_leaves_once():
    write()

    assert send_pending_mail(now=NOW, limit=10) == 1
    assert send_pending_mail(now=NOW + timedelta(days=1), limit=10) == 0
    assert OutgoingMail.objects.get().sent_at == NOW
    assert len(mail.outbox) == 1


def test_a_mail_that_fails_stops_no_other_and_is_tried_again_later(broken_server):
    write("broken@lantern.test")
    write("ann@lantern.test")

    assert send_pending_mail(now=NOW, limit=10) == 1
    failed = OutgoingMail.objects.get(recipient="broken@lantern.test")
    assert (failed.sent_at, failed.last_error) == (None, "OSError: Connection refused")
    assert failed.next_attempt_at == NOW + timedelta(minutes=2)
    OutgoingMail.objects.filter(pk=failed.pk).update(recipient="mended@lantern.test")

    assert send_pending_mail(now=NOW + timedelta(seconds=119), limit=10) == 0
    assert send_pending_mail(now=NOW + timedelta(minutes=2), limit=10) == 1
    assert OutgoingMail.objects.get(pk=failed.pk).last_error == ""


def test_the_pauses_grow_to_four_hours(broken_server):
    row, now = write("broken@lantern.test"), NOW
    pauses = []
    for _ in range(10):
        send_pending_mail(now=now, limit=1)
        row.refresh_from_db()
        pauses.append(row.next_attempt_at - now)
        now = row.next_attempt_at

    assert pauses[:3] == [timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert pauses[-1] == timedelta(hours=4)


def test_a_worker_that_dies_while_sending_leaves_the_mail_to_be_sent_again(monkeypatch):
    write()

    def die(self, *_args, **_more):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(EmailMessage, "send", die)
        with pytest.raises(SystemExit):
            send_pending_mail(now=NOW, limit=10)

    assert OutgoingMail.objects.get().last_error == "Sending began and did not end."
    assert send_pending_mail(now=NOW + timedelta(minutes=2), limit=10) == 1
    assert len(mail.outbox) == 1


def test_a_sweep_sends_no_more_than_it_may():
    for number in range(3):
        write(f"ann{number}@lantern.test")

    assert [send_pending_mail(now=NOW, limit=2) for _ in range(3)] == [2, 1, 0]
