"""What forbids an agreement is said all at once, with what to do (BR-12, BR-13, BR-16)."""

from datetime import date

import pytest

from subscriptions.domain.violations import TermsError, violations
from tests.domain.agreements import agreed, an_agreement


@pytest.mark.parametrize(
    ("label", "terms", "regions", "multi_shift", "codes"),
    [
        ("by name, one tier", an_agreement(prices=[agreed("purecloud-1", "5")]), ["us-east-1"], False, []),
        ("by name in several regions", an_agreement(), ["us-east-1", "eu-west-1"], False, []),
        (
            "several tiers priced, one committed",
            an_agreement(prices=[agreed("purecloud-1", "5", price="70"), agreed("purecloud-3", price="140")]),
            ["us-east-1"],
            False,
            [],
        ),
        (
            "two tiers committed",
            an_agreement(prices=[agreed("purecloud-2", "5"), agreed("purecloud-1", "5")]),
            ["us-east-1"],
            False,
            [TermsError.TWO_TIERS],
        ),
        ("concurrent in shifts", an_agreement(licensing_model="concurrent"), ["us-east-1"], True, []),
        (
            "concurrent in several regions",
            an_agreement(licensing_model="concurrent"),
            ["us-east-1", "eu-west-1"],
            True,
            [TermsError.SEVERAL_REGIONS],
        ),
        ("the same region twice", an_agreement(licensing_model="concurrent"), ["us-east-1", "us-east-1"], True, []),
        (
            "concurrent nowhere and around the sun",
            an_agreement(licensing_model="concurrent"),
            [],
            False,
            [TermsError.SEVERAL_REGIONS, TermsError.NOT_MULTI_SHIFT],
        ),
        ("hourly around the sun", an_agreement(licensing_model="hourly"), ["a", "b"], False, []),
        (
            "ends before it begins",
            an_agreement(last_service_date=date(2026, 1, 14)),
            ["us-east-1"],
            False,
            [TermsError.ENDS_BEFORE_IT_BEGINS],
        ),
        ("one day of service", an_agreement(last_service_date=date(2026, 1, 15)), ["us-east-1"], False, []),
        (
            "cancelled after its end",
            an_agreement(last_service_date=date(2026, 2, 25), cancelled_on=date(2026, 2, 26)),
            ["us-east-1"],
            False,
            [TermsError.CANCELLED_AFTER_ITS_END],
        ),
        (
            "cancelled on its last day",
            an_agreement(last_service_date=date(2026, 2, 25), cancelled_on=date(2026, 2, 25)),
            ["us-east-1"],
            False,
            [],
        ),
        (
            "negative commitment",
            an_agreement(prices=[agreed("communicate", "-1")]),
            ["us-east-1"],
            False,
            [TermsError.NEGATIVE],
        ),
        (
            "negative and boundless prices",
            an_agreement(prices=[agreed("communicate", price="-1"), agreed("purecloud-1", overage_price="NaN")]),
            ["us-east-1"],
            False,
            [TermsError.NEGATIVE, TermsError.NEGATIVE],
        ),
        (
            "a commitment to a resource, and to an add-on",
            an_agreement(prices=[agreed("basic-ivr", "5"), agreed("dialer", "5")], add_ons=frozenset({"dialer"})),
            ["us-east-1"],
            False,
            [TermsError.NO_COMMITMENT],
        ),
        (
            "everything at once",
            an_agreement(
                licensing_model="concurrent",
                prices=[agreed("purecloud-1", "1"), agreed("purecloud-2", "1", setup_price="-5")],
                last_service_date=date(2026, 1, 1),
                cancelled_on=date(2026, 1, 2),
            ),
            [],
            False,
            [
                TermsError.TWO_TIERS,
                TermsError.NEGATIVE,
                TermsError.SEVERAL_REGIONS,
                TermsError.NOT_MULTI_SHIFT,
                TermsError.ENDS_BEFORE_IT_BEGINS,
                TermsError.CANCELLED_AFTER_ITS_END,
            ],
        ),
    ],
)
def test_an_agreement_is_refused_for_every_reason_at_once(label, terms, regions, multi_shift, codes):
    found = violations(terms, regions=regions, multi_shift=multi_shift)
    assert [violation.code for violation in found] == codes
    assert all(violation.message and violation.field for violation in found)


def test_a_refusal_names_the_tiers_by_rank():
    terms = an_agreement(prices=[agreed("purecloud-3", "1"), agreed("purecloud-1", "1")])
    (violation,) = violations(terms, regions=["us-east-1"], multi_shift=False)
    assert "keep one of purecloud-1, purecloud-3" in violation.message % violation.words
    assert violation.field == "prices"
