"""Forms in which agreements are typed: every fault at once, on the field to mend."""

from subscriptions.forms.contacts import AskForChangeForm, ChangeContactForm, DeclineForm
from subscriptions.forms.issuing_entity import BankAccountForm, IssuingEntityForm
from subscriptions.forms.members import InvitationForm, NewPersonForm, PermissionsForm
from subscriptions.forms.notices import notices_of_issuing_entity, notices_of_subscription
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
from subscriptions.forms.trial import ExtendTrialForm, TrialForm, TrialRequestForm, TypedConfirmationForm
from subscriptions.forms.voice import VoiceRateDeckVersionForm, VoiceRateForm

__all__ = [
    "IMPORT_FORMS",
    "AskForChangeForm",
    "AuthorityRateForm",
    "BankAccountForm",
    "ChangeContactForm",
    "DeclineForm",
    "ExemptionCertificateForm",
    "ExtendTrialForm",
    "InvitationForm",
    "IssuingEntityForm",
    "NewPersonForm",
    "OrderForm",
    "OrganizationForm",
    "PermissionsForm",
    "ProductForm",
    "ShipmentForm",
    "ShipmentFormSet",
    "SubscriptionAllowanceForm",
    "SubscriptionChangeForm",
    "SubscriptionForm",
    "SubscriptionPriceForm",
    "SubscriptionPriceFormSet",
    "TrialForm",
    "TrialRequestForm",
    "TypedConfirmationForm",
    "VoiceRateDeckVersionForm",
    "VoiceRateForm",
    "notices_of_issuing_entity",
    "notices_of_subscription",
]
