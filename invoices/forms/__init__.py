"""Forms in which people decide about what is owed, record what came in, and ask what would have been."""

from invoices.forms.decision import HoldDecisionForm
from invoices.forms.payment import PaymentForm, ReversalForm, SharesForm
from invoices.forms.what_if import FIGURES, WhatIfForm

__all__ = ["FIGURES", "HoldDecisionForm", "PaymentForm", "ReversalForm", "SharesForm", "WhatIfForm"]
