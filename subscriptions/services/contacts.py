"""Changes who receives an organization's invoices, on its request or by hand, and tells both addresses (BR-84)."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from subscriptions.choices import AuditKind, ContactAction, MailKind, RequestState
from subscriptions.models import BillingContact, ContactChange, ContactRequest, Organization
from subscriptions.services.auditing import Deed, record
from subscriptions.services.mailing import Letter, queue_mail


class ContactError(ValueError):
    """The contacts cannot be changed so; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What is to happen to which contact: name, address and language are those afterwards."""

    action: ContactAction
    contact: BillingContact | None = None
    name: str = ""
    email: str = ""
    language: str = "en"


def ask_for_change(
    proposal: Proposal, *, organization: Organization, note: str, asked_by: User, now: datetime
) -> ContactRequest:
    """
    Ask the CSM for a change.

    :raises ContactError: if the same was asked before and waits for an answer
    """
    asked = ContactRequest(
        organization=organization,
        action=proposal.action,
        contact=proposal.contact,
        name=proposal.name,
        email=proposal.email or (proposal.contact.email if proposal.contact else ""),
        language=proposal.language,
        note=note,
        asked_by=asked_by,
        asked_at=now,
    )
    try:
        with transaction.atomic():
            asked.save()
            record(
                Deed(
                    organization_id=organization.pk,
                    kind=AuditKind.CONTACT,
                    deed="contact_asked_for",
                    subject=asked,
                    by=asked_by,
                    at=now,
                    facts={"action": asked.action, "new_email": asked.email},
                    reason=note,
                )
            )
    except IntegrityError:
        raise ContactError(_("This was asked for before: your customer success manager has not decided yet.")) from None
    return asked


def change_contacts(
    proposal: Proposal,
    *,
    organization: Organization,
    reason: str,
    changed_by: User,
    now: datetime,
    request: ContactRequest | None = None,
) -> ContactChange:
    """
    Add, change or remove a billing contact, keep who did it and why, and tell both addresses.

    `request` is what asked for it; it is done then.

    :raises ContactError: if another contact has the address, the contact is gone, or the request was decided
    """
    try:
        with transaction.atomic():
            if request is not None:
                _decide(request, RequestState.DONE, by=changed_by, answer=reason, now=now)
            # One change of an organization's contacts after the other; what merely refers to it goes on.
            Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
            old = _found(proposal, organization)
            new = _apply(proposal, organization, old)
            change = _keep(proposal.action, organization, old, new)
            change.request, change.changed_by, change.changed_at, change.reason = request, changed_by, now, reason
            change.save()
            _tell(change, now=now)
            record(
                Deed(
                    organization_id=organization.pk,
                    kind=AuditKind.CONTACT,
                    deed="contact_changed",
                    subject=change,
                    by=changed_by,
                    at=now,
                    facts={
                        name: getattr(change, name)
                        for name in ("action", "old_name", "old_email", "new_name", "new_email")
                    },
                    reason=reason,
                )
            )
            return change
    except IntegrityError:
        raise ContactError(_("There is a billing contact with this address: change that one.")) from None


def decline_request(request: ContactRequest, *, answer: str, by: User, now: datetime) -> None:
    """
    Answer a request with no; whoever asked reads the reason.

    :raises ContactError: if it was decided before
    """
    with transaction.atomic():
        _decide(request, RequestState.DECLINED, by=by, answer=answer, now=now)
        record(
            Deed(
                organization_id=request.organization_id,
                kind=AuditKind.CONTACT,
                deed="contact_declined",
                subject=request,
                by=by,
                at=now,
                facts={"email": request.email},
                reason=answer,
            )
        )


def _decide(request: ContactRequest, state: RequestState, *, by: User, answer: str, now: datetime) -> None:
    still_open = ContactRequest.objects.filter(pk=request.pk, state=RequestState.OPEN)
    if not still_open.update(state=state, decided_by=by, decided_at=now, answer=answer):
        raise ContactError(_("This request was decided before: look at its answer."))


def _found(proposal: Proposal, organization: Organization) -> BillingContact | None:
    if proposal.action is ContactAction.ADD:
        return None
    contacts = BillingContact.objects.filter(organization=organization)
    found = contacts.filter(pk=proposal.contact.pk).first() if proposal.contact else None
    if found is None:
        raise ContactError(_("This billing contact is gone: look who gets the invoices now."))
    return found


def _apply(proposal: Proposal, organization: Organization, old: BillingContact | None) -> BillingContact | None:
    if old is not None and proposal.action is ContactAction.REMOVE:
        old.delete()
        return None
    new = BillingContact(
        pk=old.pk if old else None,
        organization=organization,
        name=proposal.name,
        email=proposal.email,
        language=proposal.language,
    )
    others = BillingContact.objects.filter(organization=organization, email__iexact=proposal.email)
    if others.exclude(pk=new.pk).exists():
        raise ContactError(_("There is a billing contact with this address: change that one."))
    new.save()
    return new


def _keep(
    action: ContactAction, organization: Organization, old: BillingContact | None, new: BillingContact | None
) -> ContactChange:
    change = ContactChange(organization=organization, action=action)
    if old is not None:
        change.old_name, change.old_email, change.old_language = old.name, old.email, old.language
    if new is not None:
        change.new_name, change.new_email, change.new_language = new.name, new.email, new.language
    return change


def _tell(change: ContactChange, *, now: datetime) -> None:
    """Write to the address that was and to the one that is; once and as it is now, if it is the same."""
    addresses = {
        change.old_email.casefold(): (change.old_email, change.old_name, change.old_language),
        change.new_email.casefold(): (change.new_email, change.new_name, change.new_language),
    }
    for place, (email, name, language) in enumerate(row for row in addresses.values() if row[0]):
        queue_mail(
            Letter(
                organization_id=change.organization_id,
                kind=MailKind.CONTACT_CHANGE,
                key=f"contact_change|{change.pk}|{place}",
                recipient=email,
                language=language,
                context={"change": change, "name": name, "organization": change.organization.name},
            ),
            now=now,
        )
