"""Erases words of the audit trail, so that nobody is named there any more; the entries stay, and say so (BR-19)."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, User
from django.db.models import Q

from subscriptions.choices import AuditKind
from subscriptions.domain.audit import numbers_as_text
from subscriptions.models import AuditWords, DeletionPermit
from subscriptions.services.audit_chain import ERASED
from subscriptions.services.auditing import Deed, record_all


def list_words_about(person: User) -> list[int]:
    """Return the entries whose words name a person, or tell from which address they did something."""
    found = Q(entry__actor=person)
    for name in {person.username, person.email, person.get_full_name() if person.last_name else ""} - {""}:
        written = json.dumps(name, ensure_ascii=False)[1:-1]
        found |= Q(facts__icontains=written) | Q(reason__icontains=name)
    return list(AuditWords.objects.filter(found).values_list("pk", flat=True))


def erase_words(entries: Iterable[int], *, by: AbstractBaseUser | None, now: datetime) -> Counter[str]:
    """Delete the words of entries, record in each chain of which ones, and return how many rows that were."""
    sequences: defaultdict[int | None, list[int]] = defaultdict(list)
    words = AuditWords.objects.filter(pk__in=set(entries)).order_by("entry__sequence")
    for said in words.select_related("entry"):
        sequences[said.organization_id].append(said.entry.sequence)
    rows: Counter[str] = Counter()
    for owner in sequences:
        permit = DeletionPermit.objects.create(organization_id=owner, reason="Words of the audit trail are erased.")
        of_owner = Q(organization=None) if owner is None else Q(organization=owner)
        rows.update(words.filter(of_owner).order_by().delete()[1])
        permit.delete()
    record_all(
        Deed(
            organization_id=owner,
            kind=AuditKind.ERASURE,
            deed=ERASED,
            subject=AuditWords(),
            by=by,
            at=now,
            rows=numbers_as_text(numbers),
        )
        for owner, numbers in sequences.items()
    )
    return rows
