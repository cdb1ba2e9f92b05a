"""Whoever has given their password goes on where they were, and no secret waits for it in a session."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from subscriptions.models import Organization
from tests.permissions.asking import form_on
from tests.permissions.world import PASSWORD, World
from usage.models import IngestionKey

AGAIN = "/account/reauthenticate/"
NEW_PERSON = {"username": "new", "password1": "a long and new secret", "password2": "a long and new secret"}


@pytest.fixture
def root(world: World) -> Iterator[Client]:
    """A superuser who has logged in a while ago; what they do is taken back afterwards."""
    cache.clear()
    with transaction.atomic():
        browser = Client()
        browser.force_login(world.people["SU"])
        yield browser
        transaction.set_rollback(True)


def give_password(browser: Client, asked: str) -> Client:
    assert asked.startswith(AGAIN)
    return browser.post(asked, {"password": PASSWORD, "next": browser.get(asked).context["redirect_field_value"]})


def test_what_was_typed_is_saved_once_the_password_is_given(root: Client, world: World) -> None:
    page = world.acme.fill("/admin/subscriptions/organization/{organization}/change/")
    typed = form_on(root.get(page).content.decode()) | {"legal_name": "Acme Holding"}

    asked = root.post(page, typed)
    unchanged = Organization.objects.get(code="acme").legal_name
    give_password(root, asked["Location"])

    assert unchanged == "Acme Foods, Inc."
    assert Organization.objects.get(code="acme").legal_name == "Acme Holding"


def test_what_was_chosen_in_a_filtered_list_is_done_once_the_password_is_given(root: Client, world: World) -> None:
    key = world.acme.names["key"]
    chosen = {"action": "revoke", "_selected_action": [key], "confirmed": "yes"}

    asked = root.post(f"/admin/usage/ingestionkey/?organization__id__exact={world.acme.names['organization']}", chosen)
    give_password(root, asked["Location"])

    assert IngestionKey.objects.get(pk=key).revoked_at is not None


def test_a_page_on_which_a_secret_is_typed_opens_after_the_password(root: Client) -> None:
    page = "/admin/auth/user/add/"

    late = root.post(page, NEW_PERSON)
    kept = str(dict(root.session.items()))
    asked = root.get(page)
    opened = give_password(root, asked["Location"])

    assert late["Location"] == page
    assert NEW_PERSON["password1"] not in kept
    assert opened["Location"] == page
    assert 'name="password1"' in root.get(page).content.decode()
