"""What tells one movement on a bank account from every other, so that each is kept once however often it is sent."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from invoices.domain.bank.statement import StatementLine


def identities(lines: Iterable[StatementLine]) -> list[str]:
    """
    Return a digest for each line of a file: of its account and the bank's own reference, else of all it says.

    Lines that are alike in a file are counted: the second one is another movement, and the second one again in an
    overlapping file. The sum belongs to a reference: a bank that uses one twice for different sums means two movements.
    """
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        content = _content(line)
        seen[content] += 1
        found.append(hashlib.sha256(f"{content}|{seen[content]}".encode()).hexdigest())
    return found


def _content(line: StatementLine) -> str:
    sum_of = [line.account, line.direction.value, line.currency, f"{line.amount:.5f}"]
    if line.bank_reference:
        return json.dumps(["reference", *sum_of, line.bank_reference])
    said = [line.booked_on.isoformat(), line.payer_name, line.payer_account, line.text, line.creditor_reference]
    return json.dumps(["content", *sum_of, *said])
