"""Reads who taxes an organization, who is exempt, and whether a tax number was checked."""

from collections.abc import Mapping
from datetime import date

from subscriptions.models import (
    AuthorityRate,
    ExemptionCertificate,
    Organization,
    OrganizationTax,
    TaxIdCheck,
)
from subscriptions.selectors.in_force import find_in_force


def find_exemptions(days: Mapping[int, date]) -> dict[int, str]:
    """Return the number of each organization's newest exemption certificate valid on its day, if one is (BR-78)."""
    certificates = ExemptionCertificate.objects.filter(organization__among=days).order_by("valid_from", "pk")
    rows = certificates.values_list("organization_id", "number", "valid_from", "valid_until")
    return {
        organization_id: number
        for organization_id, number, valid_from, valid_until in rows
        if valid_from <= days[organization_id] <= (valid_until or date.max)
    }


def list_tax_rates(days: Mapping[int, date]) -> dict[int, list[AuthorityRate]]:
    """Return the rate in force on its day of every authority that taxes an organization, in printed order (BR-78)."""
    taxes = OrganizationTax.objects.filter(organization__among=days).order_by("position", "pk")
    pairs = list(taxes.values_list("organization_id", "authority_id"))
    authorities = {authority_id for _organization_id, authority_id in pairs}
    rates = AuthorityRate.objects.filter(authority__among=authorities).select_related("authority")
    known = {rate.pk: rate for rate in rates.order_by("effective_date")}
    in_force = find_in_force(
        {(authority_id, days[organization_id]) for organization_id, authority_id in pairs},
        ((rate.authority_id, rate.effective_date, pk) for pk, rate in known.items()),
    )
    found: dict[int, list[AuthorityRate]] = {organization_id: [] for organization_id in days}
    for organization_id, authority_id in pairs:
        rate_id = in_force.get((authority_id, days[organization_id]))
        if rate_id is not None:
            found[organization_id].append(known[rate_id])
    return found


def find_tax_id_check(organization: Organization) -> TaxIdCheck | None:
    """Return the latest check of the tax number that an organization has now, None if there was none."""
    checks = TaxIdCheck.objects.filter(organization=organization)
    return checks.filter(tax_id=organization.tax_id, country=organization.country).order_by("-pk").first()
