"""The rows of an agreement: fields and constraints, no rules."""

from subscriptions.models.catalog import PriceBook, PriceBookEntry, Product
from subscriptions.models.frozen import DeletionPermit
from subscriptions.models.issuing_entity import BankAccount, IssuingEntity
from subscriptions.models.organization import Account, BillingContact, Membership, Organization
from subscriptions.models.subscription import Subscription, SubscriptionChange, SubscriptionPrice

__all__ = [
    "Account",
    "BankAccount",
    "BillingContact",
    "DeletionPermit",
    "IssuingEntity",
    "Membership",
    "Organization",
    "PriceBook",
    "PriceBookEntry",
    "Product",
    "Subscription",
    "SubscriptionChange",
    "SubscriptionPrice",
]
