"""The forms of the log-in library, in the words of the rest of the site."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from django.utils.translation import gettext_lazy as _

from subscriptions.forms.members import PASSWORD_HELP

LABELS = {
    "login": _("User name or e-mail address"),
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Current password"),
    "password1": _("New password"),
    "password2": _("New password, once more"),
    "code": _("Code"),
}


class OurWords:
    """Names the fields, and leaves them empty: a placeholder is gone when somebody begins to type."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make the library's fields, then name them."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = PASSWORD_HELP


class LogInForm(OurWords, account.LoginForm):  # type: ignore[misc]
    """Who somebody is."""


class AddressForm(OurWords, account.AddEmailForm):  # type: ignore[misc]
    """Where mail to a person goes from now on."""


class ChangePasswordForm(OurWords, account.ChangePasswordForm):  # type: ignore[misc]
    """Another password instead of the one somebody knows."""


class ForgottenPasswordForm(OurWords, account.ResetPasswordForm):  # type: ignore[misc]
    """Where the link to a new password is sent."""


class NewPasswordForm(OurWords, account.ResetPasswordKeyForm):  # type: ignore[misc]
    """Another password instead of one that was forgotten."""


class PasswordAgainForm(OurWords, account.ReauthenticateForm):  # type: ignore[misc]
    """The password, before a grave step."""


class SecondFactorForm(OurWords, mfa.AuthenticateForm):  # type: ignore[misc]
    """The code that follows the password."""


class SecondFactorAgainForm(OurWords, mfa.ReauthenticateForm):  # type: ignore[misc]
    """A code, before a grave step."""


class FirstCodeForm(OurWords, totp.ActivateTOTPForm):  # type: ignore[misc]
    """The code that shows that the app has read the secret."""
