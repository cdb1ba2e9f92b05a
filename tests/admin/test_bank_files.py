"""Staff upload a bank file, look at what each movement pays, and confirm; what is doubtful they decide one by one."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from invoices.models import BankFile, BankFormat, BankLine, Payment
from invoices.selectors.bank import count_bank_lines, list_bank_lines
from invoices.services.bank.deciding import fingerprint
from invoices.services.bank.matching_again import match_waiting_lines
from invoices.services.bank.working import work_on_bank_files
from subscriptions.models import AuditEntry
from subscriptions.selectors.clock import database_now
from tests.admin.rows import Customer, make_bank_file, make_bank_format, make_bank_line
from tests.books import contents
from tests.factories.documents import draft_and_issue
from tests.reading import is_not_possible

ADD = reverse("admin:invoices_bankfile_add")
LIST = reverse("admin:invoices_bankfile_changelist")
FORMATS = reverse("admin:invoices_bankformat_add")
HEADINGS = "Date,Amount,Payer,IBAN,Memo,Ref"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Catch the wake-up calls: there is no worker."""
    calls: list[str] = []
    monkeypatch.setattr("invoices.admin.bank_file.wake_worker", lambda: calls.append("woken"))
    return calls


@pytest.fixture
def bank(db: None) -> BankFormat:
    return make_bank_format("First Pacific")


def url(name: str, row: Any) -> str:
    return reverse(f"admin:invoices_{row._meta.model_name}_{name}", args=[row.pk])


def upload(client: Client, bank: BankFormat | None, *rows: str) -> BankFile:
    """Return what was uploaded, after a worker has read it."""
    content = "\n".join([HEADINGS, *rows]).encode()
    sent = {"bank_format": bank.pk if bank else "", "file": SimpleUploadedFile("march.csv", content)}
    answer = client.post(ADD, sent)
    assert answer.status_code == 302
    work_on_bank_files(now=database_now())
    return BankFile.objects.latest("pk")


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_lead_uploads_looks_and_confirms(
    as_lead: Client, lead: User, acme: Customer, umbra: Customer, bank: BankFormat
) -> None:
    invoice = draft_and_issue(acme.subscription, "321.00", dated=date(2026, 4, 1))
    file = upload(
        as_lead, bank, f"2026-04-02,321.00,Acme,,{invoice.number},R1", "2026-04-02,7.00,Nobody,,<b>hello</b>,R2"
    )
    page = shown(as_lead, url("change", file))
    assert f"Names invoice {invoice.number} and pays it exactly" in page
    assert "1 payment is ready to record: $321.00." in page
    assert "1 movement waits for a person" in page
    assert "&lt;b&gt;hello" in page
    before = Payment.objects.count()
    seen = fingerprint(list_bank_lines(lead).filter(file=file, state="proposed"))
    as_lead.post(url("confirm", file), {"seen": "what was shown before"})
    assert not BankLine.objects.filter(state="confirmed").exists()

    as_lead.post(url("confirm", file), {"seen": seen})
    as_lead.post(url("confirm", file), {"seen": seen})
    assert "1 payment is still to be recorded" in shown(as_lead, url("change", file))
    work_on_bank_files(now=database_now())

    assert Payment.objects.count() == before + 1
    assert "Recorded 1" in shown(as_lead, url("change", file))
    line = BankLine.objects.get(bank_reference="R1")
    assert url("change", line) in shown(as_lead, url("change", line.payment))
    deeds = set(AuditEntry.objects.filter(organization=None, kind="payment").values_list("deed", flat=True))
    assert {"bank_file_uploaded", "bank_lines_confirmed"} <= deeds
    # The same file again: nothing changes, and the page says so.
    rows = contents()
    content = SimpleUploadedFile("again.csv", "\n".join([HEADINGS, *_rows(file)]).encode())
    answer = as_lead.post(ADD, {"bank_format": bank.pk, "file": content}, follow=True)
    assert "This very file was uploaded before, as march.csv: nothing was changed." in answer.content.decode()
    assert contents() == rows


def _rows(file: BankFile) -> list[str]:
    """Return the rows of a file as they were uploaded."""
    lines = file.lines.order_by("place")
    return [f"{line.booked_on},{line.amount},{line.payer_name},,{line.text},{line.bank_reference}" for line in lines]


def test_a_payment_that_becomes_ready_as_the_page_is_made_is_not_confirmed_with_it(
    as_lead: Client, acme: Customer, bank: BankFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task matches what waits at any moment: who was told of one payment confirms no second one."""
    invoice = draft_and_issue(acme.subscription, "321.00", dated=date(2026, 4, 1))
    other = draft_and_issue(acme.subscription, "7.00", dated=date(2026, 4, 1))
    numbered = f"2026-04-02,321.00,Acme,,{invoice.number},R1"
    file = upload(as_lead, bank, numbered, f"2026-04-02,7.00,Nobody,,{other.number},R2")
    BankLine.objects.filter(bank_reference="R2").update(state="waiting", finding="nothing", shares=[])

    def count_and_match(lines: QuerySet[BankLine]) -> dict[str, int]:
        counts = count_bank_lines(lines)
        assert match_waiting_lines()
        return counts

    monkeypatch.setattr("invoices.admin.bank_file.count_bank_lines", count_and_match)
    answer = as_lead.get(url("change", file))
    assert "1 payment is ready to record: " in answer.content.decode()
    as_lead.post(url("confirm", file), {"seen": answer.context["seen"]})

    assert not BankLine.objects.filter(state="confirmed").exists()


def test_a_csm_sees_and_records_only_what_is_of_their_organizations(
    as_csm: Client, csm: User, as_lead: Client, acme: Customer, umbra: Customer, bank: BankFormat
) -> None:
    own = draft_and_issue(acme.subscription, "321.00", dated=date(2026, 4, 1))
    foreign = draft_and_issue(umbra.subscription, "654.00", dated=date(2026, 4, 1))
    file = upload(
        as_csm,
        bank,
        f"2026-04-02,321.00,A,,{own.number},R1",
        f"2026-04-02,654.00,U,,{foreign.number},R2",
        "2026-04-02,9.00,N,,hello,R3",
    )
    page = shown(as_csm, url("change", file))
    assert own.number in page
    assert foreign.number not in page
    assert "1 is about another customer than yours, and waits for a lead." in page
    line = BankLine.objects.get(bank_reference="R2")
    for address in (url("change", line), url("assign", line), url("set_aside", line)):
        assert as_csm.get(address).status_code == 404
    nobodys = BankLine.objects.get(bank_reference="R3")
    assert as_csm.get(url("assign", nobodys)).status_code == 200
    # What is nobody's may be another CSM's: that it is no payment, a lead says.
    assert is_not_possible(as_csm.post(url("set_aside", nobodys), {"reason": "Mine."}))
    before = contents()
    refused = as_csm.post(url("assign", nobodys), {"organization": umbra.organization.pk})
    assert "Select a valid choice" in refused.content.decode()
    assert contents() == before

    seen = fingerprint(list_bank_lines(csm).filter(file=file, state="proposed"))
    as_csm.post(url("confirm", file), {"seen": seen})
    work_on_bank_files(now=database_now())
    assert [row.state for row in file.lines.order_by("place")] == ["recorded", "proposed", "waiting"]
    assert foreign.number in shown(as_lead, url("change", file))


def test_another_csms_file_is_not_there(as_csm: Client, umbra: Customer, bank: BankFormat) -> None:
    theirs = make_bank_file("theirs", by=User.objects.get(username="umbra-csm"))
    make_bank_line(None, theirs)
    assert as_csm.get(url("change", theirs)).status_code == 404
    assert as_csm.post(url("discard", theirs)).status_code == 404
    assert BankFile.objects.filter(pk=theirs.pk).exists()
    assert "theirs.csv" not in shown(as_csm, LIST)


def test_a_person_assigns_a_movement_with_tax_withheld(as_lead: Client, acme: Customer, bank: BankFormat) -> None:
    invoice = draft_and_issue(acme.subscription, "100.00", dated=date(2026, 4, 1))
    upload(as_lead, bank, f"2026-04-02,90.00,Acme,,{invoice.number},R1")
    line = BankLine.objects.get(bank_reference="R1")
    assert "part payment, or tax withheld?" in shown(as_lead, url("assign", line))
    typed = {
        "organization": acme.organization.pk,
        "withheld": "10.00",
        "certificate_number": "",
        "certificate_date": "",
    }
    page = as_lead.post(url("assign", line), typed).content.decode()
    assert "Of it $10.00 was withheld as tax" in page
    assert Payment.objects.filter(bank_line=line).count() == 0
    written = f"{invoice.pk}:100.00"

    as_lead.post(url("assign", line), typed | {"confirmed": "yes", "seen": written, f"share-{invoice.pk}": "100.00"})

    payment = Payment.objects.get(bank_line=line)
    assert (payment.amount, payment.withholding.amount, payment.withholding.received_at) == (90, 10, None)
    invoice.balance.refresh_from_db()
    assert invoice.balance.open == 0
    assert "Awaited" in shown(as_lead, url("change", payment))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"withheld": "10.005"}, "no more than 2 decimal places"),
        ({"withheld": "-1"}, "greater than or equal to 0"),
        ({"withheld": "", "certificate_number": "W1", "certificate_date": "2026-04-01"}, "what the certificate says"),
        ({"withheld": "10", "certificate_number": "W1"}, "Enter the date of the certificate, too."),
        ({"withheld": "10", "certificate_date": "2026-04-01"}, "Enter the number of the certificate, too."),
    ],
)
def test_half_a_certificate_is_refused_at_its_field(
    as_lead: Client, acme: Customer, typed: dict[str, str], words: str
) -> None:
    before = contents()
    sent = {"organization": acme.organization.pk, "currency": "USD", "amount": "90", "method": "wire"}
    answer = as_lead.post(
        reverse("admin:invoices_payment_add"), sent | {"reference": "W", "received_on": "2026-04-01"} | typed
    )
    assert words in answer.content.decode()
    assert contents() == before


def test_a_certificate_is_kept_once_with_its_file(as_lead: Client, acme: Customer) -> None:
    payment = Payment.objects.filter(organization=acme.organization).earliest("pk")
    typed = {"number": "WHT-7", "dated": "2026-04-01"}
    evil = SimpleUploadedFile("x.pdf", b"<script>alert(1)</script>")
    answer = as_lead.post(url("keep_certificate", payment), typed | {"file": evil})
    assert "This is no PDF, PNG or JPEG" in answer.content.decode()
    good = SimpleUploadedFile("wht.pdf", b"%PDF-1.7 and so on")
    as_lead.post(url("keep_certificate", payment), typed | {"file": good})
    payment.withholding.refresh_from_db()
    assert (payment.withholding.certificate_number, payment.withholding.file_name) == ("WHT-7", "wht.pdf")
    assert is_not_possible(as_lead.post(url("keep_certificate", payment), typed | {"number": "OTHER"}))
    payment.withholding.refresh_from_db()
    assert payment.withholding.certificate_number == "WHT-7"
    answer = as_lead.get(url("show_certificate", payment))
    assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7 and so on", "application/pdf")
    page = shown(as_lead, reverse("admin:invoices_payment_changelist") + "?certificate=awaited")
    assert url("change", payment) not in page


def test_a_format_says_what_it_lacks(as_lead: Client, as_csm: Client) -> None:
    typed = {
        "name": "Bank",
        "account": "1",
        "delimiter": ",",
        "encoding": "utf-8-sig",
        "header_lines": "0",
        "decimal_mark": ".",
        "date_column": "Date",
        "date_format": "%Y-%m-%d",
        "signs": "columns",
        "credit_column": "2",
    }
    page = as_lead.post(FORMATS, typed).content.decode()
    assert "Fill this in: amounts written in this way need it." in page
    assert "Choose the currency of the account, or name the column that says it." in page
    assert "Without headings a column has a number: 1 for the first." in page
    assert (
        as_lead.post(FORMATS, typed | {"date_column": "1", "debit_column": "3", "currency": "USD"}).status_code == 302
    )
    assert BankFormat.objects.get(name="Bank").debit_column == "3"
    assert as_csm.get(FORMATS).status_code == 403


def test_an_empty_file_a_missing_format_and_what_went_wrong_are_told(as_lead: Client, bank: BankFormat) -> None:
    answer = as_lead.post(ADD, {"bank_format": bank.pk, "file": SimpleUploadedFile("e.csv", b"")})
    assert "This file is empty." in answer.content.decode()
    file = upload(as_lead, None, "2026-04-02,1.00,A,,B,R1")
    assert "choose the format of the bank that wrote it" in shown(as_lead, url("change", file))
    file = upload(as_lead, bank, "02.04.2026,1.00,A,,B,R1")
    page = shown(as_lead, url("change", file))
    assert "Line 2, Date: “02.04.2026” is no date as the format describes it." in page
    as_lead.post(url("discard", file))
    assert not BankFile.objects.filter(pk=file.pk).exists()
    assert Decimal(0) == sum(Payment.objects.values_list("amount", flat=True))


def test_without_anything_there_is_an_empty_list(as_lead: Client) -> None:
    assert as_lead.get(LIST).status_code == 200
