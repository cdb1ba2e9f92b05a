"""A CSM decides about a cycle that waits."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from invoices.admin import held as held_admin
from invoices.models import BillingCycle, HoldDecision, Invoice
from invoices.services import deciding, estimating
from invoices.services.closing import Outcome, Step
from invoices.services.sweeping import close_due_cycles
from subscriptions.selectors.clock import database_now
from tests.admin.rows import Customer
from tests.books import contents
from tests.factories.subscriptions import a_list_price, a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.reading import is_not_possible
from tests.trail import trail_of

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)

LEAVE_OUT = {"answer": "unpriced_product:leave_out", "reason": "The customer waits for the invoice."}
YES = {"confirmed": "yes"}


def url_of(cycle: BillingCycle) -> str:
    return reverse("admin:invoices_billingcycle_decide", args=[cycle.pk])


def test_the_page_shows_the_reasons_and_the_choices_they_leave(as_csm: Client, acme: Customer) -> None:
    page = as_csm.get(url_of(acme.held)).content.decode()

    assert "PureCloud 3 has no price on Feb 15, 2026" in page
    assert "Close without the doubtful charges" in page
    assert "Accept the higher tier" not in page
    assert not HoldDecision.objects.exists()


def test_a_decision_is_kept_with_its_reason_and_the_cycle_is_tried_as_decided(
    as_csm: Client, csm: User, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def close(*, cycle_id: int, now: datetime) -> Step:
        tried.append((cycle_id, HoldDecision.objects.get().decided_at == now))
        return Step(cycle_id=cycle_id, outcome=Outcome.CLOSED)

    monkeypatch.setattr(deciding, "close_cycle_now", close)
    shown = as_csm.post(url_of(acme.held), LEAVE_OUT).content.decode()
    assert "Because: The customer waits for the invoice." in shown
    assert not HoldDecision.objects.exists()
    page = as_csm.post(url_of(acme.held), LEAVE_OUT | YES, follow=True).content.decode()

    assert tried == [(acme.held.pk, True)]
    assert str(held_admin.OUTCOMES[Outcome.CLOSED][1]) in page
    decision = HoldDecision.objects.get()
    assert (decision.cycle, decision.choice, decision.decided_by) == (acme.held, "leave_out", csm)
    assert decision.reason == "The customer waits for the invoice."


@pytest.mark.parametrize(
    "sent", [{"reason": ""}, {"reason": "   "}, {"answer": "unrated_call:leave_out"}, {"answer": ""}]
)
def test_an_incomplete_decision_is_asked_again(sent: dict[str, str], as_csm: Client, acme: Customer) -> None:
    page = as_csm.post(url_of(acme.held), LEAVE_OUT | YES | sent)

    assert 'role="alert"' in page.content.decode()
    assert not HoldDecision.objects.exists()
    assert BillingCycle.objects.get(pk=acme.held.pk).held_reasons


def test_nobody_decides_about_a_cycle_that_is_not_theirs_or_does_not_wait(
    as_csm: Client, acme: Customer, umbra: Customer
) -> None:
    for sent in (LEAVE_OUT, LEAVE_OUT | YES):
        assert as_csm.post(url_of(umbra.held), sent).status_code == 404
        assert is_not_possible(as_csm.post(url_of(acme.closed), sent))
    assert not HoldDecision.objects.exists()


@pytest.fixture
def unpriced(db: None) -> BillingCycle:
    """A held month: one person with an agreed price, one of a license that nobody has a price for."""
    subscription = a_subscription(an_organization("lantern"))
    for user, product in (("ann", "purecloud-2"), ("bob", "purecloud-1")):
        report(subscription.organization, *a_working_day(user, "2026-01-20", product))
    close_due_cycles(now=CUTOFF)
    return BillingCycle.objects.get()


def test_a_decision_is_shown_in_money_and_days_before_it_closes_the_cycle(
    as_lead: Client, unpriced: BillingCycle
) -> None:
    before = contents()
    shown = as_lead.post(url_of(unpriced), LEAVE_OUT).content.decode()

    assert "An invoice of $75.00 is issued, dated" in shown
    assert "1 doubtful charge is left out" in shown
    assert contents() == before
    as_lead.post(url_of(unpriced), LEAVE_OUT | YES)
    assert Invoice.objects.get().total == 75


def test_trying_again_tells_what_it_would_issue_as_it_is_mended_now(as_lead: Client, unpriced: BillingCycle) -> None:
    url = reverse("admin:invoices_billingcycle_try_this_again", args=[unpriced.pk])
    page = as_lead.get(url).content.decode()
    assert "It would stay held, because of this:" in page
    assert "has no price" in page
    a_list_price("purecloud-2", "100.00")
    page = as_lead.get(url).content.decode()
    assert "An invoice of $175.00 is issued, dated" in page
    assert "cannot be taken back, only credited" in page
    assert not Invoice.objects.exists()


def test_of_too_much_usage_to_count_a_worker_says_what_it_comes_to(
    as_lead: Client, unpriced: BillingCycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 1)
    again = reverse("admin:invoices_billingcycle_try_this_again", args=[unpriced.pk])
    for page in (as_lead.get(again), as_lead.post(url_of(unpriced), LEAVE_OUT)):
        assert "is being worked out in the background" in page.content.decode()
        assert "Look again" in page.content.decode()
    waiting = as_lead.post(url_of(unpriced), LEAVE_OUT).content.decode()
    assert 'name="confirmed"' not in waiting
    assert 'name="reason" value="The customer waits for the invoice."' in waiting

    assert estimating.work_out_estimates(now=database_now()) == 2

    shown = as_lead.post(url_of(unpriced), LEAVE_OUT).content.decode()
    assert "An invoice of $75.00 is issued, dated" in shown
    assert 'name="confirmed" value="yes"' in shown
    assert "It would stay held, because of this:" in as_lead.get(again).content.decode()
    assert not Invoice.objects.exists()


def test_what_a_worker_could_not_work_out_is_said(
    as_lead: Client, unpriced: BillingCycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimating, "EVENTS_AT_ONCE", 1)
    as_lead.post(url_of(unpriced), LEAVE_OUT)
    with monkeypatch.context() as patch:
        patch.setattr(estimating, "preview_cycle", lambda *_args, **_more: 1 / 0)
        estimating.work_out_estimates(now=database_now())

    assert "could not be worked out" in as_lead.post(url_of(unpriced), LEAVE_OUT).content.decode()


@pytest.mark.parametrize(
    ("code", "subject", "ways"),
    [
        (
            "unpriced_product",
            "purecloud-3",
            [
                "Add it to the price book",
                "subscriptions/pricebook/?currency__exact=USD",
                "Agree its price from the next period on",
                "subscriptions/subscription/{subscription}/change_terms/?product=purecloud-3",
            ],
        ),
        ("unrated_call", "+33123", ["Add the rate to the deck", "subscriptions/voiceratedeck/{deck}/change/"]),
        ("tier_above_agreement", "purecloud-3", ["Decide which tier is billed", "billingcycle/{cycle}/decide"]),
        ("unexpected_error", "KeyError", []),
    ],
)
@pytest.mark.parametrize("column", ["held_reasons", "left_out"])
def test_each_reason_leads_to_where_it_is_mended(
    column: str, code: str, subject: str, ways: list[str], as_csm: Client, acme: Customer
) -> None:
    reason = {"code": code, "subject": subject, "message": "Something is missing."}
    cycle = acme.held
    cycle.held_reasons, cycle.left_out = [], []
    setattr(cycle, column, [reason])
    cycle.save()
    subscription = acme.subscription

    page = as_csm.get(reverse("admin:invoices_billingcycle_change", args=[cycle.pk])).content.decode()

    names = {"subscription": subscription.pk, "deck": subscription.rate_deck_id, "cycle": cycle.pk}
    for way in ways:
        assert way.format(**names) in page
    assert ("<br>" in page.split("Something is missing.")[1].split("</li>")[0]) is bool(ways)


def test_the_way_to_agree_a_price_leads_to_where_it_can_be_typed(as_csm: Client, acme: Customer) -> None:
    url = reverse("admin:subscriptions_subscription_change_terms", args=[acme.subscription.pk])
    form = as_csm.get(f"{url}?product=purecloud-3").context["form"]
    assert form["product"].value() == "purecloud-3"
    assert "price" in form.fields
    # What was made up in the address picks nothing.
    assert as_csm.get(f"{url}?product=zebra").status_code == 200


def test_of_an_agreement_that_ends_no_price_is_agreed_any_more(as_csm: Client, acme: Customer) -> None:
    acme.subscription.last_service_date = date(2040, 1, 14)
    acme.subscription.save()
    page = as_csm.get(reverse("admin:invoices_billingcycle_change", args=[acme.held.pk])).content.decode()
    assert "Add it to the price book" in page
    assert "Agree its price" not in page


def test_why_a_cycle_was_tried_again_stands_in_the_history_of_its_organization(as_csm: Client, acme: Customer) -> None:
    url = reverse("admin:invoices_billingcycle_try_this_again", args=[acme.held.pk])
    as_csm.post(url, {"reason": "The price is in the book now."})
    told = {entry.why: entry.what for entry in trail_of(acme.organization.pk)}
    assert "The price is in the book now." not in told["The price is in the book now."]


def test_a_call_of_an_organization_without_a_deck_leads_nowhere(as_csm: Client, acme: Customer) -> None:
    acme.subscription.rate_deck = None
    acme.subscription.save()
    acme.held.held_reasons = [{"code": "unrated_call", "subject": "+33", "message": "No rate."}]
    acme.held.save()

    page = as_csm.get(reverse("admin:invoices_billingcycle_change", args=[acme.held.pk])).content.decode()

    assert "No rate." in page
    assert "Add the rate" not in page
