"""Reads agreements: terms as domain values, and the organizations that a person may see."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery

from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.policy import Edition
from subscriptions.domain.terms import AgreedPrice, CommercialModel, ContractTerms, LicensingModel, TermsChange
from subscriptions.models import Organization, PriceBookEntry, Product, Subscription

Person = AbstractUser | AnonymousUser


def database_now() -> datetime:
    """Return the database's clock: the one clock by which events are received and cycles fall due (BR-02)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
            return now.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)


def is_lead(user: Person) -> bool:
    """Tell whether a person works on every organization: a superuser, a CSM lead, finance (BR-92)."""
    return bool(user.is_active and getattr(user, "is_staff", False) and user.has_perm("subscriptions.lead"))


def list_organizations_for_staff(user: Person) -> QuerySet[Organization]:
    """Return the organizations a CSM is assigned to, or all for a lead; nothing for anyone else (BR-92)."""
    if is_lead(user):
        return Organization.objects.all()
    if not user.is_active or not getattr(user, "is_staff", False):
        return Organization.objects.none()
    return Organization.objects.filter(
        pk__in=Organization.csms.through.objects.filter(user_id=user.pk).values("organization_id")
    )


def list_organizations_with_usage_view(user: Person) -> QuerySet[Organization]:
    """Return the organizations whose licenses in use a person may see (BR-90, BR-92)."""
    return _visible(user, Q(memberships__billing_subscription=True))


def list_organizations_with_invoices(user: Person) -> QuerySet[Organization]:
    """Return the organizations whose invoices a person may see: subscription admins and billing contacts (BR-91)."""
    return _visible(user, Q(memberships__billing_subscription=True) | Q(memberships__billing_contact=True))


def list_organizations_of_member(user: Person) -> QuerySet[Organization]:
    """Return the organizations a person belongs to, whatever they may see there."""
    if not user.is_authenticated:
        return Organization.objects.none()
    return Organization.objects.filter(memberships__user_id=user.pk)


def _visible(user: Person, permission: Q) -> QuerySet[Organization]:
    if not user.is_authenticated or not user.is_active:
        return Organization.objects.none()
    as_staff = list_organizations_for_staff(user).values("pk")
    as_member = Organization.objects.filter(Q(memberships__user_id=user.pk) & permission).values("pk")
    return Organization.objects.filter(Q(pk__in=as_staff) | Q(pk__in=as_member))


def get_terms(subscription: Subscription) -> ContractTerms:
    """Return an agreement as the value that the rules read."""
    zone = ZoneInfo(subscription.time_zone)
    return ContractTerms(
        effective_date=subscription.effective_date,
        currency=subscription.currency,
        commercial_model=CommercialModel(subscription.commercial_model),
        licensing_model=LicensingModel(subscription.licensing_model),
        edition=Edition(subscription.edition),
        time_zone=subscription.time_zone,
        ramp_months=subscription.ramp_months,
        term_months=subscription.term_months,
        net_days=subscription.net_days,
        cutoff_hours=subscription.cutoff_hours,
        last_service_date=subscription.last_service_date,
        cancelled_on=subscription.cancelled_on,
        prices=tuple(
            AgreedPrice(
                product=row.product_id,
                commitment=row.commitment,
                price=row.price,
                overage_price=row.overage_price,
                setup_price=row.setup_price,
            )
            for row in subscription.prices.order_by("pk")
        ),
        changes=tuple(
            TermsChange(
                effective_date=row.effective_date,
                product=row.product_id,
                commitment=row.commitment,
                price=row.price,
                overage_price=row.overage_price,
                recorded_on=row.recorded_at.astimezone(zone).date(),
            )
            for row in subscription.changes.order_by("recorded_at", "pk")
        ),
        add_ons=frozenset(Product.objects.filter(kind=ProductKind.ADD_ON).values_list("code", flat=True)),
    )


def get_list_prices(*, currency: str, on: date) -> dict[str, Decimal]:
    """Return the list price of every product in the book of a currency in force on a day (BR-31)."""
    return dict(_entries_in_force(currency, on).values_list("product_id", "price"))


def get_list_setup_prices(*, currency: str, on: date) -> dict[str, Decimal]:
    """Return the list price for setting up a number, of the products that have one (BR-43)."""
    entries = _entries_in_force(currency, on).filter(setup_price__isnull=False)
    return {product: price for product, price in entries.values_list("product_id", "setup_price") if price is not None}


def _entries_in_force(currency: str, on: date) -> QuerySet[PriceBookEntry]:
    books = PriceBookEntry.objects.filter(price_book__currency=currency, price_book__effective_date__lte=on)
    latest = books.order_by("-price_book__effective_date").values("price_book_id")[:1]
    return PriceBookEntry.objects.filter(price_book_id__in=latest)


def get_product_names() -> dict[str, str]:
    """Return what each product is called."""
    return dict(Product.objects.values_list("code", "name"))


def list_overlapping_subscriptions(
    *, organization_id: int, effective_date: date, last_service_date: date | None
) -> QuerySet[Subscription]:
    """Return the organization's subscriptions that run on any day of the given ones (BR-10: there may be none)."""
    running = Subscription.objects.filter(organization_id=organization_id).filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=effective_date)
    )
    return running if last_service_date is None else running.filter(effective_date__lte=last_service_date)


def with_agreement_on(organizations: QuerySet[Organization], day: date) -> QuerySet[Organization]:
    """Add `agreed_model` and `agreed_currency` of the subscription that runs on a day; None if there is none."""
    running = Subscription.objects.filter(organization=OuterRef("pk"), effective_date__lte=day).filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=day)
    )
    return organizations.annotate(
        agreed_model=Subquery(running.values("commercial_model")[:1]),
        agreed_currency=Subquery(running.values("currency")[:1]),
    )
