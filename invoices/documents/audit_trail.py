"""What was done about an organization's cycles, documents and payments in words, and all deeds of the three apps."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from invoices.choices import BLOCK_CODES, HOLD_CHOICES
from subscriptions.documents.audit_trail import DEEDS as OF_AGREEMENTS
from subscriptions.documents.audit_trail import Tell, sentence
from usage.choices import EVENT_KINDS
from usage.documents.audit_trail import DEEDS as OF_USAGE

DEEDS: Mapping[str, Tell] = {
    **OF_AGREEMENTS,
    **OF_USAGE,
    "invoice_issued": sentence(gettext_lazy("Invoice %(number)s of %(amount)s issued.")),
    "credit_note_issued": sentence(gettext_lazy("Credit note %(number)s of %(amount)s issued.")),
    "credited": sentence(gettext_lazy("Credit note %(note)s for %(invoice)s issued")),
    "sent_again": sentence(gettext_lazy("%(number)s sent again to the billing contacts.")),
    "hold_decided": sentence(
        gettext_lazy("Period from %(day)s, %(code)s: %(choice)s"), code=BLOCK_CODES, choice=HOLD_CHOICES
    ),
    "hold_released": sentence(
        gettext_lazy("Period from %(day)s: invoice beyond a safety bound released, approved by %(second)s")
    ),
    "parked": sentence(gettext_lazy("Parked: its books are wrong")),
    "unparked": sentence(gettext_lazy("Let go on")),
    "issuing_switched_off": sentence(gettext_lazy("All issuing switched off.")),
    "issuing_switched_on": sentence(gettext_lazy("All issuing switched on again.")),
    "payment_recorded": sentence(gettext_lazy("Payment %(reference)s of %(amount)s recorded")),
    "payment_reversed": sentence(gettext_lazy("Payment %(reference)s of %(amount)s taken back")),
    "payment_allocated": sentence(gettext_lazy("Payment %(reference)s: %(amount)s allocated.")),
    "credit_note_used": sentence(gettext_lazy("Credit note %(number)s: %(amount)s used.")),
    "reminders_stopped": sentence(gettext_lazy("Payment reminders stopped")),
    "reminders_stopped_until": sentence(gettext_lazy("Payment reminders stopped until the end of %(last_day)s")),
    "reminders_started": sentence(gettext_lazy("Payment reminders started again")),
    "promise_recorded": sentence(gettext_lazy("Promise to pay %(amount)s on %(promised_day)s recorded")),
    "promise_withdrawn": sentence(gettext_lazy("Promise to pay %(amount)s on %(promised_day)s taken back")),
    "too_late_settled": sentence(
        gettext_lazy("Came too late for the period from %(day)s and is dealt with: %(kind)s"), kind=EVENT_KINDS
    ),
}
"""What every deed is called."""
