"""Every address, asked for by every role, at their own customer and at another: as docs/permissions.md says."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.permissions.asking import Outcome, Seen, ask, form_on
from tests.permissions.expected import (
    MEMBERS,
    ON_ALL,
    WALKED,
    Answer,
    column,
    is_foreign,
    names_a_customer,
    to_reading,
    to_writing,
)
from tests.permissions.pages import Address, Write, addresses
from tests.permissions.table import TABLE, Cell
from tests.permissions.world import Side, World

ADDRESSES = list(addresses())
NO_DEED = {
    # What a person keeps for themselves, or has typed and may still throw away.
    *("subscriptions_savedfilter", "subscriptions_preferences", "subscriptions_approval", "subscriptions_priceimport"),
    # Figures worked out for a page, requests by strangers, mails that leave sooner, the admin's own log.
    *("invoices_estimate", "subscriptions_trialrequest", "subscriptions_outgoingmail", "django_admin_log"),
}
"""The tables that a page may write to without an entry in the audit trail."""

FINDS_NOTHING = {
    "/account/two-factor/totp/deactivate/": 404,
    "/account/two-factor/recovery-codes/": 404,
    "/account/two-factor/recovery-codes/download/": 404,
    "/admin/nothing-here/": 404,
    "/admin/r/1/1/": 404,
    "/admin/autocomplete/": 403,
    "/admin/logout/": 405,
    "/language/": 405,
    "/api/v1/": 404,
    "/webhooks/stripe/": 405,
}
"""Addresses at which even those who may come find nothing: no second factor, no row, no question, nothing sent."""

LOOKED_AT_BY = ("SU", "CSM")
"""For whom the pages are made; who else may see them is known without that."""

KEPT_FOR_A_SECOND_PERSON = "subscriptions_approval"

pytestmark = pytest.mark.usefixtures("world")


def sides(role: str, path: str, world: World) -> list[bool]:
    """Return at which customers a role asks: its own, and another one where that makes a difference."""
    in_the_admin_of_staff = path.startswith("/admin/") and role in MEMBERS
    if role in {*ON_ALL, "idle CSM", "ANON"} or in_the_admin_of_staff:
        return [True]
    return [True, False]


def body_of(write: Write, path: str, world: World, *, own: bool) -> dict[str, Any] | str:
    side = world.acme if own else world.umbra
    body = {side.fill(name): _filled(value, side) for name, value in write.body.items()}
    if path.startswith("/api/"):
        return json.dumps(body)
    if not write.as_shown:
        return body
    return form_at(side.fill(path), world) | body


def leaves_an_entry(path: str, wrote: frozenset[str]) -> bool:
    """Tell whether what was written is in the audit trail, in the same transaction, or is no deed."""
    if not path.startswith(("/admin/", "/o/", "/trial/", "/invitations/")):
        return True
    # The head of a chain goes on with it; the entries themselves may come by COPY, which no statement shows.
    return "subscriptions_audithead" in wrote or wrote <= NO_DEED


def _filled(value: Any, side: Side) -> Any:
    if isinstance(value, bytes):
        return SimpleUploadedFile("prices.csv", value)
    return side.fill(value) if isinstance(value, str) else value


def form_at(path: str, world: World) -> dict[str, list[str]]:
    """Return the form of a page as a superuser is shown it."""
    if path not in world.forms:
        world.forms[path] = form_on(ask(world.client("SU", sure=True), "GET", path, seen=Seen.ALL).page)
    return world.forms[path]


def is_answered(outcome: Outcome, answer: Answer, path: str) -> bool:
    # The admin's own log-out sends nobody straight to its log-in page.
    doors = ("/account/login/", "/admin/login/") if path != "/admin/logout/" else ("/admin/",)
    to_log_in = outcome.status == 302 and outcome.location.startswith(doors)
    again = outcome.status == 302 and "/reauthenticate/?next=" in outcome.location
    if outcome.status == FINDS_NOTHING.get(path) and answer in {Answer.ALLOWED, Answer.AGAIN}:
        return True
    if answer is Answer.SECOND_PERSON:
        return outcome.status == 302 and outcome.location.startswith("/admin/subscriptions/approval/")
    if answer is Answer.ALLOWED:
        return outcome.status in {200, 201, 301, 302} and not again and (path.startswith("/account/") or not to_log_in)
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
            about = names_a_customer(address.path, world.acme, world.umbra)
            if not own and not about:
                continue
            answer = to_reading(address, role, foreign=about and is_foreign(role, own=own))
            path = world.address(address.path, role, own=own)
            shows = own and role in LOOKED_AT_BY
            outcome = ask(world.client(role), "GET", path, seen=Seen.ALL if shows else Seen.NOTHING)
            if shows and offers_to_save(outcome) and not may_save(address, role):
                wrong.append(f"{role} at {path}: the page offers to save what may not be saved")
            right = outcome.status == 405 if post_only else is_answered(outcome, answer, address.path)
            if not right or (outcome.wrote and answer is not Answer.ALLOWED):
                wrong.append(f"{role} at {path}: {answer} expected, got {outcome}")
    assert not wrong, f"{address.see}\n" + "\n".join(wrong)


@pytest.mark.parametrize("address", ADDRESSES, ids=str)
def test_writing(address: Address, world: World) -> None:
    wrong = []
    for role in WALKED:
        for own in sides(role, address.path, world):
            wrong += wrong_writes(address, role, world, own=own)
    assert not wrong, f"{address.write.row if address.write else address.see}\n" + "\n".join(wrong)


def offers_to_save(outcome: Outcome) -> bool:
    return 'name="_save"' in outcome.page


def may_save(address: Address, role: str) -> bool:
    return address.write is not None and TABLE[address.write.row][column(role)] is not Cell.DENIED


def wrong_writes(address: Address, role: str, world: World, *, own: bool) -> list[str]:
    path = world.address(address.path, role, own=own)
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
        may_write = expected is Answer.ALLOWED
        seen = Seen.WHAT_IS_WRITTEN if may_write else Seen.NOTHING
        outcome = ask(world.client(role, sure=sure), "POST", path, body, seen=seen)
        right = is_answered(outcome, expected, address.path)
        if expected is Answer.SECOND_PERSON:
            # What was typed is kept, and nothing else is written.
            right, may_write = right and outcome.wrote == {KEPT_FOR_A_SECOND_PERSON}, True
        if expected is Answer.AGAIN and write.asks_first:
            # Back to the page, which asks: the secret that was typed is not kept meanwhile.
            right = (outcome.status, outcome.location) == (302, path)
        if outcome.wrote and not leaves_an_entry(path, outcome.wrote):
            wrong.append(f"{role} at {path}: it leaves no entry in the audit trail, got {outcome}")
        if not right or may_write != bool(outcome.wrote):
            wrong.append(f"{role}{' made sure of' if sure else ''} at {path}: {expected} expected, got {outcome}")
    return wrong
