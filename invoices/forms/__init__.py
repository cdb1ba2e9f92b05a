"""Forms in which people decide about what is owed: held cycles, credit notes, usage that came too late."""

from invoices.forms.credit import CreditForm
from invoices.forms.decision import HoldDecisionForm
from invoices.forms.too_late import SettlementForm

__all__ = ["CreditForm", "HoldDecisionForm", "SettlementForm"]
