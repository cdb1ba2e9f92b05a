"""Every address, asked for by every role, at their own customer and at another: as docs/permissions.md says."""

import json
from typing import Any

import pytest

from tests.permissions.asking import Outcome, ask, form_on
from tests.permissions.expected import (
    MEMBERS,
    ON_ALL,
    WALKED,
    Answer,
    is_foreign,
    names_a_customer,
    to_reading,
    to_writing,
)
from tests.permissions.pages import Address, Write, addresses
from tests.permissions.world import World

ADDRESSES = list(addresses())
SAYS_NOTHING = {
    "/account/signup/": 200,
    "/account/confirm-email/a-key/": 200,
    "/admin/nothing-here/": 404,
    "/admin/r/1/1/": 404,
    "/admin/autocomplete/": 403,
    "/api/v1/": 404,
}
"""Addresses at which even those who may come find this."""

pytestmark = pytest.mark.usefixtures("world")


def sides(role: str, path: str, world: World) -> list[bool]:
    """Return at which customers a role asks: its own, and another one where that makes a difference."""
    in_the_admin_of_staff = path.startswith("/admin/") and role in MEMBERS
    if role in {*ON_ALL, "idle CSM", "ANON"} or in_the_admin_of_staff:
        return [True]
    return [True, False]


def body_of(write: Write, path: str, world: World, *, own: bool) -> dict[str, Any] | str:
    side = world.acme if own else world.umbra
    body = {side.fill(name): side.fill(str(value)) for name, value in write.body.items()}
    if path.startswith("/api/"):
        return json.dumps(write.body | {"organization": body["organization"]})
    if not write.as_shown:
        return body
    shown = ask(world.client("SU", sure=True), "GET", side.fill(path, upload=world.uploads["SU"])).response
    return form_on(shown.content.decode()) | body


def is_answered(outcome: Outcome, answer: Answer, path: str) -> bool:
    to_log_in = outcome.status == 302 and outcome.location.startswith(("/account/login/", "/admin/login/"))
    again = outcome.status == 302 and "/reauthenticate/" in outcome.location
    if answer is Answer.ALLOWED:
        usual = outcome.status in {200, 302} and not again and not (to_log_in and path != "/admin/login/")
        return usual or outcome.status == SAYS_NOTHING.get(path)
    expected = {
        Answer.AGAIN: again,
        Answer.LOG_IN: to_log_in,
        Answer.FORBIDDEN: outcome.status == 403,
        Answer.MISSING: outcome.status == 404,
        Answer.NO_KEY: outcome.status == 401,
        Answer.NOT_TAKEN: outcome.status in {200, 302, 403},
    }
    return expected[answer]


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_looking(address: Address, world: World) -> None:
    wrong = []
    post_only = address.write is not None and address.write.post_only
    for role in WALKED:
        for own in sides(role, address.path, world):
            side = world.acme if own else world.umbra
            about = names_a_customer(address.path, world.acme, world.umbra)
            if not own and not about:
                continue
            answer = to_reading(address, role, foreign=about and is_foreign(role, own=own))
            path = side.fill(address.path, upload=world.uploads.get(role, world.uploads["SU"]))
            outcome = ask(world.client(role), "GET", path)
            right = outcome.status == 405 if post_only else is_answered(outcome, answer, address.path)
            if not right:
                wrong.append(f"{role} at {path}: {answer} expected, got {outcome}")
    assert not wrong, f"{address.see}\n" + "\n".join(wrong)


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_writing(address: Address, world: World) -> None:
    wrong = []
    for role in WALKED:
        for own in sides(role, address.path, world):
            wrong += wrong_writes(address, role, world, own=own)
    assert not wrong, f"{(address.write or address).__class__} {address.see}\n" + "\n".join(wrong)


def wrong_writes(address: Address, role: str, world: World, *, own: bool) -> list[str]:
    side = world.acme if own else world.umbra
    path = side.fill(address.path, upload=world.uploads.get(role, world.uploads["SU"]))
    about = names_a_customer(address.path, world.acme, world.umbra)
    write = address.write
    if write is None:
        if not own and not about:
            return []
        outcome = ask(world.client(role), "POST", path, {})
        return [f"{role} at {path}: nothing may change, got {outcome}"] if outcome.wrote else []
    about_body = any(names_a_customer(part, world.acme, world.umbra) for part in [*write.body, *write.body.values()])
    if not own and not about and not about_body:
        return []
    foreign = is_foreign(role, own=own)
    answer = to_writing(address, write, role, foreign=about and foreign, foreign_body=about_body and foreign)
    body = body_of(write, address.path, world, own=own)
    tries = [(False, answer)]
    if answer is Answer.AGAIN:
        tries.append((True, Answer.ALLOWED))
    wrong = []
    for sure, expected in tries:
        outcome = ask(world.client(role, sure=sure), "POST", path, body)
        may_write = expected is Answer.ALLOWED
        if not is_answered(outcome, expected, address.path) or may_write != bool(outcome.wrote):
            wrong.append(f"{role}{' made sure of' if sure else ''} at {path}: {expected} expected, got {outcome}")
    return wrong
