"""Resources against what the licenses bring of them (BR-40)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from subscriptions.domain.catalog import API_REQUESTS, DATA_STORAGE
from subscriptions.domain.money import round_half_up
from usage.documents.gauge import Gauge, gauge_of
from usage.documents.reader import Reader
from usage.domain.fair_use import FairUse

SHOWN_DECIMALS = 1
"""A page shows tenths of a minute or gigabyte; invoices and files have the figure that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUse:
    """What was used of a resource, what is included, and what is over; `over` is empty if nothing is."""

    resource: str
    name: str
    used: str
    unit: str
    included: str
    over: str
    gauge: Gauge


def resources_of(fair_use: Mapping[str, FairUse], reader: Reader) -> list[ResourceUse]:
    """Return the resources of a period by name; those that were neither used nor included are not in it."""
    uses = [
        ResourceUse(
            resource=resource,
            name=reader.product(resource),
            used=shown_quantity(use.used, reader),
            unit=unit_of(resource),
            included=shown_quantity(use.allotment, reader) if use.allotment else "",
            over=reader.quantity(Decimal(use.over)) if use.over else "",
            gauge=gauge_of(_decimal(use.used), _decimal(use.allotment)),
        )
        for resource, use in fair_use.items()
    ]
    return sorted(uses, key=lambda use: use.name)


def unit_of(resource: str) -> str:
    """Return in what a resource is measured."""
    return {DATA_STORAGE: _("GB on average"), API_REQUESTS: _("requests")}.get(resource, _("minutes"))


def shown_quantity(quantity: Fraction, reader: Reader) -> str:
    """Write a quantity of a resource."""
    return reader.quantity(round_half_up(quantity, SHOWN_DECIMALS))


def _decimal(quantity: Fraction) -> Decimal:
    return Decimal(quantity.numerator) / Decimal(quantity.denominator)
