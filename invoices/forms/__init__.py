"""Forms in which people decide about what is owed, credit it, record what came in, and ask what would have been."""

from invoices.forms.ageing import AgeingForm, AsOfForm
from invoices.forms.bank import BankFileForm, BankFormatForm, SetAsideForm
from invoices.forms.credit import CreditForm
from invoices.forms.decision import GoOnForm, HoldDecisionForm, MendedForm, ReleaseForm, WhyForm
from invoices.forms.dunning import PromiseForm, StartForm, StopForm, WithdrawalForm
from invoices.forms.moving_in import (
    OUR_SERIES,
    BecauseForm,
    LaunchForm,
    NextNumberForm,
    OldFileForm,
    SetRightForm,
    ShadowForm,
    VerdictForm,
)
from invoices.forms.payment import AssignForm, CertificateForm, PaymentForm, ReversalForm, SharesForm
from invoices.forms.too_late import SettlementForm
from invoices.forms.what_if import FIGURES, WhatIfForm

__all__ = [
    "FIGURES",
    "OUR_SERIES",
    "AgeingForm",
    "AsOfForm",
    "AssignForm",
    "BankFileForm",
    "BankFormatForm",
    "BecauseForm",
    "CertificateForm",
    "CreditForm",
    "GoOnForm",
    "HoldDecisionForm",
    "LaunchForm",
    "MendedForm",
    "NextNumberForm",
    "OldFileForm",
    "PaymentForm",
    "PromiseForm",
    "ReleaseForm",
    "ReversalForm",
    "SetAsideForm",
    "SetRightForm",
    "SettlementForm",
    "ShadowForm",
    "SharesForm",
    "StartForm",
    "StopForm",
    "VerdictForm",
    "WhatIfForm",
    "WhyForm",
    "WithdrawalForm",
]
