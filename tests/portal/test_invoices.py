"""The list of documents, a document's page, and its PDF."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from moneyed import Money

from invoices.domain.crediting import CreditedPart
from invoices.services.crediting import CreditRequest, issue_credit
from invoices.services.payments import reverse_payment
from invoices.services.sweeping import close_due_cycles
from tests.factories.payments import pay_by_wire
from tests.factories.subscriptions import a_subscription
from tests.factories.usage import a_working_day, report
from tests.portal import rows

ISSUED = datetime(2026, 1, 15, 11, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def contact(client_of) -> Client:
    return client_of("billing contact")


def test_an_organization_without_documents_is_told_when_the_first_one_comes(contact, agreement):
    response = contact.get("/o/acme/invoices/")

    assert response.status_code == 200
    assert "No invoice yet" in response.content.decode()


def test_the_list_shows_what_finance_asks_for(contact, agreement):
    rows.make_invoice(agreement, 1)
    rows.make_invoice(agreement, 2, document_type="credit_note", issued_at=ISSUED + timedelta(days=1), rendered=False)

    table = contact.get("/o/acme/invoices/").context["table"]
    cells = [
        [row.get_cell_value(name) for name in ("number", "invoice_date", "due_date", "total")] for row in table.rows
    ]
    body = contact.get("/o/acme/invoices/").content.decode()

    assert cells == [
        ["CN-000002", "Jan 16, 2026", "–", "$79.69"],
        ["INV-000001", "Jan 15, 2026", "Feb 14, 2026", "$79.69"],
    ]
    assert "Credit note" in body
    assert "Being made" in body
    assert 'href="/o/acme/invoices/INV-000001/pdf"' in body
    assert 'href="/o/acme/invoices/CN-000002/pdf"' not in body


@pytest.mark.parametrize("group", [1, 3, 100])
def test_paging_loses_and_repeats_nothing_when_documents_were_issued_at_one_instant(group, contact, agreement):
    for index in range(60):
        rows.make_invoice(agreement, index, issued_at=ISSUED + timedelta(seconds=index // group))
    newest_first = [f"INV-{index:06}" for index in reversed(range(60))]

    forward, pages, page = [], [], contact.get("/o/acme/invoices/").context["page"]
    while True:
        forward += [row.number for row in page.rows]
        pages.append(page)
        if not page.next_query:
            break
        page = contact.get(f"/o/acme/invoices/?{page.next_query}").context["page"]
    backward = [row.number for row in page.rows]
    while page.previous_query:
        page = contact.get(f"/o/acme/invoices/?{page.previous_query}").context["page"]
        backward = [row.number for row in page.rows] + backward

    assert [len(page.rows) for page in pages] == [25, 25, 10]
    assert forward == backward == newest_first


def test_what_is_issued_while_someone_pages_does_not_shift_the_pages(contact, agreement):
    for index in range(30):
        rows.make_invoice(agreement, index, issued_at=ISSUED + timedelta(seconds=index))
    first = contact.get("/o/acme/invoices/").context["page"]

    rows.make_invoice(agreement, 99, issued_at=ISSUED + timedelta(days=1))
    second = contact.get(f"/o/acme/invoices/?{first.next_query}").context["page"]

    assert [row.sequence for row in second.rows] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    "query",
    [
        "after=nonsense",
        'after=["yesterday","1"]',
        'before=["2026-01-15T11:00:00%2B00:00",""]',
        'after=["2026-01-15T11:00:00","1"]',
        'after=["2026-01-15T11:00:00%2B00:00","1%00"]',
        f'after=["2026-01-15T11:00:00%2B00:00","{10**30}"]',
    ],
)
def test_an_address_that_we_did_not_make_is_not_found(query, contact, agreement):
    assert contact.get(f"/o/acme/invoices/?{query}").status_code == 404


def test_a_document_shows_its_lines_in_the_sections_of_its_pdf(contact, agreement):
    rows.make_invoice(agreement, 1, lines=2)

    response = contact.get("/o/acme/invoices/INV-000001/")
    body = response.content.decode()

    assert [section.key for section in response.context["document"].sections] == ["core", "prepay"]
    for words in (
        "Core services – Prepay",
        "Acme Telecom, Inc.",
        "PO-7731",
        "Dec 15, 2025 – Jan 14, 2026 (11:59:59 PM Eastern)",
        "021000021",
        "Illinois",
        "$154.69",
    ):
        assert words in body
    assert 'href="/o/acme/invoices/INV-000001/pdf"' in body


def test_documents_in_two_currencies_stand_beside_each_other_and_are_not_added(contact, agreement):
    """Nothing is ever added across currencies (BR-83)."""
    rows.make_invoice(agreement, 1, currency="USD")
    rows.make_invoice(agreement, 2, currency="CAD")

    response = contact.get("/o/acme/invoices/")

    assert [row.get_cell_value("total") for row in response.context["table"].rows] == ["CA$79.69", "$79.69"]
    assert "159.38" not in response.content.decode()


def test_a_document_says_why_no_tax_is_charged_and_whom_to_ask_where_to_pay(contact, agreement):
    notes = ["Reverse charge: VAT due by the recipient", "VAT numbers: supplier DE136695976, recipient FR61954506077"]
    invoice = rows.make_invoice(agreement, 1)
    issuer = invoice.frozen["issuer"] | {"bank": None}
    rows.make_invoice(agreement, 2, frozen={"issuer": issuer, "notes": notes, "tax": {"treatment": "reverse_charge"}})

    before = contact.get("/o/acme/invoices/INV-000001/").content.decode()
    page = contact.get("/o/acme/invoices/INV-000002/").content.decode()

    for said in (*notes, "Please ask invoices@seat.example for our bank account in US Dollar (USD)."):
        assert said in page
        assert said not in before


def test_a_pdf_is_handed_out_as_it_was_made_and_kept_by_nobody(contact, agreement):
    invoice = rows.make_invoice(agreement)

    response = contact.get("/o/acme/invoices/INV-000001/pdf")

    assert b"".join(response.streaming_content) == bytes(invoice.pdf.content)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="INV-000001.pdf"'
    assert response["Cache-Control"] == "no-store, private"


def test_while_a_pdf_is_being_made_the_page_says_so(contact, agreement):
    rows.make_invoice(agreement, rendered=False)

    response = contact.get("/o/acme/invoices/INV-000001/pdf", follow=True)

    assert response.redirect_chain == [("/o/acme/invoices/INV-000001/", 302)]
    assert "The PDF is still being made." in response.content.decode()


def test_a_number_may_hold_what_a_file_name_may_not(contact, agreement):
    rows.make_invoice(agreement, 1, number="2026/ACME #1")
    body = contact.get("/o/acme/invoices/").content.decode()

    assert "/o/acme/invoices/2026/ACME%20%231/pdf" in body
    assert contact.get("/o/acme/invoices/2026/ACME%20%231/").status_code == 200
    response = contact.get("/o/acme/invoices/2026/ACME%20%231/pdf")
    assert response["Content-Disposition"] == 'attachment; filename="2026-ACME-1.pdf"'


def test_two_issuers_with_one_number_are_kept_apart(contact, acme, agreement):
    later = rows.make_subscription(
        acme, effective_date=datetime(2026, 1, 1, tzinfo=UTC).date(), issuer=rows.make_issuer("seat-uk")
    )
    rows.make_invoice(agreement, 1, lines=1)
    rows.make_invoice(later, 1, lines=3, issued_at=ISSUED + timedelta(days=1))
    body = contact.get("/o/acme/invoices/").content.decode()

    for issuer, total in (("seat-us", "$79.69"), ("seat-uk", "$229.69")):
        url = f"/o/acme/invoices/INV-000001/?issuer={issuer}"
        assert f'href="{url}"' in body
        detail = contact.get(url)
        assert detail.context["document"].total == total
        assert f"/o/acme/invoices/INV-000001/pdf?issuer={issuer}" in detail.content.decode()
    assert contact.get("/o/acme/invoices/INV-000001/?issuer=nobody").status_code == 404


def test_an_invoice_says_what_was_given_back_of_it_and_by_which_document(contact, acme):
    subscription = a_subscription(acme)
    for user in ("ann", "bob"):
        report(acme, *a_working_day(user, "2026-01-20"))
    close_due_cycles(now=datetime(2026, 2, 15, 11, tzinfo=UTC))
    invoice = subscription.invoices.get()
    csm = rows.make_lead("lead")
    seat = CreditRequest(place=1, parts=[CreditedPart(position=0, quantity=Decimal(1))], reason="Our secret")
    credit_note = issue_credit(invoice_id=invoice.pk, request=seat, issued_by=csm, now=invoice.issued_at)

    page = " ".join(contact.get(f"/o/acme/invoices/{invoice.number}/").content.decode().split())
    note = contact.get(f"/o/acme/invoices/{credit_note.number}/").content.decode()
    why = contact.get(f"/o/acme/invoices/{credit_note.number}/lines/1/").content.decode()

    assert "Credited $75.00 of $150.00, $75.00 is left:" in page
    assert f'href="/o/acme/invoices/{credit_note.number}/"' in page
    assert f"{invoice.number} of Feb 15, 2026" in note
    assert f"line 1 of invoice {invoice.number}" in why
    assert "Our secret" not in page + note + why
    assert csm.username not in note + why


def pay(invoice, amount: str, *, reference: str = "WIRE-1"):
    return pay_by_wire(
        invoice.organization, Money(amount, invoice.currency), reference=reference, on=date(2026, 1, 20), at=rows.NOW
    )


def test_an_invoice_that_is_paid_says_what_was_paid_and_when_and_nothing_is_due(client_of, agreement):
    invoice = rows.make_invoice(agreement)
    pay(invoice, "79.69")
    body = client_of("billing contact").get(f"/o/acme/invoices/{invoice.number}/").content.decode()
    assert "Amount due" not in body
    assert "due Feb" not in body
    assert "Amount paid" in body
    assert "$79.69 on Jan 20, 2026: Wire WIRE-1" in body


def test_of_an_invoice_that_is_partly_paid_the_rest_is_due(client_of, agreement):
    invoice = rows.make_invoice(agreement)
    pay(invoice, "50.00")
    page = client_of("billing contact").get(f"/o/acme/invoices/{invoice.number}/")
    settlement = page.context["settlement"]
    assert (settlement.label, settlement.amount, settlement.of_total) == ("Amount due", "$29.69", "of $79.69")
    assert "$50.00 on Jan 20, 2026" in page.content.decode()


def test_a_payment_that_was_reversed_has_paid_nothing(client_of, agreement):
    invoice = rows.make_invoice(agreement)
    payment = pay(invoice, "79.69")
    reverse_payment(payment, reason="Returned", by=rows.make_lead("lead"), now=rows.NOW)
    body = client_of("billing contact").get(f"/o/acme/invoices/{invoice.number}/").content.decode()
    assert "Amount due" in body
    assert "WIRE-1" not in body
