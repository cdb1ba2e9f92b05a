"""The rows of an agreement: fields and constraints, no rules."""

from subscriptions.models import among as among
from subscriptions.models.agreed import AgreedAllowanceRow, AgreedPriceRow
from subscriptions.models.approval import Approval
from subscriptions.models.audit import AuditEntry, AuditHead, AuditWords
from subscriptions.models.catalog import PriceBook, PriceBookEntry, Product
from subscriptions.models.contact import ContactChange, ContactRequest
from subscriptions.models.erasure import Erasure
from subscriptions.models.frozen import DeletionPermit
from subscriptions.models.heartbeat import Heartbeat, Living
from subscriptions.models.idempotency import KeptAnswer
from subscriptions.models.invitation import Invitation
from subscriptions.models.issuing_entity import BankAccount, IssuingEntity
from subscriptions.models.mail import OutgoingMail
from subscriptions.models.order import Order, Shipment
from subscriptions.models.organization import Account, BillingContact, Membership, Organization
from subscriptions.models.preferences import Preferences
from subscriptions.models.price_import import PriceImport
from subscriptions.models.quote import Quote, QuoteAllowance, QuoteItem, QuotePdf, QuotePrice, QuoteStep
from subscriptions.models.rendered import PdfRow
from subscriptions.models.saved_filter import SavedFilter
from subscriptions.models.subscription import (
    Subscription,
    SubscriptionAllowance,
    SubscriptionCancellation,
    SubscriptionChange,
    SubscriptionPrice,
)
from subscriptions.models.tax import AuthorityRate, ExemptionCertificate, OrganizationTax, TaxAuthority, TaxIdCheck
from subscriptions.models.trial import Trial, TrialRequest
from subscriptions.models.voice import VoiceRate, VoiceRateDeck, VoiceRateDeckVersion
from subscriptions.models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Account",
    "AgreedAllowanceRow",
    "AgreedPriceRow",
    "Approval",
    "AuditEntry",
    "AuditHead",
    "AuditWords",
    "AuthorityRate",
    "BankAccount",
    "BillingContact",
    "ContactChange",
    "ContactRequest",
    "DeletionPermit",
    "Erasure",
    "ExemptionCertificate",
    "Heartbeat",
    "Invitation",
    "IssuingEntity",
    "KeptAnswer",
    "Living",
    "Membership",
    "Order",
    "Organization",
    "OrganizationTax",
    "OutgoingMail",
    "PdfRow",
    "Preferences",
    "PriceBook",
    "PriceBookEntry",
    "PriceImport",
    "Product",
    "Quote",
    "QuoteAllowance",
    "QuoteItem",
    "QuotePdf",
    "QuotePrice",
    "QuoteStep",
    "SavedFilter",
    "Shipment",
    "Subscription",
    "SubscriptionAllowance",
    "SubscriptionCancellation",
    "SubscriptionChange",
    "SubscriptionPrice",
    "TaxAuthority",
    "TaxIdCheck",
    "Trial",
    "TrialRequest",
    "VoiceRate",
    "VoiceRateDeck",
    "VoiceRateDeckVersion",
    "WebhookDelivery",
    "WebhookEndpoint",
]
