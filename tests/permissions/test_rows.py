"""Lists and pickers of the admin hold what a person works on, and nothing of anyone else."""

from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin

from subscriptions.admin.lists import ListPages
from tests.permissions.asking import Seen, ask
from tests.permissions.expected import MEMBERS, ON_ALL, STAFF, WALKED, column
from tests.permissions.pages import MODELS, Kept
from tests.permissions.table import TABLE, Cell
from tests.permissions.world import World


def is_shown(kept: Kept, role: str) -> bool:
    return TABLE[kept.see][column(role)] is not Cell.DENIED


def expected_rows(kept: Kept, role: str, world: World) -> set[str]:
    """Return which of Acme's and Umbra's rows a person may find."""
    if kept.is_own:
        return all_rows(kept, world) if role in ON_ALL else {str(world.own[role][kept.name])}
    acme, umbra = (str(side.names[kept.name]) for side in (world.acme, world.umbra))
    if acme == umbra:
        return {acme}
    return {"SU": {acme, umbra}, "LEAD": {acme, umbra}, "CSM": {acme}, "idle CSM": set()}[role]


def all_rows(kept: Kept, world: World) -> set[str]:
    if kept.is_own:
        return {str(own[kept.name]) for own in world.own.values()}
    return {str(side.names[kept.name]) for side in (world.acme, world.umbra)}


@pytest.mark.parametrize("label", MODELS)
def test_a_list_shows_the_rows_of_ones_own_organizations(
    label: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ListPages, "list_per_page", 1000)  # all there are, on one page
    kept, path = MODELS[label], f"/admin/{label.replace('.', '/')}/"
    for role in (role for role in STAFF if is_shown(kept, role)):
        found = ask(world.client(role), "GET", path).rows
        assert found & all_rows(kept, world) == expected_rows(kept, role, world), role


@pytest.mark.parametrize("label", MODELS)
def test_the_file_of_a_list_holds_the_rows_of_ones_own_organizations(label: str, world: World) -> None:
    kept, path = MODELS[label], f"/admin/{label.replace('.', '/')}/export.csv"
    for role in (role for role in STAFF if is_shown(kept, role)):
        lines = ask(world.client(role), "GET", path, seen=Seen.ALL).page.splitlines()[1:]
        assert bool(lines) is bool(expected_rows(kept, role, world)), role
        assert role in ON_ALL or not any("umbra" in line.casefold() for line in lines), role


def pickers() -> dict[str, dict[str, str]]:
    """Return how each model is asked for that can be picked by typing: by one of the fields that name it."""
    found = {}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            picked = getattr(field, "remote_field", None) and not field.auto_created and field.remote_field.model
            page = admin.site._registry.get(picked) if picked else None
            if page and page.search_fields:
                names = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
                found.setdefault(picked._meta.label_lower, names | {"field_name": field.name})
    return found


@pytest.mark.parametrize(("label", "field"), pickers().items(), ids=lambda part: part if isinstance(part, str) else "")
def test_a_picker_offers_the_rows_of_ones_own_organizations(label: str, field: dict[str, str], world: World) -> None:
    kept, path = MODELS[label], f"/admin/autocomplete/?{urlencode(field)}"
    for role in WALKED:
        outcome = ask(world.client(role), "GET", path)
        if role in {"ANON", "KEY"}:
            assert outcome.location.startswith("/admin/login/"), role
        elif role in MEMBERS or not is_shown(kept, role):
            assert outcome.status == 403, role
        else:
            found = {row["id"] for row in outcome.json()["results"]}
            assert found & all_rows(kept, world) == expected_rows(kept, role, world), role
