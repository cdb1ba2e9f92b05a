"""Forms for bank files: how a bank writes them, the upload, and what a person decides about a movement (BR-80)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget

from invoices.domain.bank.layout import Signs
from invoices.domain.bank.statement import MAX_FILE_BYTES
from invoices.models import BankFile, BankFormat
from subscriptions.forms.texts import TextsForm

if TYPE_CHECKING:
    FormatModelForm = forms.ModelForm[BankFormat]
    FileModelForm = forms.ModelForm[BankFile]
else:
    FormatModelForm = FileModelForm = forms.ModelForm

NEEDED = {
    Signs.SIGNED: ("amount_column",),
    Signs.REVERSED: ("amount_column",),
    Signs.COLUMNS: ("credit_column", "debit_column"),
    Signs.INDICATOR: ("amount_column", "indicator_column", "credit_word"),
}


class BankFormatForm(FormatModelForm):
    """How a bank writes its files."""

    class Meta:
        model = BankFormat
        fields = "__all__"
        # An account is also a customer's, and one of the books: languages have three words.
        labels = {"account": _("Our account")}

    def clean(self) -> dict[str, Any]:
        """Ask for the columns that the way of writing amounts needs, and for a currency."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in NEEDED.get(cleaned.get("signs", ""), ()):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Fill this in: amounts written in this way need it."))
        if not cleaned.get("currency") and not cleaned.get("currency_column"):
            self.add_error("currency", _("Choose the currency of the account, or name the column that says it."))
        if cleaned.get("header_lines") == 0:
            named = {name: text for name, text in cleaned.items() if name.endswith("_column") and name != "text_column"}
            for name, text in named.items():
                if text and not text.strip().isdecimal():
                    self.add_error(name, _("Without headings a column has a number: 1 for the first."))
        return cleaned


class BankFileForm(FileModelForm):
    """A file from a bank."""

    file = forms.FileField(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget,
        error_messages={"empty": _("This file is empty.")},
        help_text=_("CSV in the format chosen above, or camt.053 (XML)."),
    )

    class Meta:
        model = BankFile
        fields = ("bank_format",)

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too large to be read, before it is stored."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_FILE_BYTES:
            raise ValidationError(
                _("The file is too large: at most %(limit)d MB can be read."),
                params={"limit": MAX_FILE_BYTES // 1024**2},
            )
        return file


class SetAsideForm(TextsForm):
    """Why a movement is no payment."""

    reason = forms.CharField(
        label=_("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept with the movement, for whoever asks later: “recorded by hand as CHECK-118”."),
    )
