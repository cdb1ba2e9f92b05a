"""What the people of an organization do: they are hired, licensed, log in for their shifts, forget things and leave."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from invoices.services.demo.shapes import Crew
from invoices.services.demo.story import HOLIDAYS, Story
from subscriptions.domain.catalog import COMMUNICATE
from subscriptions.domain.period import period_start

FORGETS_TO_LOG_OUT = 0.0008
WALKS_AROUND = 0.09
"""How often someone also opens the app on the phone."""
LUNCH = 0.3
"""How often someone logs out for lunch."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone at the customer's, as the platform names them."""

    user: str
    crew: Crew
    joined: date
    deleted: date | None
    upgraded: date | None
    add_ons: tuple[str, ...]
    client: str


def work(story: Story) -> None:
    """Write down who was hired and licensed, and every session of everyone."""
    for crew in story.customer.crews:
        for person in _hire(story, crew):
            _assign(story, person)
            _work(story, person)
    for place in range(story.customer.unlicensed):
        _look_in(story, f"visitor-{place + 1:02}")
    _work_offline(story)
    _work_offline_on_the_last_day(story)
    for day in story.days():
        _synchronize(story, day)


def _hire(story: Story, crew: Crew) -> Iterator[Person]:
    names = [f"{crew.name}-{place + 1:02}" for place in range(crew.size)]
    veterans = crew.size - crew.joiners
    add_ons = {product: set(story.rng.sample(names, count)) for product, count in sorted(crew.add_ons.items())}
    first = story.start
    if crew.hired_days_ago is not None:
        first = max(first, story.last_day - timedelta(days=crew.hired_days_ago))
    for place, user in enumerate(names):
        yield Person(
            user=user,
            crew=crew,
            joined=story.some_day(0.12, 0.9) if place >= veterans else first,
            deleted=story.some_day(0.3, 0.95) if place < crew.leavers else None,
            upgraded=story.some_day(0.3, 0.8) if crew.leavers <= place < crew.leavers + crew.upgraded else None,
            add_ons=tuple(product for product, users in add_ons.items() if user in users),
            client="web" if story.rng.random() < 0.4 else "desktop",
        )


def _assign(story: Story, person: Person) -> None:
    # The licenses of the first day are handed out the evening before.
    first = person.joined - timedelta(days=1) if person.joined == story.start else person.joined
    at = story.local(first, 16.5 if first < story.start else 6) + story.minutes(0, 25)
    base = COMMUNICATE if person.upgraded else person.crew.license
    for product in (base, *person.add_ons):
        story.report("license.assigned", person.user, at, {"product": product})
    if person.upgraded:
        at = story.local(person.upgraded, 11) + story.minutes(0, 90)
        story.report("license.unassigned", person.user, at, {"product": base})
        story.report("license.assigned", person.user, at, {"product": person.crew.license})
    if person.deleted:
        story.report("user.deleted", person.user, story.local(person.deleted, 22) + story.minutes(0, 60))


def _work(story: Story, person: Person) -> None:
    crew, rng = person.crew, story.rng
    for day in story.days(since=person.joined, until=person.deleted):
        works = 0.91 if day.weekday() in crew.days else 0.02
        if rng.random() < (0.05 if (day.month, day.day) in HOLIDAYS else works):
            _shift(story, person, day)


def _shift(story: Story, person: Person, day: date) -> None:
    rng, crew = story.rng, person.crew
    start = story.local(day, crew.start) + story.minutes(-14, 22)
    end = start + timedelta(hours=crew.hours) + story.minutes(-20, 35)
    if end + timedelta(minutes=15) >= story.horizon:
        return
    if crew.hours > 5 and rng.random() < LUNCH:
        away = start + (end - start) * rng.uniform(0.4, 0.6)
        _session(story, person, start, away)
        _session(story, person, away + story.minutes(22, 50), end)
    else:
        _session(story, person, start, end)
    if rng.random() < WALKS_AROUND:
        opened = start + (end - start) * rng.random()
        _log_in(story, person.user, "mobile", opened, min(opened + story.minutes(4, 40), end))


def _session(story: Story, person: Person, start: datetime, end: datetime) -> None:
    if person.crew.on_queue:
        story.report("queue.joined", person.user, start + story.minutes(1, 5))
        story.report("queue.left", person.user, end - story.minutes(1, 4))
    forgotten = story.rng.random() < FORGETS_TO_LOG_OUT and end + timedelta(hours=26) < story.horizon
    _log_in(story, person.user, person.client, start, None if forgotten else end)


def _look_in(story: Story, user: str) -> None:
    """Let someone without a license log in now and then: worth a look, but nothing is billed."""
    for day in story.days():
        if day.weekday() < 5 and story.rng.random() < 0.1:
            start = story.local(day, 13) + story.minutes(0, 120)
            if start + timedelta(hours=2) < story.horizon:
                _log_in(story, user, "web", start, start + story.minutes(8, 45))


def _work_offline(story: Story) -> None:
    """Let someone work on a laptop without a network, and report it when it is back, two days later."""
    index, user = story.customer.offline_period, "on-site-01"
    if index is None:
        return
    day = period_start(effective_date=story.start, index=index + 1) - timedelta(days=1)
    start, back = story.local(day, 10), story.local(day + timedelta(days=2), 9)
    if back + timedelta(hours=1) >= story.horizon:
        return
    license_code = story.customer.crews[0].license
    story.report("license.assigned", user, story.local(day, 8), {"product": license_code})
    session = f"{user}-{story.rng.getrandbits(32):08x}"
    story.report("user.logged_in", user, start, {"session": session, "client": "desktop"}, received=back)
    end = start + timedelta(hours=6)
    story.report("user.logged_out", user, end, {"session": session}, received=back)


def _work_offline_on_the_last_day(story: Story) -> None:
    """Let someone work without a network on the last day of service, and report it when all has been invoiced."""
    if not story.customer.reported_after_the_end:
        return
    user, start = "off-site-01", story.local(story.last_day, 10)
    back = start + timedelta(days=3)
    if back >= story.horizon:
        return
    license_code = story.customer.crews[0].license
    story.report("license.assigned", user, story.local(story.last_day, 8), {"product": license_code})
    session = f"{user}-{story.rng.getrandbits(32):08x}"
    story.report("user.logged_in", user, start, {"session": session, "client": "desktop"}, received=back)
    story.report("user.logged_out", user, start + timedelta(hours=5), {"session": session}, received=back)


def _synchronize(story: Story, day: date) -> None:
    """Let the customer's own system log in: it never counts as a user."""
    at = story.local(day, 3) + story.minutes(0, 9)
    if at + timedelta(minutes=30) < story.horizon:
        _log_in(story, "crm-connector", "integration", at, at + story.minutes(6, 14))


def _log_in(story: Story, user: str, client: str, start: datetime, end: datetime | None) -> None:
    session = f"{user}-{story.rng.getrandbits(32):08x}"
    story.report("user.logged_in", user, start, {"session": session, "client": client})
    if end is not None:
        story.report("user.logged_out", user, end, {"session": session})
