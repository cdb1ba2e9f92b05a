"""Mail waits in the database with its reason, goes out once, and is tried again for ever."""

import email
import email.policy
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from subscriptions.choices import MailKind
from subscriptions.models import OutgoingMail
from subscriptions.selectors.attention import list_failed_mail, list_waiting_mail
from subscriptions.services.mailing import Attachment, Letter, queue_mail, send_pending_mail
from tests.portal import rows

NOW = rows.NOW


@pytest.fixture
def acme(db):
    return rows.make_organization()


def a_letter(organization, **changes) -> Letter:
    fields = {
        "organization_id": organization.pk,
        "kind": MailKind.INVITATION,
        "key": "invitation|1",
        "recipient": "eve@acme.example",
        "language": "en",
        "context": {
            "invitation": {"organization": organization, "expires_at": NOW},
            "inviter": "Ann",
            "url": "https://billing.example/invitations/x/",
        },
    }
    return Letter(**(fields | changes))


def test_of_one_reason_one_mail_goes_out(acme):
    queue_mail(a_letter(acme), now=NOW)
    queue_mail(a_letter(acme, recipient="other@acme.example"), now=NOW)

    assert send_pending_mail(now=NOW, limit=10) == 1
    assert send_pending_mail(now=NOW + timedelta(days=30), limit=10) == 0
    assert [message.to for message in mail.outbox] == [["eve@acme.example"]]


def test_a_reason_that_did_not_come_about_mails_nothing(acme):
    with transaction.atomic():
        queue_mail(a_letter(acme), now=NOW)
        transaction.set_rollback(True)

    assert send_pending_mail(now=NOW, limit=10) == 0


def test_an_attachment_goes_along_and_is_not_kept(acme):
    queue_mail(a_letter(acme, attachment=Attachment(name="INV-000001.pdf", content=b"%PDF-")), now=NOW)

    send_pending_mail(now=NOW, limit=10)

    assert mail.outbox[0].attachments == [("INV-000001.pdf", b"%PDF-", "application/pdf")]
    assert OutgoingMail.objects.get().attachment is None


def test_a_name_with_a_line_break_makes_no_header(acme):
    acme.name = "Acme\nBcc: everyone@example.com"
    queue_mail(a_letter(acme), now=NOW)

    assert send_pending_mail(now=NOW, limit=10) == 1
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].bcc == []


def test_the_first_line_is_the_subject_and_nothing_is_escaped(acme):
    acme.name = 'Ann\'s & "Sons" <Ltd>'

    letter = queue_mail(a_letter(acme), now=NOW)

    assert letter.subject == 'You are invited to the billing of Ann\'s & "Sons" <Ltd>'
    assert letter.body.startswith('Ann invites you to see the billing of Ann\'s & "Sons" <Ltd>.')


def test_a_worker_that_died_while_sending_is_followed_by_another_try(acme, monkeypatch):
    queue_mail(a_letter(acme), now=NOW)

    def die(message, *args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr("subscriptions.services.mailing.EmailMessage.send", die)
        with pytest.raises(KeyboardInterrupt):
            send_pending_mail(now=NOW, limit=10)

    assert OutgoingMail.objects.get().last_error == "Sending began and did not end."
    assert send_pending_mail(now=NOW + timedelta(minutes=5), limit=10) == 1


def test_a_mail_that_is_tried_for_the_first_time_has_not_failed(acme, monkeypatch):
    queue_mail(a_letter(acme), now=NOW)
    seen = []

    def look(message, *args, **kwargs):
        seen.append(in_states())
        raise OSError("the server said no")

    with monkeypatch.context() as looking:
        looking.setattr("subscriptions.services.mailing.EmailMessage.send", look)
        for minutes in (0, 5):
            send_pending_mail(now=NOW + timedelta(minutes=minutes), limit=10)
            assert in_states() == ["failed"]

    # Tried again it has failed until it arrives: nobody is told in between that all is well.
    assert seen == [["waiting"], ["failed"]]
    assert send_pending_mail(now=NOW + timedelta(hours=1), limit=10) == 1
    assert in_states() == []


def in_states() -> list[str]:
    mails = OutgoingMail.objects.all()
    (one,) = mails
    failed, waiting = list_failed_mail(mails).exists(), list_waiting_mail(mails).exists()
    assert one.has_failed == failed
    return ["failed"] * failed + ["waiting"] * waiting


def test_one_that_fails_is_tried_again_and_stops_no_other(acme, monkeypatch):
    queue_mail(a_letter(acme, key="1", recipient="broken@acme.example"), now=NOW)
    queue_mail(a_letter(acme, key="2"), now=NOW)
    send = mail.EmailMessage.send

    def refuse(message, *args, **kwargs):
        if message.to == ["broken@acme.example"]:
            raise OSError("the server said no")
        return send(message, *args, **kwargs)

    monkeypatch.setattr("subscriptions.services.mailing.EmailMessage.send", refuse)
    assert send_pending_mail(now=NOW, limit=10) == 1
    failed = OutgoingMail.objects.get(key="1")
    assert (failed.sent_at, failed.attempts, failed.last_error) == (None, 1, "OSError: the server said no")
    assert send_pending_mail(now=NOW + timedelta(minutes=4), limit=10) == 0
    assert OutgoingMail.objects.get(key="1").attempts == 1

    monkeypatch.undo()
    assert send_pending_mail(now=NOW + timedelta(minutes=5), limit=10) == 1
    assert OutgoingMail.objects.get(key="1").last_error == ""


HOSTILE = [
    "Acme\r\nBcc: all@evil.example",
    "Acme\nContent-Type: text/html\n\n<script>alert(1)</script>",
    "Acme\x0b\x0cX: 1\x85Y: 1\u2028Z: 1\u2029",
    "=?utf-8?q?Acme=0D=0ABcc:_all@evil.example?=",
    "<script>alert(1)</script> {{ 7|add:7 }} {% now 'Y' %}",
    "株式会社\U0001f600" * 60,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_makes_neither_a_header_nor_a_part_nor_runs(acme, name):
    acme.name = name
    queue_mail(a_letter(acme, attachment=Attachment(name="INV-1.pdf", content=b"%PDF")), now=NOW)
    assert send_pending_mail(now=NOW, limit=10) == 1

    (sent,) = mail.outbox
    read = email.message_from_bytes(sent.message().as_bytes(), policy=email.policy.default)
    assert set(read.keys()) == {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID"}
    assert read["To"] == "eve@acme.example"
    body, attached = read.iter_parts()
    assert (body.get_content_type(), attached.get_filename()) == ("text/plain", "INV-1.pdf")
    assert "14" not in read["Subject"].replace(name, "")


@pytest.mark.parametrize(
    "recipient",
    ["eve@acme.example\nBcc: all@evil.example", "eve@acme.example, all@evil.example", "eve", "", "@", "a b@c"],
)
def test_a_hostile_address_reaches_nobody_and_stops_no_other_mail(acme, recipient):
    queue_mail(a_letter(acme, recipient=recipient), now=NOW)
    queue_mail(a_letter(acme, key="invitation|2"), now=NOW)
    send_pending_mail(now=NOW, limit=10)

    reached = {address for message in mail.outbox for address in message.recipients()}
    assert "all@evil.example" not in reached
    assert "eve@acme.example" in reached
    assert all("evil" not in str(message.message()) for message in mail.outbox)
