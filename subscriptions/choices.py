"""The domain's enumerations as labelled choices for fields and forms."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from subscriptions.domain.approval import ApprovalState
from subscriptions.domain.catalog import ProductKind, TaxCategory
from subscriptions.domain.e_invoicing import EInvoicing
from subscriptions.domain.money import CURRENCIES
from subscriptions.domain.policy import Edition
from subscriptions.domain.price_list.comparison import ChangeKind
from subscriptions.domain.price_list.entry import ListKind, Scope
from subscriptions.domain.price_list.fault import Problem
from subscriptions.domain.quote import QuoteState, QuoteStepKind
from subscriptions.domain.rate_deck import DIRECTIONS
from subscriptions.domain.tax_ids import TaxIdVerdict
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.domain.trial import RemovalCause, TrialState
from subscriptions.domain.web_address import AddressFault
from subscriptions.domain.webhook import DeliveryFault, DeliveryState, EndpointState, WebhookEvent

COMMERCIAL_MODELS = [
    (CommercialModel.MONTH_TO_MONTH.value, _("Month to month")),
    (CommercialModel.PREPAY_MONTHLY_COMMITMENT.value, _("Annual, billed monthly in advance")),
    (CommercialModel.PREPAY.value, _("Annual, prepaid")),
]

LICENSING_MODELS = [
    (LicensingModel.NAMED.value, _("Named users")),
    (LicensingModel.CONCURRENT.value, _("Concurrent users")),
    (LicensingModel.HOURLY.value, _("Hourly users")),
]

EDITIONS = [
    (Edition.E2016.value, _("2016 (four hours, on queue, call ports)")),
    (Edition.E2019.value, _("2019 (any login, unbroken peak, fair use)")),
    (Edition.E2025.value, _("2025 (accumulated peak, free ramp, fair use)")),
]

QUOTE_STEPS = [
    (QuoteStepKind.ISSUED.value, _("Issued")),
    (QuoteStepKind.ACCEPTED.value, pgettext_lazy("quote", "Accepted")),
    (QuoteStepKind.DECLINED.value, _("Declined")),
    (QuoteStepKind.PROCESSED.value, pgettext_lazy("quote", "Processed")),
]

QUOTE_STATES = [
    (QuoteState.DRAFT.value, _("Draft")),
    (QuoteState.ISSUED.value, _("Issued")),
    (QuoteState.EXPIRED.value, _("Expired")),
    (QuoteState.ACCEPTED.value, pgettext_lazy("quote", "Accepted")),
    (QuoteState.DECLINED.value, _("Declined")),
    (QuoteState.PROCESSED.value, pgettext_lazy("quote", "Processed")),
]

PRODUCT_KINDS = [
    (ProductKind.LICENSE.value, _("License")),
    (ProductKind.ADD_ON.value, _("Add-on")),
    (ProductKind.RESOURCE.value, _("Resource")),
    (ProductKind.NUMBER.value, _("Phone number")),
    (ProductKind.VOICE.value, _("Voice")),
    (ProductKind.HARDWARE.value, _("Hardware")),
    (ProductKind.ONE_TIME.value, _("One-time charge")),
]

TAX_CATEGORIES = [
    (TaxCategory.SOFTWARE.value, _("Software")),
    (TaxCategory.TELECOM.value, _("Telecommunications")),
    (TaxCategory.HARDWARE.value, _("Hardware")),
    (TaxCategory.SERVICE.value, _("Services")),
]

E_INVOICING = [
    (EInvoicing.BY_COUNTRY.value, _("By country: in the European Union")),
    (EInvoicing.ALWAYS.value, pgettext_lazy("e-invoices", "Always")),
    (EInvoicing.NEVER.value, pgettext_lazy("e-invoices", "Never")),
]

TAX_ID_VERDICTS = [
    (TaxIdVerdict.VALID.value, _("Valid")),
    (TaxIdVerdict.INVALID.value, _("Not valid")),
    (TaxIdVerdict.UNKNOWN.value, _("Unknown")),
]

CHECK_DIGITS = "check_digits"
TAX_ID_CHECKS = [(CHECK_DIGITS, _("By its check digits"))]
"""How a tax number is checked."""

CURRENCY_CHOICES = [(code, code) for code in CURRENCIES]


def languages() -> list[tuple[str, Any]]:
    """Return the languages of the site, its documents and its mails."""
    return list(settings.LANGUAGES)


TRIAL_STATES = {
    TrialState.RUNNING: _("Running"),
    TrialState.SUSPENDED: _("Suspended"),
    TrialState.CONVERTED: _("Converted"),
    TrialState.REMOVED: pgettext_lazy("trial", "Removed"),
}

WARNING_CAUSES = [(RemovalCause.ENDED.value, _("It ended")), (RemovalCause.INACTIVE.value, _("Nobody logged in"))]


class MailKind(models.TextChoices):
    """What a mail tells of; its words stand in `templates/mail` under this name."""

    INVITATION = "invitation", _("Invitation")
    INVOICE = "invoice", _("Invoice")
    CREDIT_NOTE = "credit_note", _("Credit note")
    CONTACT_CHANGE = "contact_change", _("Change of a billing contact")
    TRIAL_CONFIRMATION = "trial_confirmation", _("Confirm a trial")
    TRIAL_WARNING = "trial_warning", _("Warning of a removal")
    TRIAL_STORAGE = "trial_storage", _("Storage of a trial")
    BOOKS_WRONG = "books_wrong", _("Books that are wrong")
    CYCLE_FAILED = "cycle_failed", _("A cycle that failed")
    WEBHOOK_OFF = "webhook_off", _("A webhook that was switched off")


class ContactAction(models.TextChoices):
    """What happens to a billing contact (BR-84)."""

    ADD = "add", _("Add a contact")
    CHANGE = "change", _("Change a contact")
    REMOVE = "remove", _("Remove a contact")


class RequestState(models.TextChoices):
    """What became of a request."""

    OPEN = "open", pgettext_lazy("request", "Open")
    DONE = "done", _("Done")
    DECLINED = "declined", pgettext_lazy("request", "Declined")


class PdfState(models.TextChoices):
    """Whether a document has its PDF."""

    READY = "ready", _("Ready")
    WAITING = "waiting", _("Being made")
    FAILED = "failed", _("Failed, tried again")


class ApprovalDecision(models.TextChoices):
    """What a second person decided about a change."""

    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")


APPROVAL_STATES = [
    (ApprovalState.DRAFT.value, _("Not asked for yet")),
    (ApprovalState.WAITING.value, _("Waiting for a second person")),
    (ApprovalState.APPROVED.value, _("Approved")),
    (ApprovalState.DECLINED.value, _("Declined")),
    (ApprovalState.WITHDRAWN.value, _("Withdrawn")),
    (ApprovalState.EXPIRED.value, _("Expired")),
]


class AuditKind(models.TextChoices):
    """What a deed of the audit trail is about."""

    ORGANIZATION = "organization", pgettext_lazy("audit", "Organization")
    AGREEMENT = "agreement", pgettext_lazy("audit", "Agreement")
    SALE = "sale", pgettext_lazy("audit", "Quotes and orders")
    CONTACT = "contact", pgettext_lazy("audit", "Billing contacts")
    PERMISSION = "permission", pgettext_lazy("audit", "People and permissions")
    KEY = "key", pgettext_lazy("audit", "Keys")
    USAGE = "usage", pgettext_lazy("audit", "Usage")
    DOCUMENT = "document", pgettext_lazy("audit", "Documents")
    PAYMENT = "payment", pgettext_lazy("audit", "Payments")
    CYCLE = "cycle", pgettext_lazy("audit", "Billing cycles")
    CATALOG = "catalog", pgettext_lazy("audit", "Prices and taxes")
    APPROVAL = "approval", pgettext_lazy("audit", "Approvals")
    ERASURE = "erasure", pgettext_lazy("audit", "Erasures")
    OTHER = "other", pgettext_lazy("audit", "Other")


class AuditOrigin(models.TextChoices):
    """By which way a deed came."""

    REQUEST = "request", pgettext_lazy("audit", "A page")
    COMMAND = "command", pgettext_lazy("audit", "A command at the server")
    WORKER = "worker", pgettext_lazy("audit", "A worker")


class ErasureKind(models.TextChoices):
    """What was erased."""

    TRIAL = "trial", _("A trial")
    PERSON = "person", _("A person")


CALL_DIRECTIONS = list(zip(DIRECTIONS, (_("Outbound"), _("Inbound"), _("Toll free")), strict=True))

LIST_KINDS = [
    (ListKind.PRICE_BOOK.value, _("Price book")),
    (ListKind.RATE_DECK.value, _("Rate deck")),
    (ListKind.TAX_RATES.value, _("Tax rates")),
]

LIST_SCOPES = [
    (Scope.COMPLETE.value, _("Everything: what the file does not name ends on that day")),
    (Scope.CHANGES.value, _("Only what changes: what the file does not name stays as it is")),
]

CHANGE_KINDS = [
    (ChangeKind.RAISED.value, _("Raised")),
    (ChangeKind.LOWERED.value, _("Lowered")),
    (ChangeKind.REMOVED.value, pgettext_lazy("price list", "Removed")),
    (ChangeKind.ADDED.value, _("Added")),
    (ChangeKind.RENAMED.value, _("Renamed")),
]


class ImportState(models.TextChoices):
    """Where a price list from a file stands on its way into force."""

    UPLOADED = "uploaded", _("Being read")
    FAULTY = "faulty", _("To be mended")
    UNCHANGED = "unchanged", _("Nothing to import")
    READY = "ready", _("To be confirmed")
    CONFIRMED = "confirmed", _("Being imported")
    IMPORTED = "imported", _("Imported")


PROBLEMS = {
    Problem.EMPTY_FILE: _("The file lists nothing: write a row for each price below the names of the columns."),
    Problem.TOO_LARGE: _("The file is too large: at most %(detail)s can be read."),
    Problem.TOO_MANY_ROWS: _("The file has too many rows: a list has at most %(detail)s."),
    Problem.NOT_UTF8: _("This is no UTF-8 text: save it as “CSV UTF-8”, or as XLSX."),
    Problem.OLD_SPREADSHEET: _(
        "This is an old Excel file or one with a password: save it as XLSX without a password, or as CSV."
    ),
    Problem.UNREADABLE: _("This spreadsheet cannot be read: open it, and save it again as XLSX or CSV."),
    Problem.SEVERAL_SHEETS: _("Several sheets are filled (%(detail)s): leave one, and hide or delete the others."),
    Problem.BROKEN_QUOTES: _("Quotation marks do not match here: put the whole cell in them, and double those inside."),
    Problem.MISSING_COLUMN: _("This column is missing: name it in the first row."),
    Problem.UNKNOWN_COLUMN: _("This column is not known: delete it, or name it one of %(detail)s."),
    Problem.REPEATED_COLUMN: _("Two columns have this name: delete one of them."),
    Problem.CELL_WITHOUT_COLUMN: _("This stands beside the columns: name its column in the first row, or delete it."),
    Problem.MISSING: _("Nothing stands here: fill in this cell, or delete the row."),
    Problem.FORMULA: _("This is a formula: put its value there (copy, then paste as values)."),
    Problem.ERROR_CELL: _("The spreadsheet shows an error here: put a value there."),
    Problem.DECIMAL_COMMA: _("Write a decimal point and no thousands separator, such as 1234.5."),
    Problem.NOT_A_NUMBER: _("This is no number: write digits and a decimal point, such as 0.047, without a currency."),
    Problem.NEGATIVE: _("A price is not negative; write 0 if nothing is charged."),
    Problem.TOO_PRECISE: _("A price has at most six decimals: round it."),
    Problem.TOO_GREAT: _("This number is too large: look for a missing decimal point."),
    Problem.UNKNOWN_PRODUCT: _("There is no product with this code: correct it, or add the product first."),
    Problem.NOT_IN_A_BOOK: _("Calls are priced by a rate deck, not by a price book: delete the row."),
    Problem.NO_SETUP: _("Only phone numbers have a setup price: empty this cell."),
    Problem.UNKNOWN_DIRECTION: _("This is no direction: write one of %(detail)s."),
    Problem.NOT_A_PREFIX: _("Write the prefix in E.164, digits after a plus sign, such as +33 or +336."),
    Problem.TOO_LONG: _("This is too long to be printed: write at most %(detail)s characters."),
    Problem.SEVERAL_LINES: _("This is printed on one line: delete line breaks and control characters."),
    Problem.UNKNOWN_CATEGORY: _("Write which revenue is taxed, one or more of %(detail)s."),
    Problem.AMBIGUOUS_AUTHORITY: _("Several tax authorities have this name: give them different names first."),
    Problem.REPEATED_ROW: _("Line %(detail)s has a price for the same already: delete one of the two rows."),
    Problem.STANDS: _(
        "This has been charged since %(detail)s and stands until another day: pick a day that is still to come."
    ),
    Problem.OTHER_DAY: _(
        "The list in force since %(detail)s stands: pick a day that is still to come, or that very day to add what "
        "the list does not know."
    ),
    Problem.COVERED: _("These calls are rated by %(detail)s already: pick a day that is still to come."),
    Problem.IN_USE: _("Calls are rated by this deck: pick a day that is still to come."),
    Problem.INCREMENT_STANDS: _("Calls are rounded up to %(detail)s seconds by now: pick a day that is still to come."),
    Problem.FAILED: _("Seatbill itself failed here, and the log has the details: upload the file again."),
}
"""What is wrong, and what to do."""


WEBHOOK_EVENTS = [
    (WebhookEvent.INVOICE_ISSUED.value, _("An invoice or credit note was issued")),
    (WebhookEvent.INVOICE_PAID.value, _("An invoice was paid in full")),
    (WebhookEvent.INVOICE_PAST_DUE.value, _("An invoice is past due")),
    (WebhookEvent.CYCLE_HELD.value, _("A billing period waits for your provider")),
    (WebhookEvent.COMMITMENT_EXCEEDED.value, _("More is in use than was committed to")),
    (WebhookEvent.TRIAL_ENDING.value, _("The trial ends within a week")),
    (WebhookEvent.PING.value, _("A test")),
]
"""What programs of customers are told."""

CHOSEN_WEBHOOK_EVENTS = [(code, words) for code, words in WEBHOOK_EVENTS if code != WebhookEvent.PING]
"""What an endpoint chooses from; a test is sent to it when somebody asks for one."""

DELIVERY_STATES = {
    DeliveryState.WAITING: pgettext_lazy("webhook", "Waiting"),
    DeliveryState.RETRYING: pgettext_lazy("webhook", "Failed, tried again"),
    DeliveryState.DELIVERED: pgettext_lazy("webhook", "Delivered"),
    DeliveryState.GIVEN_UP: pgettext_lazy("webhook", "Given up"),
}

ENDPOINT_STATES = {
    EndpointState.WORKS: pgettext_lazy("webhook", "Works"),
    EndpointState.FAILING: pgettext_lazy("webhook", "Fails at present"),
    EndpointState.OFF: pgettext_lazy("webhook", "Switched off"),
    EndpointState.REVOKED: pgettext_lazy("webhook", "Revoked"),
}

DELIVERY_FAULTS = [
    (DeliveryFault.STATUS.value, _("It was answered with a status other than 2xx: answer 200 once it is stored.")),
    (DeliveryFault.REDIRECT.value, _("It was answered with a redirect, which is not followed: use the final address.")),
    (DeliveryFault.GONE.value, _("It was answered 410 Gone: nothing is wanted there any more.")),
    (DeliveryFault.UNKNOWN_HOST.value, _("The name of the host could not be found: look at its DNS records.")),
    (DeliveryFault.PRIVATE.value, _("The name of the host leads into a private network: use a public address.")),
    (DeliveryFault.NOT_ALLOWED.value, _("Nothing may be sent to this address: make an endpoint at another one.")),
    (DeliveryFault.UNREACHABLE.value, _("No connection could be made: see that the server runs and is reachable.")),
    (DeliveryFault.TIMED_OUT.value, _("No answer came in time: answer first, and do the work afterwards.")),
    (DeliveryFault.CERTIFICATE.value, _("The connection could not be secured: look at the server’s certificate.")),
    (DeliveryFault.BROKEN.value, _("The connection ended, or what came back was no HTTP answer.")),
    (DeliveryFault.INTERRUPTED.value, _("Sending began and did not end: it may or may not have arrived.")),
    (DeliveryFault.UNREADABLE.value, _("The secret cannot be read any more: replace it.")),
    (DeliveryFault.OFF.value, _("The endpoint was switched off: switch it on, then send this again.")),
    (DeliveryFault.REVOKED.value, _("The endpoint was revoked before this was sent.")),
]
"""Why a message did not arrive, and what to do."""

ADDRESS_FAULTS = {
    AddressFault.TOO_LONG: _("This address is too long: use one of at most 500 characters."),
    AddressFault.CHARACTERS: _("Write the address in plain letters, without spaces: an international name as xn--…."),
    AddressFault.SCHEME: _("Use an address that begins with https://: what is sent must be encrypted."),
    AddressFault.USER: _("Leave out user name and password: messages are signed instead."),
    AddressFault.FRAGMENT: _("Leave out the part after #: it is never sent."),
    AddressFault.HOST: _("Write a host with its full name, such as https://hooks.example.com/seatbill."),
    AddressFault.NUMERIC_HOST: _("Use a name instead of an IP address: certificates are issued for names."),
    AddressFault.LOCAL_HOST: _("This name is known only inside of a network: use one that is public."),
    AddressFault.PORT: _("Use port 443 or 8443: nothing is sent to others."),
}
"""What is wrong with an address, and what to do."""
