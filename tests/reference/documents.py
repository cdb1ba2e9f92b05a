"""What is issued: lines in their order, tax, invoice or credit note (BR-32, BR-73, BR-74, BR-78)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from tests.reference.money import decimals, half_up, plain, written

KINDS = [
    "prepay", "usage", "overage", "fair_use", "call_ports", "voice", "number_setup", "number",
    "one_time", "hardware", "adjustment",
]  # fmt: skip
TELECOM = {"call-ports", "byoc-cloud", "voice", "did-number", "toll-free-number"}
SOFTWARE = {
    "collaborate", "communicate", "purecloud-1", "purecloud-2", "purecloud-3",
    "basic-ivr", "data-storage", "api-requests", "voice-transcription",
}  # fmt: skip


def line(kind, product, quantity, unit_price, amount, first_day, last_day, *, months=1, **extra):
    """Return a line whose quantity, price and amount are still numbers."""
    return {
        "kind": kind,
        "product": product,
        "quantity": Decimal(quantity),
        "unit_price": unit_price,
        "months": months,
        "amount": amount,
        "service_start": first_day,
        "service_end": last_day,
        **extra,
    }


def document(story, lines, invoice_date, net_days):
    """Return the document that the lines make, as a story's result writes it; None where there are none."""
    if not lines:
        return None
    places = decimals(story["organization"]["currency"])
    subtotal = sum(each["amount"] for each in lines)
    taxes = _taxes(story, lines, places)
    tax = sum(amount for _, amount in taxes)
    sign = -1 if subtotal + tax < 0 else 1
    return {
        "type": "invoice" if sign == 1 else "credit_note",
        "invoice_date": invoice_date.isoformat(),
        "due_date": (invoice_date + timedelta(days=net_days)).isoformat(),
        "currency": story["organization"]["currency"],
        "lines": [_shown(each, sign, places) for each in sorted(lines, key=_place)],
        "subtotal": written(sign * subtotal, places),
        "taxes": [{"authority": name, "amount": written(sign * amount, places)} for name, amount in taxes],
        "tax": written(sign * tax, places),
        "total": written(sign * (subtotal + tax), places),
    }


def _taxes(story, lines, places):
    if story.get("tax_exempt"):
        return []
    found = []
    for authority in story.get("tax") or []:
        taxed = [each["amount"] for each in lines if _category(each, story) in authority["categories"]]
        if taxed:
            rate = Fraction(str(authority["rate"])) / 100 * Fraction(str(authority["taxable"])) / 100
            found.append((authority["authority"], half_up(Fraction(sum(taxed)) * rate, places)))
    return found


def _category(each, story):
    if each["kind"] == "hardware":
        return "hardware"
    if each["product"] in TELECOM:
        return "telecom"
    if each["product"] in SOFTWARE or each["product"] in (story.get("add_ons") or []):
        return "software"
    return "service"


def _place(each):
    return (
        KINDS.index(each["kind"]),
        each["product"],
        each["service_start"],
        each.get("destination", ""),
        each.get("direction", ""),
        KINDS.index(each["of"]) if "of" in each else -1,
        each["unit_price"],
        each.get("days", 0),
    )


def _shown(each, sign, places):
    return each | {
        "quantity": plain(sign * each["quantity"]),
        "unit_price": f"{each['unit_price']:f}",
        "amount": written(sign * each["amount"], places),
        "service_start": each["service_start"].isoformat(),
        "service_end": each["service_end"].isoformat(),
    }
