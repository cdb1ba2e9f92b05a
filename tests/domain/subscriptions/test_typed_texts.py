"""Which texts people may type: real names of any language, none that hides or misleads, and no payment card."""

import pytest

from subscriptions.documents.text import printable
from subscriptions.domain.cards import holds_card_number
from subscriptions.domain.characters import TURN_TEXT, find_misleading, turns_text

REAL = [
    "Acme, Inc.",
    "Müller & Söhne GmbH",
    "株式会社ハーバーライト",
    "שלום בע״מ\u200f",
    "شركة المثال\u200e (ش.م.م)",
    "می\u200cخواهم",
    "👩\u200d👩\u200d👧\u200d👦 Family 🏳️\u200d🌈",
    "Ω≈ç√∫ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    "நிறுவனம்",
    "Việt Nam",
    "Nguye\u0302\u0303n",
    "",
]


@pytest.mark.parametrize("text", REAL)
def test_a_real_name_may_be_typed(text):
    assert find_misleading(text) is None


@pytest.mark.parametrize(
    ("text", "character"),
    [
        *((f"Acme{character}cnI", f"U+{ord(character):04X}") for character in sorted(TURN_TEXT)),
        ("Ac\u200bme", "U+200B"),
        ("Ac\ufeffme", "U+FEFF"),
        ("Ac\u00adme", "U+00AD"),
        ("Ac\u2060me", "U+2060"),
        ("Ac\0me", "U+0000"),
        ("Ac\x1b[31mme", "U+001B"),
        ("Ac\x85me", "U+0085"),
        ("Ac\ud800me", "U+D800"),
        ("A" + "\u0301" * 9, "U+0301"),
        ("Acme\r\nBcc: all", "U+000D"),
        ("Acme\tCorp", "U+0009"),
    ],
)
def test_what_hides_or_misleads_is_named(text, character):
    assert find_misleading(text) == character


def test_a_note_may_have_lines():
    assert find_misleading("one\r\ntwo\tthree", several_lines=True) is None
    assert find_misleading("one\n\u202etwo", several_lines=True) == "U+202E"


@pytest.mark.parametrize("character", sorted(TURN_TEXT))
def test_what_turns_text_is_left_out_of_what_is_printed(character):
    assert turns_text(f"a{character}b")
    assert printable(f"Total {character}01.00 $") == "Total 01.00 $"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "card 4111 1111 1111 1111, exp 12/29",
        "4111-1111-1111-1111",
        "4222222222222",
        "5555 5555 5555 4444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "6011111111111117",
        "3530111333300000",
        "6200000000000005",
    ],
)
def test_a_card_number_is_found_however_it_is_grouped(text):
    assert holds_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",
        "0000000000000000",
        "+49 30 901820 0000 0000",
        "INV-000147 of 2026-01-15",
        "2026-01-15T12:00:00.123456",
        "DE89 3704 0044 0532 0130 00",
        "41111111111111111111",
        "9780306406157",
        "1234567890123456",
        "Call 555-0100, then 555-0199",
        "",
    ],
)
def test_other_long_numbers_are_none(text):
    assert not holds_card_number(text)
