"""An organization's own people read what was done about it: who, what, when and from where, and nothing internal."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from invoices.portal import changes as changes_page
from subscriptions.choices import AuditKind
from subscriptions.services.auditing import Deed, record_all
from subscriptions.services.people import Permissions, set_permissions
from subscriptions.services.recording import Recording
from tests.portal import rows

CHANGES = "/o/acme/changes/"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def admin(acme) -> Client:
    browser = Client(REMOTE_ADDR="192.0.2.7")
    browser.force_login(rows.make_member("admin", acme, billing_subscription=True))
    browser.post("/account/reauthenticate/", {"password": rows.PASSWORD})
    return browser


def deed(organization, number: int, *, kind=AuditKind.KEY, by: User | None = None, **more) -> Deed:
    own = {"deed": "key_made", "facts": {"name": f"key-{number}", "prefix": "ab"}}
    return Deed(
        organization_id=organization.pk,
        kind=kind,
        subject=organization,
        by=by,
        at=NOW + timedelta(hours=number),
        **own | more,
    )


def page(browser: Client, query: str = "") -> str:
    answer = browser.get(f"{CHANGES}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_anything_was_done_the_page_says_so(admin):
    assert "Nothing was changed yet" in page(admin)


def test_what_a_subscription_admin_does_stands_there_with_their_name_and_address(admin, acme):
    admin.post("/o/acme/events/keys/", {"name": "Contact center", "scopes": ["events:write"]})
    admin.post("/o/acme/members/", {"email": "zoe@acme.test", "billing_contact": "on"})

    told = page(admin)

    assert "Key Contact center (" in told
    assert "zoe@acme.test invited." in told
    assert told.count("192.0.2.7") == 2
    assert told.index("zoe@acme.test invited.") < told.index("Key Contact center (")


def test_what_staff_do_is_told_without_their_name_address_and_reason(admin, acme):
    csm = rows.make_csm("csm-of-acme", acme)
    record_all(
        [
            deed(acme, 1, by=csm, reason="They owe us money."),
            deed(
                acme,
                2,
                by=csm,
                kind=AuditKind.ORGANIZATION,
                deed="row_changed",
                facts={
                    "row": "Acme",
                    "changes": [{"changed": {"fields": ["CSMs"]}}],
                    "values": ["CSMs: Secret Agent instead of –"],
                },
            ),
        ]
    )
    # What somebody was when they did it counts: they are staff no more.
    User.objects.filter(pk=csm.pk).update(is_staff=False)

    told = page(admin) + b"".join(admin.get(f"{CHANGES}changes.csv")).decode()

    assert "Key key-1 (ab…) made." in told
    assert "Acme: Changed CSMs." in told
    assert "Your provider" in told
    for internal in ("csm-of-acme", "They owe us money", "Secret Agent", "pytest"):
        assert internal not in told


@pytest.mark.parametrize("kind", [AuditKind.CYCLE, AuditKind.APPROVAL, AuditKind.ERASURE, AuditKind.CATALOG])
def test_what_staff_weigh_among_themselves_is_not_told(admin, acme, kind):
    record_all([deed(acme, 1, kind=kind)])

    assert "key-1" not in page(admin)
    assert "key-1" not in b"".join(admin.get(f"{CHANGES}changes.csv")).decode()
    # Not by asking for it, either.
    assert "key-1" not in page(admin, f"?kind={kind.value}")


def test_another_organization_s_trail_is_not_told(admin, acme):
    record_all([deed(rows.make_organization("other", "Other"), 1)])

    assert "key-1" not in page(admin)
    assert admin.get("/o/other/changes/").status_code == 404


def test_it_is_read_by_kind_and_by_day(admin, acme):
    record_all([deed(acme, 1), deed(acme, 30), deed(acme, 55, kind=AuditKind.CONTACT)])

    def keys(query: str) -> list[int]:
        told = page(admin, query)
        return [number for number in (1, 30, 55) if f"key-{number} " in told]

    assert keys("") == [1, 30, 55]
    assert keys("?kind=key") == [1, 30]
    assert keys("?kind=contact") == [55]
    assert keys("?first=2026-03-02") == [30, 55]
    assert keys("?last=2026-03-01") == [1]
    assert keys("?first=2026-03-02&last=2026-03-02&kind=key") == [30]
    assert "Nothing of the kind was done in that time." in page(admin, "?last=2020-01-01")
    assert "exchange them" in page(admin, "?first=2026-03-03&last=2026-03-01")
    assert "Enter a valid date" in page(admin, "?first=rubbish")
    assert admin.get(f"{CHANGES}changes.csv?first=rubbish").status_code == 404


def test_a_long_one_is_read_page_by_page_and_downloaded_whole(admin, acme, monkeypatch):
    monkeypatch.setattr(
        changes_page, "NEWEST_FIRST", changes_page.Keyset(column="sequence", parse=int, descending=True, size=3)
    )
    record_all(deed(acme, number) for number in range(8))

    answer, told = admin.get(CHANGES), []
    while True:
        told += [row.what for row in answer.context["rows"]]
        query = answer.context["page"].next_query
        if not query:
            break
        answer = admin.get(f"{CHANGES}?{query}")

    assert told == [f"Key key-{number} (ab…) made." for number in reversed(range(8))]
    lines = b"".join(admin.get(f"{CHANGES}changes.csv")).decode().splitlines()
    assert lines[0] == "number,at_utc,kind,who,what,from"
    assert len(lines) == 9
    assert admin.get(f"{CHANGES}?after=rubbish").status_code == 404


def test_words_that_look_like_a_formula_are_guarded(admin, acme):
    record_all([deed(acme, 1, deed="row_deleted", facts={"row": "=1+1"})])

    assert ",'=1+1" in b"".join(admin.get(f"{CHANGES}changes.csv")).decode()


def test_permissions_are_told_as_they_were_set(admin, acme):
    membership = rows.make_member("zoe", acme).memberships.get()
    by = User.objects.get(username="admin")
    for permissions in ((True, True), (False, False)):
        set_permissions(
            membership,
            permissions=Permissions(billing_subscription=permissions[0], billing_contact=permissions[1]),
            recording=Recording(by=by, at=NOW),
        )
    told = page(admin)
    assert "zoe: subscription admin, billing contact" in told
    assert "zoe: no permission" in told


@pytest.mark.parametrize(
    ("role", "status"), [("billing contact", 403), ("member", 403), ("stranger", 404), ("other csm", 404)]
)
def test_others_do_not_read_it(client_of, role, status):
    browser = client_of(role)
    assert browser.get(CHANGES).status_code == status
    assert browser.get(f"{CHANGES}changes.csv").status_code == status
