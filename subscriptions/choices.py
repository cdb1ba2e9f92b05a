"""The domain's enumerations as labelled choices for fields and forms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from subscriptions.domain.catalog import ProductKind, TaxCategory
from subscriptions.domain.money import CURRENCIES
from subscriptions.domain.policy import Edition
from subscriptions.domain.tax_ids import TaxIdVerdict
from subscriptions.domain.terms import CommercialModel, LicensingModel
from subscriptions.domain.trial import RemovalCause, TrialState

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

TAX_ID_VERDICTS = [
    (TaxIdVerdict.VALID.value, _("Valid")),
    (TaxIdVerdict.INVALID.value, _("Not valid")),
    (TaxIdVerdict.UNKNOWN.value, _("Unknown")),
]

CHECK_DIGITS = "check_digits"
TAX_ID_CHECKS = [(CHECK_DIGITS, _("By its check digits"))]
"""How a tax number is checked."""

CURRENCY_CHOICES = [(code, code) for code in CURRENCIES]

LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]

CALL_DIRECTIONS = [("outbound", _("Outbound")), ("inbound", _("Inbound")), ("toll_free", _("Toll free"))]

TRIAL_STATES = {
    TrialState.RUNNING: _("Running"),
    TrialState.SUSPENDED: _("Suspended"),
    TrialState.CONVERTED: _("Converted"),
    TrialState.REMOVED: _("Removed"),
}

WARNING_CAUSES = [(RemovalCause.ENDED.value, _("It ended")), (RemovalCause.INACTIVE.value, _("Nobody logged in"))]


class MailKind(models.TextChoices):
    """What a mail tells of; its words stand in `templates/mail` under this name."""

    INVITATION = "invitation", _("Invitation")
    TRIAL_CONFIRMATION = "trial_confirmation", _("Confirm a trial")
    TRIAL_WARNING = "trial_warning", _("Warning of a removal")
    TRIAL_STORAGE = "trial_storage", _("Storage of a trial")


class ErasureKind(models.TextChoices):
    """What was erased."""

    TRIAL = "trial", _("A trial")
    PERSON = "person", _("A person")
