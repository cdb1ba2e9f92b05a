"""Matches the lines that wait once more, by the rule of the import, as what they may pay has changed (BR-80)."""

from functools import partial

from django.db import connection

from invoices.choices import BankLineState
from invoices.domain.bank.matching import propose_all
from invoices.domain.bank.statement import Direction, StatementLine
from invoices.models import BankLine
from invoices.services.bank.candidates import load_known
from invoices.services.bank.shares import kept
from subscriptions.services.bulk import update_rows
from subscriptions.services.transactions import in_one_transaction

MATCHED_AT_ONCE = 500
"""So many lines are one transaction, which takes as many statements as one of them."""


def match_waiting_lines() -> int:
    """
    Match every line that waits and about which nobody has decided anything, and return of how many something is new.

    What is sure now is ready to record once a person confirms it; else the suggestion is that of today. Where nothing
    has changed, nothing is written.
    """
    changed, after = 0, 0
    while True:
        last, count = in_one_transaction(partial(_match_some, after=after))
        changed += count
        if last is None:
            return changed
        after = last


def _match_some(*, after: int) -> tuple[int | None, int]:
    """Match the next lines, and return the key of the last one, None if there was none, and how many have changed."""
    waiting = BankLine.objects.filter(
        state=BankLineState.WAITING, direction=Direction.IN.value, decided_at__isnull=True, pk__gt=after
    )
    if connection.features.has_select_for_update_skip_locked:
        # Who decides about one right now knows better.
        waiting = waiting.select_for_update(skip_locked=True, of=("self",))
    lines = list(waiting.order_by("pk")[:MATCHED_AT_ONCE])
    if not lines:
        return None, 0
    asked = [(line.pk, _statement_line(line)) for line in lines]
    changed = []
    for line, found in zip(lines, kept(propose_all(asked, load_known(asked))), strict=True):
        if any(getattr(line, name) != value for name, value in found.items()):
            for name, value in found.items():
                setattr(line, name, value)
            changed.append(line)
    update_rows(changed, ["state", "finding", "organization", "shares"])
    return lines[-1].pk, len(changed)


def _statement_line(line: BankLine) -> StatementLine:
    """Return a line as the bank's file told it."""
    return StatementLine(
        place=line.place,
        account=line.account,
        booked_on=line.booked_on,
        amount=line.amount,
        currency=line.currency,
        direction=Direction(line.direction),
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        text=line.text,
        creditor_reference=line.creditor_reference,
        bank_reference=line.bank_reference,
    )
