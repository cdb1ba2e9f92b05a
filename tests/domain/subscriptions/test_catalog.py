"""The built-in products: ranks, tax categories and fair-use allowances (BR-12, BR-20, BR-40, BR-78)."""

from decimal import Decimal
from itertools import pairwise

import pytest

from subscriptions.domain.catalog import (
    BUILT_IN,
    CONTACT_CENTER_TIERS,
    LICENSE_RANK,
    ProductKind,
    TaxCategory,
    built_in_allowance,
    highest,
    tax_category,
)


def test_licenses_rank_from_collaborate_to_purecloud_3():
    ascending = ["collaborate", "communicate", "purecloud-1", "purecloud-2", "purecloud-3"]
    assert all(LICENSE_RANK[lower] < LICENSE_RANK[higher] for lower, higher in pairwise(ascending))
    assert set(LICENSE_RANK) == set(ascending)


def test_the_contact_center_has_three_tiers():
    assert CONTACT_CENTER_TIERS == ("purecloud-1", "purecloud-2", "purecloud-3")


@pytest.mark.parametrize(
    ("held", "license_code"),
    [
        ({"communicate", "purecloud-1"}, "purecloud-1"),
        ({"purecloud-3", "purecloud-2", "collaborate"}, "purecloud-3"),
        ({"collaborate", "communicate"}, "communicate"),
        ({"collaborate", "salesforce"}, "collaborate"),
        ({"salesforce"}, None),
        (set(), None),
    ],
)
def test_the_highest_license_is_the_highest_ranked_base_license(held, license_code):
    assert highest(held) == license_code


@pytest.mark.parametrize(
    ("product", "kind", "category"),
    [
        ("purecloud-1", ProductKind.LICENSE, TaxCategory.SOFTWARE),
        ("salesforce", ProductKind.ADD_ON, TaxCategory.SOFTWARE),
        ("basic-ivr", ProductKind.RESOURCE, TaxCategory.SOFTWARE),
        ("data-storage", ProductKind.RESOURCE, TaxCategory.SOFTWARE),
        ("api-requests", ProductKind.RESOURCE, TaxCategory.SOFTWARE),
        ("voice-transcription", ProductKind.RESOURCE, TaxCategory.SOFTWARE),
        ("call-ports", ProductKind.RESOURCE, TaxCategory.TELECOM),
        ("byoc-cloud", ProductKind.RESOURCE, TaxCategory.TELECOM),
        ("voice", ProductKind.VOICE, TaxCategory.TELECOM),
        ("did-number", ProductKind.NUMBER, TaxCategory.TELECOM),
        ("toll-free-number", ProductKind.NUMBER, TaxCategory.TELECOM),
        ("polycom-vvx-350", ProductKind.HARDWARE, TaxCategory.HARDWARE),
        ("enablement-basic", ProductKind.ONE_TIME, TaxCategory.SERVICE),
    ],
)
def test_every_product_has_one_tax_category(product, kind, category):
    assert tax_category(product, kind) is category
    assert BUILT_IN.get(product, kind) is kind


MINUTES_OF_BYOC, GIGABYTES, MINUTES_OF_IVR, REQUESTS, MINUTES_OF_TRANSCRIPTION = (
    "byoc-cloud",
    "data-storage",
    "basic-ivr",
    "api-requests",
    "voice-transcription",
)


@pytest.mark.parametrize(
    ("license_code", "concurrent", "byoc", "storage", "ivr", "requests", "transcription"),
    [
        ("collaborate", False, "0", "0", "0", "0", "0"),
        ("communicate", False, "1000", "5", "500", "10000", "100"),
        ("purecloud-1", False, "5000", "17.5", "1750", "75000", "0"),
        ("purecloud-1", True, "6500", "22.75", "2275", "97500", "0"),
        ("purecloud-2", False, "5000", "25", "2500", "110000", "0"),
        ("purecloud-2", True, "6500", "32.5", "3250", "143000", "0"),
        ("purecloud-3", False, "5000", "32.5", "3250", "140000", "5000"),
        ("purecloud-3", True, "6500", "42.25", "4225", "182000", "6500"),
        ("communicate beside concurrent tiers stays named", True, "1000", "5", "500", "10000", "100"),
        ("salesforce", False, "0", "0", "0", "0", "0"),
    ],
)
def test_a_seat_brings_its_allowances(license_code, concurrent, byoc, storage, ivr, requests, transcription):
    brought = {
        resource: built_in_allowance(license_code=license_code.split()[0], resource=resource, concurrent=concurrent)
        for resource in (MINUTES_OF_BYOC, GIGABYTES, MINUTES_OF_IVR, REQUESTS, MINUTES_OF_TRANSCRIPTION)
    }
    assert brought == {
        MINUTES_OF_BYOC: Decimal(byoc),
        GIGABYTES: Decimal(storage),
        MINUTES_OF_IVR: Decimal(ivr),
        REQUESTS: Decimal(requests),
        MINUTES_OF_TRANSCRIPTION: Decimal(transcription),
    }
