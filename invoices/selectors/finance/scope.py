"""Which part of the books a report is about, and how amounts are added up the same on every database."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, Round

from invoices.choices import DocumentType
from invoices.models import Invoice
from invoices.selectors.opening import of_ours
from subscriptions.models import Organization, Subscription
from subscriptions.selectors.people import Person, is_lead, list_organizations_for_staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """
    Whose books, in which currency, of which issuing entity; None and empty: of all of them.

    `organizations` are those of whoever looks, and of the CSM they chose.
    """

    organizations: QuerySet[Organization] | None = None
    currency: str = ""
    issuing_entity_id: int | None = None

    def own(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return those of the rows that belong to the organizations, in the currency."""
        if self.organizations is not None:
            rows = rows.filter(organization__in=self.organizations)
        return rows.filter(currency=self.currency) if self.currency else rows

    def documents(self) -> QuerySet[Invoice]:
        """Return the documents that the report is about: those that were issued here."""
        return of_ours(self._of_entity())

    def carried_over(self) -> QuerySet[Invoice]:
        """Return the opening items that the report is about."""
        return self._of_entity().filter(document_type=DocumentType.OPENING_ITEM)

    def _of_entity(self) -> QuerySet[Invoice]:
        rows = self.own(Invoice.objects.order_by())
        return rows.filter(issuing_entity=self.issuing_entity_id) if self.issuing_entity_id else rows


def organizations_of(user: Person, *, csm_id: int | None) -> QuerySet[Organization] | None:
    """Return the organizations that a person works on and that are assigned to a CSM; None for all of a lead's."""
    if csm_id is None:
        return None if is_lead(user) else list_organizations_for_staff(user).values("pk")  # type: ignore[return-value]
    of_csm = Organization.csms.through.objects.filter(user_id=csm_id).values("organization_id")
    return list_organizations_for_staff(user).filter(pk__in=of_csm).values("pk")  # type: ignore[return-value]


def list_csms() -> QuerySet[User]:
    """Return who has organizations assigned, by name."""
    assigned = Organization.csms.through.objects.values("user_id")
    return User.objects.filter(pk__in=assigned).order_by("first_name", "last_name", "username")


def name_of(user: User) -> str:
    """Return what a person is called."""
    return user.get_full_name() or user.get_username()


def get_csms_by_organization() -> Mapping[int, str]:
    """Return who each organization is assigned to: several share it, and are named together."""
    names = {user.pk: name_of(user) for user in list_csms()}
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = Organization.csms.through.objects.values_list("organization_id", "user_id")
    for organization_id, user_id in rows.iterator(chunk_size=5_000):
        found[organization_id].append(names[user_id])
    return {organization_id: ", ".join(sorted(together)) for organization_id, together in found.items()}


EARLIEST, LATEST = timedelta(hours=14), timedelta(hours=12)
"""A day begins so long before midnight UTC in the east, and ends so long after it in the west."""


def begins_at(day: date) -> datetime:
    """Return the instant at which a day begins where it begins first."""
    return datetime.combine(day, time.min, tzinfo=UTC) - EARLIEST


def ends_at(day: date) -> datetime:
    """Return the instant at which a day is over everywhere."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC) + LATEST


def hundredths(column: str) -> Sum:
    """Add up a column of amounts in hundredths: whole numbers, which SQLite adds exactly, too."""
    return Sum(Cast(Round(F(column) * 100), BigIntegerField()))


def from_hundredths(total: Any) -> Decimal:
    """Return an amount that was added up in hundredths."""
    return Decimal(int(total or 0)).scaleb(-2)


def entity_of_payment() -> Coalesce:
    """
    Return which issuing entity a payment is for: the one of the newest document when it was recorded.

    A payment names none; documents never change, so neither does the answer. One that came before every document of its
    currency, as credit that was carried over alone does, is for the issuer of the organization's first agreement.
    """
    before = Invoice.objects.filter(
        organization=OuterRef("organization"), currency=OuterRef("currency"), issued_at__lte=OuterRef("recorded_at")
    )
    agreements = Subscription.objects.filter(organization=OuterRef("organization")).order_by("pk")
    return Coalesce(
        Subquery(before.order_by("-issued_at", "-pk").values("issuing_entity")[:1]),
        Subquery(agreements.values("issuing_entity")[:1]),
    )
