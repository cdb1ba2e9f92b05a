"""Who invoices is typed by leads; what its documents would lack is pointed out (BR-79)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from invoices.models import NumberSeries
from subscriptions.models import IssuingEntity, Subscription
from tests.admin.rows import Customer, make_entity
from tests.admin.test_agreements import ADD as ADD_AGREEMENT
from tests.admin.test_agreements import NEXT_YEAR, change_url, end, formset, typed
from tests.factories.documents import ISSUED_AT, a_subscription, an_invoice, issue

ADD = "admin:subscriptions_issuingentity_add"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M0 0h9v9z"/></svg>'


def url_of(entity: IssuingEntity) -> str:
    return reverse("admin:subscriptions_issuingentity_change", args=[entity.pk])


def entity_data(*accounts: dict[str, Any], **overrides: Any) -> dict[str, Any]:
    fields = {
        "legal_name": "Nordwind GmbH",
        "code": "de",
        "address": "Kai 1\n20457 Hamburg",
        "country": "DE",
        "tax_ids": "HRB 1234\nUSt-IdNr. DE136695976",
        "invoice_prefix": "DE-",
        "credit_note_prefix": "DE-CN-",
        "quote_prefix": "DE-Q-",
        "logo_svg": LOGO,
        "invoicing_email": "rechnung@nordwind.example",
        "terms_url": "https://nordwind.example/agb",
    }
    return fields | formset("bank_accounts", list(accounts)) | overrides


EUROS = {"currency": "EUR", "bank_name": "Kaibank", "details": "IBAN: DE02 1203 0000 0000 2020 51"}


@pytest.mark.parametrize(
    ("prefixes", "field", "number"),
    [
        # The last credit note is CN-000001, the last invoice INV-000002: the third of either would be taken.
        ({"invoice_prefix": "RE-", "credit_note_prefix": "INV-"}, "credit_note_prefix", "INV-000002"),
        ({"invoice_prefix": "OLD/"}, "invoice_prefix", "old/0077"),
        ({"credit_note_prefix": "INV-"}, "credit_note_prefix", "INV-000002"),
        ({"credit_note_prefix": "inv-"}, "credit_note_prefix", "INV-000002"),
        ({"invoice_prefix": "X", "credit_note_prefix": "X"}, "credit_note_prefix", "X000001"),
        ({"invoice_prefix": "CN-1"}, "invoice_prefix", "CN-1000001"),
    ],
)
def test_no_series_comes_to_a_number_that_is_taken(prefixes, field, number, as_two_leads: Client) -> None:
    entity = make_numbered_entity()

    answer = as_two_leads.post(url_of(entity), entity_data(**prefixes_of(entity) | prefixes))

    (error,) = answer.context["adminform"].form.errors[field]
    assert number in error
    assert list(answer.context["adminform"].form.errors) == [field]
    assert prefixes_of(IssuingEntity.objects.get(pk=entity.pk)) == prefixes_of(entity)


@pytest.mark.parametrize(
    "prefixes", [{}, {"invoice_prefix": "RE-"}, {"invoice_prefix": "INV-0"}, {"credit_note_prefix": "G-"}]
)
def test_a_series_may_begin_as_no_other_number_does(prefixes, as_two_leads: Client) -> None:
    entity = make_numbered_entity()

    answer = as_two_leads.post(url_of(entity), entity_data(**prefixes_of(entity) | prefixes))

    assert answer.status_code == 302
    assert prefixes_of(IssuingEntity.objects.get(pk=entity.pk)) == prefixes_of(entity) | prefixes


def make_numbered_entity() -> IssuingEntity:
    """Return one that has issued two invoices and a credit note, with an old invoice of a system before."""
    subscription = a_subscription()
    for sequence in (1, 2):
        issue(an_invoice([], [], sequence=sequence, number=f"INV-{sequence:06}"), [], [], subscription=subscription)
    note = an_invoice([], [], sequence=1, number="CN-000001", document_type="credit_note")
    issue(note, [], [], subscription=subscription)
    item = an_invoice([], [], sequence=1, number="old/0077", document_type="opening_item")
    issue(item, [], [], subscription=subscription)
    for kind, last in (("invoice", 2), ("credit_note", 1)):
        NumberSeries.objects.update_or_create(
            issuing_entity=subscription.issuing_entity,
            document_type=kind,
            defaults={"last_number": last, "last_issued_at": ISSUED_AT},
        )
    return subscription.issuing_entity


def prefixes_of(entity: IssuingEntity) -> dict[str, str]:
    return {"invoice_prefix": entity.invoice_prefix, "credit_note_prefix": entity.credit_note_prefix}


def test_an_issuing_entity_is_typed_with_its_bank_and_its_logo(as_two_leads: Client) -> None:
    answer = as_two_leads.post(reverse(ADD), entity_data(EUROS))
    assert answer.status_code == 302
    made = IssuingEntity.objects.get(code="de")
    assert (made.logo_svg, made.tax_ids) == (LOGO, ["HRB 1234", "USt-IdNr. DE136695976"])
    assert made.bank_accounts.get().details == [["IBAN", "DE02 1203 0000 0000 2020 51"]]


@pytest.mark.parametrize(
    ("logo", "words"),
    [
        ("Northbeam", "paste the whole file"),
        (LOGO.replace("<path", "<script/><path"), "scripts, images, links"),
        (LOGO.replace("<path", '<path onload="x"'), "onload"),
        (LOGO.replace("<path", '<path fill="url(https://elsewhere.example)"'), "outside the logo"),
        ("<!DOCTYPE svg>" + LOGO, "document type"),
        (LOGO.replace("viewBox", "viewbox"), "viewBox"),
        (LOGO.replace("<path", "<g/>" * 2000 + "<path"), "too large"),
    ],
)
def test_a_logo_that_is_more_than_a_drawing_is_refused_and_says_what_to_take_out(
    logo: str, words: str, as_two_leads: Client
) -> None:
    answer = as_two_leads.post(reverse(ADD), entity_data(logo_svg=logo))
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {"logo_svg"}
    assert words in errors["logo_svg"][0]
    assert not IssuingEntity.objects.filter(code="de").exists()


def test_no_logo_is_none(as_two_leads: Client) -> None:
    assert as_two_leads.post(reverse(ADD), entity_data(logo_svg=" ")).status_code == 302
    assert IssuingEntity.objects.get(code="de").logo_svg == ""


def test_a_csm_changes_no_issuing_entity(as_csm: Client) -> None:
    entity = make_entity()
    assert as_csm.post(reverse(ADD), entity_data()).status_code == 403
    assert as_csm.post(url_of(entity), entity_data()).status_code == 403
    entity.refresh_from_db()
    assert entity.legal_name == "Seatbill Inc."
    assert IssuingEntity.objects.count() == 1


def test_a_missing_bank_account_and_a_missing_vat_number_are_pointed_out(as_two_leads: Client, acme: Customer) -> None:
    entity = make_entity()
    assert 'role="note"' not in as_two_leads.get(url_of(entity)).content.decode()

    Subscription.objects.update(currency="BRL")
    IssuingEntity.objects.update(country="NL")

    page = as_two_leads.get(url_of(entity)).content.decode()
    assert 'role="note"' in page
    assert "no bank account in Brazilian Real (BRL)" in page
    assert "VAT number of Netherlands" in page


def test_what_an_issuing_entity_lacks_is_pointed_out_when_it_is_saved_and_refuses_nothing(as_two_leads: Client) -> None:
    saved = as_two_leads.post(reverse(ADD), entity_data(tax_ids="HRB 1234"), follow=True)
    assert "VAT number of Germany" in saved.content.decode()
    assert IssuingEntity.objects.filter(code="de").exists()


def test_a_registration_number_in_japan_that_was_mistyped_is_refused(as_two_leads: Client) -> None:
    typed_wrong = entity_data(country="JP", tax_ids="登録番号 T8123456789012")
    errors = as_two_leads.post(reverse(ADD), typed_wrong).context["adminform"].form.errors
    assert set(errors) == {"tax_ids"}
    assert "“登録番号 T8123456789012” is not a registration number in Japan" in errors["tax_ids"][0]
    assert not IssuingEntity.objects.filter(code="de").exists()

    saved = as_two_leads.post(reverse(ADD), entity_data(country="JP", tax_ids="登録番号 T7123456789012"), follow=True)
    assert "a registration number in Japan" not in saved.content.decode()
    assert IssuingEntity.objects.get(code="de").tax_ids == ["登録番号 T7123456789012"]


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"net_days": 45}, "Payment terms are net 45, not the usual net 30."),
        ({"net_days": 0}, "due on the day they bear"),
        ({"cutoff_hours": 48}, "awaited for 48 hours"),
        ({"currency": "JPY"}, "no bank account in Japanese Yen (JPY)"),
    ],
)
def test_unusual_terms_of_an_agreement_are_pointed_out_and_kept(
    overrides: dict[str, Any], words: str, as_csm: Client, acme: Customer
) -> None:
    """Other terms than net 30 are allowed, and the form points them out (BR-03)."""
    end(acme.subscription, NEXT_YEAR.replace(day=1))
    saved = as_csm.post(reverse(ADD_AGREEMENT), typed(acme.organization, **overrides), follow=True)
    assert words in saved.content.decode()
    made = Subscription.objects.get(effective_date=NEXT_YEAR)
    assert {name: getattr(made, name) for name in overrides} == overrides
    page = as_csm.get(change_url(made)).content.decode()
    assert words in page
    assert 'role="note"' in page


def test_the_usual_terms_are_not_worth_a_word(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, NEXT_YEAR.replace(day=1))
    saved = as_csm.post(reverse(ADD_AGREEMENT), typed(acme.organization), follow=True)
    assert "not the usual" not in saved.content.decode()
    assert 'role="note"' not in as_csm.get(change_url(acme.subscription)).content.decode()


def test_whoever_goes_on_editing_is_told_once(as_csm: Client, acme: Customer) -> None:
    end(acme.subscription, NEXT_YEAR.replace(day=1))
    data = typed(acme.organization, net_days=45) | {"_continue": "1"}
    page = as_csm.post(reverse(ADD_AGREEMENT), data, follow=True).content.decode()
    assert page.count("not the usual net 30") == 1
