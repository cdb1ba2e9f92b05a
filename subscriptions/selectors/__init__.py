"""Reads agreements: terms as domain values, and the organizations that a person may see."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser, User
from django.db import connection
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import translation

from subscriptions.choices import ApprovalDecision, MailKind
from subscriptions.domain.approval import VALID_FOR, ApprovalFacts
from subscriptions.domain.catalog import ProductKind
from subscriptions.domain.policy import Edition
from subscriptions.domain.rate_deck import Rate, RateDeck
from subscriptions.domain.terms import (
    AgreedPrice,
    Allowance,
    CommercialModel,
    ContractTerms,
    LicensingModel,
    TermsChange,
)
from subscriptions.domain.trial import TrialFacts
from subscriptions.models import (
    AgreedAllowanceRow,
    AgreedPriceRow,
    Approval,
    AuthorityRate,
    BankAccount,
    ExemptionCertificate,
    IssuingEntity,
    Organization,
    OrganizationTax,
    OutgoingMail,
    Preferences,
    PriceBook,
    PriceBookEntry,
    Product,
    Subscription,
    SubscriptionAllowance,
    SubscriptionChange,
    SubscriptionPrice,
    TaxIdCheck,
    Trial,
    VoiceRate,
    VoiceRateDeck,
    VoiceRateDeckVersion,
)
from subscriptions.models.shown import shown_product

Person = AbstractUser | AnonymousUser
Name = TypeVar("Name", bound=Hashable)
OfSubscription = TypeVar("OfSubscription", SubscriptionPrice, SubscriptionAllowance, SubscriptionChange)


def database_now() -> datetime:
    """Return the database's clock: the one clock by which events are received and cycles fall due (BR-02)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT clock_timestamp()")
            now: datetime = cursor.fetchone()[0]
            return now.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)


def latest_local_date() -> date:
    """Return today's date where the day begins first: what begins on it may be in force somewhere."""
    return latest_date_at(database_now())


def latest_date_at(now: datetime) -> date:
    """Return the date of an instant where the day begins first."""
    return (now + timedelta(hours=14)).date()


def is_lead(user: Person) -> bool:
    """Tell whether a person works on every organization: a superuser, a CSM lead, finance (BR-92)."""
    return bool(user.is_active and getattr(user, "is_staff", False) and user.has_perm("subscriptions.lead"))


def list_leads() -> QuerySet[User]:
    """Return everyone who works on every organization."""
    leads = Q(is_superuser=True)
    for path in ("user_permissions", "groups__permissions"):
        leads |= Q(**{f"{path}__codename": "lead", f"{path}__content_type__app_label": "subscriptions"})
    return User.objects.filter(leads, is_active=True, is_staff=True).distinct()


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


def list_organizations_administered(user: Person) -> QuerySet[Organization]:
    """Return the organizations of which a person is a subscription admin, or all for a lead."""
    if is_lead(user):
        return Organization.objects.all()
    if not user.is_authenticated or not user.is_active:
        return Organization.objects.none()
    return Organization.objects.filter(memberships__user_id=user.pk, memberships__billing_subscription=True)


def list_organizations_with_invoices(user: Person) -> QuerySet[Organization]:
    """Return the organizations whose invoices a person may see: subscription admins and billing contacts (BR-91)."""
    return _visible(user, Q(memberships__billing_subscription=True) | Q(memberships__billing_contact=True))


def list_organizations_of_member(user: Person) -> QuerySet[Organization]:
    """Return the organizations a person belongs to, whatever they may see there."""
    if not user.is_authenticated:
        return Organization.objects.none()
    return Organization.objects.filter(memberships__user_id=user.pk)


def get_language_of(user: AbstractBaseUser) -> str:
    """Return the language that a person has chosen; empty if they have not."""
    return Preferences.objects.filter(user_id=user.pk).values_list("language", flat=True).first() or ""


def _visible(user: Person, permission: Q) -> QuerySet[Organization]:
    if not user.is_authenticated or not user.is_active:
        return Organization.objects.none()
    as_staff = list_organizations_for_staff(user).values("pk")
    as_member = Organization.objects.filter(Q(memberships__user_id=user.pk) & permission).values("pk")
    return Organization.objects.filter(Q(pk__in=as_staff) | Q(pk__in=as_member))


def get_terms(subscription: Subscription) -> ContractTerms:
    """Return an agreement as the value that the rules read."""
    return list_terms([subscription])[subscription.pk]


def list_terms(subscriptions: Collection[Subscription]) -> dict[int, ContractTerms]:
    """Return agreements as the values that the rules read, by subscription: as many statements for many as for one."""
    of_them = [subscription.pk for subscription in subscriptions]
    prices = _by_subscription(SubscriptionPrice.objects.filter(subscription__in=of_them).order_by("pk"))
    allowances = _by_subscription(SubscriptionAllowance.objects.filter(subscription__in=of_them).order_by("pk"))
    changes = _by_subscription(
        SubscriptionChange.objects.filter(subscription__in=of_them).order_by("recorded_at", "pk")
    )
    add_ons = _list_add_ons()
    return {
        subscription.pk: terms_of(
            subscription,
            prices=prices[subscription.pk],
            allowances=allowances[subscription.pk],
            changes=_terms_changes(changes[subscription.pk], zone=ZoneInfo(subscription.time_zone)),
            add_ons=add_ons,
        )
        for subscription in subscriptions
    }


def _by_subscription(rows: QuerySet[OfSubscription]) -> defaultdict[int, list[OfSubscription]]:
    found: defaultdict[int, list[OfSubscription]] = defaultdict(list)
    for row in rows:
        found[row.subscription_id].append(row)
    return found


def _terms_changes(rows: Iterable[SubscriptionChange], *, zone: ZoneInfo) -> list[TermsChange]:
    return [
        TermsChange(
            effective_date=row.effective_date,
            product=row.product_id,
            commitment=row.commitment,
            price=row.price,
            overage_price=row.overage_price,
            recorded_on=row.recorded_at.astimezone(zone).date(),
        )
        for row in rows
    ]


def _list_add_ons() -> frozenset[str]:
    return frozenset(Product.objects.filter(kind=ProductKind.ADD_ON).values_list("code", flat=True))


def terms_of(
    subscription: Subscription,
    *,
    prices: Iterable[AgreedPriceRow],
    allowances: Iterable[AgreedAllowanceRow] = (),
    changes: Iterable[TermsChange] = (),
    add_ons: frozenset[str] | None = None,
) -> ContractTerms:
    """
    Return an agreement and what belongs to it, stored or not, as the value that the rules read.

    The catalog's `add_ons` are read unless they are given.
    """
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
            for row in prices
        ),
        changes=tuple(changes),
        allowances=tuple(
            Allowance(product=row.product_id, resource=row.resource_id, quantity=row.quantity) for row in allowances
        ),
        add_ons=_list_add_ons() if add_ons is None else add_ons,
    )


class BookPrices(NamedTuple):
    """What the price book in force lists: prices, and prices for setting up a number (BR-43), by product."""

    prices: dict[str, Decimal]
    setup_prices: dict[str, Decimal]


def get_list_prices(*, currency: str, on: date) -> dict[str, Decimal]:
    """Return the list price of every product in the book of a currency in force on a day (BR-31)."""
    return get_book_prices([(currency, on)])[currency, on].prices


def get_list_setup_prices(*, currency: str, on: date) -> dict[str, Decimal]:
    """Return the list price for setting up a number, of the products that have one (BR-43)."""
    return get_book_prices([(currency, on)])[currency, on].setup_prices


def get_book_prices(asked: Collection[tuple[str, date]]) -> dict[tuple[str, date], BookPrices]:
    """Return what the book of each currency in force on each day lists (BR-31), in two statements for any number."""
    books = PriceBook.objects.filter(currency__in={currency for currency, _day in asked})
    in_force = _in_force(asked, books.order_by("effective_date").values_list("currency", "effective_date", "pk"))
    found = {book_id: BookPrices({}, {}) for book_id in in_force.values()}
    entries = PriceBookEntry.objects.filter(price_book__in=list(found))
    for book_id, product, price, setup_price in entries.values_list(
        "price_book_id", "product_id", "price", "setup_price"
    ):
        found[book_id].prices[product] = price
        if setup_price is not None:
            found[book_id].setup_prices[product] = setup_price
    return {one: found[in_force[one]] if one in in_force else BookPrices({}, {}) for one in asked}


def _in_force(
    asked: Iterable[tuple[Name, date]], rows: Iterable[tuple[Name, date, int]]
) -> dict[tuple[Name, date], int]:
    """Return which of the rows, given with their first days in order, is in force for each name and day asked for."""
    by_name: defaultdict[Name, list[tuple[date, int]]] = defaultdict(list)
    for name, effective_date, row_id in rows:
        by_name[name].append((effective_date, row_id))
    found: dict[tuple[Name, date], int] = {}
    for name, day in asked:
        place = bisect_right(by_name[name], day, key=itemgetter(0))
        if place:
            found[name, day] = by_name[name][place - 1][1]
    return found


def list_price_books(currency: str) -> QuerySet[PriceBook]:
    """Return the price books of a currency, the newest first."""
    return PriceBook.objects.filter(currency=currency).order_by("-effective_date")


def list_rate_decks(currency: str) -> QuerySet[VoiceRateDeck]:
    """Return the rate decks in a currency, by name."""
    return VoiceRateDeck.objects.filter(currency=currency).order_by("name")


def get_rate_deck_version(deck_id: int | None, *, on: date) -> int | None:
    """Return which version of a rate deck is in force on a day; None without a deck, or before its first version."""
    return None if deck_id is None else get_rate_deck_versions([(deck_id, on)]).get((deck_id, on))


def get_rate_deck_versions(asked: Collection[tuple[int, date]]) -> dict[tuple[int, date], int]:
    """Return which version of each rate deck is in force on each day, of those that have one by then."""
    versions = VoiceRateDeckVersion.objects.filter(deck__in={deck_id for deck_id, _day in asked})
    return _in_force(asked, versions.order_by("effective_date").values_list("deck_id", "effective_date", "pk"))


def list_rate_decks_in_use(*, on: date) -> QuerySet[VoiceRateDeck]:
    """Return the decks by which calls are rated: those of agreements that have begun."""
    begun = Subscription.objects.filter(rate_deck__isnull=False, effective_date__lte=on)
    return VoiceRateDeck.objects.filter(pk__in=begun.values("rate_deck_id"))


def list_open_rate_versions(*, on: date) -> QuerySet[VoiceRateDeckVersion]:
    """Return the versions whose rates have charged nobody yet: still to come, or of a deck that is not in use."""
    in_use = list_rate_decks_in_use(on=on).values("pk")
    return VoiceRateDeckVersion.objects.filter(Q(effective_date__gt=on) | ~Q(deck_id__in=in_use))


def find_rate_of(version: VoiceRateDeckVersion, *, direction: str, prefix: str) -> VoiceRate | None:
    """Return the rate by which a version rates calls with numbers that begin with a prefix, None if it has none."""
    beginnings = [prefix[:length] for length in range(len(prefix) + 1)]
    rates = VoiceRate.objects.filter(version=version, direction=direction, prefix__in=beginnings)
    return max(rates, key=lambda rate: len(rate.prefix), default=None)


def get_rate_deck(version_id: int, *, latest_rate_id: int | None = None) -> RateDeck:
    """Return the rates of one version of a deck; with `latest_rate_id` as they were before others were added."""
    return _read_rate_deck(_token_of(version_id), latest_rate_id)


def get_latest_rate_id(version_id: int) -> int:
    """Return the latest rate of a version, by which its rates of today are told from those added later; 0 if none."""
    return _read_latest_rate_id(_token_of(version_id))


def _token_of(version_id: int) -> UUID:
    return VoiceRateDeckVersion.objects.values_list("token", flat=True).get(pk=version_id)


def find_rate_sheet(version_id: int) -> str:
    """Return what the deck of a version is called."""
    return VoiceRateDeck.objects.values_list("name", flat=True).get(versions=version_id)


@lru_cache(maxsize=8)
def _read_latest_rate_id(token: UUID) -> int:
    latest: int | None = VoiceRate.objects.filter(version__token=token).aggregate(latest=Max("pk"))["latest"]
    return latest or 0


@lru_cache(maxsize=8)
def _read_rate_deck(token: UUID, latest_rate_id: int | None) -> RateDeck:
    # What a version rates does not change, so a large deck is read once for all on it. The token and not the key names
    # it: a key is given out again after a rollback.
    version = VoiceRateDeckVersion.objects.get(token=token)
    rates = VoiceRate.objects.filter(version=version).order_by("pk")
    if latest_rate_id is not None:
        rates = rates.filter(pk__lte=latest_rate_id)
    return RateDeck(
        rates=[
            Rate(direction=direction, prefix=prefix, destination=destination, per_minute=per_minute)
            for direction, prefix, destination, per_minute in rates.values_list(
                "direction", "prefix", "destination", "per_minute"
            )
        ],
        increment_seconds=version.increment_seconds,
    )


def find_exemptions(days: Mapping[int, date]) -> dict[int, str]:
    """Return the number of each organization's newest exemption certificate valid on its day, if one is (BR-78)."""
    certificates = ExemptionCertificate.objects.filter(organization__in=list(days)).order_by("valid_from", "pk")
    rows = certificates.values_list("organization_id", "number", "valid_from", "valid_until")
    return {
        organization_id: number
        for organization_id, number, valid_from, valid_until in rows
        if valid_from <= days[organization_id] <= (valid_until or date.max)
    }


def list_tax_rates(days: Mapping[int, date]) -> dict[int, list[AuthorityRate]]:
    """Return the rate in force on its day of every authority that taxes an organization, in printed order (BR-78)."""
    taxes = OrganizationTax.objects.filter(organization__in=list(days)).order_by("position", "pk")
    pairs = list(taxes.values_list("organization_id", "authority_id"))
    authorities = {authority_id for _organization_id, authority_id in pairs}
    rates = AuthorityRate.objects.filter(authority__in=authorities).select_related("authority")
    known = {rate.pk: rate for rate in rates.order_by("effective_date")}
    in_force = _in_force(
        {(authority_id, days[organization_id]) for organization_id, authority_id in pairs},
        ((rate.authority_id, rate.effective_date, pk) for pk, rate in known.items()),
    )
    found: dict[int, list[AuthorityRate]] = {organization_id: [] for organization_id in days}
    for organization_id, authority_id in pairs:
        rate_id = in_force.get((authority_id, days[organization_id]))
        if rate_id is not None:
            found[organization_id].append(known[rate_id])
    return found


def list_currencies_paid_in(issuing_entity_id: int | None) -> set[str]:
    """Return the currencies in which an issuing entity has a bank account (BR-79)."""
    return set(BankAccount.objects.filter(issuing_entity=issuing_entity_id).values_list("currency", flat=True))


def list_currencies_invoiced(issuing_entity_id: int | None) -> set[str]:
    """Return the currencies of the agreements that name an issuing entity (BR-79)."""
    agreed = Subscription.objects.filter(issuing_entity=issuing_entity_id)
    return set(agreed.order_by().values_list("currency", flat=True).distinct())


def find_tax_id_check(organization: Organization) -> TaxIdCheck | None:
    """Return the latest check of the tax number that an organization has now, None if there was none."""
    checks = TaxIdCheck.objects.filter(organization=organization)
    return checks.filter(tax_id=organization.tax_id, country=organization.country).order_by("-pk").first()


def get_product_names(language: str) -> dict[str, str]:
    """Return what each product is called in a language."""
    with translation.override(language):
        return {code: shown_product(code, name) for code, name in Product.objects.values_list("code", "name")}


def lock_organization(organization_id: int) -> None:
    """Let nobody else make or end an agreement of the organization until this transaction ends (BR-10)."""
    # Not its key: rows that name the organization are inserted meanwhile.
    Organization.objects.select_for_update(no_key=True).only("pk").get(pk=organization_id)


def lock_subscription(subscription_id: int) -> Subscription:
    """Return an agreement that nobody else changes, bills or overlaps until this transaction ends."""
    lock_organization(Subscription.objects.values_list("organization_id", flat=True).get(pk=subscription_id))
    rows = Subscription.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization", "rate_deck").get(pk=subscription_id)


def list_overlapping_subscriptions(
    *, organization_id: int, effective_date: date, last_service_date: date | None
) -> QuerySet[Subscription]:
    """Return the organization's subscriptions that run on any day of the given ones (BR-10: there may be none)."""
    running = Subscription.objects.filter(organization_id=organization_id).filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=effective_date)
    )
    return running if last_service_date is None else running.filter(effective_date__lte=last_service_date)


def find_agreement_to_order_under(
    *, organization_id: int, issuing_entity_id: int, currency: str, on: date
) -> Subscription | None:
    """Return the agreement under which a purchase is invoiced: the one that runs on a day, else the next to begin."""
    agreements = Subscription.objects.filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=on),
        organization_id=organization_id,
        issuing_entity_id=issuing_entity_id,
        currency=currency,
    )
    return agreements.order_by("effective_date").first()


def copy_of_issuer(entity: IssuingEntity, *, currency: str) -> dict[str, Any]:
    """Return who issues, as a document keeps it: the document never changes when the entity does (BR-76, BR-79)."""
    # All of them: who issues many documents at once has fetched them before.
    bank = next((account for account in entity.bank_accounts.all() if account.currency == currency), None)
    return {
        "legal_name": entity.legal_name,
        "address": entity.address,
        "country": entity.country,
        "tax_ids": entity.tax_ids,
        "sales_email": entity.sales_email,
        "hardware_email": entity.hardware_email,
        "invoicing_email": entity.invoicing_email,
        "collections_email": entity.collections_email,
        "terms_url": entity.terms_url,
        "service_level_url": entity.service_level_url,
        "logo_svg": entity.logo_svg,
        "bank": {"bank_name": bank.bank_name, "details": bank.details} if bank else None,
    }


def copy_of_bill_to(organization: Organization) -> dict[str, Any]:
    """Return who is billed, as a document keeps it (BR-76)."""
    return {
        "name": organization.name,
        "legal_name": organization.legal_name,
        "address": organization.address,
        "country": organization.country,
        "tax_id": organization.tax_id,
        "buyer_reference": organization.buyer_reference,
    }


def with_agreement_on(organizations: QuerySet[Organization], day: date) -> QuerySet[Organization]:
    """Add `agreed_model` and `agreed_currency` of the subscription that runs on a day; None if there is none."""
    running = Subscription.objects.filter(organization=OuterRef("pk"), effective_date__lte=day).filter(
        Q(last_service_date__isnull=True) | Q(last_service_date__gte=day)
    )
    return organizations.annotate(
        agreed_model=Subquery(running.values("commercial_model")[:1]),
        agreed_currency=Subquery(running.values("currency")[:1]),
    )


def with_trial_facts(trials: QuerySet[Trial]) -> QuerySet[Trial]:
    """Add what decides about a trial beside its own columns: `has_subscription`, and `warning_sent_at` (BR-19)."""
    sent = (
        OutgoingMail.objects.filter(
            organization=OuterRef("organization"), kind=MailKind.TRIAL_WARNING, queued_at=OuterRef("warned_at")
        )
        .order_by()
        .values("organization")
        .annotate(first=Min("sent_at"))
    )
    return trials.annotate(
        has_subscription=Exists(Subscription.objects.filter(organization=OuterRef("organization"))),
        warning_sent_at=Subquery(sent.values("first")),
    )


def list_open_trials() -> QuerySet[Trial]:
    """Return the trials that are neither removed nor converted, with their facts, oldest first."""
    paid = Subscription.objects.filter(organization=OuterRef("organization"))
    trials = with_trial_facts(Trial.objects.filter(~Exists(paid), removed_at__isnull=True))
    return trials.select_related("organization").order_by("started_at", "pk")


def get_approval_facts(approval: Approval) -> ApprovalFacts:
    """Return what decides about a change that needs a second person."""
    return ApprovalFacts(
        asked_by=approval.asked_by_id,
        asked_at=approval.asked_at,
        has_reason=bool(approval.reason),
        decided_by=approval.decided_by_id,
        is_approved=approval.decision == ApprovalDecision.APPROVED,
    )


def list_waiting_approvals(*, at: datetime) -> QuerySet[Approval]:
    """Return the changes that wait for a second person at an instant, the oldest first."""
    waiting = Approval.objects.filter(decision="", asked_at__gt=at - VALID_FOR).exclude(reason="")
    return waiting.order_by("asked_at", "pk")


def get_trial_facts(trial: Trial, *, last_login_at: datetime | None) -> TrialFacts:
    """
    Return what decides about a trial; `trial` is one of `with_trial_facts`.

    Where nobody's inactivity is in question, `last_login_at` may be None.
    """
    return TrialFacts(
        started_at=trial.started_at,
        ends_at=trial.ends_at,
        ended_at=trial.ended_at,
        has_subscription=trial.has_subscription,  # type: ignore[attr-defined]
        last_login_at=last_login_at,
        warned_at=trial.warned_at,
        warning_sent_at=trial.warning_sent_at,  # type: ignore[attr-defined]
        removal_asked_at=trial.removal_asked_at,
        removed_at=trial.removed_at,
    )
