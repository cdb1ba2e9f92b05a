"""Forms by which a change of the billing contacts is asked for, made, or declined (BR-84)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from subscriptions.choices import ContactAction, languages
from subscriptions.forms.texts import TextsForm
from subscriptions.models import BillingContact, ContactRequest, Organization
from subscriptions.services.contacts import Proposal


class ProposalForm(TextsForm):
    """What is to happen to which billing contact."""

    action = forms.ChoiceField(label=_("What is to happen"), choices=ContactAction)
    contact = forms.ModelChoiceField(
        label=_("Which contact"),
        queryset=BillingContact.objects.none(),
        required=False,
        empty_label=_("A new one"),
        help_text=_("To change or to remove."),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False, help_text=_("A person or a department."))
    email = forms.EmailField(label=_("E-mail address"), required=False, help_text=_("Where the invoices go."))
    language = forms.ChoiceField(label=_("Language of the mail"), choices=languages)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        """Take the organization whose contacts are meant."""
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = organization.billing_contacts.order_by("pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Say which of the fields the action needs, and take no other."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        action = cleaned.get("action")
        if action == ContactAction.ADD:
            cleaned["contact"] = None
        elif action and not cleaned.get("contact") and "contact" not in self.errors:
            self.add_error("contact", _("Choose the contact to change or to remove."))
        if action != ContactAction.REMOVE:
            for name, words in (
                ("name", _("Write who receives the invoices, a person or a department.")),
                ("email", _("Write the address to which the invoices go.")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, words)
        return cleaned

    def proposal(self) -> Proposal:
        """Return what was typed; of a contact to be removed only who it is."""
        action, contact = ContactAction(self.cleaned_data["action"]), self.cleaned_data["contact"]
        if action is ContactAction.REMOVE:
            return Proposal(action=action, contact=contact)
        typed = {name: self.cleaned_data[name] for name in ("name", "email", "language")}
        return Proposal(action=action, contact=contact, **typed)


class AskForChangeForm(ProposalForm):
    """What somebody of the organization asks their CSM for."""

    note = forms.CharField(
        label=_("Anything else"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For whoever decides: for example from when, or why."),
    )


class ChangeContactForm(ProposalForm):
    """What a CSM changes, and why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("It is kept with the change; whoever asked for it reads it."),
    )

    def __init__(self, *args: Any, organization: Organization, asked: ContactRequest | None = None, **kwargs: Any):
        """Begin with what was asked for, if anything was."""
        if asked is not None:
            kwargs["initial"] = {
                name: getattr(asked, name) for name in ("action", "contact", "name", "email", "language")
            }
        super().__init__(*args, organization=organization, **kwargs)
        for name, widget in (
            ("action", UnfoldAdminSelectWidget),
            ("contact", UnfoldAdminSelectWidget),
            ("name", UnfoldAdminTextInputWidget),
            ("email", UnfoldAdminEmailInputWidget),
            ("language", UnfoldAdminSelectWidget),
        ):
            field = self.fields[name]
            choices = getattr(field, "choices", None)
            field.widget = widget()
            if choices is not None:
                field.choices = choices  # type: ignore[attr-defined]


class DeclineForm(TextsForm):
    """Why a request is declined."""

    answer = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Whoever asked reads it."),
    )
