"""Forms in which people decide about what is owed, credit it, record what came in, and ask what would have been."""

from invoices.forms.bank import BankFileForm, BankFormatForm, SetAsideForm
from invoices.forms.credit import CreditForm
from invoices.forms.decision import GoOnForm, HoldDecisionForm, MendedForm, ReleaseForm, WhyForm
from invoices.forms.payment import AssignForm, CertificateForm, PaymentForm, ReversalForm, SharesForm
from invoices.forms.too_late import SettlementForm
from invoices.forms.what_if import FIGURES, WhatIfForm

__all__ = [
    "FIGURES",
    "AssignForm",
    "BankFileForm",
    "BankFormatForm",
    "CertificateForm",
    "CreditForm",
    "GoOnForm",
    "HoldDecisionForm",
    "MendedForm",
    "PaymentForm",
    "ReleaseForm",
    "ReversalForm",
    "SetAsideForm",
    "SettlementForm",
    "SharesForm",
    "WhatIfForm",
    "WhyForm",
]
