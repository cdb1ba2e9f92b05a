"""Taxes: rates in force stand, others are added; organizations name who taxes them and prove that they are exempt."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from subscriptions.domain.tax_ids import CHECKED_BY
from subscriptions.models import (
    AuthorityRate,
    ExemptionCertificate,
    Organization,
    OrganizationTax,
    TaxAuthority,
    TaxIdCheck,
)
from subscriptions.selectors.taxes import list_tax_rates
from tests.admin.rows import Customer, make_authority
from tests.admin.test_agreements import NEXT_YEAR, formset, organization_data
from tests.books import contents

ADD = "admin:subscriptions_taxauthority_add"


def url_of(authority: TaxAuthority) -> str:
    return reverse("admin:subscriptions_taxauthority_change", args=[authority.pk])


def organization_url(customer: Customer) -> str:
    return reverse("admin:subscriptions_organization_change", args=[customer.organization.pk])


def rate(**more: Any) -> dict[str, Any]:
    data = {"effective_date": NEXT_YEAR.isoformat(), "rate": "8.875", "taxable": "80"}
    return data | {"categories": ["telecom", "software"]} | more


def authority_data(*rates: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    return {"name": "Texas"} | formset("rates", []) | formset("new_rates", list(rates), initial)


def test_an_authority_is_added_with_its_rate(as_two_leads: Client) -> None:
    assert as_two_leads.post(reverse(ADD), authority_data(rate(effective_date="2020-01-01"))).status_code == 302
    made = TaxAuthority.objects.get().rates.get()
    assert (made.rate, made.taxable, made.effective_date) == (Decimal("8.875"), 80, date(2020, 1, 1))
    assert made.categories == ["telecom", "software"]


def test_categories_are_ticked_in_boxes_of_the_four(as_two_leads: Client) -> None:
    shown = as_two_leads.get(reverse(ADD)).content.decode()
    for category in ("software", "telecom", "hardware", "service"):
        assert f'type="checkbox" name="new_rates-__prefix__-categories" value="{category}"' in shown


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"categories": []}, "categories"),
        ({"categories": ["food"]}, "categories"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "1000"}, "rate"),
        ({"taxable": "100.1"}, "taxable"),
        ({"taxable": "-1"}, "taxable"),
        ({"effective_date": "2020-01-01"}, "effective_date"),
        ({"effective_date": ""}, "effective_date"),
    ],
)
def test_what_is_wrong_with_a_rate_names_the_field(wrong: dict[str, Any], field: str, as_two_leads: Client) -> None:
    authority = make_authority("Texas")
    answer = as_two_leads.post(url_of(authority), authority_data(rate(**wrong)))
    assert set(answer.context["inline_admin_formsets"][-1].formset.forms[0].errors) == {field}
    assert authority.rates.count() == 1


def test_two_rates_from_one_day_on_are_refused(as_two_leads: Client) -> None:
    answer = as_two_leads.post(reverse(ADD), authority_data(rate(), rate(rate="9")))
    assert answer.status_code == 200
    assert not TaxAuthority.objects.exists()


def test_a_rate_in_force_stands_and_another_is_added(as_two_leads: Client) -> None:
    authority = make_authority("Texas")
    stands = authority.rates.get()
    forged = rate(id=stands.pk, authority=authority.pk, rate="1", effective_date="2020-01-01", DELETE="on")
    as_two_leads.post(url_of(authority), {"name": "Texas"} | formset("rates", [forged], 1) | formset("new_rates", []))
    as_two_leads.post(url_of(authority), authority_data(forged, initial=1))
    assert list(authority.rates.values_list("rate", flat=True)) == [Decimal("8.25")]
    assert as_two_leads.post(url_of(authority), authority_data(rate())).status_code == 302
    stands.refresh_from_db()
    assert (stands.rate, stands.categories, stands.effective_date) == (Decimal("8.25"), ["software"], date(2020, 1, 1))
    assert sorted(authority.rates.values_list("rate", flat=True)) == [Decimal("8.25"), Decimal("8.875")]


def test_a_rate_to_come_is_still_corrected(as_two_leads: Client) -> None:
    authority = make_authority("Texas", on=NEXT_YEAR)
    row = authority.rates.get()
    typed = rate(id=row.pk, authority=authority.pk, rate="9")
    assert as_two_leads.post(url_of(authority), authority_data(typed, initial=1)).status_code == 302
    row.refresh_from_db()
    assert (row.rate, row.categories) == (9, ["telecom", "software"])


def test_the_list_shows_the_rate_in_force(as_csm: Client) -> None:
    authority = make_authority("Texas")
    AuthorityRate.objects.create(authority=authority, effective_date=NEXT_YEAR, rate=99, categories=["telecom"])
    AuthorityRate.objects.create(authority=authority, effective_date=date(2019, 1, 1), rate=7, categories=["telecom"])
    shown = as_csm.get(reverse("admin:subscriptions_taxauthority_changelist")).content.decode()
    assert "8.25%" in shown
    assert "Software" in shown
    assert "Telecommunications" not in shown
    assert "99%" not in shown


def test_a_csm_changes_no_rate(as_csm: Client) -> None:
    before = TaxAuthority.objects.count()
    authority = make_authority("Texas")
    assert as_csm.post(reverse(ADD), authority_data(rate())).status_code == 403
    assert as_csm.post(url_of(authority), authority_data(rate())).status_code == 403
    assert authority.rates.get().rate == Decimal("8.25")
    assert TaxAuthority.objects.count() == before + 1


def test_a_csm_says_who_taxes_an_organization_and_in_which_order(as_csm: Client, acme: Customer) -> None:
    county = make_authority("Travis County")
    city = acme.organization.taxes.get()
    rows = [
        {"id": city.pk, "organization": acme.organization.pk, "authority": city.authority_id, "position": 2},
        {"authority": county.pk, "position": 1},
    ]
    data = organization_data(acme.organization) | formset("taxes", rows, initial=1)
    assert as_csm.post(organization_url(acme), data).status_code == 302
    names = [
        row.authority.name for row in list_tax_rates({acme.organization.pk: date(2026, 6, 1)})[acme.organization.pk]
    ]
    assert names == ["Travis County", "City of Acme"]


def test_an_authority_is_named_once(as_csm: Client, acme: Customer) -> None:
    city = acme.organization.taxes.get()
    stands = {"id": city.pk, "organization": acme.organization.pk, "authority": city.authority_id, "position": 0}
    rows = [stands, {"authority": city.authority_id, "position": 1}]
    data = organization_data(acme.organization) | formset("taxes", rows, initial=1)
    answer = as_csm.post(organization_url(acme), data)
    assert "duplicate data" in str(answer.context["errors"])
    assert list(acme.organization.taxes.all()) == [city]


def test_a_certificate_is_added_and_ended_and_not_deleted(as_csm: Client, acme: Customer) -> None:
    old = acme.organization.exemptions.get()
    rows = [
        {"id": old.pk, "organization": acme.organization.pk, "number": old.number, "valid_from": "2025-01-01"}
        | {"valid_until": "2025-06-30", "DELETE": "on"},
        {"number": "TX-01-339", "valid_from": "2026-01-01", "valid_until": ""},
    ]
    data = organization_data(acme.organization) | formset("exemptions", rows, initial=1)
    assert as_csm.post(organization_url(acme), data).status_code == 302
    found = dict(acme.organization.exemptions.values_list("number", "valid_until"))
    assert found == {"EX-acme": date(2025, 6, 30), "TX-01-339": None}


def test_a_certificate_does_not_end_before_it_begins(as_csm: Client, acme: Customer) -> None:
    row = {"number": "TX-01-339", "valid_from": "2026-01-02", "valid_until": "2026-01-01"}
    answer = as_csm.post(organization_url(acme), organization_data(acme.organization) | formset("exemptions", [row]))
    assert set(answer.context["inline_admin_formsets"][-1].formset.forms[0].errors) == {"valid_until"}
    assert acme.organization.exemptions.count() == 1


def test_the_taxes_of_someone_elses_organization_stand(as_csm: Client, acme: Customer, umbra: Customer) -> None:
    taken = umbra.organization.taxes.get()
    row = {"id": taken.pk, "organization": umbra.organization.pk, "authority": taken.authority_id, "DELETE": "on"}
    data = organization_data(umbra.organization) | formset("taxes", [row], initial=1)
    assert as_csm.post(organization_url(umbra), data).status_code == 404
    own = organization_data(acme.organization) | formset("taxes", [row], initial=1)
    as_csm.post(organization_url(acme), own)
    assert OrganizationTax.objects.filter(pk=taken.pk, organization=umbra.organization).exists()
    assert ExemptionCertificate.objects.filter(organization=umbra.organization).count() == 1


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("DE", "DE 136 695 976", "DE136695976"),
        ("DE", "136695976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        ("US", "EIN 94-3287110", "EIN 94-3287110"),
        ("XK", "600112233", "600112233"),
        ("DE", "", ""),
    ],
)
def test_a_vat_number_is_kept_as_it_is_printed(
    country: str, typed: str, kept: str, as_csm: Client, acme: Customer
) -> None:
    data = organization_data(acme.organization, country=country, tax_id=typed)
    assert as_csm.post(organization_url(acme), data).status_code == 302
    assert Organization.objects.get(pk=acme.organization.pk).tax_id == kept


@pytest.mark.parametrize(
    ("country", "name", "typed", "shape"),
    [
        ("DE", "Germany", "DE136695977", "DE999999999"),
        ("GR", "Greece", "GR12", "EL999999999"),
        ("FR", "France", "DE136695976", "FRXX999999999"),
        ("MC", "Monaco", "12", "FRXX999999999"),
    ],
)
def test_a_vat_number_that_cannot_be_right_is_refused_with_what_one_looks_like(
    country: str, name: str, typed: str, shape: str, as_csm: Client, acme: Customer
) -> None:
    before = contents()
    answer = as_csm.post(organization_url(acme), organization_data(acme.organization, country=country, tax_id=typed))
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {"tax_id"}
    assert f"not a VAT number of {name}" in errors["tax_id"][0]
    assert shape in errors["tax_id"][0]
    assert contents() == before


def test_what_was_stored_before_does_not_stand_in_the_way_of_another_change(as_csm: Client, acme: Customer) -> None:
    Organization.objects.filter(pk=acme.organization.pk).update(country="DE", tax_id="DE1")
    data = organization_data(acme.organization, country="DE", tax_id="DE1", address="Elsewhere")
    assert as_csm.post(organization_url(acme), data).status_code == 302
    assert Organization.objects.get(pk=acme.organization.pk).address == "Elsewhere"
    moved = as_csm.post(organization_url(acme), data | {"country": "FR"})
    assert set(moved.context["adminform"].form.errors) == {"tax_id"}


@pytest.mark.parametrize(
    ("country", "typed", "verdict"),
    [
        ("DE", "DE136695976", "valid"),
        ("AU", "ABN 83 914 571 673", "valid"),
        ("AU", "ABN 83 914 571 674", "invalid"),
        ("XK", "600112233", "unknown"),
    ],
)
def test_when_and_how_a_tax_number_was_checked_is_kept_and_shown(
    country: str, typed: str, verdict: str, as_csm: Client, acme: Customer
) -> None:
    data = organization_data(acme.organization, country=country, tax_id=typed)
    saved = as_csm.post(organization_url(acme), data, follow=True).content.decode()

    check = TaxIdCheck.objects.get()
    assert (check.organization, check.tax_id, check.country) == (acme.organization, typed, country)
    assert (check.verdict, check.method, check.checked_by) == (verdict, "check_digits", CHECKED_BY)
    assert ("look it up once more" in saved) == (verdict == "invalid")
    page = as_csm.get(organization_url(acme)).content.decode()
    assert f"{check.get_verdict_display()} · By its check digits ({CHECKED_BY}) · " in page


def test_a_number_is_checked_once_for_each_change(as_csm: Client, acme: Customer) -> None:
    data = organization_data(acme.organization, country="DE", tax_id="DE136695976")
    as_csm.post(organization_url(acme), data)
    as_csm.post(organization_url(acme), data | {"address": "Elsewhere"})
    assert TaxIdCheck.objects.count() == 1
    as_csm.post(organization_url(acme), data | {"tax_id": ""})
    assert TaxIdCheck.objects.count() == 1
    assert CHECKED_BY not in as_csm.get(organization_url(acme)).content.decode()
