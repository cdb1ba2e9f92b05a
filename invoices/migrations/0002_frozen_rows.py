"""The database refuses to change issued documents, the ledger, and whatever was computed, decided and received."""

from subscriptions.models.frozen import freeze, keep_for_ever
from subscriptions.models.operations import FirstMigration


class Migration(FirstMigration):
    last_before = "0018_reports"

    dependencies = [("invoices", "0001_tables"), ("subscriptions", "0002_frozen_rows")]

    operations = [
        freeze("invoices_invoice"),
        freeze("invoices_invoiceline"),
        freeze("invoices_invoicetax"),
        freeze("invoices_ledgertransaction"),
        freeze("invoices_ledgerentry"),
        freeze("invoices_termssnapshot"),
        freeze("invoices_periodcorrection"),
        freeze("invoices_holddecision"),
        # A document's PDF is filled in once.
        freeze("invoices_renderedpdf", unless="OLD.rendered_at IS NULL"),
        freeze("invoices_allocation"),
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
        freeze("invoices_credit"),
        freeze("invoices_creditedline"),
        freeze("invoices_toolatesettlement"),
        freeze("invoices_boundrelease"),
        freeze("invoices_parking", unless="OLD.unparked_at IS NULL"),
        keep_for_ever("invoices_issuingswitch"),
        # A withheld tax never changes; the certificate for it comes once.
        freeze(
            "invoices_withholding",
            unless=(
                "OLD.received_at IS NULL AND NEW.received_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.organization_id = OLD.organization_id AND NEW.payment_id = OLD.payment_id"
                " AND NEW.amount = OLD.amount"
            ),
        ),
        freeze("invoices_reminder"),
        freeze("invoices_dunningstop", unless="OLD.started_at IS NULL"),
        freeze("invoices_paymentpromise", unless="OLD.withdrawn_at IS NULL"),
        freeze("invoices_promisedinvoice", unless="OLD.ended_at IS NULL"),
        # What was asked for never changes, nor which payment it became.
        freeze(
            "invoices_cardpayment",
            unless=(
                "NEW.id = OLD.id AND NEW.organization_id = OLD.organization_id AND NEW.invoice_id = OLD.invoice_id"
                " AND NEW.gateway = OLD.gateway AND NEW.way = OLD.way AND NEW.token = OLD.token"
                " AND NEW.currency = OLD.currency AND NEW.amount = OLD.amount AND NEW.started_at = OLD.started_at"
                " AND (OLD.session = '' OR NEW.session = OLD.session)"
                " AND (NEW.state <> OLD.state OR NEW.session <> OLD.session OR NEW.ask_at <> OLD.ask_at)"
                " AND (OLD.payment_id IS NULL OR (NEW.payment_id IS NOT NULL AND NEW.payment_id = OLD.payment_id))"
            ),
        ),
        # A notice is settled once; nothing else of it changes.
        freeze(
            "invoices_gatewaynotice",
            unless=(
                "OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL AND NEW.id = OLD.id"
                " AND NEW.gateway = OLD.gateway AND NEW.event = OLD.event AND NEW.happening = OLD.happening"
                " AND NEW.counts = OLD.counts AND NEW.session = OLD.session AND NEW.reference = OLD.reference"
                " AND NEW.currency = OLD.currency AND COALESCE(NEW.amount, -1) = COALESCE(OLD.amount, -1)"
                " AND COALESCE(NEW.attempt_id, 0) = COALESCE(OLD.attempt_id, 0)"
                " AND COALESCE(NEW.organization_id, 0) = COALESCE(OLD.organization_id, 0)"
                " AND NEW.doubt = OLD.doubt AND NEW.received_at = OLD.received_at"
            ),
        ),
        freeze("invoices_einvoicefile"),
        freeze("invoices_shadow", unless="OLD.live_from IS NULL"),
        freeze("invoices_shadowbill"),
        freeze("invoices_shadowline"),
        keep_for_ever("invoices_oldinvoicefile", unless="OLD.kept_at IS NULL"),
        freeze("invoices_oldinvoice"),
        freeze("invoices_oldline"),
        freeze("invoices_differenceverdict"),
        keep_for_ever("invoices_journalexport"),
    ]
