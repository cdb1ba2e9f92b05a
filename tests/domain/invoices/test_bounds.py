"""What makes an invoice absurd: each bound, an invoice that just keeps it and one that just does not."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from moneyed import Money

from invoices.domain.block import BOUNDS, Block, BlockCode
from invoices.domain.bounds import NO_BOUNDS, Before, Bounds, HeldAgainst, beyond, fingerprint, seats_seen
from invoices.domain.charge import Charge, ChargeKind
from invoices.domain.draft import InvoiceDraft, draft_invoice
from tests.domain.agreements import an_agreement
from tests.domain.lines import a_charge, authority
from usage.domain.snapshot import PersonUse

BEGIN = date(2026, 1, 15)
SECOND = date(2026, 2, 15)
USUAL = [Decimal(amount) for amount in ("140.00", "150.00", "160.00")]


def against(**changes: Any) -> HeldAgainst:
    """Return what an invoice for the second period is held against, changed as named."""
    return HeldAgainst(
        **{
            "currency": "USD",
            "starts_on": SECOND,
            "effective_date": BEGIN,
            "before": Before(ended=SECOND, is_closed=True, arrears=()),
            "advance": Decimal(0),
            "seen": {"purecloud-1": 1000},
        }
        | changes
    )


def a_draft(*charges: Charge, currency: str = "USD", tax_rates: Sequence[Any] = ()) -> InvoiceDraft:
    draft = draft_invoice(charges, currency=currency, dated=date(2026, 3, 15), net_days=30, tax_rates=tax_rates)
    assert draft is not None
    return draft


def overage(amount: str, **changes: Any) -> Charge:
    return a_charge(amount=Money(amount, "USD"), **changes)


def advance(amount: str) -> Charge:
    return a_charge(kind=ChargeKind.PREPAY, amount=Money(amount, "USD"))


def codes(draft: InvoiceDraft | None, bounds: Bounds = Bounds(), **changes: Any) -> list[BlockCode]:  # noqa: B008
    return [block.code for block in beyond(draft, against(**changes), bounds=bounds)]


@pytest.mark.parametrize(
    ("label", "amount", "past", "expected"),
    [
        ("five times the median of 150", "750.00", USUAL, []),
        ("a cent more", "750.01", USUAL, [BlockCode.ARREARS_JUMP]),
        ("far more, and only two periods are known", "9000.00", USUAL[:2], []),
        ("far more, and there never were any", "9000.00", [Decimal(0)] * 6, []),
        ("five times the highest, as most were nothing", "800.00", [*[Decimal(0)] * 4, USUAL[2]], []),
        ("a cent more than that", "800.01", [*[Decimal(0)] * 4, USUAL[2]], [BlockCode.ARREARS_JUMP]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_arrears_of_more_than_five_times_the_usual_are_held(label, amount, past, expected):
    before = Before(ended=SECOND, arrears=past)
    assert codes(a_draft(overage(amount)), before=before) == expected


def test_many_times_the_usual_arrears_of_next_to_nothing_are_not_held():
    before, agreed = Before(ended=SECOND, arrears=[Decimal("0.10")] * 3), Decimal("14000.00")
    within = a_draft(advance("14000.00"), overage("141.00"))
    over = a_draft(advance("14000.00"), overage("142.00"))

    assert codes(within, before=before, advance=agreed) == []
    assert codes(over, before=before, advance=agreed) == [BlockCode.ARREARS_JUMP]


def test_what_is_compared_and_how_often_is_configured():
    before, draft = Before(ended=SECOND, arrears=USUAL[:1]), a_draft(overage("281.00"))

    assert codes(draft, before=before) == []
    assert codes(draft, Bounds(arrears_times=Decimal(2), arrears_needed=1), before=before) == [BlockCode.ARREARS_JUMP]


@pytest.mark.parametrize(
    ("label", "draft", "agreed", "expected"),
    [
        ("as agreed", a_draft(advance("280.00")), "280.00", []),
        ("a cent more", a_draft(advance("280.01")), "280.00", [BlockCode.ADVANCE_OFF]),
        ("a cent less", a_draft(advance("279.99")), "280.00", [BlockCode.ADVANCE_OFF]),
        ("none, and one was agreed", a_draft(overage("1.00")), "280.00", [BlockCode.ADVANCE_OFF]),
        ("nothing at all, and one was agreed", None, "280.00", [BlockCode.ADVANCE_OFF]),
        ("nothing, as agreed", None, "0", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_advance_that_is_not_commitment_times_price_is_held(label, draft, agreed, expected):
    assert codes(draft, advance=Decimal(agreed)) == expected


@pytest.mark.parametrize(
    ("label", "quantities", "product", "expected"),
    [
        ("as many as were seen", ["5", "3"], "purecloud-1", []),
        ("one more", ["5", "4"], "purecloud-1", [BlockCode.SEATS_UNSEEN]),
        ("what is not counted by head", ["900"], "basic-ivr", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_more_seats_than_anybody_was_seen_on_are_held(label, quantities, product, expected):
    lines = [overage("1.00", quantity=Decimal(quantity), product=product) for quantity in quantities]
    assert codes(a_draft(*lines), seen={"purecloud-1": 8}) == expected


def test_an_amount_in_another_currency_than_the_agreements_is_held():
    assert codes(a_draft(overage("1.00"))) == []
    assert codes(a_draft(overage("1.00")), currency="EUR") == [BlockCode.WRONG_CURRENCY]
    mixed = replace(a_draft(overage("1.00")), lines=[a_charge(amount=Money("1.00", "EUR"))])
    (block,) = beyond(mixed, against(), bounds=Bounds())
    assert (block.code, block.subject) == (BlockCode.WRONG_CURRENCY, "EUR")


def test_money_is_given_back_only_by_a_correction():
    nothing, back = a_draft(overage("0.00")), a_draft(overage("-0.01"))
    corrected = a_draft(overage("-0.01"), overage("-5.00", kind=ChargeKind.ADJUSTMENT))

    assert codes(nothing) == []
    assert codes(back) == [BlockCode.CREDIT_OF_NOTHING]
    assert codes(corrected) == []
    assert codes(replace(nothing, total=Money("-0.01", "USD"))) == [BlockCode.CREDIT_OF_NOTHING]


def test_more_lines_than_the_most_are_held():
    bounds, lines = Bounds(most_lines=3), [overage("1.00")] * 3

    assert codes(a_draft(*lines), bounds) == []
    assert codes(a_draft(*lines, overage("1.00")), bounds) == [BlockCode.TOO_MANY_LINES]


@pytest.mark.parametrize(
    ("label", "starts_on", "before", "expected"),
    [
        ("where the last one ended", SECOND, Before(ended=SECOND), []),
        ("a day later", date(2026, 2, 16), Before(ended=SECOND), [BlockCode.PERIOD_APART]),
        ("a day earlier", date(2026, 2, 14), Before(ended=SECOND), [BlockCode.PERIOD_APART]),
        ("where one ended that is not closed", SECOND, Before(ended=SECOND, is_closed=False), [BlockCode.PERIOD_APART]),
        ("the first, with the agreement", BEGIN, Before(), []),
        ("the second, and the first is missing", SECOND, Before(), [BlockCode.PERIOD_APART]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_period_that_is_apart_from_the_last_is_held(label, starts_on, before, expected):
    assert codes(a_draft(overage("1.00")), starts_on=starts_on, before=before) == expected


ABSURD = {"currency": "EUR", "starts_on": date(2027, 1, 1), "advance": Decimal(1), "seen": {"purecloud-1": 0}}


def test_every_bound_says_its_own_and_none_holds_where_nobody_is_asked():
    lines = [overage("9000.00")] * 3
    before = Before(ended=SECOND, arrears=USUAL)
    draft = replace(a_draft(*lines), is_credit_note=True)

    found = beyond(draft, against(**ABSURD, before=before), bounds=Bounds(most_lines=2))

    # A credit note turns the signs round: nothing is in arrears then.
    assert {block.code for block in found} == BOUNDS - {BlockCode.ARREARS_JUMP}
    assert beyond(draft, against(**ABSURD, before=before), bounds=NO_BOUNDS) == []


# --- The fingerprint ------------------------------------------------------------------------------------------------

LOOKED_AT = a_draft(overage("900.00"), advance("280.00"), tax_rates=[authority("6.25")])
WHY = [Block(code=BlockCode.ARREARS_JUMP, subject="USD 900")]


def test_an_invoice_is_the_same_on_another_day():
    later = replace(LOOKED_AT, invoice_date=date(2026, 4, 1), due_date=date(2026, 5, 1))
    assert fingerprint(later, WHY) == fingerprint(LOOKED_AT, WHY)


@pytest.mark.parametrize(
    ("label", "changes", "why"),
    [
        ("another quantity", {"lines": [replace(LOOKED_AT.lines[0], quantity=Decimal(4)), *LOOKED_AT.lines[1:]]}, WHY),
        ("a line less", {"lines": LOOKED_AT.lines[1:]}, WHY),
        ("the lines turned round", {"lines": LOOKED_AT.lines[::-1]}, WHY),
        ("no tax", {"taxes": []}, WHY),
        ("another total", {"total": Money("1253.76", "USD")}, WHY),
        ("a credit note", {"is_credit_note": True}, WHY),
        ("one more bound", {}, [*WHY, Block(code=BlockCode.TOO_MANY_LINES, subject="9")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_invoice_that_says_anything_else_is_another(label, changes, why):
    assert fingerprint(replace(LOOKED_AT, **changes), why) != fingerprint(LOOKED_AT, WHY)


def test_every_figure_of_a_line_is_in_the_fingerprint():
    line = LOOKED_AT.lines[0]
    others = {
        "kind": ChargeKind.USAGE,
        "corrects": ChargeKind.USAGE,
        "product": "purecloud-2",
        "unit_price": Decimal(1),
        "months": 2,
        "amount": Money("900.01", "USD"),
        "service": replace(line.service, last_day=date(2026, 3, 14)),
        "destination": "Spain",
        "direction": "outbound",
        "days": 3,
    }
    found = {
        fingerprint(replace(LOOKED_AT, lines=[replace(line, **{name: value}), *LOOKED_AT.lines[1:]]), WHY)
        for name, value in others.items()
    }
    assert len(found | {fingerprint(LOOKED_AT, WHY)}) == len(others) + 1


# --- Seats that were seen -------------------------------------------------------------------------------------------


class Counted:
    """What a count says about people."""

    def __init__(self, licenses: Sequence[str | None], add_on_holders: dict[str, frozenset[str]]) -> None:
        at = datetime(2026, 1, 20, tzinfo=UTC)
        self.people = [
            PersonUse(user=str(k), license=held, first_login_at=at, last_seen_at=at, logged_in=timedelta(hours=1))
            for k, held in enumerate(licenses)
        ]
        self.add_on_holders = add_on_holders


LICENSES = ["purecloud-1", "purecloud-1", "purecloud-3", "communicate", None]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("named", {"purecloud-1": 2, "purecloud-2": 0, "purecloud-3": 1, "communicate": 1, "collaborate": 0}),
        ("concurrent", {"purecloud-1": 3, "purecloud-2": 3, "purecloud-3": 3, "communicate": 1, "collaborate": 0}),
        ("hourly", {"communicate": 1, "collaborate": 0}),
    ],
)
def test_seats_are_those_of_the_people_behind_a_count(model, expected):
    count = Counted(LICENSES, {"salesforce": frozenset({"0", "4"})})
    terms = an_agreement(licensing_model=model, add_ons=frozenset({"salesforce", "zendesk"}))

    assert seats_seen(count, terms) == expected | {"salesforce": 2, "zendesk": 0}
