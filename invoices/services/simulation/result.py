"""What came of a story, in the words of the scenario format, and how it differs from what was expected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from moneyed import Money

from invoices.domain.block import BLOCK_ORDER, BlockCode
from invoices.models import BillingCycle, CycleException, Invoice, InvoiceLine
from invoices.services.simulation.reading import Written
from subscriptions.domain.money import at_precision, plain
from subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Result:
    """Documents in order of issue, exceptions in order of period, and the first period that could not close."""

    invoices: list[dict[str, Any]]
    exceptions: list[dict[str, str]]
    held: list[dict[str, str]]

    def as_json(self) -> dict[str, Any]:
        """Return the result as the scenario format writes it."""
        return {"invoices": self.invoices, "exceptions": self.exceptions, "held": self.held}


def get_result(written: Written, subscription: Subscription) -> Result:
    """Read back what the played story left in the database."""
    invoices = Invoice.objects.filter(subscription=subscription).prefetch_related("lines", "taxes")
    return Result(
        invoices=[_document(written, invoice) for invoice in sorted(invoices, key=_order_of_issue)],
        exceptions=_exceptions(subscription),
        held=_held(subscription),
    )


def differences(result: object, expected: object, path: str = "") -> Iterator[str]:
    """Yield one line for each place in which a result is not what was expected; dates are compared as text."""
    if isinstance(expected, date):
        expected = expected.isoformat()
    if isinstance(expected, dict) and isinstance(result, dict):
        for key in [*expected, *(key for key in result if key not in expected)]:
            yield from differences(result.get(key), expected.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(expected, list) and isinstance(result, list):
        for place in range(max(len(expected), len(result))):
            got = result[place] if place < len(result) else None
            wanted = expected[place] if place < len(expected) else None
            yield from differences(got, wanted, f"{path}[{place}]")
    elif result != expected:
        yield f"{path}: expected {_shown(expected)}, got {_shown(result)}"


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)


def _order_of_issue(invoice: Invoice) -> tuple[object, ...]:
    """At one instant the documents of orders come before that of the cycle."""
    return invoice.issued_at, invoice.cycle_id is not None, invoice.pk


def _document(written: Written, invoice: Invoice) -> dict[str, Any]:
    return {
        "type": invoice.document_type,
        "invoice_date": invoice.invoice_date.isoformat(),
        "due_date": invoice.due_date.isoformat(),
        "currency": invoice.currency,
        "lines": [_line(written, line, invoice.currency) for line in invoice.lines.all()],
        "subtotal": _amount(invoice.subtotal, invoice.currency),
        "taxes": [
            {"authority": tax.authority, "amount": _amount(tax.amount, invoice.currency)} for tax in invoice.taxes.all()
        ],
        "tax": _amount(invoice.tax, invoice.currency),
        "total": _amount(invoice.total, invoice.currency),
    }


def _line(written: Written, line: InvoiceLine, currency: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": line.kind,
        "product": line.product,
        "quantity": plain(line.quantity),
        "unit_price": written.as_written(line),
        "months": line.months,
        "amount": _amount(line.amount, currency),
        "service_start": line.service_start.isoformat(),
        "service_end": line.service_end.isoformat(),
    }
    extra = {
        "destination": line.destination or None,
        "direction": line.direction or None,
        "days": line.days,
        "period_days": line.period_days,
        "of": line.corrects or None,
    }
    return shown | {name: value for name, value in extra.items() if value is not None}


def _amount(amount: Decimal, currency: str) -> str:
    return at_precision(Money(amount, currency))


def _exceptions(subscription: Subscription) -> list[dict[str, str]]:
    found = CycleException.objects.filter(cycle__subscription=subscription).select_related("cycle")
    return [
        {"code": row.code, "subject": row.subject, "period_start": row.cycle.period_start.isoformat()}
        for row in sorted(found, key=lambda row: (row.cycle.period_start, row.code, row.subject))
    ]


def _held(subscription: Subscription) -> list[dict[str, str]]:
    cycle = BillingCycle.objects.filter(subscription=subscription).exclude(held_reasons=[]).first()
    if cycle is None:
        return []
    codes = sorted({BlockCode(reason["code"]) for reason in cycle.held_reasons}, key=BLOCK_ORDER.__getitem__)
    return [{"period_start": cycle.period_start.isoformat(), "code": code.value} for code in codes]
