"""Reads who taxes a document, and what decides whether it is taxed (BR-78)."""

from collections.abc import Collection, Mapping
from datetime import date

from invoices.domain.tax import TaxRate
from invoices.domain.tax_treatment import TaxFacts
from subscriptions.domain.catalog import TaxCategory
from subscriptions.domain.tax_ids import CHECKED_BY, find_vat_number, vat_number
from subscriptions.models import Subscription
from subscriptions.selectors.taxes import find_exemptions, list_tax_rates


def list_rates_in_force(days: Mapping[int, date]) -> dict[int, list[TaxRate]]:
    """Return who taxes each organization on its day, in printed order, whether or not it is charged (BR-78)."""
    return {
        organization_id: [
            TaxRate(
                authority=row.authority.name,
                rate=row.rate,
                taxable=row.taxable,
                categories=frozenset(map(TaxCategory, row.categories)),
            )
            for row in rows
        ]
        for organization_id, rows in list_tax_rates(days).items()
    }


def list_tax_facts(subscriptions: Collection[Subscription], *, days: Mapping[int, date]) -> dict[int, TaxFacts]:
    """Return, by organization, what decides whether a subscription's documents of its day are taxed (BR-78)."""
    exemptions = find_exemptions(days)
    found = {}
    for subscription in subscriptions:
        entity, organization = subscription.issuing_entity, subscription.organization
        on = days[organization.pk]
        number = vat_number(organization.tax_id, country=organization.country, on=on)
        found[organization.pk] = TaxFacts(
            issuer_country=entity.country,
            issuer_vat_number=find_vat_number(entity.tax_ids, country=entity.country, on=on),
            customer_country=organization.country,
            customer_vat_number=number,
            vat_number_check=CHECKED_BY if number else "",
            exemption=exemptions.get(organization.pk),
        )
    return found
