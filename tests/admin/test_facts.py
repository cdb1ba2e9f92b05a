"""Issued documents, keys, rejected events, held cycles and people: what may be done with each."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from invoices.admin import held as held_admin
from invoices.admin.line import InvoiceLineInline
from invoices.models import BillingCycle, DocumentBalance, Invoice, InvoiceLine, RenderedPdf
from invoices.services.closing import Outcome, Step
from subscriptions.models import Organization
from subscriptions.selectors.people import is_lead
from tests.admin.rows import PDF, Customer
from usage.models import IngestionKey, RejectedEvent, UsageSnapshot
from usage.services.keys import find_key


def pdf_url(invoice: Invoice) -> str:
    return reverse("admin:invoices_invoice_download_pdf", args=[invoice.pk])


def test_an_issued_invoice_is_neither_changed_nor_deleted_by_a_superuser(as_superuser: Client, acme: Customer) -> None:
    url = reverse("admin:invoices_invoice_change", args=[acme.invoice.pk])
    assert as_superuser.post(url, {"total": "1", "number": "INV-1"}).status_code == 403
    assert as_superuser.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    acme.invoice.refresh_from_db()
    assert str(acme.invoice.total) == "5179.76"


def test_an_invoice_shows_its_lines_taxes_and_totals_with_their_currency(as_csm: Client, acme: Customer) -> None:
    page = as_csm.get(reverse("admin:invoices_invoice_change", args=[acme.invoice.pk])).content.decode()
    for words in ("$4,785.00", "$394.76", "$5,179.76", "$82.50", "Jan 15 – Feb 14, 2026", "8.25%", "PureCloud 1"):
        assert words in page


def test_the_pdf_is_downloaded_under_the_invoices_number(as_csm: Client, acme: Customer) -> None:
    answer = as_csm.get(pdf_url(acme.invoice))
    assert answer.status_code == 200
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{acme.invoice.number}.pdf"'
    assert "no-store" in answer["Cache-Control"]


def test_a_number_that_a_person_made_up_does_not_reach_the_header(as_lead: Client, acme: Customer) -> None:
    copy = Invoice.objects.get(pk=acme.invoice.pk)
    copy.pk, copy.sequence, copy.number = None, 99, '../a"b\\ü/7'
    copy.save()
    RenderedPdf.objects.create(
        invoice=copy,
        organization=copy.organization,
        content=PDF,
        sha256="0",
        rendered_at=copy.issued_at,
        next_attempt_at=copy.issued_at,
    )
    assert as_lead.get(pdf_url(copy))["Content-Disposition"] == 'attachment; filename="-a-b---7.pdf"'


def test_a_pdf_that_is_being_made_is_announced(as_csm: Client, acme: Customer) -> None:
    copy = Invoice.objects.get(pk=acme.invoice.pk)
    copy.pk, copy.sequence, copy.number = None, 99, "INV-000099"
    copy.save()
    DocumentBalance.objects.create(document=copy, organization=copy.organization, open=copy.total)
    answer = as_csm.get(pdf_url(copy), follow=True)
    assert "still being made" in answer.content.decode()


def test_a_keys_secret_is_shown_once_and_nowhere_else(as_lead: Client, acme: Customer) -> None:
    url = reverse("admin:usage_ingestionkey_add")
    answer = as_lead.post(
        url, {"organization": acme.organization.pk, "name": "New platform", "scopes": ["events:write"]}
    )
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    key = find_key(secret, now=datetime.now(UTC), address="192.0.2.1")
    assert key is not None
    assert (key.name, key.organization, key.created_by.username) == ("New platform", acme.organization, "lead")
    for page in ("admin:usage_ingestionkey_changelist", "admin:index"):
        assert secret not in as_lead.get(reverse(page)).content.decode()
    later = as_lead.get(reverse("admin:usage_ingestionkey_change", args=[key.pk])).content.decode()
    assert secret not in later
    assert key.secret_hash not in later
    assert key.prefix in later
    assert not any(secret in str(value) for value in as_lead.session.values())


def test_a_key_without_a_name_is_not_made(as_lead: Client, acme: Customer) -> None:
    answer = as_lead.post(reverse("admin:usage_ingestionkey_add"), {"organization": acme.organization.pk, "name": ""})
    assert answer.context["adminform"].form.errors["name"]
    assert IngestionKey.objects.count() == 1


def test_a_csm_makes_no_key(as_csm: Client, acme: Customer) -> None:
    data = {"organization": acme.organization.pk, "name": "Mine"}
    assert as_csm.post(reverse("admin:usage_ingestionkey_add"), data).status_code == 403
    assert IngestionKey.objects.count() == 1


def test_a_key_is_revoked_after_a_question(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    url = reverse("admin:usage_ingestionkey_revoke_this", args=[acme.key.pk])
    assert "Revoke?" in as_csm.get(url).content.decode()
    acme.key.refresh_from_db()
    assert acme.key.revoked_at is None
    assert as_csm.post(url, {"confirmed": "yes"}).status_code == 302
    acme.key.refresh_from_db()
    assert acme.key.revoked_at is not None
    theirs = reverse("admin:usage_ingestionkey_revoke_this", args=[umbra.key.pk])
    assert as_csm.post(theirs, {"confirmed": "yes"}).status_code == 404
    umbra.key.refresh_from_db()
    assert umbra.key.revoked_at is None


def test_chosen_keys_are_revoked_after_a_question(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    url = reverse("admin:usage_ingestionkey_changelist")
    data = {"action": "revoke", "_selected_action": [acme.key.pk, umbra.key.pk]}
    asked = as_csm.post(url, data)
    assert "Revoke?" in asked.content.decode()
    assert not IngestionKey.objects.filter(revoked_at__isnull=False).exists()
    as_csm.post(url, data | {"confirmed": "yes"})
    assert list(IngestionKey.objects.filter(revoked_at__isnull=False)) == [acme.key]


def test_a_platform_key_is_not_shown_to_csms(as_lead: Client, as_csm: Client, acme: Customer) -> None:
    as_lead.post(
        reverse("admin:usage_ingestionkey_add"), {"organization": "", "name": "All of them", "scopes": ["events:write"]}
    )
    key = IngestionKey.objects.get(organization=None)
    assert as_csm.get(reverse("admin:usage_ingestionkey_change", args=[key.pk])).status_code == 404
    assert "All of them" not in as_csm.get(reverse("admin:usage_ingestionkey_changelist")).content.decode()


def test_a_rejected_event_is_shown_as_it_came_and_sent_again(as_csm: Client, acme: Customer) -> None:
    page = as_csm.get(reverse("admin:usage_rejectedevent_change", args=[acme.rejected.pk])).content.decode()
    assert "data.product: is missing" in page
    assert "license.assigned" in page
    # What was wrong is mended here, so that sending it again is accepted.
    mended = acme.rejected.payload.replace('"data": {}', '"data": {"product": "purecloud-1"}')
    RejectedEvent.objects.filter(pk=acme.rejected.pk).update(payload=mended)
    url = reverse("admin:usage_rejectedevent_send_this_again", args=[acme.rejected.pk])
    assert "Send this event again?" in as_csm.get(url).content.decode()
    answer = as_csm.post(url, {"confirmed": "yes"}, follow=True)
    assert "1 event was accepted." in answer.content.decode()
    acme.rejected.refresh_from_db()
    assert acme.rejected.replayed_at is not None


def test_an_event_that_is_still_wrong_says_so_again(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    data = {"action": "send_again", "_selected_action": [acme.rejected.pk, umbra.rejected.pk]}
    answer = as_csm.post(reverse("admin:usage_rejectedevent_changelist"), data, follow=True)
    assert "1 event was rejected again" in answer.content.decode()
    assert not RejectedEvent.objects.filter(replayed_at__isnull=False).exists()


def test_a_held_cycle_says_why_in_words(as_csm: Client, acme: Customer) -> None:
    for url in (
        reverse("admin:invoices_billingcycle_change", args=[acme.held.pk]),
        reverse("admin:invoices_billingcycle_changelist") + "?held=yes",
    ):
        assert "PureCloud 3 has no price on Feb 15, 2026" in as_csm.get(url).content.decode()
        if "change" in url:
            assert "Logged in without a license" in as_csm.get(url).content.decode()
    closed = as_csm.get(reverse("admin:invoices_billingcycle_change", args=[acme.closed.pk])).content.decode()
    assert acme.invoice.number in closed
    assert "Why it waits" not in closed
    assert "Try again now" not in closed


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_held_cycle_is_tried_again_after_a_question(
    outcome: Outcome, as_csm: Client, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def close(*, cycle_id: int, now: datetime) -> Step:
        assert now.tzinfo is not None
        tried.append(cycle_id)
        return Step(cycle_id=cycle_id, outcome=outcome)

    monkeypatch.setattr(held_admin, "close_cycle_now", close)
    url = reverse("admin:invoices_billingcycle_try_this_again", args=[acme.held.pk])
    assert "Try again now?" in as_csm.get(url).content.decode()
    assert "required" in as_csm.post(url, {"reason": " "}).content.decode()
    assert tried == []
    page = as_csm.post(url, {"reason": "Agreed a price."}, follow=True).content.decode()
    assert tried == [acme.held.pk]
    assert str(held_admin.OUTCOMES[outcome][1]) in page
    assert LogEntry.objects.get(object_id=str(acme.held.pk)).change_message == f"{outcome}\nAgreed a price."


def test_someone_elses_cycle_is_not_tried(as_csm: Client, umbra: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    def close(**_: Any) -> Step:
        raise AssertionError("not theirs")

    monkeypatch.setattr(held_admin, "close_cycle_now", close)
    url = reverse("admin:invoices_billingcycle_try_this_again", args=[umbra.held.pk])
    assert as_csm.post(url, {"reason": "Agreed a price."}).status_code == 404
    chosen = {"action": "try_again", "_selected_action": [umbra.held.pk]}
    as_csm.post(reverse("admin:invoices_billingcycle_changelist"), chosen)
    assert BillingCycle.objects.get(pk=umbra.held.pk).held_reasons


def test_stored_figures_are_readable(as_csm: Client, acme: Customer) -> None:
    snapshot, terms = acme.closed.usage_snapshot, acme.closed.terms_snapshot
    page = as_csm.get(reverse("admin:usage_usagesnapshot_change", args=[snapshot.pk])).content.decode()
    assert "&quot;purecloud-1&quot;: &quot;138&quot;" in page
    assert "u-1" in page
    page = as_csm.get(reverse("admin:invoices_termssnapshot_change", args=[terms.pk])).content.decode()
    assert "東京" in page


def user_data(user: User, **overrides: Any) -> dict[str, Any]:
    return {"username": user.username, "email": user.email, "is_active": "on"} | overrides


def test_a_lead_makes_leads_but_no_superusers(as_lead: Client, lead: User, csm: User) -> None:
    permission = Permission.objects.get(codename="lead")
    data = user_data(csm, is_staff="on", is_superuser="on", user_permissions=[permission.pk])
    assert as_lead.post(reverse("admin:auth_user_change", args=[csm.pk]), data).status_code == 302
    promoted = User.objects.get(pk=csm.pk)
    assert is_lead(promoted)
    assert not promoted.is_superuser


def test_a_lead_does_not_take_over_a_superuser(as_lead: Client, superuser: User) -> None:
    url = reverse("admin:auth_user_change", args=[superuser.pk])
    assert 'name="_save"' not in as_lead.get(url).content.decode()
    assert as_lead.post(url, user_data(superuser)).status_code == 403
    password = {"password1": "a-new-Secret-77", "password2": "a-new-Secret-77"}
    assert as_lead.post(reverse("admin:auth_user_password_change", args=[superuser.pk]), password).status_code == 403
    superuser.refresh_from_db()
    assert superuser.check_password("secret")


def test_only_the_permission_that_counts_is_offered(as_superuser: Client, lead: User) -> None:
    answer = as_superuser.get(reverse("admin:auth_user_change", args=[lead.pk]))
    choices = answer.context["adminform"].form.fields["user_permissions"].queryset
    assert [permission.codename for permission in choices] == ["lead"]


# --- What rows are called ---------------------------------------------------------------------------------------------


def test_a_line_calls_its_product_as_its_reader_does():
    line = InvoiceLine(kind="fair_use", product="api-requests", description="API requests", corrects="")
    inline = InvoiceLineInline(InvoiceLine, admin.site)

    assert inline.what(line) == "API requests (Fair use)"
    with translation.override("ja"):
        assert inline.what(line).startswith("APIリクエスト")


def test_a_snapshot_is_named_by_the_instant_at_which_its_period_begins():
    snapshot = UsageSnapshot(organization=Organization(name="Acme"), starts_at=datetime(2026, 1, 14, 23, tzinfo=UTC))

    assert str(snapshot) == "Acme, Jan 14, 2026, 11:00 PM"
