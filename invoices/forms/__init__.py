"""Forms in which people decide about what is owed, and record what came in."""

from invoices.forms.decision import HoldDecisionForm
from invoices.forms.payment import PaymentForm, ReversalForm, SharesForm

__all__ = ["HoldDecisionForm", "PaymentForm", "ReversalForm", "SharesForm"]
