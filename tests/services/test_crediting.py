"""A person gives back an issued invoice, whole or by line, until it is used up (BR-70, BR-75, BR-76)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from invoices.domain.crediting import CreditedPart, UncreditableError
from invoices.models import Credit, Invoice, LedgerEntry, PeriodCorrection, RenderedPdf
from invoices.selectors.accounts import get_open_balance
from invoices.services.crediting import (
    CreditRefusedError,
    CreditRequest,
    get_left,
    issue_credit,
    next_place,
    preview_credit,
)
from invoices.services.explaining import find_explanation
from invoices.services.orders import invoice_due_orders
from invoices.services.sweeping import close_due_cycles
from invoices.services.verifying import verify_invoice
from subscriptions.models import AuthorityRate, IssuingEntity, Order, Organization, OrganizationTax, TaxAuthority
from tests.books import contents
from tests.factories.subscriptions import a_subscription
from tests.factories.usage import a_working_day, logged_in, report

pytestmark = pytest.mark.usefixtures("billing")

CUTOFF = datetime(2026, 2, 15, 11, tzinfo=UTC)
SECOND_CUTOFF = datetime(2026, 3, 15, 10, tzinfo=UTC)
THIRD_CUTOFF = datetime(2026, 4, 15, 10, tzinfo=UTC)
# The evening of March 2 in New York.
THEN = datetime(2026, 3, 3, 3, tzinfo=UTC)


@pytest.fixture
def csm(billing):
    return User.objects.create_user("csm", is_staff=True)


@pytest.fixture
def invoice(billing):
    """Return the invoice of a month in which three people worked at 75.00, with 6.25% on it: 239.06."""
    subscription = a_subscription()
    state = TaxAuthority.objects.create(name="State")
    AuthorityRate.objects.create(
        authority=state, effective_date=date(2020, 1, 1), rate=Decimal("6.25"), taxable=100, categories=["software"]
    )
    OrganizationTax.objects.create(organization=subscription.organization, authority=state)
    for user in ("ann", "bob", "cid"):
        report(subscription.organization, *a_working_day(user, "2026-01-20"))
    close_due_cycles(now=CUTOFF)
    return Invoice.objects.get()


def seats(count: str) -> list[CreditedPart]:
    return [CreditedPart(position=0, quantity=Decimal(count))]


def amount(text: str) -> list[CreditedPart]:
    return [CreditedPart(position=0, amount=Decimal(text))]


def give_back(invoice, csm, parts, *, place=None, now=THEN, reason="Asked for on the phone.", note=""):
    request = CreditRequest(place=place or next_place(invoice), parts=parts, reason=reason, note=note)
    return issue_credit(invoice_id=invoice.pk, request=request, issued_by=csm, now=now)


def assert_every_document_can_be_computed_again():
    assert [difference for document in Invoice.objects.all() for difference in verify_invoice(document)] == []


def test_a_seat_is_given_back_with_its_tax_and_the_ledger_says_so(invoice, csm):
    credit_note = give_back(invoice, csm, seats("1"), note="With our apologies.")

    assert (credit_note.document_type, credit_note.number) == ("credit_note", "CN-000001")
    assert (credit_note.subtotal, credit_note.tax, credit_note.total) == (
        Decimal("75.00"),
        Decimal("4.68"),
        Decimal("79.68"),
    )
    assert (credit_note.invoice_date, credit_note.due_date) == (date(2026, 3, 2), date(2026, 4, 1))
    entries = LedgerEntry.objects.filter(transaction__invoice=credit_note).values_list("account", "amount")
    assert {account: str(amount) for account, amount in entries} == {
        "receivable": "-79.68",
        "revenue": "75.00",
        "tax": "4.68",
    }
    assert get_open_balance(invoice.organization_id, "USD").amount == invoice.total - credit_note.total
    assert RenderedPdf.objects.filter(invoice=credit_note, rendered_at=None).exists()
    assert_every_document_can_be_computed_again()


def test_it_names_the_invoice_and_keeps_who_and_why_to_itself(invoice, csm):
    credit_note = give_back(invoice, csm, seats("1"), note="With our apologies.", reason="  Never worked. ")

    credit = credit_note.credit
    assert (credit.original, credit.place, credit.reason, credit.issued_by) == (invoice, 1, "Never worked.", csm)
    assert credit_note.frozen["credits"] == {"number": "INV-000001", "invoice_date": "2026-02-15"}
    assert credit_note.frozen["notes"] == ["With our apologies."]
    assert "Never worked" not in str(credit_note.frozen)
    assert credit_note.lines.get().credited.original_line == invoice.lines.get()


def test_parts_use_an_invoice_up_to_the_cent(invoice, csm):
    for parts in (seats("1"), amount("0.07"), seats("0.5"), None):
        give_back(invoice, csm, parts)

    notes = Invoice.objects.filter(credit__original=invoice)
    assert [note.number for note in notes.order_by("pk")] == [f"CN-{n:06}" for n in (1, 2, 3, 4)]
    assert sum(note.tax for note in notes) == invoice.tax == Decimal("14.06")
    assert sum(note.total for note in notes) == invoice.total
    assert get_left(invoice).total.amount == 0
    assert get_open_balance(invoice.organization_id, "USD").amount == 0
    assert_every_document_can_be_computed_again()


def test_nothing_is_given_back_beyond_that(invoice, csm):
    give_back(invoice, csm, seats("2"))
    before = contents()

    for parts in (seats("1.5"), amount("75.01")):
        with pytest.raises(UncreditableError, match="more_than_left"):
            give_back(invoice, csm, parts)
    assert contents() == before

    give_back(invoice, csm, None)
    before = contents()
    for parts in (None, seats("1")):
        with pytest.raises(UncreditableError, match="nothing_left"):
            give_back(invoice, csm, parts)
    assert contents() == before


def test_a_button_pressed_twice_issues_one(invoice, csm):
    first = give_back(invoice, csm, seats("1"), place=1)
    before = contents()

    again = give_back(invoice, csm, seats("1"), place=1)

    assert again == first
    assert contents() == before


@pytest.mark.parametrize(
    ("label", "parts", "reason"), [("another quantity", "2", "Asked."), ("another reason", "1", "Else.")]
)
def test_of_two_who_saw_the_same_remainder_the_second_is_told(invoice, csm, label, parts, reason):
    give_back(invoice, csm, seats("1"), place=1, reason="Asked.")
    before = contents()

    with pytest.raises(CreditRefusedError, match="has been credited meanwhile"):
        give_back(invoice, csm, seats(parts), place=1, reason=reason)

    assert contents() == before


def test_the_database_refuses_a_second_credit_note_at_one_place(invoice, csm):
    credit_note = give_back(invoice, csm, seats("1"))
    other = give_back(invoice, csm, seats("1"))

    with pytest.raises(IntegrityError), transaction.atomic():
        Credit.objects.create(
            invoice=invoice, organization=invoice.organization, original=invoice, place=9, reason="Of itself"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Credit.objects.bulk_create(
            [Credit(invoice=invoice, organization=invoice.organization, original=credit_note, place=1, reason="")]
        )
    assert [credit.place for credit in (credit_note.credit, other.credit)] == [1, 2]


def test_a_credit_note_is_not_credited_itself(invoice, csm):
    credit_note = give_back(invoice, csm, seats("1"))
    before = contents()

    with pytest.raises(CreditRefusedError, match="only an invoice is credited"):
        give_back(credit_note, csm, None)

    assert contents() == before


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_needed(invoice, csm, reason):
    before = contents()

    with pytest.raises(CreditRefusedError, match="Say why"):
        give_back(invoice, csm, None, reason=reason)

    assert contents() == before


def test_it_goes_to_whom_the_invoice_went_at_its_rates_and_in_its_words(invoice, csm):
    Organization.objects.update(legal_name="Renamed, Inc.", language="ja")
    AuthorityRate.objects.update(rate=99)
    subscription = invoice.subscription
    subscription.issuing_entity = IssuingEntity.objects.create(
        code="successor", legal_name="Successor", address="", country="US", credit_note_prefix="SUC-"
    )
    subscription.save()

    credit_note = give_back(invoice, csm, None)

    assert credit_note.number == "CN-000001"
    assert credit_note.issuing_entity == invoice.issuing_entity
    for name in ("issuer", "bill_to", "language", "time_zone", "net_days"):
        assert credit_note.frozen[name] == invoice.frozen[name]
    assert credit_note.total == invoice.total
    assert credit_note.lines.get().description == invoice.lines.get().description
    assert_every_document_can_be_computed_again()


def test_an_order_is_credited_like_a_month(csm):
    subscription = a_subscription()
    Order.objects.create(
        organization=subscription.organization,
        subscription=subscription,
        product_id="purecloud-1",
        quantity=2,
        price=Decimal("100.00"),
        processed_on=date(2026, 2, 1),
    )
    (order,) = invoice_due_orders(now=datetime(2026, 2, 1, 12, tzinfo=UTC))

    credit_note = give_back(order, csm, [CreditedPart(position=0, quantity=Decimal(1))])

    assert credit_note.total == Decimal("100.00")
    assert_every_document_can_be_computed_again()


def test_the_preview_is_the_document_and_writes_nothing(invoice, csm):
    request = CreditRequest(place=1, parts=seats("1"), reason="Asked for.", note="With our apologies.")
    before = contents()

    preview = preview_credit(invoice, request, now=THEN, language="en")

    assert contents() == before
    document = preview.document
    assert (document.total, document.invoice_date, document.notes) == (
        "$79.68",
        "Mar 2, 2026",
        ("With our apologies.",),
    )
    assert ("Credits invoice", "INV-000001 of Feb 15, 2026") in {(fact.label, fact.value) for fact in document.facts}
    (line,) = [line for section in document.sections for line in section.lines]
    assert (line.description, line.quantity, line.rate, line.amount) == ("PureCloud 1", "1", "$75.00", "$75.00")
    assert (str(preview.left_before.amount), str(preview.left_after.amount)) == ("239.06", "159.38")
    issued = issue_credit(invoice_id=invoice.pk, request=request, issued_by=csm, now=THEN)
    assert issued.total == Decimal("79.68")


def test_each_line_says_which_line_of_which_invoice_it_gives_back(invoice, csm):
    give_back(invoice, csm, seats("1"), reason="A secret between us")
    credit_note = give_back(invoice, csm, amount("50"), now=datetime(2026, 3, 5, 15, tzinfo=UTC))

    explanation = find_explanation(credit_note, number=1, language="en")

    assert explanation is not None
    facts = {fact.label: fact.value for fact in explanation.facts}
    assert facts == {
        "Credits": "line 1 of invoice INV-000001 of Feb 15, 2026",
        "Charged there": "3 × $75.00 = $225.00",
        "Credited before": "$75.00",
        "Credited on": "Mar 5, 2026",
        "Left afterwards": "$100.00",
    }
    assert explanation.arithmetic == "$150.00 − $50.00 = $100.00"
    assert "BR-76" in explanation.rules
    assert [tuple(map(str, row)) for row in explanation.evidence] == [
        ("CN-000001", "2026-03-02", "1.000000", "75.00"),
        ("CN-000002", "2026-03-05", "0.000000", "50.00"),
    ]
    assert "secret" not in str(explanation)


# --- Beside corrections of usage (BR-74) ----------------------------------------------------------------------------


def report_dan(invoice):
    """Report, after its close, that dan worked in the invoiced month as well."""
    report(invoice.organization, *a_working_day("dan", "2026-01-21", received="2026-02-20T00:00:00Z"))


def retract_cid(invoice):
    """Take back, after the close, that cid was ever logged in."""
    report(
        invoice.organization,
        {
            "specversion": "1.0",
            "id": "retract-cid",
            "source": "/platform",
            "type": "event.retracted",
            "subject": "cid",
            "time": "2026-03-03T00:00:00Z",
            "data": {"source": "/platform", "id": "cid-in-2026-01-20T14:00:00Z"},
        },
        {
            "specversion": "1.0",
            "id": "retract-cid-out",
            "source": "/platform",
            "type": "event.retracted",
            "subject": "cid",
            "time": "2026-03-03T00:00:00Z",
            "data": {"source": "/platform", "id": "cid-out-2026-01-20T22:00:00Z"},
        },
    )


def adjustments():
    found = Invoice.objects.filter(lines__kind="adjustment").order_by("pk").distinct()
    return [
        (document.document_type, str(line.quantity.normalize()), str(line.amount))
        for document in found
        for line in document.lines.filter(kind="adjustment")
    ]


@pytest.mark.parametrize(
    ("label", "given", "happens", "adjusted"),
    [
        ("a credited seat is not charged again", seats("1"), None, []),
        ("one more than invoiced is charged", seats("1"), report_dan, [("invoice", "1", "75.00")]),
        ("what was given back is not given back again", seats("1"), retract_cid, []),
        ("nor after the whole was given back", None, retract_cid, []),
        ("a part of it is still to be given back", amount("20"), retract_cid, [("credit_note", "1", "55.00")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_correction_of_usage_neither_charges_nor_gives_back_what_was_credited(
    invoice, csm, label, given, happens, adjusted
):
    give_back(invoice, csm, given, now=datetime(2026, 2, 18, 15, tzinfo=UTC))
    if happens is not None:
        happens(invoice)

    close_due_cycles(now=SECOND_CUTOFF)

    assert adjustments() == adjusted
    assert_every_document_can_be_computed_again()


def test_what_makes_up_for_a_reduction_does_so_at_every_later_close(invoice, csm):
    give_back(invoice, csm, seats("1"), now=datetime(2026, 2, 18, 15, tzinfo=UTC))
    retract_cid(invoice)
    close_due_cycles(now=SECOND_CUTOFF)
    # Somebody without a license: the period is rated again and comes to the same.
    report(invoice.organization, logged_in("eve", "2026-01-22T14:00:00Z", received="2026-03-20T00:00:00Z"))

    close_due_cycles(now=THIRD_CUTOFF)

    assert PeriodCorrection.objects.filter(closing_cycle__index=2, corrected_cycle__index=0).exists()
    assert adjustments() == []
    assert_every_document_can_be_computed_again()


def test_a_credit_after_a_correction_does_not_change_what_the_correction_said(invoice, csm):
    retract_cid(invoice)
    close_due_cycles(now=SECOND_CUTOFF)
    assert adjustments() == [("credit_note", "1", "75.00")]

    give_back(invoice, csm, seats("1"), now=datetime(2026, 3, 20, 15, tzinfo=UTC))
    close_due_cycles(now=THIRD_CUTOFF)

    assert adjustments() == [("credit_note", "1", "75.00")]
    assert_every_document_can_be_computed_again()


def test_a_correction_says_that_it_does_not_give_back_what_was_credited(invoice, csm):
    give_back(invoice, csm, amount("20"), now=datetime(2026, 2, 18, 15, tzinfo=UTC))
    retract_cid(invoice)
    close_due_cycles(now=SECOND_CUTOFF)
    document = Invoice.objects.get(lines__kind="adjustment")

    explanation = find_explanation(document, number=1, language="en")

    assert explanation is not None
    facts = {fact.label: fact.value for fact in explanation.facts}
    assert facts["Right now"] == "2, $150.00"
    assert facts["Invoiced before, less what was credited"] == "3, $205.00"
    assert explanation.arithmetic.endswith("$150.00 − $205.00 = -$55.00")
    assert "What had been credited by hand is not given back again." in explanation.words
