"""Organizations and events, as they travel, for the tests of ingestion."""

import json
from typing import Any

from subscriptions.models import Account, Organization
from usage.services.importing import import_trusted


def an_organization(code: str = "acme") -> Organization:
    """Return a stored organization."""
    account, _ = Account.objects.get_or_create(name=f"{code} group")
    return Organization.objects.create(
        account=account, code=code, name=code.title(), legal_name=f"{code.title()} Corp", country="US"
    )


def an_event(**changes: Any) -> dict[str, Any]:
    """Return a login as it travels; `...` leaves a field out."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/platform",
        "type": "user.logged_in",
        "subject": "ann",
        "time": "2026-01-20T14:00:00Z",
        "data": {"session": "s-1", "client": "desktop"},
    }
    return {key: value for key, value in (event | changes).items() if value is not ...}


def as_json(*events: Any) -> bytes:
    """Return a batch as bytes."""
    return json.dumps(events).encode()


def assigned(user: str, product: str, time: str, **more: Any) -> dict[str, Any]:
    """Return the assignment of a license or add-on; its id is made of what it says."""
    return an_event(
        id=f"{user}-{product}-{time}",
        type="license.assigned",
        subject=user,
        time=time,
        data={"product": product},
        **more,
    )


def logged_in(user: str, time: str, *, client: str = "desktop", **more: Any) -> dict[str, Any]:
    """Return a login at an instant; whoever does not log out stays for 24 hours."""
    data = {"session": f"{user}-{time}", "client": client}
    return an_event(**{"id": f"{user}-in-{time}", "subject": user, "time": time, "data": data} | more)


def logged_out(user: str, time: str, *, since: str, **more: Any) -> dict[str, Any]:
    """Return the logout of the session that a login `since` began."""
    data = {"session": f"{user}-{since}"}
    return an_event(
        **{"id": f"{user}-out-{time}", "type": "user.logged_out", "subject": user, "time": time, "data": data} | more
    )


def a_working_day(user: str, day: str, product: str | None = "purecloud-1", **more: Any) -> list[dict[str, Any]]:
    """Return a login at 14:00 UTC of a day and a logout eight hours later, with a license assigned before it."""
    begin, end = f"{day}T14:00:00Z", f"{day}T22:00:00Z"
    license_held = [assigned(user, product, f"{day}T13:00:00Z", **more)] if product else []
    return [*license_held, logged_in(user, begin, **more), logged_out(user, end, since=begin, **more)]


def report(organization: Organization, *events: dict[str, Any]) -> None:
    """Store events as a trusted import does: received when they happened, or as they say."""
    outcome = import_trusted(events, organization=organization)
    assert outcome.rejected == []
