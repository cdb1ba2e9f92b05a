"""Writes the rows of the demo's cast: sellers, prices, customers with their agreements, people."""

from datetime import UTC, date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from invoices.services.demo.market import (
    decimal_or_none,
    make_authorities,
    make_price_books,
    make_rate_decks,
    make_seller,
)
from invoices.services.demo.people import make_people
from invoices.services.demo.quotes import make_quotes
from invoices.services.demo.shapes import Cast, Customer, Tryout
from subscriptions.documents.refusals import in_words
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.violations import violations
from subscriptions.models import (
    Account,
    BillingContact,
    ExemptionCertificate,
    IssuingEntity,
    Organization,
    OrganizationTax,
    Product,
    Subscription,
    SubscriptionChange,
    SubscriptionPrice,
    Trial,
    VoiceRateDeck,
)
from subscriptions.selectors.terms import get_terms
from subscriptions.services.changes import audit_changes
from subscriptions.services.tax_ids import record_tax_id_check

PRICES_SINCE = relativedelta(years=1, month=1, day=1)
"""List prices, call rates and taxes are in force from the first day of last year."""
RECORDED_BEFORE = timedelta(days=10)
"""A change is recorded so long before it takes effect."""
CANCELLED_BEFORE = timedelta(days=20)
"""A cancellation is recorded so long before the last day of service."""


def set_scene(cast: Cast, *, today: date) -> dict[str, Organization]:
    """Write everything but usage, and return the organizations by code; everyone gets the same password."""
    since = today - PRICES_SINCE
    sellers = {seller.code: make_seller(seller, cast.logo) for seller in cast.sellers}
    Product.objects.bulk_create(
        [Product(code=code, name=name, kind=ProductKind(kind).value) for code, (name, kind) in cast.products.items()]
    )
    make_price_books(cast, since)
    decks = make_rate_decks(cast, since)
    authorities = make_authorities(cast, since)
    organizations = {}
    for customer in (*cast.customers, *(newcomer.customer for newcomer in cast.newcomers)):
        organization = _make_organization(customer)
        organizations[customer.code] = organization
        if organization.tax_id:
            record_tax_id_check(organization, now=datetime.combine(today, time.min, tzinfo=UTC))
        OrganizationTax.objects.bulk_create(
            [
                OrganizationTax(organization=organization, authority=authorities[code], position=position)
                for position, code in enumerate(customer.taxes)
            ]
        )
        if customer.exemption is not None:
            ExemptionCertificate.objects.create(
                organization=organization,
                number=customer.exemption.number,
                valid_from=today - timedelta(days=customer.exemption.since_days_ago),
            )
        deck = decks.get(customer.agreement.rate_deck)
        _make_subscription(customer, organization, sellers[customer.agreement.seller], deck, today)
    organizations |= {tryout.code: _make_organization(tryout.as_used()) for tryout in cast.tryouts}
    make_people(cast, organizations)
    for tryout in cast.tryouts:
        _make_trial(tryout, organizations[tryout.code], today)
    _record_changes(cast, organizations, today)
    for customer in cast.customers:
        make_quotes(customer, organizations[customer.code], today)
    return organizations


def _make_organization(customer: Customer) -> Organization:
    account, _ = Account.objects.get_or_create(name=customer.account)
    return Organization.objects.create(
        account=account,
        code=customer.code,
        name=customer.name,
        legal_name=customer.legal_name,
        address=customer.address,
        country=customer.country,
        tax_id=customer.tax_id,
        language=customer.language,
        regions=[customer.region],
    )


def _make_trial(tryout: Tryout, organization: Organization, today: date) -> None:
    started_at = datetime.combine(today - timedelta(days=tryout.started_days_ago), time(9, 40), tzinfo=UTC)
    admin = organization.memberships.get(billing_subscription=True).user
    Trial.objects.create(
        organization=organization,
        code=organization.code,
        country=organization.country,
        started_at=started_at,
        ends_at=started_at + timedelta(days=tryout.days),
        requested_by=admin,
    )
    BillingContact.objects.create(organization=organization, name=admin.get_full_name(), email=admin.email)


def _make_subscription(
    customer: Customer, organization: Organization, seller: IssuingEntity, deck: VoiceRateDeck | None, today: date
) -> None:
    agreed = customer.agreement
    effective_date = agreed.effective_date(today)
    last_service_date = None if agreed.ends_days_ago is None else today - timedelta(days=agreed.ends_days_ago)
    subscription = Subscription.objects.create(
        organization=organization,
        issuing_entity=seller,
        effective_date=effective_date,
        currency=agreed.currency,
        commercial_model=agreed.commercial_model.value,
        licensing_model=agreed.licensing_model.value,
        edition=agreed.edition.value,
        time_zone=agreed.time_zone,
        ramp_months=agreed.ramp_months,
        net_days=agreed.net_days,
        po_number=agreed.po_number,
        rate_deck=deck,
        multi_shift=True,
        last_service_date=last_service_date,
        cancelled_on=last_service_date and max(effective_date, last_service_date - CANCELLED_BEFORE),
    )
    SubscriptionPrice.objects.bulk_create(
        [
            SubscriptionPrice(
                subscription=subscription,
                product_id=product,
                commitment=price.commitment,
                price=decimal_or_none(price.price),
                overage_price=decimal_or_none(price.overage_price),
            )
            for product, price in agreed.prices.items()
        ]
    )
    problems = violations(get_terms(subscription), regions=organization.regions, multi_shift=True)
    if problems:
        raise ValueError(f"{customer.code}: {'; '.join(in_words(problem) for problem in problems)}")


def _record_changes(cast: Cast, organizations: dict[str, Organization], today: date) -> None:
    """Write the changes of agreements as their CSM recorded them; one that lies ahead is not recorded yet."""
    for customer in cast.customers:
        csm = organizations[customer.code].csms.first()
        subscription = organizations[customer.code].subscriptions.get()
        for change in customer.agreement.changes:
            effective_date = subscription.effective_date + relativedelta(months=change.after_periods)
            recorded_on = effective_date - RECORDED_BEFORE
            if recorded_on >= today:
                continue
            recorded = SubscriptionChange.objects.create(
                subscription=subscription,
                product_id=change.product,
                effective_date=effective_date,
                commitment=change.commitment,
                recorded_at=datetime.combine(recorded_on, time(14, 20), tzinfo=UTC),
                recorded_by=csm,
                reason=change.reason,
            )
            audit_changes([recorded])
