"""Makes, checks and revokes the keys with which programs report usage and read what is billed."""

import hmac
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery

from subscriptions.choices import AuditKind
from subscriptions.models import Organization
from subscriptions.selectors.agreements import lock_organization
from subscriptions.selectors.people import Person, is_lead
from subscriptions.services.auditing import Deed, record
from subscriptions.services.recording import Recording
from usage.domain.key_scopes import KeyScope, in_order, may_be_given
from usage.models import IngestionKey, Throttle
from usage.services.throttling import Left, Rate, require_free, take

WRONG_KEYS = Rate(burst=10, refilled_in=timedelta(minutes=1))
"""How often an address may send a wrong key."""

_MARK = "sbk"
_SECRET_BYTES = 32
_PREFIX_BYTES = 6
# Every request of a busy sender would otherwise write, and wait for, the same row.
_LAST_USED_PRECISION = timedelta(minutes=1)
# For so many seconds a key that has asked for nothing may ask at once.
_REQUESTS_SAVED_UP = 60


class KeyReplacedError(Exception):
    """A key that cannot be replaced: it is revoked, or has been replaced before."""


class ScopeRefusedError(Exception):
    """A person may not give a key what it is asked to be for: nothing, or what only a lead gives."""


def list_keys(organization: Organization) -> QuerySet[IngestionKey]:
    """Return an organization's own keys; `replaced` tells whether a newer one of the same name works."""
    keys = organization.ingestion_keys.all()
    newer = keys.filter(name=OuterRef("name"), pk__gt=OuterRef("pk"), revoked_at=None)
    return keys.annotate(replaced=Exists(newer)).select_related("created_by")


def create_key(
    *,
    organization: Organization | None,
    name: str,
    created_by: User | None,
    now: datetime,
    events_per_second: int | None = None,
    scopes: Collection[str] = (KeyScope.EVENTS_WRITE,),
) -> tuple[IngestionKey, str]:
    """
    Make a key of an organization, or of a platform for all of them (None), and return it with its secret.

    The secret, as it is sent, can be shown this once: only its hash is stored. Without a person the product itself
    makes it, and gives what it likes.

    :raises ScopeRefusedError: if the person may not give these scopes
    """
    _require_given(scopes, created_by)
    key = IngestionKey(organization=organization, name=name, events_per_second=events_per_second, scopes=scopes)
    with transaction.atomic():
        made, secret = _make(key, created_by, now)
        _record(made, "key_made_for", Recording(by=created_by, at=now), scopes=", ".join(made.scopes))
    return made, secret


def may_replace(key: IngestionKey, person: Person) -> bool:
    """Tell whether a person who makes keys may make one like this: what leads gave, only leads give again."""
    return may_be_given(key.scopes, by_lead=is_lead(person))


@transaction.atomic
def replace_key(
    key: IngestionKey, *, replaced_by: User, organization: Organization, now: datetime
) -> tuple[IngestionKey, str]:
    """
    Make another key of the same name and scopes, and return it with its secret.

    The old one works until it is revoked: between the two, no event is refused.

    :raises KeyReplacedError: if it is revoked, or has been replaced already
    :raises ScopeRefusedError: if the person may not give its scopes
    """
    lock_organization(organization.pk)
    found: Any = list_keys(organization).get(pk=key.pk)
    if found.revoked_at is not None or found.replaced:
        raise KeyReplacedError
    _require_given(found.scopes, replaced_by)
    like_it = {"name": found.name, "events_per_second": found.events_per_second, "scopes": found.scopes}
    new, secret = _make(IngestionKey(organization=organization, **like_it), replaced_by, now)
    _record(found, "key_replaced", Recording(by=replaced_by, at=now), new_prefix=new.prefix)
    return new, secret


def revoke_key(key: IngestionKey, *, recording: Recording) -> None:
    """Refuse everything sent with a key from now on; a key revoked before keeps its time."""
    with transaction.atomic():
        if IngestionKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=recording.at):
            _record(key, "key_revoked", recording)
    key.refresh_from_db(fields=["revoked_at"])


def find_key(sent: str, *, now: datetime, address: str) -> IngestionKey | None:
    """
    Return the key that was sent, with its organization, and note its use; nothing if it is wrong or revoked.

    What is wrong is counted against the address and the key that it names, so that whoever guesses at a key, or goes on
    with a revoked one, keeps no other sender out.

    :raises TooFastError: if the address has sent too many wrong ones; nothing was looked at
    """
    mark, _, rest = sent.partition("_")
    prefix, _, secret = rest.partition("_")
    # What holds NUL or is no ASCII was not made here, and a database would choke on it.
    if mark != _MARK or not prefix.isalnum() or not sent.isascii():
        _count_wrong_one(f"key  {address}", now=now)
        return None
    guesses_at_this_one = f"key {prefix[: 2 * _PREFIX_BYTES]} {address}"
    wrong_before = Throttle.objects.filter(name=guesses_at_this_one).values("spent_until")
    found = IngestionKey.objects.select_related("organization").filter(prefix=prefix)
    # One at most has the prefix, so they need no order.
    key = next(iter(found.annotate(wrong_before=Subquery(wrong_before))), None)
    if key is None:
        _count_wrong_one(f"key  {address}", now=now)
        return None
    require_free(key.wrong_before, rate=WRONG_KEYS, now=now)
    if not hmac.compare_digest(key.secret_hash, _hash(secret)) or key.revoked_at is not None:
        _count_wrong_one(guesses_at_this_one, now=now)
        return None
    if key.last_used_at is None or key.last_used_at <= now - _LAST_USED_PRECISION:
        IngestionKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def get_rate(key: IngestionKey) -> Rate | None:
    """Return how many events a key may report, if that is bounded: its own figure, else what keys usually may."""
    per_second = key.events_per_second or settings.INGESTION_EVENTS_PER_SECOND
    if not per_second:
        return None
    seconds = settings.INGESTION_BURST_SECONDS
    return Rate(burst=per_second * seconds, refilled_in=timedelta(seconds=seconds))


def take_events(key: IngestionKey, events: int, *, now: datetime) -> Left | None:
    """
    Count events, at least one, against what a key may report, and return what is left, if that is bounded.

    :raises TooFastError: if they are too many now; the same is worth sending again later
    """
    rate = get_rate(key)
    return None if rate is None else take(max(events, 1), of=f"events {key.pk}", rate=rate, now=now)


def get_request_rate() -> Rate | None:
    """Return how many requests a key may make beside those that report events, if that is bounded."""
    per_second = settings.API_REQUESTS_PER_SECOND
    if not per_second:
        return None
    return Rate(burst=per_second * _REQUESTS_SAVED_UP, refilled_in=timedelta(seconds=_REQUESTS_SAVED_UP))


def take_request(key: IngestionKey, *, now: datetime) -> Left | None:
    """
    Count a request against what a key may make, and return what is left, if that is bounded.

    :raises TooFastError: if it is one too many now; the same is worth sending again later
    """
    rate = get_request_rate()
    return None if rate is None else take(1, of=f"requests {key.pk}", rate=rate, now=now)


def change_rate(key: IngestionKey, events_per_second: int | None) -> None:
    """Let a key report so many events a second in the long run; None: as many as keys usually may."""
    key.events_per_second = events_per_second
    key.save(update_fields=["events_per_second"])


def _require_given(scopes: Collection[str], person: User | None) -> None:
    if not may_be_given(scopes, by_lead=person is None or is_lead(person)):
        raise ScopeRefusedError


def _make(key: IngestionKey, created_by: User | None, now: datetime) -> tuple[IngestionKey, str]:
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    key.prefix, key.secret_hash, key.scopes = secrets.token_hex(_PREFIX_BYTES), _hash(secret), in_order(key.scopes)
    key.created_at, key.created_by_id = now, None if created_by is None else created_by.pk
    key.save(force_insert=True)
    return key, f"{_MARK}_{key.prefix}_{secret}"


def _record(key: IngestionKey, deed: str, recording: Recording, **facts: str) -> None:
    record(
        Deed(
            organization_id=key.organization_id,
            kind=AuditKind.KEY,
            deed=deed,
            subject=key,
            by=recording.by,
            at=recording.at,
            facts={"name": key.name, "prefix": key.prefix} | facts,
        )
    )


def _count_wrong_one(name: str, *, now: datetime) -> None:
    take(1, of=name, rate=WRONG_KEYS, now=now)


def _hash(secret: str) -> str:
    # One round of SHA-256 is enough here: 32 random bytes cannot be guessed, unlike a password, so there is nothing
    # for a slow hash to slow down, and a key is checked with every request.
    return sha256(secret.encode()).hexdigest()
