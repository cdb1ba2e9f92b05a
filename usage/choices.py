"""The domain's enumerations as labelled choices."""

from django.utils.translation import gettext_lazy as _

from usage.domain.events import Client, Direction, EventKind
from usage.domain.key_scopes import KeyScope

EVENT_KINDS = [(kind.value, kind.event_type.value) for kind in EventKind]
CLIENTS = [
    (Client.DESKTOP.value, _("desktop")),
    (Client.WEB.value, _("web")),
    (Client.MOBILE.value, _("mobile")),
    (Client.API.value, _("api")),
    (Client.INTEGRATION.value, _("integration")),
]
DIRECTIONS = [
    (Direction.OUTBOUND.value, _("outbound")),
    (Direction.INBOUND.value, _("inbound")),
    (Direction.TOLL_FREE.value, _("toll_free")),
]

KEY_SCOPES = [
    (KeyScope.EVENTS_WRITE.value, _("Report usage events")),
    (KeyScope.USAGE_READ.value, _("Read usage, billing cycles, and who is behind the numbers")),
    (KeyScope.INVOICES_READ.value, _("Read invoices, credit notes and payments")),
    (KeyScope.ORGANIZATION_READ.value, _("Read the organization, its agreements and prices")),
    (KeyScope.PAYMENTS_WRITE.value, _("Record payments")),
]

REJECTION_REASONS = [
    ("conflict", _("Same identity, other content")),
    ("invalid", _("Not a valid event")),
    ("unknown_organization", _("No such organization")),
    ("foreign_organization", _("Not this key's organization")),
    ("future", _("In the future")),
    ("suspended", _("Trial has ended")),
]
