"""A reason to wait is stored without words and told in the language of its reader; older ones had words (BR-72)."""

import json
from datetime import date

import pytest
from django.utils import translation

from invoices.documents.reasons import SENTENCES, reason_in_words, stored_reason
from invoices.domain.block import UNEXPECTED, Block, BlockCode
from invoices.domain.charges.unpriced import unpriced

BLOCKS = [
    unpriced("voice", date(2026, 1, 15)),
    Block(code=BlockCode.UNRATED_CALL, subject="c-1", words=(("direction", "toll_free"), ("remote", "+81 3"))),
    Block(
        code=BlockCode.TIER_ABOVE_AGREEMENT, subject="purecloud-3", words=(("agreed", "purecloud-1"), ("users", "4"))
    ),
    Block(code=BlockCode.WRONG_CURRENCY, subject="EUR", words=(("agreed_currency", "USD"),)),
    Block(
        code=BlockCode.PERIOD_APART,
        subject="2026-02-16",
        words=(("begins", "2026-02-16"), ("expected", "2026-02-15")),
    ),
    Block(
        code=BlockCode.ADVANCE_OFF,
        subject="USD 560",
        words=(("amount", "USD 560"), ("agreed_amount", "USD 280")),
    ),
    Block(code=BlockCode.SEATS_UNSEEN, subject="purecloud-1", words=(("billed", "9"), ("seen", "8"))),
    Block(
        code=BlockCode.ARREARS_JUMP,
        subject="USD 450",
        words=(("amount", "USD 450"), ("usual", "USD 75"), ("times", "5"), ("past", "3")),
    ),
    Block(code=BlockCode.CREDIT_OF_NOTHING, subject="USD 1", words=(("amount", "USD 1"),)),
    Block(code=BlockCode.TOO_MANY_LINES, subject="100001", words=(("lines", "100001"), ("most", "100000"))),
]


def test_each_code_has_a_sentence():
    assert set(SENTENCES) == {UNEXPECTED, *(code.value for code in BlockCode)}
    assert {block.code for block in BLOCKS} == set(BlockCode)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.code.value)
def test_what_is_stored_has_no_words_of_a_language_and_is_told_in_each(block):
    stored = json.loads(json.dumps(stored_reason(block)))

    with translation.override("en"):
        english = reason_in_words(stored)
    with translation.override("ja"):
        japanese = reason_in_words(stored)
    assert "%(" not in english + japanese
    assert english != japanese
    assert "message" not in stored


def test_days_products_and_directions_are_told_as_everywhere():
    with translation.override("ja"):
        told = [reason_in_words(stored_reason(block), product=str.upper) for block in BLOCKS]
    assert told[0].startswith("VOICEには、2026年1月15日から")
    assert "フリーダイヤル" in told[1]
    assert "PURECLOUD-1" in told[2]


def test_a_reason_that_was_stored_in_english_stays_as_it_was():
    with translation.override("ja"):
        assert (
            reason_in_words({"code": "unrated_call", "subject": "+33", "message": "No rate: 5% of"}) == "No rate: 5% of"
        )
