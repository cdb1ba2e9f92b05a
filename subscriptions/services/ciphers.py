"""How secrets that have to be read again are stored: the database alone must not give them away."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnreadableSecretError(Exception):
    """A secret was stored under a `SECRET_KEY` that is neither the present one nor among the fallbacks."""


def encrypt(text: str) -> str:
    """Return a secret as it is stored."""
    return _cipher().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """
    Return a secret as it was; one stored under an earlier `SECRET_KEY` needs that among the fallbacks.

    :raises UnreadableSecretError: if it is not there
    """
    try:
        return _cipher().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecretError from None


def _cipher() -> MultiFernet:
    keys = [str(key).encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest())) for key in keys])
