"""Lets people into an organization, says what they may see there, and takes them out again (BR-90, BR-91)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.core import signing
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from subscriptions.choices import AuditKind, MailKind
from subscriptions.models import Invitation, Membership, Organization, Preferences
from subscriptions.selectors.people import get_language_of
from subscriptions.services.auditing import Deed, record
from subscriptions.services.mailing import Letter, queue_mail
from subscriptions.services.recording import Recording

VALID_FOR = timedelta(days=7)
_SALT = "subscriptions.invitation"


class InvitationError(ValueError):
    """The invitation cannot be accepted; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What a member may see."""

    billing_subscription: bool
    billing_contact: bool


def invite(
    *, organization: Organization, email: str, permissions: Permissions, invited_by: User, now: datetime
) -> Invitation:
    """
    Ask an address to join an organization, by mail; asked again it gets a new link and the permissions named now.

    The mail is in the language that its reader has chosen; of a stranger only the organization's is known.
    """
    with transaction.atomic():
        invitation, _made = Invitation.objects.update_or_create(
            organization=organization,
            email=email.casefold(),
            accepted_at=None,
            defaults={
                "billing_subscription": permissions.billing_subscription,
                "billing_contact": permissions.billing_contact,
                "invited_by": invited_by,
                "invited_at": now,
                "expires_at": now + VALID_FOR,
            },
        )
        queue_mail(
            Letter(
                organization_id=organization.pk,
                kind=MailKind.INVITATION,
                key=f"invitation|{invitation.pk}|{now.isoformat()}",
                recipient=invitation.email,
                language=_language_of(email) or organization.language,
                context={"invitation": invitation, "inviter": _name(invited_by), "url": _link(invitation)},
            ),
            now=now,
        )
        _record(invitation, "invited", invitation.email, Recording(by=invited_by, at=now), permissions)
    return invitation


def find_invitation(token: str, *, now: datetime) -> Invitation:
    """
    Return the invitation that a link names.

    :raises InvitationError: if the link is not ours, too old, or used
    """
    try:
        pk, asked_at = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        raise InvitationError(_("This link is damaged: copy the whole of it from the mail.")) from None
    invitation = Invitation.objects.select_related("organization").filter(pk=pk).first()
    # A link of an earlier mail is void once a newer one was sent.
    if invitation is None or invitation.invited_at.isoformat() != asked_at:
        raise InvitationError(_("This invitation was withdrawn or sent anew: use the newest mail, or ask for another."))
    if invitation.accepted_at is not None:
        raise InvitationError(_("This invitation was accepted before: log in."))
    if invitation.expires_at <= now:
        raise InvitationError(_("This invitation has run out: ask whoever invited you to send another."))
    return invitation


def accept_invitation(invitation: Invitation, *, user: User, now: datetime) -> Membership:
    """
    Make a person a member with the permissions of their invitation, once.

    :raises InvitationError: if somebody has just accepted it, or it was sent to another address
    """
    if user.email.casefold() != invitation.email:
        raise InvitationError(
            _("This invitation was sent to %(email)s: log in with that address.") % {"email": invitation.email}
        )
    with transaction.atomic():
        fresh = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True)
        if not fresh.update(accepted_at=now, accepted_by=user):
            raise InvitationError(_("This invitation was accepted before: log in."))
        membership, _made = Membership.objects.get_or_create(organization=invitation.organization, user=user)
        membership.billing_subscription |= invitation.billing_subscription
        membership.billing_contact |= invitation.billing_contact
        membership.save(update_fields=["billing_subscription", "billing_contact"])
        _record(membership, "invitation_accepted", _name(user), Recording(by=user, at=now))
    return membership


def join_as_new_person(
    invitation: Invitation, *, first_name: str, last_name: str, password: str, now: datetime
) -> User:
    """
    Make an account for an invited address, and a member of it.

    :raises InvitationError: if the address has an account already, or the invitation is used
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=invitation.email,
                email=invitation.email,
                password=password,
                first_name=first_name,
                last_name=last_name,
            )
            accept_invitation(invitation, user=user, now=now)
    except IntegrityError:
        raise InvitationError(_("This address has an account: log in to accept.")) from None
    return user


def choose_language(user: AbstractBaseUser, language: str) -> None:
    """Show the site to a person, and write to them, in a language."""
    Preferences.objects.update_or_create(user_id=user.pk, defaults={"language": language})


def has_account(email: str) -> bool:
    """Tell whether somebody logs in with an address."""
    return User.objects.filter(email__iexact=email).exists() or User.objects.filter(username__iexact=email).exists()


def withdraw_invitation(invitation: Invitation, *, recording: Recording) -> None:
    """Take back an invitation that was not accepted yet; its link is void."""
    with transaction.atomic():
        deleted, _rows = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).delete()
        if deleted:
            _record(invitation, "invitation_withdrawn", invitation.email, recording)


def set_permissions(membership: Membership, *, permissions: Permissions, recording: Recording) -> None:
    """Say what a member may see from now on."""
    with transaction.atomic():
        membership.billing_subscription = permissions.billing_subscription
        membership.billing_contact = permissions.billing_contact
        membership.save(update_fields=["billing_subscription", "billing_contact"])
        _record(membership, "permissions_set", _name(membership.user), recording, permissions)


def remove_member(membership: Membership, *, recording: Recording) -> None:
    """Take a person out of an organization; their account stays."""
    with transaction.atomic():
        # Its key is asked for afterwards.
        Membership.objects.filter(pk=membership.pk).delete()
        _record(membership, "member_removed", _name(membership.user), recording)


def _record(
    subject: Invitation | Membership,
    deed: str,
    person: str,
    recording: Recording,
    permissions: Permissions | None = None,
) -> None:
    record(
        Deed(
            organization_id=subject.organization_id,
            kind=AuditKind.PERMISSION,
            deed=deed,
            subject=subject,
            by=recording.by,
            at=recording.at,
            facts={"person": person} | (asdict(permissions) if permissions else {}),
        )
    )


def _link(invitation: Invitation) -> str:
    token = signing.dumps((invitation.pk, invitation.invited_at.isoformat()), salt=_SALT)
    return f"{settings.SITE_URL}{reverse('invitation', args=[token])}"


def _language_of(email: str) -> str:
    known = User.objects.filter(email__iexact=email, is_active=True).first()
    return "" if known is None else get_language_of(known)


def _name(user: User) -> str:
    return user.get_full_name() or user.get_username()
