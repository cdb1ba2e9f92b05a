"""Reads people: who works on every organization, and which organizations each may see."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AbstractUser, AnonymousUser, User
from django.db.models import Q, QuerySet

from subscriptions.models import (
    Organization,
    Preferences,
)

Person = AbstractUser | AnonymousUser


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


def list_organizations_to_pay_for(user: Person) -> QuerySet[Organization]:
    """Return the organizations whose invoices a person may pay: as one of their own people, never as staff (BR-81)."""
    may_pay = Q(memberships__billing_subscription=True) | Q(memberships__billing_contact=True)
    return list_organizations_of_member(user).filter(may_pay).distinct()


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
