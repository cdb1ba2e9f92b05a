"""What a line of a bank file would pay, as it is kept beside it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoices.choices import BankLineState
from invoices.domain.bank.matching import Finding, Proposal
from invoices.domain.payments import Share
from invoices.models import BankLine, Invoice


def kept(proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Return what is kept of each proposal, by the fields of its line: state, finding, organization and shares."""
    ids = {share.document_id for proposal in proposals for share in proposal.shares}
    numbers = dict(Invoice.objects.filter(pk__in=ids).values_list("pk", "number"))
    return [
        {
            "state": _state(proposal),
            "finding": proposal.finding.value,
            "organization_id": proposal.organization_id,
            "shares": [
                {"document": share.document_id, "number": numbers[share.document_id], "amount": str(share.amount)}
                for share in proposal.shares
            ],
        }
        for proposal in proposals
    ]


def shares_of(line: BankLine) -> list[Share]:
    """Return what a line would pay."""
    return [Share(document_id=share["document"], amount=Decimal(share["amount"])) for share in line.shares]


def _state(proposal: Proposal) -> BankLineState:
    if proposal.is_sure:
        return BankLineState.PROPOSED
    return BankLineState.OUT if proposal.finding is Finding.OUT else BankLineState.WAITING
