"""Forms in which agreements are typed: every fault at once, on the field to mend."""

from subscriptions.forms.issuing_entity import BankAccountForm, IssuingEntityForm
from subscriptions.forms.organization import OrganizationForm
from subscriptions.forms.product import ProductForm
from subscriptions.forms.subscription import (
    SubscriptionChangeForm,
    SubscriptionForm,
    SubscriptionPriceForm,
    SubscriptionPriceFormSet,
)

__all__ = [
    "BankAccountForm",
    "IssuingEntityForm",
    "OrganizationForm",
    "ProductForm",
    "SubscriptionChangeForm",
    "SubscriptionForm",
    "SubscriptionPriceForm",
    "SubscriptionPriceFormSet",
]
