"""What is issued and booked is frozen against every session, replaced rows too; what there is enters the audit trail."""

import secrets
from decimal import Decimal

from django.db import migrations
from moneyed import Money

from subscriptions.domain.audit import NOTHING_BEFORE, digest_of, facts_as_text
from subscriptions.domain.money import at_precision
from subscriptions.models.frozen import freeze
from subscriptions.services.bulk import give_keys


def begin_trail(apps, schema_editor):
    """Let the chain of each organization begin with the documents and changes that there are, as they stand."""
    organizations = apps.get_model("subscriptions", "Organization").objects
    for organization_id in organizations.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=1_000):
        deeds = [*_changes(apps, organization_id), *_documents(apps, organization_id)]
        _write(apps, organization_id, sorted(deeds, key=lambda deed: (deed["at"], deed["subject_type"])))


def _documents(apps, organization_id):
    documents = apps.get_model("invoices", "Invoice").objects.filter(organization_id=organization_id)
    for invoice in documents.order_by("pk").defer("frozen").iterator(chunk_size=500):
        yield {
            "at": invoice.issued_at,
            "kind": "document",
            "deed": f"{invoice.document_type}_issued",
            "actor_id": None,
            "subject_type": "invoices.invoice",
            "subject_id": str(invoice.pk),
            "reason": "",
            "facts": {
                "number": invoice.number,
                "issuer": str(invoice.issuing_entity_id),
                "invoice_day": invoice.invoice_date.isoformat(),
                "due_day": invoice.due_date.isoformat(),
                "currency": invoice.currency,
                "tax_amount": at_precision(Money(invoice.tax, invoice.currency)),
                "amount": at_precision(Money(invoice.total, invoice.currency)),
            },
        }


def _changes(apps, organization_id):
    changes = apps.get_model("subscriptions", "SubscriptionChange").objects
    of_organization = changes.filter(subscription__organization_id=organization_id).select_related("subscription")
    for change in of_organization.order_by("pk").iterator(chunk_size=500):
        figures = {name: getattr(change, name) for name in ("commitment", "price", "overage_price")}
        yield {
            "at": change.recorded_at,
            "kind": "agreement",
            "deed": "change_recorded",
            "actor_id": change.recorded_by_id,
            "subject_type": "subscriptions.subscriptionchange",
            "subject_id": str(change.pk),
            "reason": change.reason,
            "facts": {
                "product": change.product_id,
                "effective_day": change.effective_date.isoformat(),
                "currency": change.subscription.currency,
                # A change is made by staff.
                "by_staff": True,
                **{name: None if one is None else f"{Decimal(one).normalize():f}" for name, one in figures.items()},
            },
        }


def _write(apps, organization_id, deeds):
    if not deeds:
        return
    entry_model = apps.get_model("subscriptions", "AuditEntry")
    words_model = apps.get_model("subscriptions", "AuditWords")
    entries, words, previous = [], [], NOTHING_BEFORE
    for sequence, deed in enumerate(deeds, start=1):
        own = {name: deed[name] for name in ("at", "kind", "deed", "actor_id", "subject_type", "subject_id")}
        entries.append(entry_model(organization_id=organization_id, sequence=sequence, origin="command", **own))
    give_keys(entries)
    for entry, deed in zip(entries, deeds, strict=True):
        said = words_model(
            entry_id=entry.pk,
            organization_id=organization_id,
            salt=secrets.token_bytes(16),
            facts=facts_as_text(deed["facts"]),
            reason=deed["reason"],
            place="recorded before the audit trail began",
        )
        entry.previous, entry.words_digest = previous, digest_of(_columns(said))
        entry.digest = previous = digest_of({name: value for name, value in _columns(entry).items() if name != "digest"})
        words.append(said)
    entry_model.objects.bulk_create(entries, batch_size=500)
    words_model.objects.bulk_create(words, batch_size=500)
    heads = apps.get_model("subscriptions", "AuditHead").objects
    heads.create(chain=organization_id, sequence=len(entries), digest=previous)


def _columns(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class Migration(migrations.Migration):

    dependencies = [("invoices", "0011_safety_bounds"), ("subscriptions", "0014_audit_trail")]

    operations = [
        migrations.RunPython(begin_trail, migrations.RunPython.noop),
        freeze("invoices_invoice"),
        freeze("invoices_invoiceline"),
        freeze("invoices_invoicetax"),
        freeze("invoices_credit"),
        freeze("invoices_creditedline"),
        freeze("invoices_ledgertransaction"),
        freeze("invoices_ledgerentry"),
        freeze("invoices_allocation"),
        freeze("invoices_termssnapshot"),
        freeze("invoices_periodcorrection"),
        freeze("invoices_holddecision"),
        freeze("invoices_toolatesettlement"),
        # A document's PDF is filled in once.
        freeze("invoices_renderedpdf", unless="OLD.rendered_at IS NULL"),
        # A payment may be reversed, once; nothing else of it changes.
        freeze(
            "invoices_payment",
            unless=(
                "OLD.reversed_at IS NULL AND NEW.reversed_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.amount = OLD.amount"
                " AND NEW.currency = OLD.currency AND NEW.method = OLD.method AND NEW.reference = OLD.reference"
                " AND NEW.received_on = OLD.received_on AND NEW.recorded_at = OLD.recorded_at AND NEW.note = OLD.note"
            ),
        ),
    ]
