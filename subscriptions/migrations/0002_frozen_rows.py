"""The database refuses to change what was offered, checked, erased and said; the audit trail only grows."""

from subscriptions.models.frozen import freeze, keep_for_ever
from subscriptions.models.operations import FirstMigration


class Migration(FirstMigration):
    last_before = "0021_idempotency"

    dependencies = [("subscriptions", "0001_tables")]

    operations = [
        freeze("subscriptions_taxidcheck"),
        freeze("subscriptions_contactchange"),
        freeze("subscriptions_quote", unless="OLD.issued_at IS NULL"),
        freeze("subscriptions_quotestep"),
        freeze("subscriptions_quotepdf", unless="OLD.rendered_at IS NULL"),
        freeze("subscriptions_subscriptioncancellation"),
        keep_for_ever("subscriptions_erasure"),
        keep_for_ever("subscriptions_auditentry"),
        # A head goes on with its chain, and never back.
        keep_for_ever(
            "subscriptions_audithead",
            unless="NEW.chain = OLD.chain AND NEW.sequence > OLD.sequence",
            skips_known=True,
        ),
        freeze("subscriptions_auditwords"),
    ]
