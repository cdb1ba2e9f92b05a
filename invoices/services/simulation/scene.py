"""Sets the scene of a story: the rows that the product would hold when the agreement is signed."""

from datetime import UTC, datetime

from invoices.services.simulation.story import Story, StoryError
from subscriptions.domain.catalog import BUILT_IN, ProductKind
from subscriptions.domain.terms import violations
from subscriptions.models import (
    Account,
    IssuingEntity,
    Organization,
    PriceBook,
    PriceBookEntry,
    Product,
    Subscription,
    SubscriptionChange,
    SubscriptionPrice,
)
from subscriptions.selectors import get_terms

FIRST_DAY = datetime(1970, 1, 1, tzinfo=UTC)
"""List prices of a story are in force from here on, and its changes were recorded here: always in time."""


def set_scene(story: Story) -> Subscription:
    """
    Insert the organization, its agreement and the list prices of a story.

    :raises StoryError: if the agreement breaks a rule, or needs what cannot be played yet
    """
    _refuse_what_is_not_there_yet(story)
    _make_products(story)
    _make_price_book(story)
    subscription = _make_subscription(story, _make_organization(story))
    problems = violations(get_terms(subscription), regions=story.organization.regions, multi_shift=True)
    if problems:
        raise StoryError(
            "; ".join(f"{_PATHS.get(problem.field, problem.field)}: {problem.message}" for problem in problems)
        )
    return subscription


_PATHS = {
    "regions": "organization.regions",
    "last_service_date": "subscription.last_service_date",
    "cancelled_on": "subscription.cancelled_on",
}


def _refuse_what_is_not_there_yet(story: Story) -> None:
    for name in ("rate_deck", "orders", "tax", "allowances"):
        if getattr(story, name):
            raise StoryError(f"{name}: cannot be played yet: this version does not bill it")


def _make_products(story: Story) -> None:
    for place, code in enumerate(story.add_ons):
        if code in BUILT_IN:
            raise StoryError(f"add_ons[{place}]: {code} has a built-in meaning and is not an add-on")
    mentioned = {*story.prices, *story.price_book, *(change.product for change in story.changes), *story.add_ons}
    for code in sorted(mentioned - BUILT_IN.keys()):
        kind = ProductKind.ADD_ON if code in story.add_ons else ProductKind.ONE_TIME
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
    SubscriptionChange.objects.bulk_create(
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
    return subscription
