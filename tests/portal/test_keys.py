"""An organization's own API keys: made by its subscription admin, shown once, replaced without a gap (BR-91)."""

import json
import re

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from subscriptions.models import AuditEntry
from tests.factories.usage import an_event
from tests.portal import rows
from usage.models import IngestionKey, UsageEvent
from usage.services.keys import ScopeRefusedError, create_key

KEYS = "/o/acme/events/keys/"
EVENTS = "/api/v1/events"
ONLY_EVENTS = {"scopes": ["events:write"]}


def secret_on(answer) -> str:
    return re.search(r'value="(sbk_[^"]+)"', answer.content.decode())[1]


def sent_with(secret: str, **event: str) -> int:
    body = json.dumps(an_event(**event))
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().post(EVENTS, body, content_type="application/cloudevents+json", headers=headers).status_code


def test_who_has_no_key_is_told_what_to_do_first(admin):
    page = admin.get(KEYS).content.decode()
    assert "No key yet" in page
    assert "curl http://127.0.0.1:8000/api/v1/events" in page


def test_a_key_is_made_shown_once_and_reports(admin, acme, person):
    made = admin.post(KEYS, {"name": "Contact center", **ONLY_EVENTS})
    secret = secret_on(made)

    assert made["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert sent_with(secret) == 200
    assert UsageEvent.objects.get().organization == acme
    key = IngestionKey.objects.get()
    assert (key.name, key.organization, key.created_by) == ("Contact center", acme, person)
    for page in (KEYS, f"{KEYS}{key.pk}/replace/", f"{KEYS}{key.pk}/revoke/"):
        shown = admin.get(page).content.decode()
        assert key.prefix in shown
        assert secret.split("_", 2)[2] not in shown
    assert secret.split("_", 2)[2] not in str(dict(admin.session.items()))


def test_an_empty_batch_answers_what_the_page_says(admin):
    page = admin.get(KEYS).content.decode()
    headers = {"Authorization": f"Bearer {secret_on(admin.post(KEYS, {'name': 'Contact center', **ONLY_EVENTS}))}"}
    answer = Client().post(EVENTS, "[]", content_type="application/cloudevents-batch+json", headers=headers)
    assert answer.status_code == 200
    assert f"<code>{answer.content.decode()}</code>" in page


def test_the_password_is_asked_for_first_and_no_secret_waits_for_it(acme, client_of):
    browser = client_of("subscription admin")

    asked = browser.post(KEYS, {"name": "Contact center", **ONLY_EVENTS})
    assert asked["Location"].startswith("/account/reauthenticate/")
    assert not IngestionKey.objects.exists()

    made = browser.post(asked["Location"], {"password": rows.PASSWORD, "next": KEYS})
    assert sent_with(secret_on(made)) == 200


def test_the_same_form_sent_again_makes_no_second_key(admin):
    admin.post(KEYS, {"name": "Contact center", **ONLY_EVENTS})
    again = admin.post(KEYS, {"name": " Contact center ", **ONLY_EVENTS})
    assert "A key of this name works already" in again.content.decode()
    assert IngestionKey.objects.count() == 1


def test_a_key_is_replaced_without_a_moment_in_which_events_are_refused(admin, acme):
    old, old_secret = create_key(organization=acme, name="Dialer", created_by=None, now=rows.NOW)

    made = admin.post(f"{KEYS}{old.pk}/replace/")
    new_secret = secret_on(made)
    assert old.prefix in made.content.decode()
    assert [sent_with(old_secret), sent_with(new_secret, id="e-2")] == [200, 200]
    assert "Replaced, works until revoked" in admin.get(KEYS).content.decode()

    assert admin.post(f"{KEYS}{old.pk}/revoke/").status_code == 302
    assert [sent_with(old_secret, id="e-3"), sent_with(new_secret, id="e-4")] == [401, 200]


def test_a_key_is_replaced_once(admin, acme):
    old, _secret = create_key(organization=acme, name="Dialer", created_by=None, now=rows.NOW)
    admin.post(f"{KEYS}{old.pk}/replace/")
    again = admin.post(f"{KEYS}{old.pk}/replace/", follow=True)
    assert "nothing was changed" in again.content.decode()
    assert IngestionKey.objects.count() == 2


def test_a_revoked_key_is_not_replaced(admin, acme):
    old, _secret = create_key(organization=acme, name="Dialer", created_by=None, now=rows.NOW)
    admin.post(f"{KEYS}{old.pk}/revoke/")
    admin.post(f"{KEYS}{old.pk}/replace/")
    assert IngestionKey.objects.count() == 1


def test_a_platforms_key_and_another_customers_are_not_there(admin):
    other, _secret = create_key(
        organization=rows.make_organization("other", "Other"), name="Theirs", created_by=None, now=rows.NOW
    )
    platform, _secret = create_key(organization=None, name="Everybody's", created_by=None, now=rows.NOW)
    page = admin.get(KEYS).content.decode()
    assert "Theirs" not in page
    assert "Everybody" not in page
    for key in (other, platform):
        assert admin.post(f"{KEYS}{key.pk}/revoke/").status_code == 404
        assert admin.post(f"{KEYS}{key.pk}/replace/").status_code == 404
    assert not IngestionKey.objects.exclude(revoked_at=None).exists()


def test_a_csm_revokes_and_makes_none(client_of, acme):
    key, _secret = create_key(organization=acme, name="Dialer", created_by=None, now=rows.NOW)
    browser = client_of("assigned csm")
    page = browser.get(KEYS).content.decode()
    assert "Make the key" not in page
    assert f"{key.pk}/replace/" not in page
    assert browser.post(KEYS, {"name": "Mine"}).status_code == 403
    assert browser.post(f"{KEYS}{key.pk}/replace/").status_code == 403
    assert browser.post(f"{KEYS}{key.pk}/revoke/").status_code == 302
    assert IngestionKey.objects.get().revoked_at is not None


# --- Scopes ----------------------------------------------------------------------------------------------------------


def test_a_key_is_for_what_was_chosen_and_says_so(admin):
    made = admin.post(KEYS, {"name": "Warehouse", "scopes": ["invoices:read", "usage:read"]})
    assert "usage:read" in made.content.decode()
    secret = secret_on(made)
    assert IngestionKey.objects.get().scopes == ["usage:read", "invoices:read"]
    assert "<code>invoices:read</code>" in admin.get(KEYS).content.decode()
    assert sent_with(secret) == 403
    assert not UsageEvent.objects.exists()
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/organizations/acme/invoices", headers=headers).status_code == 200
    entry = AuditEntry.objects.select_related("words").get(deed="key_made_for")
    assert '"scopes":"usage:read, invoices:read"' in entry.words.facts


@pytest.mark.parametrize("scopes", [[], ["payments:write"], ["usage:read", "payments:write"], ["everything"]])
def test_who_may_not_give_a_scope_makes_no_key(admin, scopes):
    page = admin.post(KEYS, {"name": "Warehouse", "scopes": scopes}).content.decode()
    assert "No key is made yet" in page
    assert "Record payments" not in page
    assert not IngestionKey.objects.exists()


def test_a_key_that_records_payments_is_made_by_a_lead_and_replaced_by_nobody_else(admin, acme):
    lead = rows.make_lead("lead")
    old, _secret = create_key(
        organization=acme, name="Bank", created_by=lead, now=rows.NOW, scopes=["payments:write", "invoices:read"]
    )
    url = f"{KEYS}{old.pk}/replace/"
    page = admin.get(url).content.decode()
    assert "only your provider makes such a key" in page
    assert "Make the new key" not in page
    assert admin.post(url).status_code == 403
    assert IngestionKey.objects.count() == 1

    browser = Client()
    browser.force_login(lead)
    browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    assert "Record payments" in browser.get(KEYS).content.decode()
    assert secret_on(browser.post(url))
    assert IngestionKey.objects.latest("pk").scopes == ["invoices:read", "payments:write"]


def test_nobody_gives_by_a_service_what_they_may_not(acme, person):
    with pytest.raises(ScopeRefusedError):
        create_key(organization=acme, name="Bank", created_by=person, now=rows.NOW, scopes=["payments:write"])
    with pytest.raises(IntegrityError), transaction.atomic():
        IngestionKey.objects.create(organization=acme, name="None", prefix="x", created_at=rows.NOW, scopes=[])
    assert not IngestionKey.objects.exists()
