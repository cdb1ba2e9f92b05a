"""A seller and its customers on a simulated clock: what people type, through rows and services as the admin does it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import User

from invoices.models import BillingCycle
from subscriptions.domain.period import local_date, start_of_day
from subscriptions.domain.violations import violations
from subscriptions.models import (
    Account,
    ExemptionCertificate,
    IssuingEntity,
    Order,
    Organization,
    OrganizationTax,
    Product,
    Shipment,
    Subscription,
    TaxAuthority,
    VoiceRateDeck,
)
from subscriptions.selectors.agreements import list_overlapping_subscriptions
from subscriptions.selectors.terms import get_terms
from tests.factories.subscriptions import a_change, a_subscription, an_issuer, an_organization
from tests.machine.agreements import Agreed
from tests.machine.market import open_the_market, publish_prices, publish_rates


class World:
    """Everything the machine acts on; `now` is the only clock."""

    def __init__(self, now: datetime) -> None:
        """Open the market at an instant."""
        self.now = now
        self.organizations: list[Organization] = []
        open_the_market()
        self.account = Account.objects.create(name="Lantern group")
        self.csm = User.objects.create_user("csm", is_staff=True)

    def today(self, subscription: Subscription) -> date:
        """Return the local date of an agreement."""
        return local_date(self.now, time_zone=subscription.time_zone)

    def organization(self, who: int) -> Organization:
        """Return one of the organizations."""
        return self.organizations[who % len(self.organizations)]

    def agreement(self, who: int) -> Subscription:
        """Return the latest agreement of one of the organizations."""
        return self.organization(who).subscriptions.order_by("-effective_date")[0]

    def sign(self, agreed: Agreed) -> None:
        """Sign the agreement of a new organization, one more instance of the account (BR-18)."""
        code = f"org-{len(self.organizations)}"
        organization = an_organization(code, account=self.account)
        self.organizations.append(organization)
        for position, tax in enumerate(agreed.taxes):
            authority = TaxAuthority.objects.order_by("pk")[tax]
            OrganizationTax.objects.create(organization=organization, authority=authority, position=position)
        month = self.now.date() - relativedelta(months=agreed.months_ago)
        last_day = (month + relativedelta(day=31)).day
        self._sign(organization, agreed, month.replace(day=min(agreed.day, last_day)))

    def sign_again(self, who: int, agreed: Agreed) -> None:
        """Let an organization that was cancelled begin anew on the day after (BR-10)."""
        ending = self.agreement(who)
        if ending.last_service_date is not None:
            self._sign(ending.organization, agreed, ending.last_service_date + timedelta(days=1))

    def _sign(self, organization: Organization, agreed: Agreed, effective_date: date) -> None:
        currency = agreed.terms["currency"]
        subscription = a_subscription(
            organization,
            issuing_entity=an_issuer(agreed.issuer),
            effective_date=effective_date,
            prices={product: _given(figures) for product, figures in agreed.prices.items()},
            rate_deck=VoiceRateDeck.objects.get(currency=currency) if agreed.buys_voice else None,
            **agreed.terms,
        )
        assert violations(get_terms(subscription), regions=organization.regions, multi_shift=True) == []

    def change(self, who: int, product: str, *, days_ahead: int, **figures: Decimal | None) -> None:
        """Record a change of a commitment or a price (BR-15)."""
        subscription = self.agreement(who)
        if any(figure is not None for figure in figures.values()):
            a_change(
                subscription=subscription,
                product_id=product,
                effective_date=self.today(subscription) + timedelta(days=days_ahead),
                recorded_at=self.now,
                recorded_by=self.csm,
                reason="Asked for",
                **figures,
            )

    def cancel(self, who: int, *, days_ahead: int) -> None:
        """Record a cancellation, or another last day, as the form allows it (BR-16)."""
        subscription = self.agreement(who)
        today = self.today(subscription)
        last = max(today + timedelta(days=days_ahead), subscription.effective_date)
        if not self._has_ended(subscription):
            Subscription.objects.filter(pk=subscription.pk).update(last_service_date=last, cancelled_on=today)

    def ending(self) -> bool:
        """Tell whether anybody's latest agreement has a last day."""
        return any(self.agreement(who).last_service_date for who in range(len(self.organizations)))

    def withdraw(self, who: int) -> None:
        """Withdraw the cancellation of an agreement that has not ended."""
        subscription = self.agreement(who)
        others = list_overlapping_subscriptions(
            organization_id=subscription.organization_id,
            effective_date=subscription.effective_date,
            last_service_date=None,
        ).exclude(pk=subscription.pk)
        if not self._has_ended(subscription) and not others.exists():
            Subscription.objects.filter(pk=subscription.pk).update(last_service_date=None, cancelled_on=None)

    def _has_ended(self, subscription: Subscription) -> bool:
        last = subscription.last_service_date
        return last is not None and last < self.today(subscription)

    def order(self, who: int, product: str, *, quantity: int, days_ahead: int) -> None:
        """Place an order; hardware ships in two parts (BR-50, BR-51)."""
        subscription = self.agreement(who)
        day = self.today(subscription) + timedelta(days=days_ahead)
        hardware = product == "headset"
        order = Order.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            product_id=product,
            quantity=quantity + 1,
            price=Decimal("19.5"),
            processed_on=None if hardware else day,
        )
        for shipped, part in ((day, quantity), (day + timedelta(days=9), 1)) if hardware else ():
            Shipment.objects.create(
                organization=subscription.organization, order=order, shipped_on=shipped, quantity=part
            )

    def change_master_data(self, what: str, who: int) -> None:
        """Type over what no issued document may follow."""
        organization = self.organization(who)
        mark = f"{self.now:%Y-%m-%d %H:%M}"
        next_month = self.now.date() + timedelta(days=20)
        subscription = self.agreement(who)
        if what == "names":
            Organization.objects.filter(pk=organization.pk).update(name=mark, legal_name=mark, address=mark, tax_id="1")
            IssuingEntity.objects.update(legal_name=mark, address=mark, tax_ids=[mark])
            Product.objects.update(name=mark)
        elif what == "prices":
            publish_prices(subscription.currency, on=next_month, factor=2)
        elif what == "rates":
            publish_rates(VoiceRateDeck.objects.get(currency=subscription.currency), on=next_month, per_minute="0.0181")
        elif what == "taxes":
            for row in organization.taxes.all():
                row.authority.rates.get_or_create(
                    effective_date=next_month,
                    defaults={"rate": 7, "taxable": 50, "categories": ["telecom", "hardware"]},
                )
        elif what == "exemption":
            ExemptionCertificate.objects.create(
                organization=organization, number=mark, valid_from=self.now.date(), valid_until=next_month
            )
        else:
            Subscription.objects.filter(pk=subscription.pk).update(net_days=15, po_number=mark)

    def edge_near(self, organization: Organization, instant: datetime) -> datetime:
        """Return the edge of a period of an organization that lies nearest to an instant."""
        cycles = BillingCycle.objects.filter(organization=organization).values_list("starts_at", "ends_at")
        edges = [edge for row in cycles for edge in row] or [
            start_of_day(row.effective_date, time_zone=row.time_zone) for row in organization.subscriptions.all()
        ]
        return min(edges, key=lambda edge: abs(edge - instant))


def _given(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: figure for name, figure in figures.items() if figure is not None}
