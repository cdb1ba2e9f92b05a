"""Each charge is invoiced once, what was committed is paid for once, and no more is credited than was charged."""

from collections import Counter, defaultdict
from decimal import Decimal

from invoices.models import BillingCycle, InvoiceLine, ShadowLine
from subscriptions.models import Subscription
from subscriptions.selectors.terms import get_terms
from tests.domain.agreements import walked_commitments
from tests.invariants.reading import Books, sign_of

SOLD_ONCE = {"one_time", "hardware"}
IN_ADVANCE_OR_ONCE = {"prepay", *SOLD_ONCE}


def assert_nothing_is_charged_twice(books: Books) -> None:
    """Assert that a close made one document and that no charge stands on two lines (BR-70, BR-73)."""
    first_cycles = {
        cycle.pk for row in books.cycles.values() for cycle in row if cycle is row[0] or opens_at_go_live(cycle, books)
    }
    documents = Counter(invoice.cycle_id for invoice in books.invoices if invoice.cycle_id)
    for cycle_id, count in documents.items():
        # The opening of the first period may have issued one document, and its close another.
        assert count <= (2 if cycle_id in first_cycles else 1), "two documents of one close"
    keys = Counter((line.subscription_id, line.charge_key) for _, line in books.lines())
    assert set(keys.values()) <= {1}, "one key on two lines"
    charges = Counter(
        (line.subscription_id, *_identity(line), line.unit_price, line.service_start)
        for _, line in books.lines()
        if line.kind not in {"adjustment", "credit", *SOLD_ONCE}
    )
    assert set(charges.values()) <= {1}, "one charge on two lines"


def assert_commitments_are_paid_for_once(books: Books) -> None:
    """
    Assert that what was charged in advance for each period that has begun is what is in force in it (BR-10, BR-15).

    Neither more nor less, in all documents together, whatever was changed, cancelled or withdrawn on the way.
    """
    prepaid = [(line, sign_of(invoice)) for invoice, line in books.lines() if line.kind == "prepay"]
    before = [line for line in books.shadow_lines if line.kind == "prepay"]
    by_agreement = defaultdict(list)
    for line, sign in (*prepaid, *((line, sign_of(line.bill)) for line in before)):
        by_agreement[line.subscription_id].append((line, sign))
    for subscription, row in books.cycles.items():
        in_force = _in_force(subscription, len(row))
        for cycle in row:
            if cycle.state == "opening":
                continue
            paid: defaultdict[str, Decimal] = defaultdict(Decimal)
            for line, sign in by_agreement[subscription.pk]:
                if line.service_start <= cycle.period_start <= line.service_end and counts(line, cycle, books):
                    paid[line.product] += sign * line.quantity
            paid_for = {product: quantity for product, quantity in paid.items() if quantity}
            assert paid_for == in_force[cycle.index], f"{subscription}, period of {cycle}: in advance"


def opens_at_go_live(cycle: BillingCycle, books: Books) -> bool:
    """Tell whether a period opened like a first one, as it is the first that is really billed."""
    shadow = books.shadows.get(cycle.organization_id)
    return shadow is not None and shadow.live_from == cycle.period_start and not shadow.ahead_is_billed


def counts(line: InvoiceLine | ShadowLine, cycle: BillingCycle, books: Books) -> bool:
    """Tell whether an advance pays for a period: one of ours does, one in shadow if the old system billed it."""
    if isinstance(line, InvoiceLine):
        return True
    shadow = books.shadows[line.organization_id]
    return shadow.live_from is None or bool(shadow.ahead_is_billed) or cycle.period_start < shadow.live_from


def assert_no_more_is_credited_than_was_charged(books: Books) -> None:
    """Assert that no charge of any period has become negative, in quantity or amount, over all documents (BR-74)."""
    quantities: defaultdict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    amounts: defaultdict[tuple[object, ...], Decimal] = defaultdict(Decimal)
    for invoice, line in books.lines():
        if not {line.kind, line.corrects} & IN_ADVANCE_OR_ONCE:
            rate = line.unit_price if "voice" in {line.kind, line.corrects} else None
            charge = (line.subscription_id, line.service_start, *_identity(line), rate)
            quantities[charge] += sign_of(invoice) * line.quantity
            amounts[charge] += sign_of(invoice) * line.amount
    for charge in quantities:
        assert quantities[charge] >= 0, f"{charge}: {quantities[charge]}"
        assert amounts[charge] >= 0, f"{charge}: {amounts[charge]}"


def _in_force(subscription: Subscription, periods: int) -> list[dict[str, Decimal]]:
    return walked_commitments(get_terms(subscription), periods)


def _identity(line: object) -> tuple[object, ...]:
    return (
        line.corrects or line.kind,
        line.product,
        line.direction,
        line.destination,
        line.days,
    )
