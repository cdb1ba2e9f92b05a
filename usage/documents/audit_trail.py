"""What was done about an organization's keys and reported events, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from subscriptions.documents.audit_trail import Tell, sentence

DEEDS: Mapping[str, Tell] = {
    "key_made": sentence(gettext_lazy("Key %(name)s (%(prefix)s…) made.")),
    "key_made_for": sentence(gettext_lazy("Key %(name)s (%(prefix)s…) made for %(scopes)s.")),
    "key_replaced": sentence(gettext_lazy("Key %(name)s (%(prefix)s…) replaced by %(new_prefix)s….")),
    "key_revoked": sentence(gettext_lazy("Key %(name)s (%(prefix)s…) revoked.")),
    "event_replayed": sentence(gettext_lazy("Rejected event %(event)s of %(source)s sent again and accepted.")),
}
"""What the deeds of this app are called."""
