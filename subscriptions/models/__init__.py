"""The rows of an agreement: fields and constraints, no rules."""

from subscriptions.models.agreed import AgreedAllowanceRow, AgreedPriceRow
from subscriptions.models.catalog import PriceBook, PriceBookEntry, Product
from subscriptions.models.frozen import DeletionPermit
from subscriptions.models.issuing_entity import BankAccount, IssuingEntity
from subscriptions.models.order import Order, Shipment
from subscriptions.models.organization import Account, BillingContact, Membership, Organization
from subscriptions.models.quote import Quote, QuoteAllowance, QuoteItem, QuotePdf, QuotePrice, QuoteStep
from subscriptions.models.rendered import PdfRow
from subscriptions.models.subscription import (
    Subscription,
    SubscriptionAllowance,
    SubscriptionCancellation,
    SubscriptionChange,
    SubscriptionPrice,
)
from subscriptions.models.tax import AuthorityRate, ExemptionCertificate, OrganizationTax, TaxAuthority
from subscriptions.models.voice import VoiceRate, VoiceRateDeck, VoiceRateDeckVersion

__all__ = [
    "Account",
    "AgreedAllowanceRow",
    "AgreedPriceRow",
    "AuthorityRate",
    "BankAccount",
    "BillingContact",
    "DeletionPermit",
    "ExemptionCertificate",
    "IssuingEntity",
    "Membership",
    "Order",
    "Organization",
    "OrganizationTax",
    "PdfRow",
    "PriceBook",
    "PriceBookEntry",
    "Product",
    "Quote",
    "QuoteAllowance",
    "QuoteItem",
    "QuotePdf",
    "QuotePrice",
    "QuoteStep",
    "Shipment",
    "Subscription",
    "SubscriptionAllowance",
    "SubscriptionCancellation",
    "SubscriptionChange",
    "SubscriptionPrice",
    "TaxAuthority",
    "VoiceRate",
    "VoiceRateDeck",
    "VoiceRateDeckVersion",
]
