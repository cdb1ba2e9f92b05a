"""What was done about an organization's cycles, documents and payments in words, and all deeds of the three apps."""

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_lazy

from invoices.choices import (
    ATTEMPT_STATES,
    BLOCK_CODES,
    CHARGE_KINDS,
    DOUBTS,
    HOLD_CHOICES,
    JOURNAL_ACCOUNTS,
    VERDICTS,
    DocumentType,
)
from subscriptions.choices import TAX_CATEGORIES
from subscriptions.documents.audit_trail import DEEDS as OF_AGREEMENTS
from subscriptions.documents.audit_trail import Facts, Tell, Telling, sentence
from usage.choices import EVENT_KINDS
from usage.documents.audit_trail import DEEDS as OF_USAGE


def account_code_set(facts: Facts, telling: Telling) -> str:
    """Tell which code an account, or a part of one, has from now on; without one it is the proposed one again."""
    del telling
    kinds, categories = dict(CHARGE_KINDS), dict(TAX_CATEGORIES)
    part, kind = facts.get("part", ""), facts.get("kind", "")
    account = str(dict(JOURNAL_ACCOUNTS).get(facts["account"], facts["account"]))
    parts = [account, str(categories.get(part, part)), str(kinds.get(kind, kind))]
    words = {
        "account": ", ".join(word for word in parts if word),
        "before": facts["before"] or gettext("as proposed"),
        "code": facts["code"] or gettext("as proposed"),
    }
    return gettext("Account code of %(account)s: %(code)s instead of %(before)s") % words


DEEDS: Mapping[str, Tell] = {
    **OF_AGREEMENTS,
    **OF_USAGE,
    "invoice_issued": sentence(gettext_lazy("Invoice %(number)s of %(amount)s issued.")),
    "credit_note_issued": sentence(gettext_lazy("Credit note %(number)s of %(amount)s issued.")),
    "opening_item_carried_over": sentence(
        gettext_lazy("Invoice %(number)s of the previous system carried over, open with %(amount)s.")
    ),
    "credited": sentence(gettext_lazy("Credit note %(note)s for %(invoice)s issued.")),
    "sent_again": sentence(gettext_lazy("%(number)s sent again to the billing contacts.")),
    "hold_decided": sentence(
        gettext_lazy("Period from %(day)s, %(code)s: %(choice)s"), code=BLOCK_CODES, choice=HOLD_CHOICES
    ),
    "hold_released": sentence(
        gettext_lazy("Period from %(day)s: invoice beyond a safety bound released, approved by %(second)s.")
    ),
    "parked": sentence(gettext_lazy("Parked: its books are wrong.")),
    "unparked": sentence(gettext_lazy("Let go on.")),
    "issuing_switched_off": sentence(gettext_lazy("All issuing switched off.")),
    "issuing_switched_on": sentence(gettext_lazy("All issuing switched on again.")),
    "payment_recorded": sentence(gettext_lazy("Payment %(reference)s of %(amount)s recorded.")),
    "payment_reversed": sentence(gettext_lazy("Payment %(reference)s of %(amount)s taken back.")),
    "payment_allocated": sentence(gettext_lazy("Payment %(reference)s: %(amount)s allocated.")),
    "card_payment_started": sentence(gettext_lazy("Payment of %(number)s online begun: %(amount)s.")),
    "card_payment_moved": sentence(
        gettext_lazy("Payment of %(number)s online, %(amount)s: %(state)s"), state=ATTEMPT_STATES
    ),
    "card_notice_kept": sentence(gettext_lazy("Online payment %(reference)s to be looked at: %(doubt)s"), doubt=DOUBTS),
    "card_notice_settled": sentence(
        gettext_lazy("Online payment %(reference)s looked at and dealt with: %(doubt)s"), doubt=DOUBTS
    ),
    "certificate_kept": sentence(
        gettext_lazy("Payment %(reference)s: certificate for the withheld tax of %(amount)s kept.")
    ),
    "bank_file_uploaded": sentence(gettext_lazy("Bank file %(file)s uploaded.")),
    "bank_file_discarded": sentence(gettext_lazy("Bank file %(file)s discarded.")),
    "bank_lines_confirmed": sentence(gettext_lazy("Bank file %(file)s: %(lines)s payments confirmed.")),
    "bank_line_set_aside": sentence(gettext_lazy("Bank movement %(reference)s of %(amount)s set aside.")),
    "bank_line_taken_up": sentence(gettext_lazy("Bank movement %(reference)s of %(amount)s taken up again.")),
    "credit_note_used": sentence(gettext_lazy("Credit note %(number)s: %(amount)s used.")),
    "shadow_begun": sentence(gettext_lazy("Put into shadow: its old system bills it.")),
    "taken_live": sentence(gettext_lazy("Taken live: billed here from %(first_day)s.")),
    "old_invoices_uploaded": sentence(gettext_lazy("Invoices of the old system uploaded: %(file)s.")),
    "old_invoices_kept": sentence(gettext_lazy("Invoices of the old system kept from %(file)s: %(count)s.")),
    "opening_balances_uploaded": sentence(gettext_lazy("Opening balances uploaded: %(file)s.")),
    "opening_balances_kept": sentence(gettext_lazy("Opening balances entered from %(file)s: %(count)s.")),
    "old_file_withdrawn": sentence(gettext_lazy("File of the old system withdrawn: %(file)s.")),
    "next_number_set": sentence(
        gettext_lazy("Next number of a series set: %(kind)s %(number)s; %(count)s numbers are left out."),
        kind=DocumentType.choices,
    ),
    "difference_judged": sentence(
        gettext_lazy("Difference to the old system, period from %(day)s: %(verdict)s"), verdict=VERDICTS
    ),
    "account_code_set": account_code_set,
    "journal_exported": sentence(
        gettext_lazy("Journal of %(first_day)s to %(last_day)s exported: %(count)s entries, digest %(digest)s")
    ),
    "reminders_stopped": sentence(gettext_lazy("Payment reminders stopped.")),
    "reminders_stopped_until": sentence(gettext_lazy("Payment reminders stopped until the end of %(last_day)s.")),
    "reminders_started": sentence(gettext_lazy("Payment reminders started again.")),
    "promise_recorded": sentence(gettext_lazy("Promise to pay %(amount)s on %(promised_day)s recorded.")),
    "promise_withdrawn": sentence(gettext_lazy("Promise to pay %(amount)s on %(promised_day)s taken back.")),
    "too_late_settled": sentence(
        gettext_lazy("Came too late for the period from %(day)s and is dealt with: %(kind)s"), kind=EVENT_KINDS
    ),
}
"""What every deed is called."""
