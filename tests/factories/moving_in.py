"""An organization that moves in: two periods closed in shadow, and the old system's invoices for them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User

from invoices.domain.moving_in.opening_balances import OldFile
from invoices.models import BillingCycle, OldInvoiceFile, Shadow, ShadowBill
from invoices.selectors.opening import list_waiting, sums_of_rows
from invoices.services.shadow.beginning import Launch, begin_shadow, go_live, list_launch_days
from invoices.services.shadow.old_files import keep_old_file, upload_old_file
from invoices.services.sweeping import close_due_cycles
from subscriptions.domain.period import local_date
from subscriptions.models import Organization
from subscriptions.services.recording import Recording
from tests.factories.subscriptions import a_subscription, an_organization
from tests.factories.usage import a_working_day, report

SEATS = {"purecloud-3": {"price": "140.00", "overage_price": "150.00", "commitment": 2}}
OPENING_HEADER = "organization,kind,number,date,due_date,currency,amount"
HEADER = "organization,invoice,currency,first_day,last_day,kind,product,description,quantity,unit_price,amount,tax"


@dataclass(frozen=True, kw_only=True)
class MovingIn:
    """What there is of it: its first period that is closed, the bill of that, and the file of the old system."""

    shadow: Shadow
    cycle: BillingCycle
    bill: ShadowBill
    file: OldInvoiceFile

    @property
    def organization(self) -> Organization:
        """Return who moves in."""
        return self.shadow.organization


def make_moving_in(code: str, *, by: User, now: datetime, name: str = "") -> MovingIn:
    """
    Return an organization with concurrent licensing whose first period differs, and whose second is not imported.

    Three people were in together where two seats are committed; the old system billed no third one, and a cheaper seat.
    """
    start = months_before(now.date() - timedelta(days=15), 2)
    organization = an_organization(code, **({"name": name} if name else {}))
    a_subscription(
        organization,
        effective_date=start,
        commercial_model="PREPAY_MONTHLY_COMMITMENT",
        licensing_model="concurrent",
        prices=SEATS,
    )
    for user in ("ann", "ben", "cid"):
        report(organization, *a_working_day(user, (start + timedelta(days=3)).isoformat(), "purecloud-3"))
    shadow = begin_shadow(organization, reason="Moves in from its old system.", by=by, now=now)
    close_due_cycles(now=now, organization_id=organization.pk)
    cycle = BillingCycle.objects.filter(organization=organization, state="closed").earliest("period_start")
    recording = Recording(by=by, at=now)
    text = old_invoice(cycle, code).encode()
    file = upload_old_file(f"{code}.csv", text, holds=OldFile.INVOICES, by=by, now=now)
    keep_old_file(file.pk, recording=recording)
    return MovingIn(shadow=shadow, cycle=cycle, bill=cycle.shadow_bills.get(is_opening=False), file=file)


def make_moved_in(code: str, *, by: User, now: datetime, name: str = "") -> Organization:
    """Return an organization that is live, with an old invoice past due, one that falls due, and a credit."""
    organization = an_organization(code, **({"name": name} if name else {}))
    subscription = a_subscription(
        organization, effective_date=now.date() + timedelta(days=20), prices=SEATS, licensing_model="concurrent"
    )
    shadow = begin_shadow(organization, reason="Moves in from its old system.", by=by, now=now)
    # What is past due is told in the customer's days: in the night of ours it is the day before there.
    text = opening_balances(code, local_date(now, time_zone=subscription.time_zone))
    file = upload_old_file(f"{code}-open.csv", text.encode(), holds=OldFile.BALANCES, by=by, now=now)
    keep_old_file(file.pk, reason="As of go-live.", recording=Recording(by=by, at=now))
    day = list_launch_days(organization.pk, today=now.date())[0]
    seen = sums_of_rows(list_waiting(organization.pk)).key
    launch = Launch(live_from=day, ahead_is_billed=False, reason="Both agree.", balances=seen)
    go_live(shadow.pk, launch, today=now.date(), by=by, now=now)
    return organization


def opening_balances(code: str, today: date) -> str:
    """Return a file: an old invoice that is past due, one that falls due, and a credit."""
    past, coming = today - timedelta(days=50), today - timedelta(days=10)
    return "\n".join(
        [
            OPENING_HEADER,
            f"{code},invoice,2026/{code}-1,{past},{past + timedelta(days=30)},USD,1840.00",
            f"{code},invoice,2026/{code}-2,{coming},{coming + timedelta(days=30)},USD,920.50",
            f"{code},credit,PAY-{code},{coming},,USD,75.00",
        ]
    )


def old_invoice(cycle: BillingCycle, code: str, *, number: str = "OLD-1", more: str = "") -> str:
    """Return a file: the seats at another price, no third one, and a fee that only the old system knows."""
    first, last = cycle.period_start, cycle.period_end - timedelta(days=1)
    days = f"{code},{number},USD,{first},{last}"
    return "\n".join(
        [
            HEADER,
            f"{days},advance,purecloud-3,,2,135.00,270.00,0",
            f"{days},arrears,purecloud-3,,0,150.00,0.00,0",
            f"{days},,,Paper invoice fee,1,4.50,4.50,0",
            *([more] if more else []),
        ]
    )


def months_before(day: date, months: int) -> date:
    """Return the day of the month, at most the 28th, so many months earlier."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, min(day.day, 28))
