"""What a person decides about a held cycle releases it, with or without the doubtful charges (BR-21, BR-72)."""

import pytest

from invoices.domain.block import BOUNDS, BlockCode
from invoices.domain.decision import CHOICES, Choice, Decision, choice_of
from tests.domain.agreements import agreed, an_agreement
from tests.domain.histories import PERIOD_START, activated, assigned, at, call, crowd
from tests.domain.rated import DECK, arrears, blocks, lines

TIER, UNPRICED, UNRATED = BlockCode.TIER_ABOVE_AGREEMENT, BlockCode.UNPRICED_PRODUCT, BlockCode.UNRATED_CALL
HELD_FOR_THREE_REASONS = [
    *crowd(3, at("01-20 09:00"), at("01-20 10:00"), tier="purecloud-1"),
    assigned("absent", "purecloud-3"),
    activated("+1", PERIOD_START),
    call(60, at("01-20 14:00"), remote="+49", call_id="c-1"),
    call(60, at("01-20 14:00"), remote="+331"),
]
TERMS = an_agreement(
    licensing_model="concurrent",
    prices=[agreed("purecloud-1", "2", price="70"), agreed("purecloud-3", price="140")],
)
ALL_REASONS = [(str(TIER), "purecloud-3"), (str(UNPRICED), "did-number"), (str(UNRATED), "c-1")]


@pytest.mark.parametrize(
    ("label", "decisions", "held_for", "left_out", "charged"),
    [
        ("nothing was decided", [], ALL_REASONS, [], ["purecloud-3", "voice"]),
        (
            "the higher tier is accepted",
            [Decision(code=TIER, choice=Choice.ACCEPT_TIER)],
            ALL_REASONS[1:],
            [],
            ["purecloud-3", "voice"],
        ),
        (
            "the peak is left out",
            [Decision(code=TIER, choice=Choice.LEAVE_OUT)],
            ALL_REASONS[1:],
            ALL_REASONS[:1],
            ["voice"],
        ),
        (
            "everything doubtful is left out",
            [Decision(code=code, choice=Choice.LEAVE_OUT) for code in (UNRATED, TIER, UNPRICED)],
            [],
            ALL_REASONS,
            ["voice"],
        ),
        (
            "the last decision stands",
            [Decision(code=TIER, choice=Choice.LEAVE_OUT), Decision(code=TIER, choice=Choice.ACCEPT_TIER)],
            ALL_REASONS[1:],
            [],
            ["purecloud-3", "voice"],
        ),
    ],
)
def test_a_decided_reason_holds_no_longer_and_what_is_left_out_is_remembered(
    label, decisions, held_for, left_out, charged
):
    rating = arrears(HELD_FOR_THREE_REASONS, terms=TERMS, deck=DECK, decisions=decisions)
    assert blocks(rating) == held_for
    assert [(str(block.code), block.subject) for block in rating.left_out] == left_out
    assert [line[1] for line in lines(rating)] == charged


def test_nothing_is_decided_about_a_reason_that_was_not_named():
    decisions = [Decision(code=UNRATED, choice=Choice.LEAVE_OUT)]
    assert choice_of(decisions, UNPRICED) is None
    assert choice_of(decisions, UNRATED) is Choice.LEAVE_OUT
    assert choice_of([], TIER) is None


def test_every_reason_but_a_safety_bound_may_be_left_out_and_only_a_tier_may_be_billed():
    assert set(CHOICES) == set(BlockCode) - BOUNDS
    assert all(Choice.LEAVE_OUT in choices for choices in CHOICES.values())
    assert [code for code, choices in CHOICES.items() if len(choices) > 1] == [TIER]
