"""
P6 and P11: the largest organization closes in one worker, and its live view comes from what a worker counted.

Both are of one world, as it takes longest to make.
"""

import resource
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import patch

from django.contrib.auth.models import User
from django.test import Client, override_settings

from benchmarks.close import closing
from benchmarks.figures import Figure, Size, medians, seconds
from benchmarks.worlds.month import Use, an_agreement, close_what_is_older, fill
from subscriptions.models import Organization
from usage.documents import get_so_far
from usage.domain.snapshot import UsageCount
from usage.domain.so_far import SoFar
from usage.models import LiveCount, LivePerson
from usage.services import live
from usage.services.current import count_running_period
from usage.services.daily import list_days_of_resources
from usage.services.running import find_running_period

MIDDLE = datetime(2023, 3, 30, 18, tzinfo=UTC)

TICK = timedelta(seconds=10)
"""How often a worker looks for what is to be counted anew (`billingsite/celery.py`)."""


def measure(size: Size) -> Iterator[Figure]:
    """Close a period of nine million sessions, and look at it in its middle, while events keep coming in."""
    use = Use(users=size.pick(100_000, 6), sessions=3, calls=0)
    subscription = an_agreement("most")
    fill(subscription, use)
    cycle = close_what_is_older(subscription)
    spent = closing(cycle, nullcontext(), keep=None)
    yield Figure(
        goal="P6",
        what=f"closing {use.logins:,} sessions of {use.users:,} people: memory",
        value=peak_of_memory() / 2**30,
        unit="GiB",
        at_most=2,
        remark=f"{spent:.0f} s, in one process",
    )
    with patch.object(live, "EVENTS_COUNTED_AT_ONCE", size.pick(live.EVENTS_COUNTED_AT_ONCE, 0)):
        # Of a few people nothing happens in a minute.
        yield from look(subscription.organization, MIDDLE, a_while=timedelta(minutes=size.pick(1, 600)))


def peak_of_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux tells kibibytes, macOS bytes.
    return peak if sys.platform == "darwin" else peak * 1024


def look(organization: Organization, now: datetime, *, a_while: timedelta) -> Iterator[Figure]:
    """Count it once, and again after each while; compare the page, and what is kept, with a full count."""
    admin = Client()
    admin.force_login(User.objects.create_superuser("lead"))

    def page(path: str = "") -> float:
        with patch("usage.views.licenses.database_now", lambda: now), override_settings(ALLOWED_HOSTS=["*"]):
            return seconds(lambda: shown(admin, f"/o/{organization.code}/licenses/{path}"))

    page()
    first = seconds(partial(refresh, now))
    again = []
    for _ in range(2):
        now += a_while
        again.append(seconds(partial(refresh, now)))
    known = find_running_period(organization=organization, now=now)
    assert known is not None
    answers = []
    times = medians({"page": page, "people": lambda: page("people/?sort=-seconds")})
    full = seconds(lambda: answers.append((count_running_period(known), list_days_of_resources(known))))
    (((count, so_far), resources),) = answers
    kept = LiveCount.objects.get(organization=organization)
    assert kept.counted_at == now
    yield Figure(
        goal="P11",
        what=f"the live view of {len(count.people):,} people in the middle of their period, "
        "from what a worker counted, against a full count",
        value=times["page"] / full,
        at_most=0.05,
        remark=f"{times['page'] * 1000:.0f} ms against {full:.0f} s; its people {times['people'] * 1000:.0f} ms",
    )
    yield Figure(
        goal="P11",
        what="figures and people that differ between the two",
        value=differences(kept, organization, count, replace(so_far, resources=resources)),
        unit="",
        at_most=0,
    )
    spent = max(again)
    yield Figure(
        goal="P11",
        what="how old the view may be, while it is being counted anew",
        value=(live.AGAIN_AFTER + TICK).total_seconds() + spent,
        unit="s",
        at_most=60,
        remark=f"counted anew in {spent:.1f} s, for the first time in {first:.0f} s",
    )


def shown(browser: Client, address: str) -> None:
    """Ask for a page."""
    response = browser.get(address)
    assert response.status_code == 200, response
    response.content  # noqa: B018


def refresh(now: datetime) -> None:
    """Count as the worker does."""
    assert live.refresh_next(now=now)
    assert not LiveCount.objects.filter(failed_at__isnull=False).exists(), "See the log."


def differences(kept: LiveCount, organization: Organization, count: UsageCount, so_far: SoFar) -> int:
    """Return how many of the figures and the people that are kept are others than those of a full count."""
    rows = LivePerson.objects.filter(organization=organization).values_list(
        "user", "license", "first_login_at", "last_seen_at", "seconds"
    )
    people = {
        (one.user, one.license or "", one.first_login_at, one.last_seen_at, one.logged_in // timedelta(seconds=1))
        for one in count.people
    }
    return len(people ^ set(rows)) + (get_so_far(kept) != so_far)
