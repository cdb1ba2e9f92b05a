"""Forms in which agreements are typed: every fault at once, on the field to mend."""

from subscriptions.forms.amendment import AmendmentForm, CancellationForm, ChangeForm, TierForm, WithdrawalForm
from subscriptions.forms.issuing_entity import BankAccountForm, IssuingEntityForm
from subscriptions.forms.order import ShipmentForm, ShipmentFormSet
from subscriptions.forms.organization import OrganizationForm
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
from subscriptions.forms.subscription import SubscriptionForm
from subscriptions.forms.tax import AuthorityRateForm, ExemptionCertificateForm
from subscriptions.forms.voice import VoiceRateDeckVersionForm, VoiceRateForm

__all__ = [
    "AcceptanceForm",
    "AgreedPriceFormSet",
    "AmendmentForm",
    "AuthorityRateForm",
    "BankAccountForm",
    "CancellationForm",
    "ChangeForm",
    "ExemptionCertificateForm",
    "IssuingEntityForm",
    "OrganizationForm",
    "ProductForm",
    "QuoteAllowanceForm",
    "QuoteForm",
    "QuoteItemForm",
    "QuotePriceForm",
    "QuotePriceFormSet",
    "RefusalForm",
    "ShipmentForm",
    "ShipmentFormSet",
    "SubscriptionAllowanceForm",
    "SubscriptionForm",
    "SubscriptionPriceForm",
    "TierForm",
    "VoiceRateDeckVersionForm",
    "VoiceRateForm",
    "WithdrawalForm",
]
