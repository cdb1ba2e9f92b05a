"""The forms in which price lists are uploaded: which list, from which day on, and the file (BR-31, BR-42, BR-78)."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from subscriptions.domain.price_list.columns import column_names
from subscriptions.domain.price_list.entry import ListKind, Scope, Target
from subscriptions.models import PriceImport
from subscriptions.services.price_imports.reading import MAX_FILE_BYTES

if TYPE_CHECKING:
    ImportModelForm = forms.ModelForm[PriceImport]
else:
    ImportModelForm = forms.ModelForm


class PriceImportForm(ImportModelForm):
    """What all uploads ask for."""

    kind: ListKind

    file = forms.FileField(
        label=_("File"), widget=UnfoldAdminFileFieldWidget, error_messages={"empty": _("This file is empty.")}
    )

    class Meta:
        model = PriceImport
        fields: tuple[str, ...] = ("effective_date",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for everything that names the list, and say which columns the file has."""
        super().__init__(*args, **kwargs)
        for name in ("currency", "deck", "increment_seconds"):
            if name in self.fields:
                self.fields[name].required = True
        columns = ", ".join(column_names(self.kind))
        self.fields["file"].help_text = _("CSV (UTF-8) or XLSX; its first row names the columns: %(columns)s.") % {
            "columns": columns
        }

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse what is too large to be read, before it is stored."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_FILE_BYTES:
            limit = MAX_FILE_BYTES // 1024**2
            raise ValidationError(
                _("The file is too large: at most %(limit)d MB can be read."), params={"limit": limit}
            )
        return file

    def clean_increment_seconds(self) -> int:
        """Refuse an increment that a call cannot be rounded up to."""
        seconds: int = self.cleaned_data["increment_seconds"]
        if seconds < 1:
            raise ValidationError(_("Calls are rounded up to at least 1 second."))
        return seconds

    def target(self) -> Target:
        """Return which list the file is for; only of a valid form."""
        cleaned = self.cleaned_data
        deck = cleaned.get("deck")
        return Target(
            kind=self.kind,
            effective_date=cleaned["effective_date"],
            scope=Scope(cleaned.get("scope", Scope.CHANGES)),
            currency=cleaned.get("currency", ""),
            deck_id=None if deck is None else deck.pk,
            increment_seconds=cleaned.get("increment_seconds"),
        )


class PriceBookImportForm(PriceImportForm):
    """A file of list prices."""

    kind = ListKind.PRICE_BOOK

    class Meta(PriceImportForm.Meta):
        fields = ("currency", "effective_date", "scope")


class RateDeckImportForm(PriceImportForm):
    """A file of voice rates."""

    kind = ListKind.RATE_DECK

    class Meta(PriceImportForm.Meta):
        fields = ("deck", "effective_date", "increment_seconds", "scope")


class TaxRatesImportForm(PriceImportForm):
    """A file of tax rates; it names the authorities whose rate changes, because no authority ends with a list."""

    kind = ListKind.TAX_RATES


IMPORT_FORMS: dict[ListKind, type[PriceImportForm]] = {
    form.kind: form for form in (PriceBookImportForm, RateDeckImportForm, TaxRatesImportForm)
}
