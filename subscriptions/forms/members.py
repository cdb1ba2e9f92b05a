"""Forms by which people are let into an organization."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from subscriptions.forms.texts import TextsForm
from subscriptions.models import Organization
from subscriptions.services.people import Permissions

PASSWORD_HELP = _("At least 8 characters, not one that many people use, and not your name.")


class PermissionsForm(TextsForm):
    """What a member may see."""

    billing_subscription = forms.BooleanField(
        label=_("Subscription admin"),
        required=False,
        help_text=_("Sees licenses in use, the people behind each number, history and invoices, and lets people in."),
    )
    billing_contact = forms.BooleanField(
        label=_("Billing contact"), required=False, help_text=_("Sees and downloads invoices.")
    )

    def permissions(self) -> Permissions:
        """Return what was ticked."""
        return Permissions(**{name: self.cleaned_data[name] for name in Permissions.__slots__})


class InvitationForm(PermissionsForm):
    """Whom to ask, and what they will see."""

    email = forms.EmailField(label=_("E-mail address"))
    field_order = ("email",)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        """Take the organization that people are invited to."""
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_email(self) -> str:
        """Refuse who belongs to the organization already."""
        email: str = self.cleaned_data["email"]
        if self.organization.memberships.filter(user__email__iexact=email).exists():
            raise ValidationError(
                _("%(email)s is a member already: change what they see in the list."), params={"email": email}
            )
        return email

    def clean(self) -> dict[str, Any]:
        """Refuse an invitation to see nothing."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not (cleaned.get("billing_subscription") or cleaned.get("billing_contact")):
            self.add_error("billing_subscription", _("Tick what they will see: one of the two, or both."))
        return cleaned


class NewPersonForm(TextsForm):
    """Who accepts an invitation without having an account yet."""

    first_name = forms.CharField(
        label=_("First name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HELP,
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        """Take the address that was invited."""
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """Refuse a password that is easily guessed, also from the person's own name."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            names = {name: cleaned.get(name, "") for name in ("first_name", "last_name")}
            try:
                validate_password(password, User(username=self.email, email=self.email, **names))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class FirstPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """The password of who has no account yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say what a password has to be as every other page does."""
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("New password")
        self.fields["new_password1"].help_text = PASSWORD_HELP
        self.fields["new_password2"].label = _("New password, once more")
        self.fields["new_password2"].help_text = ""
