"""Forms in which agreements are typed: every fault at once, on the field to mend."""

from subscriptions.forms.issuing_entity import BankAccountForm, IssuingEntityForm
from subscriptions.forms.order import OrderForm, ShipmentForm, ShipmentFormSet
from subscriptions.forms.organization import OrganizationForm
from subscriptions.forms.price_import import IMPORT_FORMS
from subscriptions.forms.product import ProductForm
from subscriptions.forms.subscription import (
    SubscriptionAllowanceForm,
    SubscriptionChangeForm,
    SubscriptionForm,
    SubscriptionPriceForm,
    SubscriptionPriceFormSet,
)
from subscriptions.forms.tax import AuthorityRateForm, ExemptionCertificateForm
from subscriptions.forms.voice import VoiceRateDeckVersionForm, VoiceRateForm

__all__ = [
    "IMPORT_FORMS",
    "AuthorityRateForm",
    "BankAccountForm",
    "ExemptionCertificateForm",
    "IssuingEntityForm",
    "OrderForm",
    "OrganizationForm",
    "ProductForm",
    "ShipmentForm",
    "ShipmentFormSet",
    "SubscriptionAllowanceForm",
    "SubscriptionChangeForm",
    "SubscriptionForm",
    "SubscriptionPriceForm",
    "SubscriptionPriceFormSet",
    "VoiceRateDeckVersionForm",
    "VoiceRateForm",
]
