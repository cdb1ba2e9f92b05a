"""Mails each issued document with its PDF to the billing contacts, once, and again when somebody asks (BR-84)."""

import hashlib
import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from invoices.choices import DocumentType
from invoices.documents import get_invoice_document
from invoices.documents.addresses import invoice_url
from invoices.documents.document import service_period
from invoices.exports.names import file_stem
from invoices.models import Invoice, InvoiceDelivery, RenderedPdf
from invoices.selectors.deliveries import delivery_key, list_due_deliveries
from invoices.selectors.issued import has_several_issuers
from invoices.selectors.stopped import get_switch_off
from invoices.services.switch import IssuingStoppedError, hold_switch_on
from subscriptions.choices import AuditKind, MailKind
from subscriptions.domain.retry import retry_delay
from subscriptions.models import BillingContact
from subscriptions.services.auditing import Deed, record
from subscriptions.services.mailing import Attachment, Letter, queue_mail

logger = logging.getLogger(__name__)

MAIL_KINDS = {
    DocumentType.INVOICE.value: MailKind.INVOICE,
    DocumentType.CREDIT_NOTE.value: MailKind.CREDIT_NOTE,
}


class DeliveryError(ValueError):
    """The document cannot be sent again now; the message says why and what to do."""


def deliver_documents(*, now: datetime, limit: int) -> int:
    """
    Queue the mail of up to `limit` documents that have their PDF and somebody to go to; return how many there were.

    A document of an organization without billing contacts waits until there is one; all of them wait while issuing is
    switched off.
    """
    delivered = tried = 0
    while tried < limit and (due := list_due_deliveries(now=now).values_list("pk", flat=True).first()) is not None:
        tried += 1
        try:
            delivered += _deliver(due, now=now)
        except IssuingStoppedError:
            break
        # Whatever is wrong with one document, the next one still goes out.
        except Exception as error:
            logger.exception("Invoice %s could not be mailed", due)
            _put_off(due, f"{type(error).__name__}: {error}", now=now)
    return delivered


def send_again(
    invoice: Invoice, *, times_before: int, asked_by: AbstractBaseUser | AnonymousUser | None, now: datetime
) -> int:
    """
    Mail a document to the contacts there are now, and return to how many; 0 if somebody has just done so.

    `times_before` is how often it had been sent again when the person was shown the button: the same click counts once.

    :raises DeliveryError: if it was not sent yet, there is nobody to send it to, or issuing is switched off
    """
    if get_switch_off() is not None:
        raise DeliveryError(_("Issuing is switched off: no document leaves by mail until it is switched on again."))
    with transaction.atomic():
        sent_before = InvoiceDelivery.objects.filter(pk=invoice.pk, queued_at__isnull=False)
        if not sent_before.exists():
            raise DeliveryError(_("This document was not sent yet: it goes out by itself as soon as its PDF is made."))
        if not BillingContact.objects.filter(organization_id=invoice.organization_id).exists():
            raise DeliveryError(_("There is nobody to send it to: ask for a billing contact first."))
        if not RenderedPdf.objects.filter(pk=invoice.pk, rendered_at__isnull=False).exists():
            raise DeliveryError(_("The PDF is still being made: try again in a few minutes."))
        if not sent_before.filter(times_again=times_before).update(times_again=F("times_again") + 1):
            return 0
        count = _queue_letters(invoice, times_again=times_before + 1, now=now)
        record(
            Deed(
                organization_id=invoice.organization_id,
                kind=AuditKind.DOCUMENT,
                deed="sent_again",
                subject=invoice,
                by=asked_by,
                at=now,
                facts={"number": invoice.number},
            )
        )
        return count


def sent_again_words(count: int) -> str:
    """Say to how many contacts a document is on its way, as `send_again` returned it."""
    if not count:
        return _("It has just been sent again: the mail is on its way.")
    return ngettext("On its way to %(count)s contact.", "On its way to %(count)s contacts.", count) % {"count": count}


def _deliver(invoice_id: int, *, now: datetime) -> int:
    with transaction.atomic():
        hold_switch_on()
        pending = InvoiceDelivery.objects.filter(pk=invoice_id, queued_at__isnull=True)
        # Whoever comes second finds it done; a lock would only make them wait to find the same.
        if not pending.update(queued_at=now, last_error=""):
            return 0
        invoice = Invoice.objects.select_related("organization", "issuing_entity").get(pk=invoice_id)
        if not _queue_letters(invoice, times_again=0, now=now):
            # The last contact was taken out since: it waits for another.
            transaction.set_rollback(True)
            return 0
    return 1


def _put_off(invoice_id: int, error: str, *, now: datetime) -> None:
    attempts = InvoiceDelivery.objects.values_list("attempts", flat=True).get(pk=invoice_id) + 1
    InvoiceDelivery.objects.filter(pk=invoice_id, queued_at__isnull=True).update(
        attempts=attempts, next_attempt_at=now + retry_delay(attempts), last_error=error
    )


def _queue_letters(invoice: Invoice, *, times_again: int, now: datetime) -> int:
    """Queue one mail for each contact, in their language, and return how many there are."""
    content = RenderedPdf.objects.values_list("content", flat=True).get(pk=invoice.pk, rendered_at__isnull=False)
    attachment = Attachment(name=f"{file_stem(invoice.number)}.pdf", content=bytes(content or b""))
    contacts = BillingContact.objects.filter(organization_id=invoice.organization_id).order_by("pk")
    for contact in contacts:
        queue_mail(
            Letter(
                organization_id=invoice.organization_id,
                kind=MAIL_KINDS[invoice.document_type],
                key=_key(invoice, contact.email, times_again),
                recipient=contact.email,
                language=contact.language,
                context=_words(invoice, contact),
                attachment=attachment,
            ),
            now=now,
        )
    return len(contacts)


def _key(invoice: Invoice, address: str, times_again: int) -> str:
    # An address may be longer than a key.
    digest = hashlib.sha256(address.casefold().encode()).hexdigest()
    return f"{delivery_key(invoice.pk)}{times_again}|{digest}"


def _words(invoice: Invoice, contact: BillingContact) -> dict[str, Any]:
    with translation.override(contact.language):
        return {
            "contact": contact,
            "document": get_invoice_document(invoice, language=contact.language),
            "period": service_period(invoice.frozen, contact.language),
            "url": invoice_address(invoice, several_issuers=has_several_issuers(invoice.organization_id)),
            "to_pay": invoice.total > 0,
        }


def invoice_address(invoice: Invoice, *, several_issuers: bool) -> str:
    """Return the address of a document's own page, for a mail; where several issue, it names who did (BR-75)."""
    page = invoice_url("invoice_detail", invoice, code=invoice.organization.code, several_issuers=several_issuers)
    return f"{settings.SITE_URL}{page}"
