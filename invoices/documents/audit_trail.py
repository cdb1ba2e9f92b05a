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
    "certificate_kept": sentence(
        gettext_lazy("Payment %(reference)s: certificate for the withheld tax of %(amount)s kept.")
    ),
    "bank_file_uploaded": sentence(gettext_lazy("Bank file %(file)s uploaded.")),
    "bank_file_discarded": sentence(gettext_lazy("Bank file %(file)s discarded.")),
    "bank_lines_confirmed": sentence(gettext_lazy("Bank file %(file)s: %(lines)s payments confirmed.")),
    "bank_line_set_aside": sentence(gettext_lazy("Bank movement %(reference)s of %(amount)s set aside.")),
    "bank_line_taken_up": sentence(gettext_lazy("Bank movement %(reference)s of %(amount)s taken up again.")),
    "credit_note_used": sentence(gettext_lazy("Credit note %(number)s: %(amount)s used.")),
    "too_late_settled": sentence(
        gettext_lazy("Came too late for the period from %(day)s and is dealt with: %(kind)s"), kind=EVENT_KINDS
    ),
}
"""What every deed is called."""
