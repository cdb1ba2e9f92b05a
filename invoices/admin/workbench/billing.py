"""What waits in billing: held cycles, closes to come, open invoices, overage, usage that came too late."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from invoices.admin.workbench.shape import (
    ROWS_SHOWN,
    Looker,
    Number,
    Section,
    Shown,
    list_url,
    number_of,
    row_url,
)
from invoices.choices import AGES, BankLineState
from invoices.documents.reasons import reasons_in_words
from invoices.domain.ageing import Age
from invoices.models import BillingCycle, GatewayNotice, Invoice, PaymentPromise, TooLateUsage
from invoices.selectors.attention import (
    DUE_DAYS,
    list_due_by,
    list_held,
    list_over_commitment_twice,
    list_past_due,
    list_to_settle,
    until_end_of,
)
from invoices.selectors.bank import list_bank_lines
from invoices.selectors.card_payments import list_doubtful
from invoices.selectors.expected import OLD_AFTER, ExpectedTotal, list_expected_totals
from invoices.selectors.reminders import list_broken
from invoices.selectors.stopped import list_parked
from subscriptions.admin.parts import current_language, shown_money
from subscriptions.domain.formatting import format_day, format_days
from subscriptions.selectors.attention import COUNTED_AT_MOST, Bounded
from subscriptions.selectors.catalog import get_product_names

CYCLES, PARKED, LINES = "invoices_billingcycle", "invoices_parking", "invoices_bankline"
NOTICES, PROMISES = "invoices_gatewaynotice", "invoices_paymentpromise"


def held(looker: Looker) -> Section:
    """Return the cycles that are held, the one held longest first, and why."""
    cycles = list_held(looker.own(BillingCycle.objects.all()))
    number = number_of(cycles, CYCLES, _("Held billing cycles"), held="yes", is_bad=True)
    first = list(cycles.select_related("organization").order_by("held_at", "pk")[:ROWS_SHOWN])
    called = get_product_names(current_language()) if first else {}
    return Section(
        key="held",
        title=_("Held"),
        numbers=[number],
        rows=[
            Shown(
                organization=str(cycle.organization),
                what=period_of(cycle),
                url=row_url(CYCLES, cycle.pk),
                words=reasons_in_words(cycle.held_reasons[:3], names=called),
                since=cycle.held_at,
            )
            for cycle in first
        ],
    )


def parked(looker: Looker) -> Section:
    """Return the organizations for which nothing is issued, as their books are wrong."""
    rows = looker.own(list_parked())
    first = rows.select_related("organization").order_by("parked_at", "pk")[:ROWS_SHOWN]
    return Section(
        key="parked",
        title=_("Parked"),
        numbers=[number_of(rows, PARKED, _("Parked organizations: their books are wrong"), parked="yes", is_bad=True)],
        rows=[
            Shown(
                organization=str(parking.organization),
                what=_("nothing is issued"),
                url=row_url(PARKED, parking.pk),
                words=parking.faults[:1],
                since=parking.parked_at,
            )
            for parking in first
        ],
    )


def online_payments(looker: Looker) -> Section:
    """Return what gateways reported of payments online and does not fit, the oldest first."""
    notices = list_doubtful(looker.own(GatewayNotice.objects.all()))
    words = _("Online payments to be looked at")
    first = notices.select_related("organization").order_by("received_at", "pk")[:ROWS_SHOWN]
    return Section(
        key="online-payments",
        title=_("Online payments"),
        numbers=[number_of(notices, NOTICES, words, waits="yes", is_bad=True)],
        rows=[
            Shown(
                organization=str(notice.organization or _("of nobody we know")),
                what=str(notice),
                url=row_url(NOTICES, notice.pk),
                words=[notice.get_doubt_display()],
                since=notice.received_at,
            )
            for notice in first
        ],
    )


def bank(looker: Looker) -> Section:
    """Return the movements of bank files that are to be confirmed, and those of which nobody knows what they pay."""
    lines = list_bank_lines(looker.user)
    return Section(
        key="bank",
        title=_("From the bank"),
        numbers=[
            number_of(lines.filter(state=state), LINES, words, state=state.value)
            for state, words in (
                (BankLineState.WAITING, _("Bank movements that wait for a person")),
                (BankLineState.PROPOSED, _("Payments from the bank that are ready to record")),
            )
        ],
    )


def due(looker: Looker) -> Section:
    """Return what closes within a week, and what it is expected to come to."""
    return Section(
        key="due",
        title=_("Due soon"),
        numbers=[expected_until(looker, DUE_DAYS[-1], words=_("Closes within 7 days"))],
        more=(_("Look at them in the run review"), reverse("admin:invoices_run_review")),
    )


def expected_until(looker: Looker, days: int, *, words: Any) -> Number:
    """Return how many cycles open or close until the end of a day, and what they are expected to come to."""
    cycles = list_due_by(looker.own(BillingCycle.objects.all()), until=until_end_of(days, now=looker.now))
    soonest = list_expected_totals(cycles, at_most=COUNTED_AT_MOST + 1)
    fresh = [expected for expected in soonest if expected.is_known_since(looker.now - OLD_AFTER)]
    missing = len(soonest) - len(fresh)
    unknown = ngettext(
        "For %(count)s of them nothing has been worked out within a day: it is not among these amounts.",
        "For %(count)s of them nothing has been worked out within a day: they are not among these amounts.",
        missing,
    )
    return Number(
        count=Bounded(count=min(len(soonest), COUNTED_AT_MOST), or_more=len(soonest) > COUNTED_AT_MOST),
        words=words,
        url=list_url(CYCLES, due=str(days)),
        details=[*_expected(fresh), *([unknown % {"count": missing}] if missing else [])],
    )


def _expected(bills: Iterable[ExpectedTotal]) -> Iterator[str]:
    """Yield the expected amounts, a sentence for each currency; nothing is added across them."""
    totals: dict[str, list[Decimal]] = defaultdict(list)
    for bill in bills:
        totals[bill.currency or ""].append(bill.total or Decimal(0))
    for currency, amounts in sorted(totals.items()):
        words = ngettext(
            "%(amount)s expected, from %(count)s agreement",
            "%(amount)s expected, from %(count)s agreements",
            len(amounts),
        )
        yield words % {"amount": shown_money(sum(amounts), currency), "count": len(amounts)}


def past_due(looker: Looker) -> Section:
    """Return the invoices that are past due, by how long and in which currency."""
    invoices = looker.own(Invoice.objects.all())
    return Section(
        key="past-due",
        title=_("Past due"),
        numbers=[number for age in Age if age is not Age.CURRENT for number in _past_due(invoices, age, looker)],
        more=(_("What is owed, as of any day"), reverse("admin:invoices_ageing")),
    )


def broken_promises(looker: Looker) -> Section:
    """Return the promises to pay whose day has passed without the money; their reminders go on (BR-82)."""
    promises = list_broken(looker.own(PaymentPromise.objects.all()), on=looker.now.date())
    number = number_of(promises, PROMISES, _("Promises to pay that were broken"), state="broken", is_bad=True)
    first = promises.select_related("organization").order_by("promised_on", "pk")[:ROWS_SHOWN]
    return Section(
        key="broken-promises",
        title=_("Broken promises"),
        numbers=[number],
        rows=[
            Shown(
                organization=str(promise.organization),
                what=_("%(amount)s on %(day)s, promised by %(person)s")
                % {
                    "amount": shown_money(promise.amount, promise.currency),
                    "day": format_day(promise.promised_on, current_language()),
                    "person": promise.promised_by,
                },
                url=row_url(PROMISES, promise.pk),
            )
            for promise in (first if number.count.count else [])
        ],
    )


def _past_due(invoices: QuerySet[Invoice], age: Age, looker: Looker) -> Iterator[Number]:
    rows = list_past_due(invoices, on=looker.now.date(), age=age).values_list("currency", "balance__open")
    found = list(rows.order_by()[: COUNTED_AT_MOST + 1])
    is_cut = len(found) > COUNTED_AT_MOST
    open_amounts: dict[str, list[Decimal]] = defaultdict(list)
    for currency, left in found[:COUNTED_AT_MOST]:
        open_amounts[currency].append(left)
    for currency, amounts in sorted(open_amounts.items()):
        total = shown_money(sum(amounts), currency)
        yield Number(
            count=Bounded(count=len(amounts), or_more=is_cut),
            words=_("%(age)s, in %(currency)s") % {"age": AGES[age], "currency": currency},
            url=list_url("invoices_invoice", age=age.value, currency__exact=currency),
            details=[(_("%(amount)s or more") if is_cut else _("%(amount)s open")) % {"amount": total}],
            is_bad=age in {Age.UP_TO_90, Age.OVER_90},
        )


def over_commitment(looker: Looker) -> Section:
    """Return the agreements that went over their commitment in the last two periods."""
    cycles = list_over_commitment_twice(looker.own(BillingCycle.objects.all()), on=looker.now.date())
    first = cycles.select_related("organization").order_by("cutoff_at", "pk")[:ROWS_SHOWN]
    return Section(
        key="over-commitment",
        title=_("Over the commitment"),
        numbers=[
            number_of(cycles, CYCLES, _("Agreements over their commitment in the last two periods"), over="twice"),
        ],
        rows=[
            Shown(organization=str(cycle.organization), what=period_of(cycle), url=row_url(CYCLES, cycle.pk))
            for cycle in first
        ],
    )


def too_late(looker: Looker) -> Section:
    """Return the usage that came too late to be billed, and that nobody has decided about."""
    rows = list_to_settle(looker.own(TooLateUsage.objects.all()))
    return Section(
        key="too-late",
        title=_("Came too late"),
        numbers=[number_of(rows, "invoices_toolateusage", _("Usage that came too late to be billed"), settled="no")],
    )


def period_of(cycle: BillingCycle) -> str:
    """Write the days of a cycle's period."""
    return format_days(cycle.period_start, cycle.period_end - timedelta(days=1), current_language())
