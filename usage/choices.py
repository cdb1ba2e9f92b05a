"""The domain's enumerations as labelled choices."""

from django.utils.translation import gettext_lazy as _

from usage.domain.events import Client, Direction, EventKind

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

REJECTION_REASONS = [
    ("conflict", _("Same identity, other content")),
    ("invalid", _("Not a valid event")),
    ("unknown_organization", _("No such organization")),
    ("foreign_organization", _("Not this key's organization")),
    ("future", _("In the future")),
    ("suspended", _("Trial has ended")),
]
