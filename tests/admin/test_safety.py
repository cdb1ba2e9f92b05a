"""Absurd invoices, the switch and parked organizations in the admin: what is shown, and who may do what."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from invoices.models import BillingCycle, BoundRelease, Invoice, IssuingSwitch, Parking
from invoices.services.books.fault import Fault
from invoices.services.closing import Outcome
from invoices.services.parking import park
from invoices.services.sweeping import close_due_cycles
from invoices.services.switch import turn_switch
from subscriptions.documents.timeline import person_in_words
from subscriptions.models import Approval
from subscriptions.selectors.clock import database_now
from tests.admin.conftest import logged_in
from tests.admin.rows import Customer, make_absurd_cycle, make_parking
from tests.books import contents
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import a_working_day, report
from tests.trail import trail_of

WHY = {"reason": "They opened a second office."}
YES = {"confirmed": "yes"}
TURN = "/admin/invoices/issuingswitch/turn/"


def words_on(page: object) -> str:
    return " ".join(page.content.decode().split())


# --- Safety bounds --------------------------------------------------------------------------------------------------


@pytest.fixture
def absurd(db: None) -> BillingCycle:
    """A cycle beyond a bound; its period is over since a minute."""
    cycle = make_absurd_cycle("absurd")
    ended = database_now() - timedelta(minutes=1)
    BillingCycle.objects.filter(pk=cycle.pk).update(ends_at=ended, cutoff_at=ended)
    return BillingCycle.objects.get(pk=cycle.pk)


def release_page(cycle: BillingCycle) -> str:
    return reverse("admin:invoices_billingcycle_release", args=[cycle.pk])


def test_the_cycle_shows_which_bound_and_the_figures_and_has_no_number(as_lead: Client, absurd: BillingCycle) -> None:
    page = words_on(as_lead.get(reverse("admin:invoices_billingcycle_change", args=[absurd.pk])))

    assert "the arrears of $75.00 are more than 5 times the usual $1.00" in page
    assert "Look at what would be issued" in page
    assert release_page(absurd) in page
    assert not absurd.invoices.exists()


def test_the_page_of_the_release_shows_what_would_be_issued(as_lead: Client, absurd: BillingCycle) -> None:
    page = words_on(as_lead.get(release_page(absurd)))

    assert "An invoice of $75.00 is issued" in page
    assert "PureCloud 1: 1 at $75.00, $75.00" in page
    assert "Fingerprint of this invoice" in page


def test_two_leads_release_it_and_the_next_sweep_issues_it_once(
    as_lead: Client, second: User, lead: User, absurd: BillingCycle
) -> None:
    as_lead.post(release_page(absurd), WHY)
    approval = Approval.objects.get()
    before = BoundRelease.objects.count()
    as_lead.post(reverse("admin:subscriptions_approval_ask", args=[approval.pk]), {"reason": "We called them."})
    page = logged_in(second).post(
        reverse("admin:subscriptions_approval_approve", args=[approval.pk]), {"confirmed": "yes"}, follow=True
    )

    assert before == 0
    assert "its cycle closes within minutes" in words_on(page)
    kept = BoundRelease.objects.get()
    assert (kept.released_by, kept.approved_by, kept.reason) == (lead, second, WHY["reason"])
    assert any("Beyond a safety bound" in point for point in approval.points)
    now = database_now()
    steps = close_due_cycles(now=now, organization_id=absurd.organization_id)
    assert steps[0].outcome is Outcome.CLOSED
    assert str(steps[0].invoice.total) == "75.00"
    assert not [step for step in close_due_cycles(now=now) if step.invoice]
    trail = [entry.what for entry in trail_of(absurd.organization_id)]
    released = f"invoice beyond a safety bound released, approved by {person_in_words(second)}"
    assert any(released in what for what in trail), trail


def test_nobody_releases_it_alone(as_lead: Client, lead: User, absurd: BillingCycle) -> None:
    as_lead.post(release_page(absurd), WHY)
    approval = Approval.objects.get()
    as_lead.post(reverse("admin:subscriptions_approval_ask", args=[approval.pk]), {"reason": "Please."})
    as_lead.post(reverse("admin:subscriptions_approval_approve", args=[approval.pk]), {"confirmed": "yes"})

    assert not BoundRelease.objects.exists()


def test_what_has_changed_since_it_was_looked_at_is_looked_at_again(as_lead: Client, absurd: BillingCycle) -> None:
    page = as_lead.post(release_page(absurd), WHY | {"seen": "0" * 64})

    assert "The invoice has changed since you looked at it" in words_on(page)
    assert not Approval.objects.exists()


def test_what_has_changed_since_it_was_asked_for_is_not_released(
    as_lead: Client, second: User, absurd: BillingCycle
) -> None:
    as_lead.post(release_page(absurd), WHY)
    approval = Approval.objects.get()
    as_lead.post(reverse("admin:subscriptions_approval_ask", args=[approval.pk]), {"reason": "We called them."})
    # Somebody raised the price meanwhile.
    absurd.subscription.prices.update(price="300.00")
    page = logged_in(second).post(
        reverse("admin:subscriptions_approval_approve", args=[approval.pk]), {"confirmed": "yes"}, follow=True
    )

    assert "It would no longer change what was asked for" in words_on(page)
    assert not BoundRelease.objects.exists()


def test_a_csm_sees_the_cycle_and_does_not_release_it(as_csm: Client, csm: User, absurd: BillingCycle) -> None:
    absurd.organization.csms.add(csm)

    assert as_csm.get(reverse("admin:invoices_billingcycle_change", args=[absurd.pk])).status_code == 200
    assert as_csm.post(release_page(absurd), WHY).status_code == 403
    assert not Approval.objects.exists()


# --- The switch -----------------------------------------------------------------------------------------------------


def test_a_lead_says_why_sees_what_it_means_and_switches_issuing_off_and_on(as_lead: Client, lead: User) -> None:
    for to, title in (("off", "Switch all issuing off?"), ("on", "Switch issuing on again?")):
        asked = as_lead.get(TURN)
        assert title in words_on(asked)
        shown = as_lead.post(TURN, {"to": to, **WHY})
        assert "Because: They opened a second office." in words_on(shown)
        before = IssuingSwitch.objects.count()
        as_lead.post(TURN, {"to": to, **WHY, **YES})
        assert IssuingSwitch.objects.count() == before + 1

    assert list(IssuingSwitch.objects.order_by("pk").values_list("is_on", "switched_by")) == [
        (False, lead.pk),
        (True, lead.pk),
    ]


def test_what_is_caught_up_is_counted_unless_it_is_nothing(as_lead: Client, db: None) -> None:
    as_lead.post(TURN, {"to": "off", **WHY, **YES})

    assert "No cycle has fallen due meanwhile." in as_lead.post(TURN, {"to": "on", **WHY}).content.decode()


def test_who_comes_second_does_not_undo_it(as_lead: Client, second: User) -> None:
    as_lead.post(TURN, {"to": "off", **WHY, **YES})
    page = logged_in(second).post(TURN, {"to": "off", **WHY, **YES}, follow=True)

    assert "it stands so already" in words_on(page)
    assert IssuingSwitch.objects.get().is_on is False


def test_the_password_is_asked_for_first(lead: User) -> None:
    browser = Client()
    browser.force_login(lead)

    answer = browser.post(TURN, {"to": "off", **WHY, **YES})

    assert "/account/reauthenticate/" in answer["Location"]
    assert not IssuingSwitch.objects.exists()


@pytest.mark.parametrize(
    "page",
    [
        "/admin/",
        "/admin/invoices/invoice/",
        "/admin/invoices/billingcycle/review/",
        "/admin/subscriptions/organization/add/",
        "/admin/invoices/issuingswitch/",
        "/admin/invoices/billingcycle/{cycle}/change/",
        "/admin/invoices/billingcycle/{cycle}/decide/",
        "/admin/invoices/billingcycle/{cycle}/history/",
        "/admin/subscriptions/organization/{organization}/",
        "/admin/invoices/billingcycle/upcoming/{subscription}/",
    ],
)
def test_every_page_says_that_issuing_is_off_by_whom_and_why(
    page: str, as_csm: Client, acme: Customer, lead: User
) -> None:
    rows = {"cycle": acme.held.pk, "organization": acme.organization.pk, "subscription": acme.subscription.pk}
    # A CSM may add organizations only as a lead would: the page is the same.
    words = "Issuing is switched off: nothing gets a number"
    assert words not in words_on(as_csm.get(page.format(**rows)))
    turn_switch(is_on=False, reason="A <b>price book</b> was wrong.", by=lead, now=database_now())

    shown = words_on(as_csm.get(page.format(**rows)))

    assert words in shown
    assert "lead switched it off on" in shown
    assert "A &lt;b&gt;price book&lt;/b&gt; was wrong." in shown


def test_trying_a_cycle_again_and_crediting_say_that_issuing_is_off(
    as_csm: Client, csm: User, acme: Customer, lead: User
) -> None:
    subscription = a_subscription(an_organization("harbor"))
    report(subscription.organization, *a_working_day("ann", "2026-01-20"))
    close_due_cycles(now=datetime(2026, 2, 15, 11, tzinfo=UTC), organization_id=subscription.organization_id)
    subscription.organization.csms.add(csm)
    turn_switch(is_on=False, reason="Stop.", by=lead, now=database_now())
    before = Invoice.objects.count()
    again = reverse("admin:invoices_billingcycle_try_this_again", args=[acme.held.pk])

    page = as_csm.post(again, {"reason": "Mended."}, follow=True)

    assert "Issuing is switched off" in words_on(page)
    credit = reverse("admin:invoices_invoice_issue_credit_note", args=[subscription.invoices.get().pk])
    asked = {"place": "1", "scope": "whole", "reason": "Never worked.", "confirmed": ""}
    page = as_csm.post(credit, asked, follow=True)
    assert "Nothing was issued: issuing is switched off" in words_on(page)
    assert Invoice.objects.count() == before


# --- Parked organizations -------------------------------------------------------------------------------------------


@pytest.fixture
def parked(acme: Customer) -> Parking:
    return make_parking(an_organization("parked"))


def let_go_on(parking: Parking) -> str:
    return reverse("admin:invoices_parking_let_go_on", args=[parking.pk])


def test_the_home_of_its_csm_shows_what_is_parked_and_why(as_csm: Client, csm: User, parked: Parking) -> None:
    assert "its lines come to 281.00" not in words_on(as_csm.get("/admin/"))
    parked.organization.csms.add(csm)

    page = words_on(as_csm.get("/admin/"))

    assert "Parked organizations: their books are wrong" in page
    assert "its lines come to 281.00, its subtotal is 280.00" in page
    assert "parked" in words_on(as_csm.get("/admin/invoices/parking/?parked=yes"))


def test_a_lead_lets_it_go_on_once_its_books_are_right(as_lead: Client, lead: User, parked: Parking) -> None:
    page = as_lead.post(let_go_on(parked), {"reason": "Restored."}, follow=True)

    assert "Its books are right: documents are issued for it again." in words_on(page)
    parked.refresh_from_db()
    assert (parked.unparked_by, parked.reason) == (lead, "Restored.")
    assert let_go_on(parked) not in words_on(as_lead.get(reverse("admin:invoices_parking_change", args=[parked.pk])))


def test_it_stays_parked_while_its_books_are_wrong(as_lead: Client, acme: Customer) -> None:
    fault = Fault(organization_id=acme.organization.pk, where="INV-1", what="it has no lines")
    parking = park(acme.organization.pk, [fault], now=database_now())
    before = contents()

    page = words_on(as_lead.post(let_go_on(parking), {"reason": "Nothing."}, follow=True))

    assert "Its books are still wrong:" in page
    assert contents()["invoices.Parking"] == before["invoices.Parking"]


def test_a_csm_lets_nobody_go_on(as_csm: Client, csm: User, parked: Parking) -> None:
    parked.organization.csms.add(csm)

    assert as_csm.get(reverse("admin:invoices_parking_change", args=[parked.pk])).status_code == 200
    assert as_csm.post(let_go_on(parked), WHY).status_code == 403
