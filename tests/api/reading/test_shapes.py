"""The two shapes that this field's tools read: camelCase, decimals as texts."""

import pytest

from invoices.models import BillingCycle
from tests.api.reading.conftest import a_key, get
from tests.api.reading.test_nouns import assert_problem

REPORT = "/billing/reports/billableusage"
OVERVIEW = "/billing/subscriptionoverview"
TRUSTEE = "/billing/trusteebillingoverview"


def report(secret, start, end, more=""):
    return get(secret, f"{REPORT}?startDate={start}&endDate={end}{more}")


def test_the_report_names_who_is_behind_a_charge_and_when_they_were_first_seen(acme):
    told = report(acme.secret, "2026-01-15", "2026-02-14").json()
    assert set(told) == {"id", "name", "startDate", "endDate", "status", "usages", "selfUri"}
    assert (told["status"], told["startDate"], told["endDate"]) == (
        "Complete",
        "2026-01-15T00:00:00Z",
        "2026-02-15T00:00:00Z",
    )
    (usage,) = told["usages"]
    assert (usage["name"], usage["totalUsage"]) == ("PureCloud 3", "3")
    assert usage["resources"][0] == {"name": "ann", "date": "2026-01-20T14:00:00Z"}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-15", "2026-04-15"),
        ("2026-03-20", "2026-03-20"),
        ("2026-03-15T00:00:00.000Z", "2026-04-15T00:00:00.000Z"),
    ],
)
def test_the_running_period_is_reported_as_it_stands_by_days_and_midnights(acme, start, end):
    told = report(acme.secret, start, end).json()
    assert (told["startDate"], told["usages"][0]["totalUsage"]) == ("2026-03-15T00:00:00Z", "3")


def test_a_period_that_waits_for_its_close_is_in_progress(acme):
    BillingCycle.objects.filter(organization=acme.organization, period_start="2026-02-15").update(
        state="open", usage_snapshot=None, terms_snapshot=None, closed_at=None
    )
    told = report(acme.secret, "2026-02-15", "2026-02-16").json()
    assert (told["status"], told["usages"]) == ("InProgress", [])


@pytest.mark.parametrize(
    ("start", "end", "status", "field"),
    [
        ("2026-01-15", "2026-03-01", 422, "endDate"),
        ("2026-01-20", "2026-01-19", 422, "endDate"),
        ("2025-01-15", "2025-02-14", 404, None),
        ("2027-01-15", "2027-02-14", 404, None),
        ("then", "2026-03-01", 422, "startDate"),
    ],
)
def test_what_is_of_no_period_is_refused(acme, start, end, status, field):
    problem = assert_problem(report(acme.secret, start, end), status)
    assert field is None or {error["field"].split(".")[0] for error in problem["errors"]} == {field}


def test_the_overview_tells_quantities_prices_and_allotments(acme):
    told = get(acme.secret, OVERVIEW).json()
    assert (told["subscriptionType"], told["currency"]) == ("PREPAY_MONTHLY_COMMITMENT", "USD")
    assert (told["billingPeriodStartDate"], told["billingPeriodEndDate"]) == (
        "2026-03-15T00:00:00Z",
        "2026-04-15T00:00:00Z",
    )
    assert (told["minimumMonthlyAmount"], told["isInRampPeriod"]) == ("280", False)
    assert (told["contractEffectiveDate"], told["contractEndDate"]) == ("2026-01-15T00:00:00Z", "2027-01-15T00:00:00Z")
    rows = {(row["partNumber"], row["grouping"]): row for row in told["usages"]}
    seats = rows["purecloud-3", "rollup"]
    assert {name: seats[name] for name in ("usageQuantity", "prepayQuantity", "prepayPrice", "overagePrice")} == {
        "usageQuantity": "3",
        "prepayQuantity": "2",
        "prepayPrice": "140",
        "overagePrice": "150",
    }
    # A fair-use row's usageQuantity is the allotment of the row of the same name.
    assert rows["data-storage", "fair-use"]["usageQuantity"] == "97.5"
    assert rows["data-storage", "rollup-usage"]["usageQuantity"] == "0"
    assert rows["data-storage", "fair-use"]["name"] == rows["data-storage", "rollup-usage"]["name"]


def test_a_past_period_is_found_by_its_end_or_counted_back(acme):
    # March 15, 00:00 Eastern, where the February period ends.
    by_end = get(acme.secret, f"{OVERVIEW}?periodEndingTimestamp=1773547200000").json()
    counted = get(acme.secret, f"{TRUSTEE}/acme?billingPeriodIndex=1").json()
    assert by_end["billingPeriodStartDate"] == counted["billingPeriodStartDate"] == "2026-02-15T00:00:00Z"
    assert by_end["usages"] == counted["usages"]
    assert "inRampPeriod" in counted
    assert get(acme.secret, f"{TRUSTEE}/acme").json()["billingPeriodStartDate"] == "2026-03-15T00:00:00Z"
    assert_problem(get(acme.secret, f"{TRUSTEE}/acme?billingPeriodIndex=3"), 404)
    assert_problem(get(acme.secret, f"{OVERVIEW}?periodEndingTimestamp=0"), 404)


def test_they_are_for_the_keys_own_organization_or_the_one_that_a_platform_names(acme, umbra):
    platform = a_key(None)
    asked = {"startDate": "2026-01-15", "endDate": "2026-02-14"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    for path in (f"{REPORT}?{query}", f"{OVERVIEW}?"):
        assert_problem(get(platform, path), 404)
        assert get(platform, f"{path}&organization=umbra").status_code == 200
        assert_problem(get(acme.secret, f"{path}&organization=umbra"), 404)
    assert_problem(get(acme.secret, f"{TRUSTEE}/umbra"), 404)


@pytest.mark.parametrize("missing", ["usage:read", "organization:read"])
def test_the_overview_needs_both_scopes(acme, missing):
    other = {"usage:read": "organization:read", "organization:read": "usage:read"}[missing]
    problem = assert_problem(get(a_key(acme.organization, other), OVERVIEW), 403)
    assert missing in problem["detail"]
