"""Lets a number series go on where the old system's ended: once, forward, and as a recorded fact (BR-75, ADR 43)."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast, Substr

from invoices.choices import DocumentType
from invoices.models import Invoice, NumberSeries, OldInvoice, OpeningBalance, SeriesStart
from invoices.services.issuing import lock_series, prefix_of
from subscriptions.choices import AuditKind
from subscriptions.domain.numbering import document_number, place_in_series
from subscriptions.domain.violations import Violation, refuse
from subscriptions.domain.words import translatable
from subscriptions.models import IssuingEntity
from subscriptions.services.auditing import Deed, record

LARGEST = 999_999_999_999


class NumberingError(StrEnum):
    """Why the next number of a series is not set."""

    ALREADY = "already"
    NOT_FORWARD = "not_forward"
    TOO_LARGE = "too_large"
    COLLIDES = "collides"
    NO_REASON = "no_reason"


def get_last_number(entity: IssuingEntity, document_type: str) -> int:
    """Return the last number that was given in a series; 0 if none was."""
    rows = NumberSeries.objects.filter(issuing_entity=entity, document_type=document_type)
    return rows.values_list("last_number", flat=True).first() or 0


def next_number_violations(entity: IssuingEntity, *, document_type: str, next_number: int) -> list[Violation]:
    """Return why a series cannot go on with a number; nothing if it can."""
    if SeriesStart.objects.filter(series__issuing_entity=entity, series__document_type=document_type).exists():
        message = translatable("The next number of this series was set before: that is done once.")
        return [Violation(code=NumberingError.ALREADY, field="next_number", message=message)]
    if next_number > LARGEST:
        message = translatable("Numbers have 12 digits at most.")
        return [Violation(code=NumberingError.TOO_LARGE, field="next_number", message=message)]
    prefix, last = prefix_of(entity, document_type), get_last_number(entity, document_type)
    if next_number <= last + 1:
        message = translatable("A series goes forward only: the next number is %(number)s as it is. Enter a later one.")
        words = {"number": document_number(prefix=prefix, sequence=last + 1)}
        return [Violation(code=NumberingError.NOT_FORWARD, field="next_number", message=message, words=words)]
    highest = _highest_old_number(entity, prefix)
    if highest is not None and next_number <= highest[0]:
        message = translatable("The old system has given %(number)s: enter a number beyond it.")
        words = {"number": highest[1]}
        return [Violation(code=NumberingError.COLLIDES, field="next_number", message=message, words=words)]
    return []


def prefix_violations(entity: IssuingEntity, *, invoice_prefix: str, credit_note_prefix: str) -> list[Violation]:
    """
    Return why the numbers of an issuing entity cannot begin so: each names one document (BR-75).

    A series goes on counting whatever its numbers begin with, and so could come to one that was given before.
    """
    wanted = {
        "invoice_prefix": (DocumentType.INVOICE.value, invoice_prefix),
        "credit_note_prefix": (DocumentType.CREDIT_NOTE.value, credit_note_prefix),
    }
    changed = {field: one for field, one in wanted.items() if entity.pk is None or getattr(entity, field) != one[1]}
    found = []
    for field, (document_type, prefix) in changed.items():
        highest = None if entity.pk is None else _highest_number(entity, prefix)
        if highest is not None and highest[0] > get_last_number(entity, document_type):
            message = translatable("Its numbers would come to %(number)s, which is taken: choose another beginning.")
            words = {"number": highest[1]}
            found.append(Violation(code=NumberingError.COLLIDES, field=field, message=message, words=words))
    if changed and not found and _meet(invoice_prefix, credit_note_prefix):
        message = translatable("Invoices and credit notes would both come to %(number)s: let them begin differently.")
        words = {"number": document_number(prefix=max(invoice_prefix, credit_note_prefix, key=len), sequence=1)}
        (field, *_both) = reversed(changed)
        found.append(Violation(code=NumberingError.COLLIDES, field=field, message=message, words=words))
    return found


def _meet(one: str, other: str) -> bool:
    """Tell whether two series could ever come to the same number: one begins as the other, or with digits after it."""
    shorter, longer = sorted((one, other), key=len)
    return bool(re.fullmatch(rf"{re.escape(shorter)}[0-9]*", longer, re.IGNORECASE | re.ASCII))


def set_next_number(
    entity: IssuingEntity, *, document_type: str, next_number: int, reason: str, by: User, now: datetime
) -> SeriesStart:
    """
    Let the next document of a series bear this number; those before it that were not given never will be.

    :raises Refused: if it was set before, is not beyond what was given, here or by the old system, or has no reason
    """
    with transaction.atomic():
        # Nobody issues meanwhile: the gap is exactly what is recorded.
        series = lock_series({(entity.pk, document_type): now})[entity.pk, document_type]
        found = next_number_violations(entity, document_type=document_type, next_number=next_number)
        if not reason.strip():
            message = translatable("Say why: it explains the gap to whoever audits the numbers.")
            found.append(Violation(code=NumberingError.NO_REASON, field="reason", message=message))
        refuse(found)
        start = SeriesStart.objects.create(
            series=series,
            first_left_out=series.last_number + 1,
            next_number=next_number,
            reason=reason.strip(),
            set_at=now,
            set_by=by,
        )
        series.last_number = next_number - 1
        series.save(update_fields=["last_number"])
        record(
            Deed(
                organization_id=None,
                kind=AuditKind.DOCUMENT,
                deed="next_number_set",
                subject=start,
                by=by,
                at=now,
                facts={
                    "kind": document_type,
                    "number": document_number(prefix=prefix_of(entity, document_type), sequence=next_number),
                    "count": str(next_number - start.first_left_out),
                },
                reason=start.reason,
            )
        )
    return start


def _highest_old_number(entity: IssuingEntity, prefix: str) -> tuple[int, str] | None:
    """Return the highest place in a series that an old number of the issuer's organizations has, and that number."""
    of_issuer = {"organization__subscriptions__issuing_entity": entity, "withdrawn_at__isnull": True}
    carried = Invoice.objects.filter(issuing_entity=entity, document_type=DocumentType.OPENING_ITEM)
    return _highest(prefix, OldInvoice.objects.filter(**of_issuer), OpeningBalance.objects.filter(**of_issuer), carried)


def _highest_number(entity: IssuingEntity, prefix: str) -> tuple[int, str] | None:
    """Return the highest place in a series that any number of the issuer has, old or ours, and that number."""
    found = (_highest_old_number(entity, prefix), _highest(prefix, Invoice.objects.filter(issuing_entity=entity)))
    return max(filter(None, found), default=None)


def _highest(prefix: str, *tables: QuerySet[Any]) -> tuple[int, str] | None:
    """Return the highest place in the series with this prefix that a number has, and that number."""
    found: list[str] = []
    for rows in tables:
        # Told apart by the database: there may be a million of them.
        in_series = rows.filter(number__iregex=rf"^{re.escape(prefix)}0*[0-9]{{1,12}}$")
        highest = in_series.order_by(Cast(Substr("number", len(prefix) + 1), BigIntegerField()).desc())
        found += highest.values_list("number", flat=True)[:1]
    places = ((place_in_series(number, prefix=prefix), number) for number in found)
    return max(((place, number) for place, number in places if place is not None), default=None)
