"""
The one audited procedure that erases for good: a trial with all its data, or a person (BR-19).

Both leave a record that nobody can change. What the law keeps is never touched: whatever refers to an organization
(an agreement, a document, a ledger entry) makes the database refuse to delete it, and all of the erasure is undone.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractBaseUser, User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Model, Q
from django.utils.translation import gettext as _

from subscriptions.choices import AuditKind, ErasureKind
from subscriptions.domain.quote import QuoteStepKind
from subscriptions.models import (
    Approval,
    AuditWords,
    BillingContact,
    ContactChange,
    ContactRequest,
    DeletionPermit,
    Erasure,
    Invitation,
    Membership,
    Organization,
    OutgoingMail,
    Preferences,
    Quote,
    QuoteAllowance,
    QuoteItem,
    QuotePdf,
    QuotePrice,
    QuoteStep,
    TaxIdCheck,
    Trial,
    TrialRequest,
)
from subscriptions.services.audit_words import erase_words, list_words_about
from subscriptions.services.auditing import Deed, record

ERASED = "(erased)"


class ErasureRefusedError(Exception):
    """What was to be erased has to stay; its text says why, to a person."""


@contextmanager
def erasure_of(
    trial: Trial, *, erased_by: AbstractBaseUser | None, reason: str, now: datetime
) -> Iterator[Counter[str]]:
    """
    Erase a locked trial: the caller deletes what it keeps of the organization, and counts it; the rest is done here.

    Call it inside a transaction. In it, and nowhere else, the frozen rows of this organization may be deleted.

    :raises ErasureRefusedError: if the organization has a subscription: a paid organization's data is never deleted
    """
    organization = trial.organization
    if organization is None:
        raise ErasureRefusedError(_("This trial has been removed."))
    # A subscription that is being made meanwhile refers to this row, and fails or is seen here.
    Organization.objects.select_for_update().get(pk=organization.pk)
    if organization.subscriptions.exists():
        raise ErasureRefusedError(_("This organization has a subscription: its data is never deleted."))
    if QuoteStep.objects.filter(organization=organization, kind=QuoteStepKind.ACCEPTED).exists():
        raise ErasureRefusedError(_("This organization has accepted a quote: process it."))
    who, chain = None if erased_by is None else erased_by.pk, organization.pk
    # Goes with the organization: no other transaction ever sees it.
    DeletionPermit.objects.create(organization=organization, granted_by_id=who, reason=reason)
    rows: Counter[str] = Counter()
    yield rows
    rows.update(_erase_organization(trial, organization, erased_by=erased_by, now=now))
    erasure = Erasure.objects.create(
        kind=ErasureKind.TRIAL,
        trial=trial,
        erased_at=now,
        erased_by_id=who,
        reason=reason,
        rows=_counted(rows),
    )
    # The trail outlives the organization, without its words.
    _record(erasure, chain, by=erased_by)


def erase_person(user_id: int, *, erased_by: AbstractBaseUser, reason: str, now: datetime) -> Erasure:
    """
    Erase a person's name and addresses wherever they are kept; the platform's ids in usage and documents stay.

    The account is emptied and closed, not deleted: what its owner recorded still says that somebody did.

    :raises ErasureRefusedError: if the person is staff
    """
    with transaction.atomic():
        # Not the key: who did something is named by it meanwhile.
        person = User.objects.select_for_update(no_key=True).get(pk=user_id)
        if person.is_staff or person.is_superuser:
            raise ErasureRefusedError(_("This person is staff: take that role away first."))
        words = list_words_about(person)
        rows = _erase_person(person)
        rows.update(erase_words(words, by=erased_by, now=now))
        erasure = Erasure.objects.create(
            kind=ErasureKind.PERSON,
            person_id=person.pk,
            erased_at=now,
            erased_by_id=erased_by.pk,
            reason=reason,
            rows=_counted(rows),
        )
        _record(erasure, None, by=erased_by)
        return erasure


def _erase_organization(
    trial: Trial, organization: Organization, *, erased_by: AbstractBaseUser | None, now: datetime
) -> Counter[str]:
    account = organization.account
    elsewhere = Membership.objects.exclude(organization=organization).values("user_id")
    members = User.objects.filter(memberships__organization=organization, is_staff=False)
    people = list(members.exclude(pk__in=elsewhere).order_by("pk").select_for_update(no_key=True))
    rows: Counter[str] = Counter()
    words = [pk for person in people for pk in list_words_about(person)]
    for person in people:
        rows.update(_erase_person(person))
    words += AuditWords.objects.filter(organization=organization).values_list("pk", flat=True)
    rows.update(erase_words(words, by=erased_by, now=now))
    _rewrite_log_of(organization, organization.code)
    trial.organization, trial.code, trial.removed_at = None, organization.code, now
    trial.warned_at, trial.warned_because, trial.stored_gigabytes = None, "", None
    trial.save()
    rows.update(_erase_offers(organization))
    rows.update(organization.delete()[1])
    if not account.organizations.exists():
        _rewrite_log_of(account, organization.code)
        rows.update(account.delete()[1])
    return rows


def _erase_offers(organization: Organization) -> Counter[str]:
    """Delete what was quoted and nobody accepted, and the checks of the tax number that was to be printed on it."""
    of_quotes = Q(quote__organization=organization)
    of_organization = Q(organization=organization)
    rows: Counter[str] = Counter()
    for model, which in (
        (QuotePdf, of_organization),
        (QuoteStep, of_organization),
        (QuoteItem, of_quotes),
        (QuotePrice, of_quotes),
        (QuoteAllowance, of_quotes),
        (TaxIdCheck, of_organization),
    ):
        rows.update(model.objects.filter(which).delete()[1])
    # The latest first: it may be a copy of an earlier one.
    for quote in Quote.objects.filter(organization=organization).order_by("-pk"):
        rows.update(quote.delete()[1])
    return rows


def _erase_person(person: User) -> Counter[str]:
    """Delete a person's memberships, addresses and mails, empty the account, and return how many rows of each."""
    rows: Counter[str] = Counter({"auth.User": 1})
    contacts = (
        BillingContact.objects.filter(email__iexact=person.email) if person.email else BillingContact.objects.none()
    )
    memberships = Membership.objects.filter(user_id=person.pk).select_related("user", "organization")
    _erase_from_log(map(str, [*contacts, *memberships]))
    rows.update(memberships.delete()[1])
    rows.update(Preferences.objects.filter(user=person).delete()[1])
    rows.update(EmailAddress.objects.filter(user=person).delete()[1])
    rows.update(Authenticator.objects.filter(user=person).delete()[1])
    rows.update(AccessAttempt.objects.filter(username__in=_names_of(person)).delete()[1])
    rows.update(AccessLog.objects.filter(username__in=_names_of(person)).delete()[1])
    if person.email:
        _erase_from_log([person.email])
        rows.update(contacts.delete()[1])
        rows.update(_erase_from_contact_history(person.email))
        rows.update(TrialRequest.objects.filter(email__iexact=person.email).delete()[1])
        rows.update(Invitation.objects.filter(email__iexact=person.email).delete()[1])
        rows.update(OutgoingMail.objects.filter(recipient__iexact=person.email).delete()[1])
    # A form that was typed to erase them holds their name.
    Approval.objects.filter(decision="", path__startswith=f"/admin/auth/user/{person.pk}/").update(body="")
    person.username = f"erased-{person.pk}"
    person.first_name = person.last_name = person.email = ""
    person.is_active, person.last_login = False, None
    person.set_unusable_password()
    person.save()
    _rewrite_log_of(person, person.username)
    return rows


def _erase_from_contact_history(address: str) -> Counter[str]:
    """Take a person out of what was asked for and changed about billing contacts, and return how many rows of each."""
    rows: Counter[str] = Counter()
    for asked in ContactRequest.objects.filter(email__iexact=address):
        # Still one open request for each address.
        asked.name, asked.email, asked.note = ERASED, f"erased-{asked.pk}", ""
        asked.save(update_fields=["name", "email", "note"])
        rows["subscriptions.ContactRequest"] += 1
    for change in ContactChange.objects.filter(Q(old_email__iexact=address) | Q(new_email__iexact=address)):
        _rewrite_change(change, address)
        rows["subscriptions.ContactChange"] += 1
    return rows


def _rewrite_change(change: ContactChange, address: str) -> None:
    """Write a frozen change anew without a person: that there was one, when, by whom and why, stays."""
    permit = DeletionPermit.objects.create(
        organization_id=change.organization_id, granted_by=None, reason="A person is erased."
    )
    ContactChange.objects.filter(pk=change.pk).delete()
    permit.delete()
    if change.old_email.casefold() == address.casefold():
        change.old_name = change.old_email = ERASED
    if change.new_email.casefold() == address.casefold():
        change.new_name = change.new_email = ERASED
    change.save(force_insert=True)


def _record(erasure: Erasure, organization_id: int | None, *, by: AbstractBaseUser | None) -> None:
    record(
        Deed(
            organization_id=organization_id,
            kind=AuditKind.ERASURE,
            deed="erased",
            subject=erasure,
            by=by,
            at=erasure.erased_at,
            facts={"what": str(erasure.kind), "rows": erasure.rows},
            reason=erasure.reason,
        )
    )


def _names_of(person: User) -> set[str]:
    """Return the names under which a person may have tried to log in."""
    return {name.casefold() for name in (person.username, person.email) if name}


def _rewrite_log_of(row: Model, name: str) -> None:
    """Let the log of the admin say of a row that it was changed, when and by whom, but no longer what it was called."""
    of_row = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_id=str(row.pk))
    of_row.update(object_repr=name, change_message="")


def _erase_from_log(words: Iterable[str]) -> None:
    """Take words out of the log of the admin, which names the rows that were changed as they were called."""
    for word in words:
        # A message is JSON: other letters than ASCII are escaped in it.
        for written in {word, json.dumps(word)[1:-1]}:
            entries = LogEntry.objects.filter(Q(object_repr__contains=written) | Q(change_message__contains=written))
            for entry in entries:
                entry.object_repr = entry.object_repr.replace(written, ERASED)
                entry.change_message = entry.change_message.replace(written, ERASED)
                entry.save(update_fields=["object_repr", "change_message"])


def _counted(rows: Counter[str]) -> dict[str, int]:
    return {label: count for label, count in sorted(rows.items()) if count}
