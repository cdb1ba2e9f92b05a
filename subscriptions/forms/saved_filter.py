"""The name under which a list is kept."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from subscriptions.models import SavedFilter

if TYPE_CHECKING:
    SavedFilterModelForm = forms.ModelForm[SavedFilter]
else:
    SavedFilterModelForm = forms.ModelForm


class SavedFilterForm(SavedFilterModelForm):
    """Asks for a name that the person has not given to another filter of the list."""

    class Meta:
        model = SavedFilter
        fields = ["name", "is_shared"]
        labels = {"name": _("Name"), "is_shared": _("Share with everyone")}
        help_texts = {"name": _("Such as “Past due in Germany”."), "is_shared": ""}
        widgets = {
            "name": UnfoldAdminTextInputWidget,
            "is_shared": UnfoldBooleanSwitchWidget,
        }

    def clean_name(self) -> str:
        """Refuse a name that is taken."""
        name: str = self.cleaned_data["name"]
        mine = SavedFilter.objects.filter(owner_id=self.instance.owner_id, page=self.instance.page, name=name)
        if mine.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("You have a filter of this name on this list: choose another name."))
        return name
