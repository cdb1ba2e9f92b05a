"""Forms in which agreements are typed: every fault at once, on the field to mend."""

from subscriptions.forms.amendment import AmendmentForm, CancellationForm, ChangeForm, TierForm, WithdrawalForm
from subscriptions.forms.approval import AskForApprovalForm
from subscriptions.forms.contacts import AskForChangeForm, ChangeContactForm, DeclineForm
from subscriptions.forms.issuing_entity import BankAccountForm, IssuingEntityForm
from subscriptions.forms.members import FirstPasswordForm, InvitationForm, NewPersonForm, PermissionsForm
from subscriptions.forms.notices import notices_of_issuing_entity, notices_of_subscription
from subscriptions.forms.order import ShipForm, ShipmentForm, ShipmentFormSet
from subscriptions.forms.organization import OrganizationForm
from subscriptions.forms.price_import import IMPORT_FORMS
from subscriptions.forms.prices import (
    AgreedPriceFormSet,
    QuoteAllowanceForm,
    QuotePriceForm,
    QuotePriceFormSet,
    SubscriptionAllowanceForm,
    SubscriptionPriceForm,
)
from subscriptions.forms.product import ProductForm
from subscriptions.forms.quote import AcceptanceForm, QuoteForm, QuoteItemForm, RefusalForm
from subscriptions.forms.saved_filter import SavedFilterForm
from subscriptions.forms.subscription import SubscriptionForm
from subscriptions.forms.tax import AuthorityRateForm, ExemptionCertificateForm
from subscriptions.forms.trial import (
    ConvertTrialForm,
    ExtendTrialForm,
    TrialForm,
    TrialRequestForm,
    TypedConfirmationForm,
)
from subscriptions.forms.voice import VoiceRateDeckVersionForm, VoiceRateForm

__all__ = [
    "IMPORT_FORMS",
    "AcceptanceForm",
    "AgreedPriceFormSet",
    "AmendmentForm",
    "AskForApprovalForm",
    "AskForChangeForm",
    "AuthorityRateForm",
    "BankAccountForm",
    "CancellationForm",
    "ChangeContactForm",
    "ChangeForm",
    "ConvertTrialForm",
    "DeclineForm",
    "ExemptionCertificateForm",
    "ExtendTrialForm",
    "FirstPasswordForm",
    "InvitationForm",
    "IssuingEntityForm",
    "NewPersonForm",
    "OrganizationForm",
    "PermissionsForm",
    "ProductForm",
    "QuoteAllowanceForm",
    "QuoteForm",
    "QuoteItemForm",
    "QuotePriceForm",
    "QuotePriceFormSet",
    "RefusalForm",
    "SavedFilterForm",
    "ShipForm",
    "ShipmentForm",
    "ShipmentFormSet",
    "SubscriptionAllowanceForm",
    "SubscriptionForm",
    "SubscriptionPriceForm",
    "TierForm",
    "TrialForm",
    "TrialRequestForm",
    "TypedConfirmationForm",
    "VoiceRateDeckVersionForm",
    "VoiceRateForm",
    "WithdrawalForm",
    "notices_of_issuing_entity",
    "notices_of_subscription",
]
