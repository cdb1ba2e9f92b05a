"""Keeps what a cycle would have issued, had its organization not been in shadow: no number, no ledger, no mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from invoices.choices import DocumentType
from invoices.domain.draft import InvoiceDraft
from invoices.models import BillingCycle, ShadowBill, ShadowLine
from invoices.services.issuing import Issue, describe_lines, frozen_copy, line_columns
from subscriptions.domain.money import plain
from subscriptions.selectors.catalog import get_product_names
from subscriptions.services.bulk import insert_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Unissued:
    """What a cycle's opening or close would have issued, None if nothing was due, and what it was left without."""

    cycle: BillingCycle
    draft: InvoiceDraft | None
    issue: Issue
    is_opening: bool
    left_out: Sequence[dict[str, Any]] = ()


def keep_bills(unissued: Sequence[Unissued]) -> None:
    """
    Keep shadow bills, in as many statements for many as for one.

    :raises IntegrityError: if one of their charges stands in shadow already (BR-70)
    """
    bills = insert_rows((_bill(one) for one in unissued), keyed=True)
    names = {language: get_product_names(language) for language in {_language(one) for one in unissued}}
    insert_rows(
        line for bill, one in zip(bills, unissued, strict=True) for line in _lines(bill, one, names[_language(one)])
    )


def _language(one: Unissued) -> str:
    return one.issue.subscription.organization.language


def _bill(one: Unissued) -> ShadowBill:
    draft, subscription = one.draft, one.issue.subscription
    is_credit_note = draft is not None and draft.is_credit_note
    return ShadowBill(
        organization_id=subscription.organization_id,
        subscription=subscription,
        cycle=one.cycle,
        is_opening=one.is_opening,
        terms_snapshot=one.issue.terms,
        document_type=DocumentType.CREDIT_NOTE if is_credit_note else DocumentType.INVOICE,
        kept_at=one.issue.issued_at,
        invoice_date=draft.invoice_date if draft else one.cycle.period_end,
        due_date=draft.due_date if draft else one.cycle.period_end,
        currency=subscription.currency,
        subtotal=draft.subtotal.amount if draft else Decimal(0),
        tax=draft.tax.amount if draft else Decimal(0),
        total=draft.total.amount if draft else Decimal(0),
        taxes=_taxes(draft) if draft else [],
        left_out=list(one.left_out),
        frozen=_frozen(draft, one.issue) if draft else {},
    )


def _frozen(draft: InvoiceDraft, issue: Issue) -> dict[str, Any]:
    return frozen_copy(issue.subscription, issue.period, draft, is_final=issue.is_final)


def _taxes(draft: InvoiceDraft) -> list[dict[str, str]]:
    return [
        {
            "authority": tax.rate.authority,
            "rate": plain(tax.rate.rate),
            "taxable": plain(tax.rate.taxable),
            "revenue": plain(tax.revenue.amount),
            "amount": plain(tax.amount.amount),
        }
        for tax in draft.taxes
    ]


def _lines(bill: ShadowBill, one: Unissued, names: Mapping[str, str]) -> list[ShadowLine]:
    if one.draft is None:
        return []
    descriptions = describe_lines(one.draft, names)
    return [
        ShadowLine(
            organization_id=bill.organization_id,
            subscription_id=bill.subscription_id,
            bill=bill,
            position=position,
            description=description,
            charge_key=charge.key(one.issue.revision),
            **line_columns(charge),
        )
        for position, (charge, description) in enumerate(zip(one.draft.lines, descriptions, strict=True))
    ]
