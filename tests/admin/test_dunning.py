"""The pages on which CSMs stop reminders, record promises and look at what is owed (BR-82, BR-92)."""

from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from invoices.models import DocumentBalance, DunningStop, PaymentPromise
from subscriptions.forms import IssuingEntityForm
from subscriptions.models import AuditEntry
from tests.admin.rows import Customer, make_customer, make_lead, make_promise, make_reminder

AGEING = "/admin/invoices/invoice/ageing/"


@pytest.fixture
def acme(db) -> Customer:
    return make_customer("acme")


@pytest.fixture
def as_csm(acme) -> Client:
    return browser_of(User.objects.get(username="acme-csm"))


@pytest.fixture
def as_lead(acme) -> Client:
    return browser_of(make_lead("lead"))


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def words_on(answer) -> str:
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return unescape(content.decode())


def stop_page(acme: Customer) -> str:
    return reverse("admin:invoices_stop_reminders", args=[acme.organization.pk])


def promise_page(acme: Customer) -> str:
    return reverse("admin:invoices_record_promise", args=[acme.organization.pk])


def overview(acme: Customer) -> str:
    return reverse("admin:subscriptions_organization_overview", args=[acme.organization.pk])


def test_reminders_are_stopped_in_two_steps_and_started_again(acme, as_csm):
    typed = {"reason": "They negotiate.", "until": ""}
    assert "No reminder goes out until somebody starts them again." in words_on(as_csm.post(stop_page(acme), typed))
    assert not DunningStop.objects.exists()

    page = words_on(as_csm.post(stop_page(acme), typed | {"confirmed": "yes"}, follow=True))
    assert "Payment reminders are stopped." in page
    assert "until somebody starts them again" in page
    assert "They negotiate." in page
    stop = DunningStop.objects.get()

    # The same click once more says what is so, and changes nothing.
    assert "Reminders are stopped already" in words_on(as_csm.post(stop_page(acme), typed | {"confirmed": "yes"}))
    start = reverse("admin:invoices_dunningstop_start_again", args=[stop.pk])
    assert "Payment reminders are started again." in words_on(as_csm.post(start, {"reason": "Done."}, follow=True))
    assert "somebody has just started them again" in words_on(as_csm.post(start, {"reason": "Done."}, follow=True))
    assert list(
        AuditEntry.objects.filter(deed__startswith="reminders").order_by("pk").values_list("deed", flat=True)
    ) == [
        "reminders_stopped",
        "reminders_started",
    ]


def test_a_stop_without_a_reason_or_in_the_past_is_refused_where_it_is_typed(acme, as_csm):
    page = words_on(as_csm.post(stop_page(acme), {"reason": "", "until": "2026-01-01", "confirmed": "yes"}))
    assert "This day has passed" in page
    assert "This field is required." in page
    assert not DunningStop.objects.exists()


def test_a_promise_is_recorded_in_two_steps_and_taken_back(acme, as_csm):
    soon = (datetime.now(tz=UTC).date() + timedelta(days=20)).isoformat()
    typed = {"invoices": [acme.invoice.pk], "promised_on": soon, "amount": "1000.00", "promised_by": "Ms. Ito"}
    page = words_on(as_csm.post(promise_page(acme), typed))
    assert f"It is to pay: {acme.invoice.number}" in page
    assert "$1,000.00 on" in page
    assert not PaymentPromise.objects.exists()

    page = words_on(as_csm.post(promise_page(acme), typed | {"confirmed": "yes"}, follow=True))
    assert "The promise is recorded." in page
    assert "Waiting for the day" in page
    promise = PaymentPromise.objects.get()
    assert (promise.amount, promise.invoices.get().remains) == (1000, acme.invoice.total - 1000)

    invoice = words_on(as_csm.get(reverse("admin:invoices_invoice_change", args=[acme.invoice.pk])))
    assert "promised by Ms. Ito" in invoice
    back = reverse("admin:invoices_paymentpromise_take_back", args=[promise.pk])
    assert "The promise is taken back." in words_on(as_csm.post(back, {"reason": "They cannot."}, follow=True))
    assert "does not stand any more" in words_on(as_csm.post(back, {"reason": "They cannot."}, follow=True))


def test_what_is_no_promise_is_refused_where_it_is_typed(acme, as_csm):
    typed = {"invoices": [acme.invoice.pk], "promised_on": "2026-01-01", "amount": "999999", "promised_by": "Ms. Ito"}
    page = words_on(as_csm.post(promise_page(acme), typed | {"confirmed": "yes"}))
    assert "This day has passed" in page
    assert "is open of these invoices" in page
    assert not PaymentPromise.objects.exists()


def test_nothing_can_be_promised_where_nothing_is_open(acme, as_csm):
    DocumentBalance.objects.update(open=0)
    assert "Nothing is open" in words_on(as_csm.get(promise_page(acme)))


def test_a_broken_promise_is_on_the_home_and_in_its_list(acme, as_csm):
    promise = make_promise(acme.invoice, User.objects.get(username="acme-csm"))
    home = words_on(as_csm.get("/admin/"))
    assert "Promises to pay that were broken" in home
    assert reverse("admin:invoices_paymentpromise_change", args=[promise.pk]) in home
    listed = "/admin/invoices/paymentpromise/?state=broken"
    assert "Ms. Ito" in words_on(as_csm.get(listed))

    DocumentBalance.objects.update(open=0)
    assert "Promises to pay that were broken" not in words_on(as_csm.get("/admin/"))
    assert "Ms. Ito" not in words_on(as_csm.get(listed))
    assert "Kept" in words_on(as_csm.get("/admin/invoices/paymentpromise/"))


def test_the_pages_show_what_went_out_and_what_comes_next(acme, as_csm):
    make_reminder(acme.invoice)
    page = words_on(as_csm.get(overview(acme)))
    assert "reminder 1 of $5,179.76, 3 days past due" in page
    assert "Reminder 3, within the hour" in page
    invoice = words_on(as_csm.get(reverse("admin:invoices_invoice_change", args=[acme.invoice.pk])))
    assert "to eve@example.com (waiting)" in invoice
    assert "Reminder 3, within the hour" in invoice


def test_the_ageing_report_shows_a_csm_their_own_and_a_lead_all(acme, as_csm, as_lead):
    make_customer("umbra")
    mine, all_of_them = words_on(as_csm.get(AGEING)), words_on(as_lead.get(AGEING))
    assert "Acme" in mine
    assert "Umbra" not in mine
    assert "$5,179.76" in mine
    assert "$10,359.52" not in mine
    assert "Umbra" in all_of_them
    assert "$10,359.52" in all_of_them
    csv = words_on(as_csm.get(f"{AGEING}ageing.csv"))
    assert [line.split(",")[1] for line in csv.splitlines()] == ["code", "acme"]
    assert as_csm.get(f"{AGEING}ageing.xlsx").getvalue()[:2] == b"PK"


def test_the_ageing_report_of_a_past_day_shows_what_was_open_then(acme, as_csm):
    before, after = (acme.invoice.issued_at.date() + timedelta(days=days) for days in (-1, 40))
    assert "Nothing was open" in words_on(as_csm.get(f"{AGEING}?as_of={before}"))
    page = words_on(as_csm.get(f"{AGEING}?as_of={after}&currency=USD"))
    assert "What was owed at the end of" in page
    assert "$5,179.76" in page
    csv = words_on(as_csm.get(f"{AGEING}ageing.csv?as_of={after}")).splitlines()[1].split(",")
    # Ten days past due on that day.
    assert acme.invoice.due_date == date(2026, 3, 17)
    assert csv[:9] == [after.isoformat(), "acme", "Acme", "USD", "0.00", "5179.76", "0.00", "0.00", "0.00"]
    assert "Nothing was open" in words_on(as_csm.get(f"{AGEING}?as_of={after}&currency=JPY"))


@pytest.mark.parametrize("query", ["as_of=2999-01-01", "as_of=0001-01-01", "as_of=never", "currency=XXX"])
def test_what_cannot_be_asked_is_said_where_it_is_typed(query, as_csm):
    page = words_on(as_csm.get(f"{AGEING}?{query}"))
    assert 'role="alert"' in page
    assert as_csm.get(f"{AGEING}ageing.csv?{query}").status_code == 302


def test_somebody_elses_organization_does_not_exist(acme, as_csm):
    umbra = make_customer("umbra")
    for page in (stop_page(umbra), promise_page(umbra)):
        assert as_csm.get(page).status_code == 404
        assert as_csm.post(page, {"reason": "Mine.", "confirmed": "yes"}).status_code == 404
    assert not DunningStop.objects.exists()


@pytest.mark.parametrize("typed", ["3, 14, 30", "3; 14 30", "3、14、30"])
def test_the_schedule_is_typed_on_the_issuing_entity(typed):
    assert IssuingEntityForm.base_fields["reminder_days"].clean(typed) == [3, 14, 30]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("30, 3", "each greater than the one before"),
        ("0, 3", "each greater than the one before"),
        ("three", "Write numbers of days"),
        ("99999", "Write numbers of days"),
    ],
)
def test_what_is_no_schedule_is_refused(typed, said):
    with pytest.raises(ValidationError, match=said):
        IssuingEntityForm.base_fields["reminder_days"].clean(typed)
