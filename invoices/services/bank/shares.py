"""What a line of a bank file would pay, as it is kept beside it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from invoices.domain.payments import Share
from invoices.models import BankLine


def stored(shares: Sequence[Share], numbers: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return shares as they are kept; `numbers` are those of the invoices."""
    return [
        {"document": share.document_id, "number": numbers[share.document_id], "amount": str(share.amount)}
        for share in shares
    ]


def shares_of(line: BankLine) -> list[Share]:
    """Return what a line would pay."""
    return [Share(document_id=share["document"], amount=Decimal(share["amount"])) for share in line.shares]
