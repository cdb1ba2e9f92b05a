"""Forms of a company that moves in: into shadow, its old files, a verdict, going live, what is carried over."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from invoices.choices import VERDICTS, DocumentType
from invoices.domain.moving_in.side_by_side import Verdict
from invoices.services.shadow.beginning import Launch
from invoices.services.shadow.comparing import Key
from invoices.services.shadow.judging import Judgement
from invoices.services.shadow.old_files import MAX_FILE_BYTES
from subscriptions.domain.formatting import format_day
from subscriptions.forms.texts import TextsForm
from subscriptions.models import IssuingEntity, Organization

YES, NO = "yes", "no"

OUR_SERIES = (DocumentType.INVOICE, DocumentType.CREDIT_NOTE)
"""Types of documents that we number; opening items keep their old numbers."""


class ShadowForm(TextsForm):
    """Asks which organization is put into shadow, and why."""

    organization = forms.CharField(
        label=_("Code of the organization"),
        max_length=50,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("It may be new: then put it into shadow before its first agreement begins."),
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the organization, for whoever asks later."),
    )

    def __init__(self, *args: Any, among: QuerySet[Organization], **kwargs: Any) -> None:
        """Look the organization up among those of the person."""
        super().__init__(*args, **kwargs)
        self._among = among

    def clean_organization(self) -> str:
        """Find the organization by its code."""
        code: str = self.cleaned_data["organization"].strip()
        if not self._among.filter(code=code).exists():
            raise ValidationError(_("No organization has this code."))
        return code

    def found(self) -> Organization:
        """Return the organization; only of a valid form."""
        return self._among.get(code=self.cleaned_data["organization"])


class OldFileForm(TextsForm):
    """Asks for a file of the old system."""

    file = forms.FileField(
        label=_("File"), widget=UnfoldAdminFileFieldWidget, error_messages={"empty": _("This file is empty.")}
    )

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        """Say which columns the file has."""
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _("CSV (UTF-8) or XLSX; its first row names the columns: %(columns)s.") % {
            "columns": ", ".join(columns)
        }

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too large to be read while a person waits."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024**2
            raise ValidationError(
                _("The file is too large: at most %(limit)d MB can be read."), params={"limit": limit}
            )
        return file


class VerdictForm(TextsForm):
    """Asks what a person decides about a difference."""

    place = forms.RegexField(regex=r"^[0-9]{1,18}-[0-9]{1,18}$", widget=forms.HiddenInput)
    verdict = forms.ChoiceField(label=_("What do you say?"), choices=VERDICTS)
    note = forms.CharField(label=_("Note"), required=False, max_length=1000)

    def judgement(self) -> Judgement:
        """Return what was decided; only of a valid form."""
        our_key, old_key = map(int, self.cleaned_data["place"].split("-"))
        key: Key = (our_key or None, old_key or None)
        return Judgement(key=key, verdict=Verdict(self.cleaned_data["verdict"]), note=self.cleaned_data["note"])


class LaunchForm(TextsForm):
    """Asks from when on an organization is really billed."""

    live_from = forms.TypedChoiceField(
        label=_("Bill the periods that begin from"), coerce=date.fromisoformat, widget=UnfoldAdminRadioSelectWidget
    )
    ahead_is_billed = forms.ChoiceField(
        label=_("Has the old system billed what is due in advance for them?"),
        choices=[
            (YES, _("Yes: nothing of it is billed again")),
            (NO, _("No: we bill it as soon as that period has begun")),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the organization, for whoever asks later."),
    )
    balances = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, days: Sequence[date], **kwargs: Any) -> None:
        """Offer the boundaries that there are."""
        super().__init__(*args, **kwargs)
        language = get_language() or "en"
        self.fields["live_from"].choices = [  # type: ignore[attr-defined]
            (day.isoformat(), format_day(day, language)) for day in days
        ]

    def launch(self) -> Launch:
        """Return what was asked for; only of a valid form."""
        answers = self.cleaned_data
        return Launch(
            live_from=answers["live_from"],
            ahead_is_billed=answers["ahead_is_billed"] == YES,
            reason=answers["reason"],
            balances=answers["balances"],
        )


class BecauseForm(TextsForm):
    """Asks why something of moving in is done."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the organization, for whoever asks later."),
    )


class SetRightForm(BecauseForm):
    """Asks by how much less is open of an opening item than was carried over."""

    amount = forms.DecimalField(
        label=_("So much less is open"), max_digits=20, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget
    )
    seen = forms.DecimalField(max_digits=20, decimal_places=2, widget=forms.HiddenInput)
    field_order = ("amount", "reason", "seen")


class NextNumberForm(TextsForm):
    """Asks with which number a series goes on."""

    series = forms.ChoiceField(label=_("Series"), widget=UnfoldAdminSelectWidget)
    next_number = forms.IntegerField(
        label=_("Next number"),
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("The figures alone: 4712 for INV-004712."),
    )
    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("It explains the gap to whoever audits the numbers."),
    )

    def __init__(self, *args: Any, among: Sequence[IssuingEntity], **kwargs: Any) -> None:
        """Offer the series of issuing entities."""
        super().__init__(*args, **kwargs)
        self._among = {str(entity.pk): entity for entity in among}
        self.fields["series"].choices = [  # type: ignore[attr-defined]
            (f"{entity.pk}-{kind.value}", f"{entity}: {kind.label}") for entity in among for kind in OUR_SERIES
        ]

    def found(self) -> tuple[IssuingEntity, DocumentType]:
        """Return the issuing entity and the type of its documents; only of a valid form."""
        key, _dash, kind = self.cleaned_data["series"].partition("-")
        return self._among[key], DocumentType(kind)
