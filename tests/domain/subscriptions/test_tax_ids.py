"""Tax numbers: whose check digits agree, and which are VAT numbers of a member state (BR-78)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.european_union import vat_state
from subscriptions.domain.tax_ids import (
    VAT_NUMBER_SHAPES,
    TaxIdVerdict,
    check_tax_id,
    find_registration_number,
    find_vat_number,
    looks_registered,
    registration_number,
    vat_number,
    vat_number_shape,
)

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("country", "day", "state"),
    [
        ("DE", "2026-11-26", "DE"),
        ("de", "2026-11-26", "DE"),
        ("GR", "2026-11-26", "GR"),
        ("MC", "2026-11-26", "FR"),
        ("GB", "2020-12-31", "GB"),
        ("GB", "2021-01-01", None),
        ("IM", "2020-12-31", "GB"),
        ("IM", "2021-01-01", None),
        ("HR", "2013-06-30", None),
        ("HR", "2013-07-01", "HR"),
        ("CH", "2026-11-26", None),
        ("NO", "2026-11-26", None),
        ("RE", "2026-11-26", None),
        ("AX", "2026-11-26", None),
        ("US", "2026-11-26", None),
        ("", "2026-11-26", None),
    ],
)
def test_a_country_is_under_the_vat_of_a_member_state_while_it_belongs(country, day, state):
    assert vat_state(country, on=date.fromisoformat(day)) == state


@pytest.mark.parametrize(
    ("label", "country", "typed", "number"),
    [
        ("with its prefix", "DE", "DE136695976", "DE136695976"),
        ("with spaces", "DE", "de 136 695 976", "DE136695976"),
        ("without its prefix", "DE", "136695976", "DE136695976"),
        ("a wrong check digit", "DE", "DE136695977", ""),
        ("of another country", "FR", "DE136695976", ""),
        ("Greece by its own prefix", "GR", "EL094259216", "EL094259216"),
        ("Greece by its country code", "GR", "GR 094259216", "EL094259216"),
        ("Greece without prefix", "GR", "094259216", "EL094259216"),
        ("Monaco has French numbers", "MC", "FR53000004605", "FR53000004605"),
        ("Belgium of before 2005", "BE", "BE697449992", "BE0697449992"),
        ("Austria", "AT", "ATU13585627", "ATU13585627"),
        ("Spain with letters and dashes", "ES", "ES X-2482300-W", "ESX2482300W"),
        ("Ireland", "IE", "IE6433435F", "IE6433435F"),
        ("the Netherlands", "NL", "NL004495445B01", "NL004495445B01"),
        ("Britain is no member", "GB", "GB980780684", ""),
        ("nor is Northern Ireland for services", "GB", "XI980780684", ""),
        ("only the prefix", "DE", "DE", ""),
        ("nothing", "DE", "", ""),
    ],
)
def test_a_vat_number_is_read_as_it_is_printed(label, country, typed, number):
    assert vat_number(typed, country=country, on=TODAY) == number


def test_a_british_vat_number_was_one_of_the_union_until_the_transition_ended():
    assert vat_number("GB 980 7806 84", country="GB", on=date(2020, 12, 31)) == "GB980780684"
    assert vat_number("GB 980 7806 84", country="GB", on=date(2021, 1, 1)) == ""


@pytest.mark.parametrize(
    ("country", "typed", "verdict"),
    [
        ("DE", "DE136695976", TaxIdVerdict.VALID),
        ("DE", "21/815/08150", TaxIdVerdict.INVALID),
        ("US", "94-3287110", TaxIdVerdict.VALID),
        ("US", "EIN 94-3287110", TaxIdVerdict.VALID),
        ("US", "07-3287110", TaxIdVerdict.INVALID),
        ("AU", "ABN 83 914 571 673", TaxIdVerdict.VALID),
        ("AU", "ABN 83 914 571 674", TaxIdVerdict.INVALID),
        ("BR", "16.727.230/0001-97", TaxIdVerdict.VALID),
        ("BR", "12.ABC.345/01DE-35", TaxIdVerdict.VALID),
        ("BR", "12.ABC.345/01DE-36", TaxIdVerdict.INVALID),
        ("CA", "12302 6635 RT 0001", TaxIdVerdict.VALID),
        ("CA", "123026636", TaxIdVerdict.INVALID),
        ("GB", "GB 980 7806 84", TaxIdVerdict.VALID),
        ("GB", "XI 980 7806 84", TaxIdVerdict.VALID),
        ("GB", "GB 980 7806 85", TaxIdVerdict.INVALID),
        ("JP", "5835678256246", TaxIdVerdict.VALID),
        ("JP", "T5835678256246", TaxIdVerdict.VALID),
        ("JP", "登録番号 T5835678256246", TaxIdVerdict.VALID),
        ("JP", "T5835678256247", TaxIdVerdict.INVALID),
        ("NZ", "49-091-850", TaxIdVerdict.VALID),
        ("NZ", "49-091-851", TaxIdVerdict.INVALID),
        ("CH", "CHE-107.787.577 MWST", TaxIdVerdict.VALID),
        ("XK", "600112233", TaxIdVerdict.UNKNOWN),
    ],
)
def test_a_tax_number_is_checked_by_its_country(country, typed, verdict):
    assert check_tax_id(typed, country=country, on=TODAY) is verdict


@pytest.mark.parametrize(
    ("tax_ids", "number"),
    [
        (["KvK 68140027", "VAT NL004495445B01"], "NL004495445B01"),
        (["NL004495445B01"], "NL004495445B01"),
        (["BTW-nummer: NL 0044 95445 B01", "VAT NL004495445B01"], "NL004495445B01"),
        (["KvK 68140027", "VAT DE136695976"], ""),
        ([], ""),
    ],
)
def test_the_vat_number_is_found_among_the_tax_ids_that_are_printed(tax_ids, number):
    assert find_vat_number(tax_ids, country="NL", on=TODAY) == number


def test_every_member_state_has_a_shape_to_name():
    assert vat_number_shape("GR", on=TODAY) == "EL999999999"
    assert vat_number_shape("MC", on=TODAY) == VAT_NUMBER_SHAPES["FR"]
    assert vat_number_shape("US", on=TODAY) == ""
    assert all(vat_number_shape(state, on=date(2020, 1, 1)) for state in VAT_NUMBER_SHAPES)


@given(typed=st.text(max_size=20), country=st.sampled_from([*VAT_NUMBER_SHAPES, "US", "BR", "JP", "AU", "CH", "SG"]))
def test_whatever_is_typed_is_judged_and_nothing_fails(typed, country):
    check_tax_id(typed, country=country, on=TODAY)
    number = vat_number(typed, country=country, on=TODAY)
    assert number == "" or vat_number(number, country=country, on=TODAY) == number


@pytest.mark.parametrize(
    ("typed", "number", "is_meant"),
    [
        ("登録番号 T7123456789012", "T7123456789012", True),
        ("登録番号:T7123456789012", "T7123456789012", True),
        ("T7-1234-5678-9012", "T7123456789012", True),
        ("Ｔ７１２３４５６７８９０１２", "T7123456789012", True),
        ("t7123456789012", "T7123456789012", True),
        # The check digit does not agree.
        ("登録番号 T8123456789012", "", True),
        # A corporate number by itself does not say that its holder is registered.
        ("7123456789012", "", False),
        ("VAT7123456789012", "", False),
        ("EIN 94-3287110", "", False),
        ("", "", False),
    ],
)
def test_a_registration_number_in_japan_is_read_as_it_is_printed(typed, number, is_meant):
    assert registration_number(typed) == number
    assert looks_registered(typed) is is_meant
    assert find_registration_number(["EIN 94-3287110", typed]) == number
