"""Reads both sides of a document: who issues it and who is billed, as it keeps them."""

from typing import Any

from subscriptions.models import (
    BankAccount,
    IssuingEntity,
    Organization,
    Subscription,
)


def list_currencies_paid_in(issuing_entity_id: int | None) -> set[str]:
    """Return the currencies in which an issuing entity has a bank account (BR-79)."""
    return set(BankAccount.objects.filter(issuing_entity=issuing_entity_id).values_list("currency", flat=True))


def list_currencies_invoiced(issuing_entity_id: int | None) -> set[str]:
    """Return the currencies of the agreements that name an issuing entity (BR-79)."""
    agreed = Subscription.objects.filter(issuing_entity=issuing_entity_id)
    return set(agreed.order_by().values_list("currency", flat=True).distinct())


def copy_of_issuer(entity: IssuingEntity, *, currency: str) -> dict[str, Any]:
    """Return who issues, as a document keeps it: the document never changes when the entity does (BR-76, BR-79)."""
    # All of them: who issues many documents at once has fetched them before.
    bank = next((account for account in entity.bank_accounts.all() if account.currency == currency), None)
    return {
        "legal_name": entity.legal_name,
        "address": entity.address,
        "country": entity.country,
        "tax_ids": entity.tax_ids,
        "sales_email": entity.sales_email,
        "hardware_email": entity.hardware_email,
        "invoicing_email": entity.invoicing_email,
        "collections_email": entity.collections_email,
        "terms_url": entity.terms_url,
        "service_level_url": entity.service_level_url,
        "logo_svg": entity.logo_svg,
        "bank": {"bank_name": bank.bank_name, "details": bank.details} if bank else None,
    }


def copy_of_bill_to(organization: Organization) -> dict[str, Any]:
    """Return who is billed, as a document keeps it (BR-76)."""
    return {
        "name": organization.name,
        "legal_name": organization.legal_name,
        "address": organization.address,
        "country": organization.country,
        "tax_id": organization.tax_id,
        "buyer_reference": organization.buyer_reference,
    }
