"""Forms in which people decide about what is owed, credit it, record what came in, and ask what would have been."""

from invoices.forms.credit import CreditForm
from invoices.forms.decision import GoOnForm, HoldDecisionForm, MendedForm, ReleaseForm, WhyForm
from invoices.forms.payment import PaymentForm, ReversalForm, SharesForm
from invoices.forms.too_late import SettlementForm
from invoices.forms.what_if import FIGURES, WhatIfForm

__all__ = [
    "FIGURES",
    "CreditForm",
    "GoOnForm",
    "HoldDecisionForm",
    "MendedForm",
    "PaymentForm",
    "ReleaseForm",
    "ReversalForm",
    "SettlementForm",
    "SharesForm",
    "WhatIfForm",
    "WhyForm",
]
