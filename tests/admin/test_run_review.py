"""The run review: what closes next, the most unusual first, of one's own organizations, from what is stored alone."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoices.admin import run_review
from invoices.models import BillingCycle, ExpectedBill
from invoices.services import previewing
from subscriptions.models import Subscription
from subscriptions.selectors.clock import database_now
from tests.admin.rows import Customer, make_staff
from tests.admin.waiting import make_due_cycle
from tests.books import contents
from tests.factories.subscriptions import a_prepaid_subscription, an_organization

REVIEW = reverse("admin:invoices_run_review")


@pytest.fixture
def now(db: None) -> datetime:
    return database_now()


@pytest.fixture
def acme_due(acme: Customer, now: datetime) -> BillingCycle:
    return make_due_cycle(acme.subscription, at=now)


def expect(cycle: BillingCycle, *, as_of: datetime, **fields: Any) -> ExpectedBill:
    own = {"currency": "USD", "advance": 280, "arrears": 430, "total": 710, "unusualness": 100}
    return ExpectedBill.objects.create(
        subscription=cycle.subscription, organization=cycle.organization, index=cycle.index, as_of=as_of, **own | fields
    )


def main_of(response: HttpResponse) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split()).partition('class="workbench')[2]


def organizations_in(response: HttpResponse) -> list[str]:
    return [row.organization for row in response.context["rows"]]


def due_cycle_of(code: str, csm: User, *, at: datetime) -> BillingCycle:
    organization = an_organization(code)
    organization.csms.add(csm)
    return make_due_cycle(a_prepaid_subscription(organization), at=at, index=0)


def test_each_close_stands_there_with_amounts_reason_and_preview(
    as_csm: Client, acme_due: BillingCycle, now: datetime
) -> None:
    finding = {"oddity": "more_arrears", "times": "21/5", "usual": "100.00", "past": 6}
    expect(acme_due, as_of=now, findings=[finding], unusualness=420)

    page = main_of(as_csm.get(REVIEW))

    for words in (
        "Acme",
        "The arrears are 4.2 times the median of the last 6 arrears, which is $100.00.",
        "$280.00",
        "$430.00",
        "$710.00 expected, from 1 agreement",
        reverse("admin:invoices_preview", args=[acme_due.subscription_id]),
        reverse("admin:invoices_billingcycle_change", args=[acme_due.pk]),
    ):
        assert words in page


def test_the_most_unusual_stands_first_and_what_is_not_known_last(as_csm: Client, csm: User, now: datetime) -> None:
    for code, unusualness in (("usual", 100), ("absurd", 900), ("odd", 250)):
        expect(due_cycle_of(code, csm, at=now), as_of=now, unusualness=unusualness)
    due_cycle_of("unknown", csm, at=now)

    assert organizations_in(as_csm.get(REVIEW)) == ["Absurd", "Odd", "Usual", "Unknown"]


def test_a_csm_sees_their_own_and_a_lead_all(
    as_csm: Client, as_lead: Client, acme_due: BillingCycle, umbra: Customer, now: datetime
) -> None:
    expect(make_due_cycle(umbra.subscription, at=now), as_of=now, total=99)
    stranger = an_organization("stranger")
    a_prepaid_subscription(stranger, effective_date=now.date() + timedelta(days=1))

    own, everything = as_csm.get(REVIEW), as_lead.get(REVIEW)

    assert organizations_in(own) == ["Acme"]
    assert "Umbra" not in main_of(own)
    assert "Stranger" not in main_of(own)
    assert "$99.00" not in main_of(own)
    assert set(organizations_in(everything)) == {"Acme", "Umbra"}
    assert "Stranger" in main_of(everything)


def test_the_day_may_be_chosen_up_to_a_week_ahead(as_csm: Client, csm: User, now: datetime) -> None:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for days in (1, 2, 3, 7, 8):
        due_cycle_of(f"day-{days}", csm, at=midnight + timedelta(days=days, hours=23))

    def until(query: str) -> set[str]:
        return set(organizations_in(as_csm.get(f"{REVIEW}{query}")))

    assert until("") == until("?days=1") == {"Day-1"}
    assert until("?days=2") == {"Day-1", "Day-2"}
    assert until("?days=7") == {"Day-1", "Day-2", "Day-3", "Day-7"}
    for nonsense in ("8", "-1", "x", "１"):
        assert until(f"?days={nonsense}") == {"Day-1"}


def test_its_number_is_that_of_the_rows_behind_the_link(as_csm: Client, csm: User, now: datetime) -> None:
    for place in range(3):
        due_cycle_of(f"due-{place}", csm, at=now + timedelta(days=place))
    for days in (0, 1, 7):
        due = as_csm.get(f"{REVIEW}?days={days}").context["due"]
        assert due.count.count == len(as_csm.get(due.url).context["cl"].result_list) > 0


def test_what_is_held_is_not_among_them(as_csm: Client, acme: Customer) -> None:
    assert organizations_in(as_csm.get(REVIEW)) == []
    assert acme.held.held_reasons


@pytest.mark.parametrize(
    ("hours", "words"), [(23, "As usual"), (25, "These figures are old")], ids=["of today", "of more than a day ago"]
)
def test_figures_say_when_they_are_old(
    hours: int, words: str, as_csm: Client, acme_due: BillingCycle, now: datetime
) -> None:
    expect(acme_due, as_of=now - timedelta(hours=hours))

    page = main_of(as_csm.get(REVIEW))

    assert words in page
    assert ("These figures are old" in page) is (hours > 24)
    assert ("nothing has been worked out within a day" in page) is (hours > 24)


def test_what_is_not_known_says_so_and_offers_the_preview(
    as_csm: Client, acme_due: BillingCycle, now: datetime
) -> None:
    assert "Nothing has been worked out yet" in main_of(as_csm.get(REVIEW))
    assert "Preview it now" in main_of(as_csm.get(REVIEW))

    row = expect(acme_due, as_of=now)
    ExpectedBill.objects.filter(pk=row.pk).update(index=acme_due.index - 1)
    assert "Nothing has been worked out yet" in main_of(as_csm.get(REVIEW))
    ExpectedBill.objects.filter(pk=row.pk).update(as_of=None, failed_at=now)
    assert "It could not be worked out" in main_of(as_csm.get(REVIEW))


def test_opening_the_preview_brings_the_row_up_to_date(as_csm: Client, acme_due: BillingCycle, now: datetime) -> None:
    expect(acme_due, as_of=now - timedelta(days=3), total=1, failed_at=now)
    preview = as_csm.get(reverse("admin:invoices_preview", args=[acme_due.subscription_id])).context["answer"].value

    row = ExpectedBill.objects.get()
    assert preview.draft is not None
    assert (row.total, row.as_of, row.failed_at) == (preview.draft.total.amount, preview.as_of, None)
    assert row.total != 1
    assert "These figures are old" not in main_of(as_csm.get(REVIEW))


def test_a_preview_brings_back_nothing_older(as_csm: Client, acme_due: BillingCycle, now: datetime) -> None:
    expect(acme_due, as_of=now + timedelta(hours=1), total=1)
    as_csm.get(reverse("admin:invoices_preview", args=[acme_due.subscription_id]))
    assert ExpectedBill.objects.get().total == 1


def test_an_agreement_that_begins_is_reviewed_with_its_first_advance(as_csm: Client, csm: User, now: datetime) -> None:
    organization = an_organization("fresh")
    organization.csms.add(csm)
    subscription = a_prepaid_subscription(organization, effective_date=now.date() + timedelta(days=1))
    ExpectedBill.objects.create(
        subscription=subscription,
        organization=organization,
        index=0,
        as_of=now,
        currency="USD",
        advance=Decimal(280),
        total=280,
        findings=[{"oddity": "first_bill", "times": "2", "usual": None, "past": 0}],
    )

    page = main_of(as_csm.get(REVIEW))

    assert "Agreements that begin" in page
    assert "There is nothing to compare it with" in page


def test_whoever_has_nothing_to_review_is_told_so(db: None) -> None:
    client = Client()
    client.force_login(make_staff("calm"))

    assert "Nothing closes until then" in main_of(client.get(REVIEW))


def test_the_page_reads_what_is_stored_and_writes_nothing(
    as_csm: Client, acme_due: BillingCycle, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect(acme_due, as_of=now)

    def refuse(*_args: object, **_named: object) -> None:
        raise AssertionError("a preview was worked out while somebody waited")

    monkeypatch.setattr(previewing, "plan_cycle", refuse)
    before = contents()

    as_csm.get(REVIEW)

    assert contents() == before


def test_the_page_costs_as_many_queries_for_many_closes_as_for_one(as_lead: Client, lead: User, now: datetime) -> None:
    counts = []
    for number in (1, 6):
        for place in range(number):
            expect(due_cycle_of(f"org-{number}-{place}", lead, at=now), as_of=now)
        as_lead.get(REVIEW)
        with CaptureQueriesContext(connection) as queries:
            as_lead.get(REVIEW)
        counts.append(len(queries))

    assert Subscription.objects.count() == 7
    assert counts[0] == counts[1] <= 10


def test_a_long_review_is_read_page_by_page(
    as_csm: Client, csm: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(3):
        expect(due_cycle_of(f"org-{place}", csm, at=now), as_of=now, unusualness=100 * place)
    monkeypatch.setattr(run_review, "BY_UNUSUALNESS", replace(run_review.BY_UNUSUALNESS, size=2))

    first = as_csm.get(REVIEW)
    second = as_csm.get(f"{REVIEW}?{first.context['page'].next_query}")

    assert organizations_in(first) == ["Org-2", "Org-1"]
    assert organizations_in(second) == ["Org-0"]
