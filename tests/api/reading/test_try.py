import json
from tests.api.reading.conftest import get


def show(a):
    print(
        a.status_code,
        dict(a.headers)
        if a.status_code != 200
        else {k: a[k] for k in ("ETag", "Cache-Control", "RateLimit", "Link") if k in a},
    )
    print(json.dumps(a.json(), indent=1)[:2500] if "json" in a["Content-Type"] else a.content[:50])


def test_try(acme):
    i = acme.invoice.pk
    for p in (
        "",
        "/subscriptions",
        "/usage",
        "/usage/snapshots",
        "/billing-cycles?limit=1",
        "/invoices",
        f"/invoices/{i}",
        f"/invoices/{i}/lines/1/explanation",
        f"/invoices/{i}/pdf",
        "/payments",
        "/credit-notes",
    ):
        print("=====", p)
        show(acme.get(p))
    for p in (
        "/billing/reports/billableusage?startDate=2026-01-20&endDate=2026-02-14",
        "/billing/subscriptionoverview",
        "/billing/trusteebillingoverview/acme?billingPeriodIndex=1",
        "/organizations",
    ):
        print("=====", p)
        show(get(acme.secret, p))
