"""The Subscription Admin view: committed, in use, over, the peak, and the people behind each number (BR-90)."""

from datetime import date, timedelta

import pytest
from django.test import Client

from tests.factories.usage import an_event, report
from tests.portal import rows
from tests.portal.rows import NOW, assign, log_in


def licenses(browser: Client) -> dict[str, tuple[str, str, str, str]]:
    page = browser.get("/o/acme/licenses/").context["page"]
    return {use.product: (use.committed, use.in_use, use.over, use.left) for use in page.licenses}


def users(browser: Client, url: str) -> list[str]:
    return [row.record.user for row in browser.get(url).context["table"].page.object_list]


def test_committed_in_use_and_over_by_license(admin, acme):
    rows.make_subscription(acme, commitments={"purecloud-2": 2, "communicate": 5, "collaborate": 3})
    for user in ("ann", "bob", "cid"):
        log_in(acme, user, "purecloud-2")
    log_in(acme, "dot", "communicate")

    assert licenses(admin) == {
        "purecloud-2": ("2", "3", "1", ""),
        "communicate": ("5", "1", "", "4"),
        "collaborate": ("3", "0", "", "3"),
    }


def test_use_without_a_commitment_is_not_over(admin, acme):
    rows.make_subscription(acme, commercial_model="MONTH_TO_MONTH", commitments={"purecloud-2": 1})
    log_in(acme, "ann")
    log_in(acme, "bob")

    assert licenses(admin) == {"purecloud-2": ("", "2", "", "")}
    assert "No commitment: billed by use" in admin.get("/o/acme/licenses/").content.decode()


def test_the_period_and_its_zone_are_said_in_words(admin, agreement):
    body = admin.get("/o/acme/licenses/").content.decode()

    assert "Jan 15, 2026 – Feb 14, 2026 (11:59:59 PM Eastern)" in body
    assert "20 days are left after today." in body
    assert "As reported by Jan 25, 10:00 AM Eastern." in body


def test_use_of_another_period_or_organization_does_not_show(admin, acme, agreement):
    log_in(acme, "before", at=NOW - timedelta(days=14))
    other = rows.make_organization("beta", "Beta")
    rows.make_subscription(other)
    log_in(other, "elsewhere")

    assert licenses(admin) == {"purecloud-2": ("2", "0", "", "2")}


def test_the_concurrent_peak_and_when_it_was(admin, acme):
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, "ann", "purecloud-3", at=NOW - timedelta(hours=30), hours=4)
    log_in(acme, "bob", "purecloud-3", at=NOW - timedelta(hours=28), hours=4)
    log_in(acme, "cid", "purecloud-3", at=NOW - timedelta(hours=10), hours=0.25)

    page = admin.get("/o/acme/licenses/").context["page"]

    assert licenses(admin) == {"purecloud-3": ("1", "2", "1", "")}
    assert page.peak.users == "2"
    assert page.peak.times == ["Jan 24, 6:00 AM – 8:00 AM"]
    assert page.peak.configured == "3"
    assert "for 30 minutes or longer without a break" in page.explanations[0].meaning


def test_an_open_session_has_lasted_until_now_and_makes_no_peak_yet_to_come(admin, acme):
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, "ann", "purecloud-3", at=NOW - timedelta(minutes=20), hours=None)

    page = admin.get("/o/acme/licenses/").context["page"]
    person = admin.get("/o/acme/licenses/purecloud-3/people/").context["table"].page.object_list[0].record

    assert page.peak.users == "0"
    assert person.last_seen_at == NOW
    assert person.logged_in == timedelta(minutes=20)


def test_the_people_behind_a_concurrent_number_are_the_whole_pool(admin, acme):
    rows.make_subscription(acme, licensing_model="concurrent", commitments={"purecloud-3": 1})
    log_in(acme, "ann", "purecloud-3", at=NOW - timedelta(hours=30), hours=4)
    log_in(acme, "bob", "purecloud-2", at=NOW - timedelta(hours=28), hours=4)
    log_in(acme, "late", "purecloud-3", at=NOW - timedelta(hours=2), hours=1)
    log_in(acme, "desk", "communicate")

    table = admin.get("/o/acme/licenses/purecloud-3/people/").context["table"]

    assert {row.record.user: row.record.at_peak for row in table.page.object_list} == {
        "ann": True,
        "bob": True,
        "late": False,
    }


def test_hours_are_shown_for_hourly_users(admin, acme):
    rows.make_subscription(acme, licensing_model="hourly")
    log_in(acme, "ann", "purecloud-1", hours=2.5)
    log_in(acme, "bob", "purecloud-1", hours=1.75)

    assert licenses(admin) == {"purecloud-1": ("", "5", "", "")}
    body = admin.get("/o/acme/licenses/").content.decode()
    assert "hours so far" in body
    assert "2 people behind this number" in body


def test_add_ons_show_when_there_are_any(admin, acme, agreement):
    rows.make_add_on("wfm", "Workforce Management")
    log_in(acme, "ann")
    assert not admin.get("/o/acme/licenses/").context["page"].add_ons

    assign(acme, "ann", "wfm", at=NOW - timedelta(days=3))

    (use,) = admin.get("/o/acme/licenses/").context["page"].add_ons
    assert (use.name, use.in_use) == ("Workforce Management", "1")


def test_what_is_worth_a_look_is_said_in_plain_words(admin, acme, agreement):
    log_in(acme, "ann", "purecloud-1")
    log_in(acme, "bob", "purecloud-2", at=NOW - timedelta(days=3), hours=None)
    for index in range(7):
        log_in(acme, f"guest-{index}", "")

    remarks = {remark.title: remark for remark in admin.get("/o/acme/licenses/").context["page"].remarks}

    assert remarks["More than one contact-center license is assigned"].subjects == ["PureCloud 1", "PureCloud 2"]
    assert remarks["1 session never ended"].subjects == ["bob-01221500"]
    assert remarks["7 people logged in without a license"].more == 2


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        ({}, "No agreement is running today"),
        ({"effective_date": date(2026, 2, 1)}, "No agreement is running today"),
        ({"last_service_date": date(2026, 1, 20)}, "No agreement is running today"),
        ({"effective_date": date(2026, 1, 25)}, "Nobody has been counted yet"),
    ],
)
def test_where_there_is_nothing_the_page_says_why(terms, word, admin, acme):
    if terms:
        rows.make_subscription(acme, **terms)

    response = admin.get("/o/acme/licenses/")

    assert response.status_code == 200
    assert word in response.content.decode()


def test_the_newest_agreement_that_runs_is_the_one_shown(admin, acme):
    rows.make_subscription(acme, commitments={"purecloud-1": 9}, last_service_date=date(2026, 1, 14))
    rows.make_subscription(acme, effective_date=date(2026, 1, 15), commitments={"purecloud-3": 4})
    rows.make_subscription(acme, effective_date=date(2026, 3, 1), commitments={"purecloud-2": 7})

    assert licenses(admin) == {"purecloud-3": ("4", "0", "", "4")}


def test_people_can_be_sorted_and_searched(admin, acme, agreement):
    log_in(acme, "ann@acme.example", hours=1, at=NOW - timedelta(days=1))
    log_in(acme, "bob@acme.example", hours=5, at=NOW - timedelta(days=3))
    log_in(acme, "cid@acme.example", hours=3, at=NOW - timedelta(days=2))
    url = "/o/acme/licenses/purecloud-2/people/"

    assert [user[:3] for user in users(admin, url)] == ["ann", "bob", "cid"]
    assert [user[:3] for user in users(admin, f"{url}?sort=-logged_in")] == ["bob", "cid", "ann"]
    assert [user[:3] for user in users(admin, f"{url}?sort=first_login_at")] == ["bob", "cid", "ann"]
    assert [user[:3] for user in users(admin, f"{url}?q=BOB")] == ["bob"]
    assert [user[:3] for user in users(admin, f"{url}?sort=nonsense&page=first")] == ["ann", "bob", "cid"]
    body = admin.get(f"{url}?sort=-logged_in").content.decode()
    assert 'aria-sort="descending"' in body
    assert "Jan 22, 10:00 AM" in body
    assert "5 h 00 min" in body
    assert "No user id here contains" in admin.get(f"{url}?q=zed").content.decode()


def test_people_come_in_pages(admin, acme, agreement):
    for index in range(60):
        log_in(acme, f"user-{index:02}")
    url = "/o/acme/licenses/purecloud-2/people/"

    assert len(users(admin, url)) == 50
    assert users(admin, f"{url}?page=2") == [f"user-{index}" for index in range(50, 60)]
    assert users(admin, f"{url}?page=99&per_page=1000") == [f"user-{index}" for index in range(50, 60)]


def test_everyone_who_logged_in_is_listed_counted_or_not(admin, acme, agreement):
    log_in(acme, "ann")
    log_in(acme, "guest", "")

    body = admin.get("/o/acme/licenses/people/").content.decode()

    assert users(admin, "/o/acme/licenses/people/") == ["ann", "guest"]
    assert "None: not counted" in body


@pytest.mark.parametrize("product", ["nothing", "data-storage"])
def test_what_is_no_license_has_no_people(product, admin, agreement):
    assert admin.get(f"/o/acme/licenses/{product}/people/").status_code == 404


@pytest.mark.parametrize(
    ("license_code", "found"),
    [("purecloud-2", ["ann", "bob"]), ("communicate", ["cid"]), ("wfm", ["bob"]), ("none", ["guest"]), ("what", [])],
)
def test_everyone_can_be_filtered_by_license_and_add_on(license_code, found, admin, acme, agreement):
    rows.make_add_on("wfm", "Workforce Management")
    log_in(acme, "ann")
    log_in(acme, "bob")
    log_in(acme, "cid", "communicate")
    log_in(acme, "guest", "")
    assign(acme, "bob", "wfm", at=NOW - timedelta(days=3))

    assert users(admin, f"/o/acme/licenses/people/?license={license_code}") == found


def test_resources_stand_against_what_the_licenses_bring(admin, acme, agreement):
    report(
        acme,
        an_event(id="i", type="ivr.completed", subject="c", time="2026-01-20T15:00:00Z", data={"seconds": 330_000}),
    )

    response = admin.get("/o/acme/licenses/")
    use = {resource.resource: resource for resource in response.context["page"].resources}["basic-ivr"]

    assert (use.used, use.included, use.over, use.unit) == ("5,500", "5,000", "500", "minutes")
    (curve,) = [curve for curve in response.context["curves"] if curve.name == "basic-ivr"]
    assert curve.rows[5] == ["Jan 20, 2026", "5,500", "5,500", "5,000"]
    assert curve.rows[6] == ["Jan 21, 2026", "0", "5,500", "5,000"]
