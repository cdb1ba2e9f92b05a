"""Sets the scene of a story: the rows that the product would hold when the agreement is signed."""

from datetime import UTC, datetime

from invoices.services.simulation.story import Story, StoryError
from subscriptions.documents.refusals import in_words
from subscriptions.domain.catalog import BUILT_IN, ProductKind
from subscriptions.domain.violations import violations
from subscriptions.models import (
    Account,
    AuthorityRate,
    ExemptionCertificate,
    IssuingEntity,
    Order,
    Organization,
    OrganizationTax,
    PriceBook,
    PriceBookEntry,
    Product,
    Shipment,
    Subscription,
    SubscriptionAllowance,
    SubscriptionChange,
    SubscriptionPrice,
    TaxAuthority,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from subscriptions.selectors.terms import get_terms
from subscriptions.services.changes import audit_changes

FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
"""List prices of a story are in force from here on, and its changes were recorded here: always in time."""


def set_scene(story: Story) -> Subscription:
    """
    Insert the organization, its agreement and the list prices of a story.

    :raises StoryError: if the agreement breaks a rule
    """
    _make_products(story)
    _make_price_book(story)
    organization = _make_organization(story)
    _make_taxes(story, organization)
    subscription = _make_subscription(story, organization)
    _make_allowances(story, subscription)
    _make_orders(story, subscription)
    problems = violations(get_terms(subscription), regions=story.organization.regions, multi_shift=True)
    if problems:
        raise StoryError(
            "; ".join(f"{_PATHS.get(problem.field, problem.field)}: {in_words(problem)}" for problem in problems)
        )
    return subscription


_PATHS = {
    "regions": "organization.regions",
    "last_service_date": "subscription.last_service_date",
    "cancelled_on": "subscription.cancelled_on",
}


def _make_products(story: Story) -> None:
    for place, code in enumerate(story.add_ons):
        if code in BUILT_IN:
            raise StoryError(f"add_ons[{place}]: {code} has a built-in meaning and is not an add-on")
    hardware = {order.product for order in story.orders if order.hardware}
    mentioned = {
        *story.add_ons,
        *story.prices,
        *story.price_book,
        *story.allowances,
        *(change.product for change in story.changes),
        *(order.product for order in story.orders),
    }
    for code in sorted(mentioned - BUILT_IN.keys()):
        kind = ProductKind.HARDWARE if code in hardware else ProductKind.ONE_TIME
        kind = ProductKind.ADD_ON if code in story.add_ons else kind
        Product.objects.update_or_create(code=code, defaults={"name": code, "kind": kind.value})


def _make_price_book(story: Story) -> None:
    book = PriceBook.objects.create(currency=story.organization.currency, effective_date=FIRST_DAY.date())
    PriceBookEntry.objects.bulk_create(
        [PriceBookEntry(price_book=book, product_id=code, price=price) for code, price in story.price_book.items()]
    )


def _make_organization(story: Story) -> Organization:
    account = Account.objects.create(name=f"Story: {story.organization.name}")
    return Organization.objects.create(
        account=account,
        code="story",
        name=story.organization.name,
        legal_name=story.organization.name,
        country=story.organization.country,
        regions=story.organization.regions,
    )


def _make_taxes(story: Story, organization: Organization) -> None:
    for position, tax in enumerate(story.tax):
        authority = TaxAuthority.objects.create(name=tax.authority)
        AuthorityRate.objects.create(
            authority=authority,
            effective_date=FIRST_DAY.date(),
            rate=tax.rate,
            taxable=tax.taxable,
            categories=[category.value for category in tax.categories],
        )
        OrganizationTax.objects.create(organization=organization, authority=authority, position=position)
    if story.tax_exempt:
        ExemptionCertificate.objects.create(organization=organization, number="story", valid_from=FIRST_DAY.date())


def _make_rate_deck(story: Story) -> VoiceRateDeck | None:
    if story.rate_deck is None:
        return None
    deck = VoiceRateDeck.objects.create(name="story", currency=story.organization.currency)
    version = VoiceRateDeckVersion.objects.create(
        deck=deck, effective_date=FIRST_DAY.date(), increment_seconds=story.rate_deck.increment_seconds
    )
    VoiceRate.objects.bulk_create(
        [
            VoiceRate(
                version=version,
                direction=rate.direction,
                prefix=rate.prefix,
                destination=rate.destination,
                per_minute=rate.per_minute,
            )
            for rate in story.rate_deck.rates
        ]
    )
    return deck


def _make_allowances(story: Story, subscription: Subscription) -> None:
    SubscriptionAllowance.objects.bulk_create(
        [
            SubscriptionAllowance(
                subscription=subscription, product_id=product, resource_id=resource, quantity=quantity
            )
            for product, resources in story.allowances.items()
            for resource, quantity in resources.items()
        ]
    )


def _make_orders(story: Story, subscription: Subscription) -> None:
    """Insert the orders, each accepted and processed on the day it is placed."""
    for order in story.orders:
        row = Order.objects.create(
            organization=subscription.organization,
            subscription=subscription,
            product_id=order.product,
            quantity=order.quantity,
            price=order.price,
            processed_on=order.placed_on,
        )
        Shipment.objects.bulk_create(
            [
                Shipment(
                    organization=subscription.organization,
                    order=row,
                    shipped_on=shipment.shipped_on,
                    quantity=shipment.quantity,
                )
                for shipment in order.shipments
            ]
        )


def _make_subscription(story: Story, organization: Organization) -> Subscription:
    agreed = story.subscription
    entity = IssuingEntity.objects.create(code="story", legal_name="Seatbill", address="", country="US")
    subscription = Subscription.objects.create(
        organization=organization,
        issuing_entity=entity,
        currency=story.organization.currency,
        multi_shift=True,
        effective_date=agreed.effective_date,
        commercial_model=agreed.commercial_model.value,
        licensing_model=agreed.licensing_model.value,
        edition=agreed.edition.value,
        time_zone=agreed.time_zone,
        ramp_months=agreed.ramp_months,
        term_months=agreed.term_months,
        net_days=agreed.net_days,
        cutoff_hours=agreed.cutoff_hours,
        rate_deck=_make_rate_deck(story),
        last_service_date=agreed.last_service_date,
        cancelled_on=agreed.cancelled_on or agreed.last_service_date,
    )
    SubscriptionPrice.objects.bulk_create(
        [
            SubscriptionPrice(
                subscription=subscription,
                product_id=code,
                commitment=price.commitment,
                price=price.price,
                overage_price=price.overage_price,
                setup_price=price.setup_price,
            )
            for code, price in story.prices.items()
        ]
    )
    changes = SubscriptionChange.objects.bulk_create(
        [
            SubscriptionChange(
                subscription=subscription,
                product_id=change.product,
                effective_date=change.effective_date,
                commitment=change.commitment,
                price=change.price,
                overage_price=change.overage_price,
                recorded_at=FIRST_DAY,
                reason=story.story,
            )
            for change in story.changes
        ]
    )
    audit_changes(changes)
    return subscription
