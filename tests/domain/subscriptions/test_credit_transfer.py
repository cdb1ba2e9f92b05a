"""Which payments a banking app can read from a code, and what the code says (BR-79)."""

from decimal import Decimal

import pytest

from subscriptions.domain.credit_transfer import Account, Transfer, find_account, find_transfer, transfer_code

GERMAN = Account(number="DE89370400440532013000", is_iban=True, bic="COBADEFF")


def transfer_of(account=GERMAN, *, payee="Nordwind GmbH", amount="12.5", currency="EUR", text="RE-7"):
    return find_transfer(account, payee=payee, amount=Decimal(amount), currency=currency, text=text)


def test_the_code_says_it_line_by_line_as_the_guidelines_have_it():
    assert transfer_code(transfer_of()) == (
        "BCD\n002\n1\nSCT\nCOBADEFF\nNordwind GmbH\nDE89370400440532013000\nEUR12.50\n\n\nRE-7"
    )


@pytest.mark.parametrize(
    ("label", "details", "account"),
    [
        (
            "an IBAN with spaces, and a BIC",
            [["Kontoinhaber", "X"], ["IBAN", "DE89 3704 0044 0532 0130 00"], ["BIC", "COBADEFF"]],
            GERMAN,
        ),
        (
            "whatever the label is",
            [["Konto", "de89370400440532013000"]],
            Account(number="DE89370400440532013000", is_iban=True, bic=""),
        ),
        (
            "a BIC under its other name",
            [["IBAN", "NL29 HVNB 0417 0093 52"], ["SWIFT code", "HVNBNL2A"]],
            Account(number="NL29HVNB0417009352", is_iban=True, bic="HVNBNL2A"),
        ),
        (
            "no IBAN: the account, not its name",
            [["Account name", "X"], ["Account", "0042 7719 03"], ["SWIFT", "FHBKUS3P"]],
            Account(number="0042 7719 03", is_iban=False, bic="FHBKUS3P"),
        ),
        ("a mistyped IBAN is none", [["IBAN", "DE88 3704 0044 0532 0130 00"]], None),
        ("nothing that could be one", [["支店", "汐留支店 (041)"]], None),
    ],
)
def test_the_account_is_found_among_what_is_printed(label, details, account):
    assert find_account(details) == account, label


@pytest.mark.parametrize(
    ("label", "more", "has_code"),
    [
        ("usual", {}, True),
        ("the least", {"amount": "0.01"}, True),
        ("nothing", {"amount": "0"}, False),
        ("less than nothing", {"amount": "-1"}, False),
        ("the most", {"amount": "999999999.99"}, True),
        ("a cent more", {"amount": "1000000000"}, False),
        ("another currency", {"currency": "GBP"}, False),
        ("no account", {"account": None}, False),
        ("no IBAN", {"account": Account(number="42", is_iban=False, bic="FHBKUS3P")}, False),
        (
            "outside of the area",
            {"account": Account(number="BR1500000000000010932840814P2", is_iban=True, bic="X")},
            False,
        ),
        (
            "outside of the economic area without the bank",
            {"account": Account(number="CH9300762011623852957", is_iban=True, bic="")},
            False,
        ),
        (
            "outside of the economic area with it",
            {"account": Account(number="CH9300762011623852957", is_iban=True, bic="UBSWCHZH")},
            True,
        ),
        ("nobody to pay", {"payee": " "}, False),
        ("no reference", {"text": ""}, False),
        ("a reference that is too long", {"text": "X" * 141}, False),
        ("more bytes than a code holds", {"payee": "日" * 70, "text": "日" * 70}, False),
    ],
)
def test_a_code_is_made_only_of_what_it_can_hold(label, more, has_code):
    assert (transfer_of(**more) is not None) is has_code, label


def test_a_name_that_is_too_long_is_cut_off():
    found = transfer_of(payee="Großbäckerei " * 10)
    assert isinstance(found, Transfer)
    assert found.payee == ("Großbäckerei " * 10)[:70].strip()
