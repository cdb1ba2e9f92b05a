"""Mail in the admin: what failed is found and tried again; nobody reads a link that lets its reader in."""

from datetime import timedelta

from django.urls import reverse

from subscriptions.models import OutgoingMail
from tests.admin.rows import MADE_AT, make_mail

LIST = reverse("admin:subscriptions_outgoingmail_changelist")


def test_mail_that_failed_is_found_and_tried_again_at_once(as_csm, acme, umbra):
    later = MADE_AT + timedelta(days=365)
    failed = make_mail(acme.organization, attempts=3, next_attempt_at=later, last_error="OSError: no")
    foreign = make_mail(umbra.organization, attempts=3, next_attempt_at=later, last_error="OSError: no")

    page = as_csm.get(LIST, {"delivery": "failed"})
    assert [mail.pk for mail in page.context["cl"].result_list] == [failed.pk]

    as_csm.post(LIST, {"action": "send_now", "_selected_action": [failed.pk, foreign.pk]})

    due = OutgoingMail.objects.filter(attempts=3).order_by("pk").values_list("pk", "next_attempt_at")
    assert [(pk, at < later) for pk, at in due] == [(failed.pk, True), (foreign.pk, False)]


def test_what_went_out_is_not_sent_twice(as_lead, acme):
    sent = make_mail(acme.organization, sent_at=MADE_AT, attempts=1)

    answer = as_lead.post(LIST, {"action": "send_now", "_selected_action": [sent.pk]}, follow=True)

    assert "0 mails go out" in answer.content.decode()
    sent.refresh_from_db()
    assert sent.next_attempt_at == MADE_AT


def test_what_was_withdrawn_is_neither_failed_nor_waiting_and_never_sent(as_lead, acme):
    withdrawn = make_mail(acme.organization, withdrawn_at=MADE_AT, attempts=1)

    found = {
        state: [mail.pk for mail in as_lead.get(LIST, {"delivery": state}).context["cl"].result_list]
        for state in ("failed", "waiting", "sent", "withdrawn")
    }
    assert [state for state, mails in found.items() if withdrawn.pk in mails] == ["withdrawn"]

    answer = as_lead.post(LIST, {"action": "send_now", "_selected_action": [withdrawn.pk]}, follow=True)
    assert "0 mails go out" in answer.content.decode()


def test_the_text_is_not_shown(as_superuser, acme):
    mail = make_mail(acme.organization, body="https://billing.example/invitations/secret/")

    page = as_superuser.get(reverse("admin:subscriptions_outgoingmail_change", args=[mail.pk]))

    assert mail.subject in page.content.decode()
    assert "secret" not in page.content.decode()
