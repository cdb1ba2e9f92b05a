"""Keys: shown once, stored hashed, revocable."""

from datetime import UTC, datetime, timedelta

import pytest

from subscriptions.services.recording import Recording
from tests.factories.usage import an_organization
from usage.models import IngestionKey
from usage.services.keys import create_key, find_key, revoke_key

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make(organization=None):
    return create_key(organization=organization, name="platform", created_by=None, now=NOW)


def test_a_key_is_found_by_its_secret_which_is_not_stored():
    organization = an_organization()
    key, secret = make(organization)
    assert secret.startswith(f"sbk_{key.prefix}_")
    found = find_key(secret, now=NOW, address="192.0.2.1")
    assert found == key
    assert found.organization == organization
    stored = " ".join(str(value) for value in IngestionKey.objects.values().get().values())
    assert secret.split("_", 2)[2] not in stored


def test_no_two_keys_are_alike():
    assert len({make()[1] for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "spoil",
    [
        lambda secret: secret[:-1],
        lambda secret: secret + "x",
        lambda secret: secret.upper(),
        lambda secret: secret.replace("sbk_", "abc_"),
        lambda secret: secret.removeprefix("sbk_"),
        lambda secret: "_".join(secret.split("_")[:2]),
        lambda secret: "_".join(secret.split("_")[:2]) + "_",
        lambda secret: f"sbk__{secret.split('_', 2)[2]}",
        lambda secret: secret + "\0",
        lambda secret: "sbk_\0_x",
        lambda secret: secret + "é",
        lambda secret: "",
    ],
)
def test_a_wrong_secret_finds_nothing(spoil):
    _key, secret = make()
    assert find_key(spoil(secret), now=NOW, address="192.0.2.1") is None


def test_a_revoked_key_finds_nothing_and_keeps_its_time():
    key, secret = make()
    revoke_key(key, recording=Recording(by=None, at=NOW))
    revoke_key(key, recording=Recording(by=None, at=NOW + timedelta(days=1)))
    assert key.revoked_at == NOW
    assert find_key(secret, now=NOW, address="192.0.2.1") is None


def test_the_last_use_is_noted_at_most_once_a_minute():
    key, secret = make()
    for seconds, noted in [(0, 0), (59, 0), (60, 60), (61, 60)]:
        find_key(secret, now=NOW + timedelta(seconds=seconds), address="192.0.2.1")
        key.refresh_from_db()
        assert key.last_used_at == NOW + timedelta(seconds=noted)
