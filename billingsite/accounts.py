"""How people log in: nobody signs themselves up, second factors are stored encrypted, guesses are counted by name."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from subscriptions.selectors.people import get_language_of
from subscriptions.services import ciphers


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by invitation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse whoever was not invited."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail that calls the site by our own name and address, not by the host that the request named."""
        ours = SimpleNamespace(name="Seatbill", domain=urlsplit(settings.SITE_URL).netloc)
        super().send_mail(template_prefix, email, {"current_site": ours, **context})

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a mail about a forgotten password: it leads to us, whatever host the request named."""
        return _at_our_site(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link of a mail that confirms an address, to us."""
        return _at_our_site(super().get_email_confirmation_url(request, emailconfirmation))

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Go on in the language that the person has chosen, also in a browser that does not know it yet."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        language = get_language_of(user)
        if language:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=settings.LANGUAGE_COOKIE_AGE,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
        return response


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """What makes codes is worth as much as a password: the database alone must not give it away."""

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return ciphers.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret as it was; one stored under an earlier `SECRET_KEY` needs that among the fallbacks."""
        return ciphers.decrypt(encrypted_text)


def tried_name(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """Return the name under which a log-in was tried: guesses at one person are counted together, however spelled."""
    tried = credentials or {}
    name = tried.get("username") or tried.get("email") or (request.POST.get("login") if request else "")
    return (name or "").strip().casefold()


def _at_our_site(url: str) -> str:
    return f"{settings.SITE_URL}{urlsplit(url)._replace(scheme='', netloc='').geturl()}"
