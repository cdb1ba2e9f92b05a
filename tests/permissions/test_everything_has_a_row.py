"""Nothing stands outside of the table, and nothing in the table stands for nothing."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.permissions.expected import STAFF, WALKED, Answer, answer_to, column
from tests.permissions.pages import INLINES, LIST_ACTIONS, MODELS, NOT_BUILT, Address, addresses
from tests.permissions.table import TABLE, Cell
from tests.permissions.world import World

ADDRESSES = list(addresses())
CATCH_ALL = "admin/(?P<url>.*)$"
HOW_TO = "Add it to tests/permissions/pages.py, with the row of docs/permissions.md that covers it:"


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from routes(pattern, route)


def route_of(address: Address, world: World) -> str:
    path = world.acme.fill(address.path)
    return resolve(path.partition("?")[0]).route


def asked_by(user: str, world: World) -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = world.people[user]
    return request


def admin_of(label: str) -> ModelAdmin:
    return next(page for model, page in admin.site._registry.items() if model._meta.label_lower == label)


def grants(address: Address, row: str, role: str) -> bool:
    return answer_to(row, address.path, role, foreign=False) in {Answer.ALLOWED, Answer.AGAIN, Answer.SECOND_PERSON}


def rows_of(address: Address) -> set[str]:
    return {address.see} | ({address.write.row} if address.write else set())


# --- What there is, has a row ----------------------------------------------------------------------------------------


def test_every_address_has_a_row(world: World) -> None:
    missing = set(routes(get_resolver())) - {route_of(address, world) for address in ADDRESSES}
    assert not missing, "\n".join([HOW_TO, *sorted(missing)])


def test_every_address_that_has_a_row_is_there(world: World) -> None:
    caught = {address.path for address in ADDRESSES if route_of(address, world) == CATCH_ALL}
    assert caught == {"/admin/nothing-here/"}, "Take out of tests/permissions/pages.py what is no longer there."


def test_every_model_of_the_admin_has_a_row() -> None:
    registered = {model._meta.label_lower for model in admin.site._registry}
    assert registered == set(MODELS), f"{HOW_TO} MODELS, {registered ^ set(MODELS)}"


def test_every_action_on_chosen_rows_has_a_row(world: World) -> None:
    request = asked_by("SU", world)
    offered = {
        (model._meta.label_lower, action)
        for model, page in admin.site._registry.items()
        for action in page.get_actions(request)
    }
    assert offered == set(LIST_ACTIONS), f"{HOW_TO} LIST_ACTIONS, {offered ^ set(LIST_ACTIONS)}"


def writable(label: str, user: str, world: World) -> set[str]:
    """Return the models of the tables on a row's page, or on the page of a new one, in which a person may write."""
    page, request, found = admin_of(label), asked_by(user, world), set()
    row = page.model._default_manager.get(pk=world.acme.names[MODELS[label].name])
    for each in [row, None] if page.has_add_permission(request) else [row]:
        for inline in page.get_inline_instances(request, each):
            may = (inline.has_add_permission, inline.has_change_permission, inline.has_delete_permission)
            if any(permission(request, each) for permission in may):
                found.add(inline.model._meta.label_lower)
    return found


def test_every_table_in_which_rows_are_typed_has_a_row(world: World) -> None:
    found = {(label, model) for label in MODELS for model in writable(label, "SU", world)}
    assert found == set(INLINES), f"{HOW_TO} INLINES, {found ^ set(INLINES)}"


@pytest.mark.parametrize("role", STAFF)
@pytest.mark.parametrize("table", INLINES, ids=str)
def test_who_may_type_into_a_table_on_another_rows_page(table: tuple[str, str], role: str, world: World) -> None:
    label, model = table
    allowed = TABLE[INLINES[table]][column(role)] is not Cell.DENIED
    assert (model in writable(label, role, world)) is allowed


# --- Each row stands for something -----------------------------------------------------------------------------------


def test_what_addresses_name_is_in_the_table() -> None:
    named = {row for address in ADDRESSES for row in rows_of(address)} | set(INLINES.values())
    named |= {row for row, _roles in NOT_BUILT}
    assert named <= set(TABLE), f"docs/permissions.md has no such row: {named - set(TABLE)}"


def test_every_row_of_the_table_is_used_or_said_not_to_be_built() -> None:
    used = {row for address in ADDRESSES for row in rows_of(address)}
    unbuilt = {row for row, _roles in NOT_BUILT}
    assert set(TABLE) - used - unbuilt == set()


def test_every_permission_is_granted_somewhere_or_said_not_to_be_built() -> None:
    granted = {
        (row, column(role))
        for address in ADDRESSES
        for row in rows_of(address)
        for role in WALKED
        if grants(address, row, role)
    }
    promised = {(row, role) for row, cells in TABLE.items() for role, cell in cells.items() if cell is not Cell.DENIED}
    unbuilt = {(row, role) for row, roles in NOT_BUILT for role in roles.split()}
    assert promised - granted == unbuilt, "NOT_BUILT in tests/permissions/pages.py must say exactly what is missing."
