"""Takes requests for a trial, and turns one into an organization when the link in its mail is opened (BR-19)."""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from subscriptions.choices import MailKind
from subscriptions.models import Account, BillingContact, Membership, Organization, OutgoingMail, Trial, TrialRequest
from subscriptions.services.mailing import Letter, queue_mail
from subscriptions.services.trials import TrialRefusedError, refuse_country, start_trial

LINK_WORKS_FOR = timedelta(days=3)
PAUSE_BETWEEN_MAILS = timedelta(minutes=15)
"""However often somebody asks with an address, it gets one mail in this time."""
MOST_WAITING = 1000
"""More unconfirmed requests than this are not taken: nobody needs them, and each sends a mail."""

# Neither 0 and o nor 1 and l: people read codes to each other.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedTrial:
    """What a visitor typed."""

    company: str
    contact_name: str
    country: str
    region: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmedTrial:
    """What became of a request: the trial, and its admin, who may have had an account before."""

    trial: Trial
    admin: User
    has_new_account: bool


def request_trial(requested: RequestedTrial, *, email: str, now: datetime) -> None:
    """
    Keep a request and write the mail with its link; nothing tells whether the address is known here.

    Asking again with an address mends the request that waits. A language is that of the mail and of the organization.

    :raises TrialRefusedError: if the country is not on the list, or too many requests wait
    """
    refuse_country(requested.country)
    email = email.lower()
    with transaction.atomic():
        waiting = TrialRequest.objects.select_for_update().filter(email=email).first()
        if waiting is None and TrialRequest.objects.count() >= MOST_WAITING:
            raise TrialRefusedError(_("Too many people are asking for a trial just now. Please try again tomorrow."))
        row, _made = TrialRequest.objects.update_or_create(
            email=email, defaults=asdict(requested) | {"requested_at": now}
        )
        if row.mail is None or row.mail.queued_at <= now - PAUSE_BETWEEN_MAILS:
            _write_link(row, now=now)


def find_request(link: str, *, now: datetime) -> TrialRequest | None:
    """Return the request that a link names; None if it is used up, too old or not of our making."""
    try:
        token = _signer().unsign(link)
    except BadSignature:
        return None
    return TrialRequest.objects.filter(token=token, requested_at__gt=now - LINK_WORKS_FOR).first()


def find_person(email: str) -> User | None:
    """Return whose address it is."""
    people = User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email))
    return people.order_by("-is_active", "pk").first()


def confirm_request(request_id: int, *, password: str, now: datetime) -> ConfirmedTrial:
    """
    Start the requested trial: an account, an organization, its admin, who has opened the mail, and their contact.

    The password is that of a new person; one who has an account keeps theirs.

    :raises TrialRefusedError: if the request is used up, or may not become a trial
    """
    with transaction.atomic():
        request = TrialRequest.objects.select_for_update().filter(pk=request_id).first()
        if request is None:
            raise TrialRefusedError(_("This request was confirmed already: log in."))
        known = find_person(request.email)
        if known is not None and not known.is_active:
            raise TrialRefusedError(_("The account with this address is closed. Please ask with another address."))
        admin = known or _make_person(request, password)
        organization = _make_organization(request)
        Membership.objects.create(organization=organization, user_id=admin.pk, billing_subscription=True)
        BillingContact.objects.create(
            organization=organization, name=request.contact_name, email=request.email, language=request.language
        )
        trial = start_trial(organization, days=settings.TRIAL_DAYS, requested_by=admin, now=now)
        drop_request(request)
        return ConfirmedTrial(trial=trial, admin=admin, has_new_account=known is None)


def drop_request(request: TrialRequest) -> None:
    """Delete a request with its mail: it is a trial now, or never will be."""
    mail = request.mail
    request.delete()
    if mail is not None:
        mail.delete()


def drop_stale_requests(*, now: datetime) -> int:
    """Delete the requests whose link nobody opened in time, and return how many there were."""
    stale = list(TrialRequest.objects.filter(requested_at__lte=now - LINK_WORKS_FOR).values_list("pk", flat=True))
    for request_id in stale:
        with transaction.atomic():
            late = TrialRequest.objects.select_for_update().filter(requested_at__lte=now - LINK_WORKS_FOR)
            if row := late.filter(pk=request_id).first():
                drop_request(row)
    return len(stale)


def _write_link(request: TrialRequest, *, now: datetime) -> None:
    earlier = request.mail
    link = reverse("trial_confirm", args=[_signer().sign(str(request.token))])
    letter = Letter(
        organization_id=None,
        kind=MailKind.TRIAL_CONFIRMATION,
        key=f"{MailKind.TRIAL_CONFIRMATION}|{request.pk}|{now.isoformat()}",
        recipient=request.email,
        language=request.language,
        context={
            "name": request.contact_name,
            "company": request.company,
            "url": f"{settings.SITE_URL}{link}",
            "days": LINK_WORKS_FOR.days,
        },
    )
    request.mail = queue_mail(letter, now=now)
    request.save(update_fields=["mail"])
    if earlier is not None:
        OutgoingMail.objects.filter(pk=earlier.pk).delete()


def _signer() -> Signer:
    return Signer(salt="subscriptions.trial_request")


def _make_person(request: TrialRequest, password: str) -> User:
    first, _space, last = request.contact_name.partition(" ")
    return User.objects.create_user(
        username=request.email, email=request.email, password=password, first_name=first[:150], last_name=last[:150]
    )


def _make_organization(request: TrialRequest) -> Organization:
    # Not made from the company's name: it would tell who else is here, and outlive the trial's removal.
    code = f"trial-{''.join(secrets.choice(_LETTERS) for _place in range(8))}"
    return Organization.objects.create(
        account=Account.objects.create(name=f"{request.company[:180]} ({code})"),
        code=code,
        name=request.company,
        legal_name=request.company,
        country=request.country,
        language=request.language,
        regions=[request.region],
    )
