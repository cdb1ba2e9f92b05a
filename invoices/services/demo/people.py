"""Writes who can log in, and what each of them may see."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AbstractUser, Group, Permission

from invoices.services.demo.shapes import STAFF, Cast, DemoPerson, Role
from subscriptions.models import BillingContact, Membership, Organization
from subscriptions.services.people import choose_language

LEADS = "CSM leads"


def make_people(cast: Cast, organizations: dict[str, Organization]) -> None:
    """Insert everyone who can log in; who belongs to organizations that are not there is there all the same."""
    # One hash for all: thirty slow ones would take longer than everything else, and the password is printed anyway.
    hashed = make_password(cast.password)
    leads, _ = Group.objects.get_or_create(name=LEADS)
    leads.permissions.add(Permission.objects.get(content_type__app_label="subscriptions", codename="lead"))
    for person in cast.people:
        user = _make_user(person, hashed)
        if person.role is Role.LEAD:
            user.groups.add(leads)
        for organization in (organizations[code] for code in person.organizations if code in organizations):
            _give_place(person, user, organization)


def _make_user(person: DemoPerson, hashed: str) -> AbstractUser:
    user: AbstractUser = get_user_model().objects.create(
        username=person.username,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        password=hashed,
        is_staff=person.role in STAFF,
        is_superuser=person.role is Role.SUPERUSER,
    )
    return user


def _give_place(person: DemoPerson, user: AbstractUser, organization: Organization) -> None:
    if person.role is Role.CSM:
        organization.csms.add(user.pk)
        return
    Membership.objects.create(
        organization=organization,
        user_id=user.pk,
        billing_subscription=person.role is Role.SUBSCRIPTION_ADMIN,
        billing_contact=person.role is Role.BILLING_CONTACT,
    )
    if organization.language != settings.LANGUAGE_CODE:
        choose_language(user, organization.language)
    if person.role is Role.BILLING_CONTACT:
        BillingContact.objects.create(
            organization=organization,
            name=f"{person.first_name} {person.last_name}",
            email=person.email,
            language=organization.language,
        )
