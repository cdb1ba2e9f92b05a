"""Payments in the admin: typed, shown what they pay, recorded; allocated later; reversed (BR-80)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import QuerySet
from django.urls import reverse
from moneyed import Money

from invoices.models import DocumentBalance, Payment
from invoices.selectors.accounts import get_open_balance
from subscriptions.domain.formatting import format_money
from tests.factories.documents import draft_and_issue
from tests.reading import is_not_possible

ADD = reverse("admin:invoices_payment_add")
LIST = reverse("admin:invoices_payment_changelist")


def page(payment, action: str = "change") -> str:
    if action == "change":
        return reverse("admin:invoices_payment_change", args=[payment.pk])
    return reverse(f"admin:invoices_payment_{action}", args=[payment.pk])


@pytest.fixture
def invoices(acme):
    """Two open invoices: 100.00 due in February, 200.00 due in March."""
    return [
        draft_and_issue(acme.subscription, "100.00", dated=date(2026, 1, 15)),
        draft_and_issue(acme.subscription, "200.00", dated=date(2026, 2, 1)),
    ]


def typed(customer, amount: str) -> dict[str, str]:
    return {
        "organization": str(customer.organization.pk),
        "currency": "USD",
        "amount": amount,
        "method": "wire",
        "reference": "WIRE-1",
        "received_on": "2026-03-06",
        "note": "",
    }


def shares(**amounts: str) -> dict[str, str]:
    return {"confirmed": "yes"} | amounts


def confirm(browser, url: str, body: dict[str, str]):
    """Send shares, and once more when what they leave open has been shown."""
    shown = browser.post(url, body)
    return browser.post(url, body | {"seen": shown.context["chosen"].written()})


def recorded() -> QuerySet[Payment]:
    """Return what was recorded here: the customers' own rows were recorded by nobody."""
    return Payment.objects.filter(recorded_by__isnull=False)


def usd(amount: Decimal) -> str:
    return format_money(Money(amount, "USD"), "en")


def left(*documents) -> list[Decimal]:
    return [DocumentBalance.objects.get(document=document).open for document in documents]


def test_a_payment_is_shown_what_it_pays_before_it_is_recorded(as_csm, acme, invoices):
    answer = as_csm.post(ADD, typed(acme, "150.00"))

    body = answer.content.decode()
    assert "What does this payment pay?" in body
    assert "$150.00" in body
    proposed = {row.item.number: row.field.value() for row in answer.context["rows"]}
    assert proposed[invoices[0].number] == 100
    assert proposed[invoices[1].number] == 50
    assert not recorded().exists()


def test_it_is_recorded_as_proposed_or_as_chosen(as_csm, acme, invoices, csm):
    chosen = shares(**{f"share-{invoices[1].pk}": "150.00"})

    answer = confirm(as_csm, ADD, typed(acme, "150.00") | chosen)

    payment = recorded().get()
    assert answer["Location"] == page(payment)
    assert payment.recorded_by == csm
    assert left(*invoices) == [100, 50]


def test_what_stays_open_is_shown_before_it_is_recorded(as_csm, acme, invoices):
    first, second = invoices
    before = get_open_balance(acme.organization.pk, "USD").amount

    proposed = as_csm.post(ADD, typed(acme, "150.00"))
    stays = {row.item.number: row.stays for row in proposed.context["rows"]}
    assert (stays[first.number], stays[second.number]) == ("$0.00", "$150.00")
    assert {"currency": "USD", "now": usd(before), "after": usd(before - 150)} in proposed.context["balances"]

    changed = as_csm.post(ADD, typed(acme, "150.00") | shares(**{f"share-{second.pk}": "120.00"}))
    stays = {row.item.number: row.stays for row in changed.context["rows"]}
    assert (stays[first.number], stays[second.number]) == ("$100.00", "$80.00")
    assert changed.context["credit"] == "$30.00"
    assert "You changed what is paid" in changed.content.decode()
    assert not recorded().exists()


def test_allocating_the_rest_of_a_payment_changes_no_balance(as_csm, acme, invoices):
    confirm(as_csm, ADD, typed(acme, "350.00") | shares(**{f"share-{invoices[0].pk}": "100.00"}))

    asked = as_csm.get(page(recorded().get(), "allocate"))

    assert [row["now"] == row["after"] for row in asked.context["balances"]] == [True]


def test_a_double_click_records_it_once(as_csm, acme, invoices):
    confirmed = typed(acme, "100.00") | shares(**{f"share-{invoices[0].pk}": "100.00"})
    shown = as_csm.post(ADD, confirmed)
    seen = {"seen": shown.context["chosen"].written()}
    as_csm.post(ADD, confirmed | seen)

    answer = as_csm.post(ADD, confirmed | seen)

    assert "recorded already" in answer.content.decode()
    assert recorded().count() == 1
    assert left(*invoices) == [0, 200]


@pytest.mark.parametrize(
    ("case", "changes", "words"),
    [
        ("nothing", {"amount": "0"}, "Enter what came in"),
        ("less than nothing", {"amount": "-5"}, "Enter what came in"),
        ("half a yen", {"currency": "JPY", "amount": "10.50"}, "no such fractions"),
        ("in the future", {"received_on": "2099-01-01"}, "yet to come"),
        ("no reference", {"reference": "  "}, "required"),
        ("another currency than the eight", {"currency": "XXX"}, "valid choice"),
    ],
)
def test_what_is_no_payment_is_refused_in_words(case, changes, words, as_csm, acme, invoices):
    answer = as_csm.post(ADD, typed(acme, "100.00") | changes)

    assert words in answer.content.decode()
    assert not recorded().exists()


@pytest.mark.parametrize(
    ("case", "amount", "words"),
    [
        ("more than is open", "100.01", "at most what is open"),
        ("more than there is", "90.00", "More is allocated than there is"),
        ("no figure", "ten", "Enter a number"),
    ],
)
def test_shares_that_do_not_fit_are_shown_beside_the_invoice(case, amount, words, as_csm, acme, invoices):
    chosen = shares(**{f"share-{invoices[0].pk}": amount})

    answer = as_csm.post(ADD, typed(acme, "80.00") | chosen)

    assert words in answer.content.decode()
    assert not recorded().exists()
    assert left(*invoices) == [100, 200]


def test_a_rest_is_allocated_later(as_csm, acme, invoices):
    confirm(as_csm, ADD, typed(acme, "350.00") | shares(**{f"share-{invoices[0].pk}": "100.00"}))
    payment = recorded().get()

    asked = as_csm.get(page(payment, "allocate"))
    assert "$250.00" in asked.content.decode()
    confirm(as_csm, page(payment, "allocate"), {f"share-{invoices[1].pk}": "200.00"})

    assert left(*invoices) == [0, 0]


def test_a_payment_that_bounced_is_reversed_with_a_reason(as_csm, acme, invoices):
    confirm(as_csm, ADD, typed(acme, "100.00") | shares(**{f"share-{invoices[0].pk}": "100.00"}))
    payment = recorded().get()

    assert "is open again" in as_csm.get(page(payment, "reverse")).content.decode()
    refused = as_csm.post(page(payment, "reverse"), {"reason": " "})
    assert "required" in refused.content.decode()
    assert left(*invoices) == [0, 200]

    as_csm.post(page(payment, "reverse"), {"reason": "Returned by the bank"})
    assert left(*invoices) == [100, 200]
    assert is_not_possible(as_csm.get(page(payment, "reverse")))


def test_a_csm_records_nothing_for_someone_elses_organization(as_csm, acme, umbra):
    answer = as_csm.post(ADD, typed(umbra, "100.00") | shares())

    assert "valid choice" in answer.content.decode()
    assert not recorded().exists()


def test_a_foreign_payment_does_not_exist(as_csm, as_lead, umbra):
    draft_and_issue(umbra.subscription, "100.00", dated=date(2026, 1, 15))
    as_lead.post("/account/reauthenticate/", {"password": "secret"})
    confirm(as_lead, ADD, typed(umbra, "100.00") | shares())
    payment = recorded().get()

    for action in ("change", "allocate", "reverse"):
        assert as_csm.get(page(payment, action)).status_code == 404
    assert as_csm.post(page(payment, "reverse"), {"reason": "x"}).status_code == 404
    payment.refresh_from_db()
    assert payment.reversed_at is None
